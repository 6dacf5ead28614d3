// The members behind Associated Members and Member > From List. The API's list has every status (facts.md 40).
import type {
	IDataObject,
	ILoadOptionsFunctions,
	INodeListSearchResult,
	INodePropertyOptions,
} from 'n8n-workflow';
import { memberName } from '../output/member';
import { sendForList } from '../transport/client';
import { nameAndEmail, searchPage, withListClient } from './searchPage';

const isActive = ({ status }: IDataObject) => status === 'active' || !status;

/** Name and email, and the status of those who are not active; members without a status are (G26). */
function label(member: IDataObject): string {
	const status = isActive(member) ? '' : ` - ${String(member.status)}`;
	return `${nameAndEmail(memberName(member), member)}${status}`;
}

/** All members as options, by name; disabled and invited ones last and marked. */
export async function getMembers(this: ILoadOptionsFunctions): Promise<INodePropertyOptions[]> {
	return await withListClient(this, async (client) => {
		const members = await sendForList(client, { method: 'GET', url: '/users' });
		const optionsOf = (those: IDataObject[]) =>
			those
				.map((member) => ({ name: label(member), value: Number(member.id) }))
				.sort((one, other) => one.name.localeCompare(other.name));
		const listed = members.filter(({ id }) => id);
		const others = listed.filter((member) => !isActive(member));
		return [...optionsOf(listed.filter(isActive)), ...optionsOf(others)];
	});
}

/** One page of members as list entries; the id as the value, as text. */
export async function searchMembers(
	this: ILoadOptionsFunctions,
	filter?: string,
	paginationToken?: string,
): Promise<INodeListSearchResult> {
	return await searchPage(this, { filter, paginationToken }, '/users', (member) =>
		member.id ? { name: label(member), value: String(member.id) } : undefined,
	);
}
