// The members behind Associated Members and Member > From List. The API's list has every status (facts.md 40).
import type {
	IDataObject,
	ILoadOptionsFunctions,
	INodeListSearchResult,
	INodePropertyOptions,
} from 'n8n-workflow';
import { memberName } from '../output/member';
import { pageOf } from '../transport/response';
import { readAllPages } from '../transport/pagination';
import { searchPage, withListClient } from './searchPage';

/** Name and email, and the status of those who are not active. */
function label(member: IDataObject): string {
	const person = memberName(member);
	const status = member.status && member.status !== 'active' ? ` - ${String(member.status)}` : '';
	return `${person ? `${person} (${String(member.email)})` : String(member.email)}${status}`;
}

/** All members as options, by name; disabled and invited ones last and marked. */
export async function getMembers(this: ILoadOptionsFunctions): Promise<INodePropertyOptions[]> {
	return await withListClient(this, async ({ send }) => {
		const { records: members } = await readAllPages(async (page, per_page) =>
			pageOf(await send({ method: 'GET', url: '/users', qs: { page, per_page } })),
		);
		const rank = (member: IDataObject) => (member.status === 'active' || !member.status ? 0 : 1);
		return members
			.filter(({ id }) => id)
			.map((member) => ({
				rank: rank(member),
				option: { name: label(member), value: Number(member.id) },
			}))
			.sort((a, b) => a.rank - b.rank || a.option.name.localeCompare(b.option.name))
			.map((entry) => entry.option);
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
