// The options behind Associated Members: the members of the organization, active ones first.
import type { IDataObject, ILoadOptionsFunctions, INodePropertyOptions } from 'n8n-workflow';
import { pageOf } from '../transport/answer';
import { allPages } from '../transport/pages';
import { openPicker } from '../transport/picker';

function option(member: IDataObject): INodePropertyOptions {
	const person =
		member.full_name || [member.first_name, member.last_name].filter(Boolean).join(' ');
	const status = member.status && member.status !== 'active' ? ` - ${String(member.status)}` : '';
	return {
		name: `${person ? `${String(person)} (${String(member.email)})` : String(member.email)}${status}`,
		value: Number(member.id),
	};
}

/** All members as options, by name; disabled and invited ones last and marked. The list has every status (facts.md 40). */
export async function getMembers(this: ILoadOptionsFunctions): Promise<INodePropertyOptions[]> {
	return await openPicker(this, async (send) => {
		const members = await allPages(async (page, per_page) =>
			pageOf(await send({ method: 'GET', url: '/users', qs: { page, per_page } })),
		);
		const rank = (member: IDataObject) => (member.status === 'active' || !member.status ? 0 : 1);
		return members
			.map((member) => ({ rank: rank(member), option: option(member) }))
			.sort((a, b) => a.rank - b.rank || a.option.name.localeCompare(b.option.name))
			.map((entry) => entry.option);
	});
}
