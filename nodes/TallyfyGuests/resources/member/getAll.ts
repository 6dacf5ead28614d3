// Member > Get Many
import { simplifiedMember } from '../../output/member';
import { sendForList, type ItemClient } from '../../transport/client';
import type { Predicate } from '../../transport/pagination';
import { filtersField, limit, limitOf, outputField, outputOf, returnAll } from '../fields';
import type { Operation } from '../operation';
import { oneOf } from '../values';

const output = outputField('member', "Tallyfy's own object", 'The ten fields most workflows need');

const filters = filtersField([
	{
		displayName: 'Search',
		name: 'search',
		type: 'string',
		default: '',
		placeholder: 'e.g. nathan',
		description:
			'Part of a first name, last name or email. Tallyfy itself searches, so this saves requests.',
		routing: { send: { type: 'query', property: 'q' } },
	},
	{
		displayName: 'Status',
		name: 'status',
		type: 'options',
		default: 'active',
		description:
			'Which members to return. Tallyfy cannot filter by this, so the node does, page by page.',
		options: [
			{ name: 'Active', value: 'active' },
			{ name: 'Any', value: 'any' },
			{ name: 'Disabled', value: 'disabled' },
			{ name: 'Invited', value: 'invited' },
		],
	},
]);

/** Which members the filter Status keeps; undefined for all. The list has every status (facts.md 40); none means active (G26). */
function clientFilter({ parameter }: ItemClient): Predicate | undefined {
	const given = parameter('filters.status', '');
	const status = oneOf(given, 'Filters > Status', ['any', 'active', 'disabled', 'invited'], 'any');
	return status === 'any' ? undefined : (member) => (member.status ?? 'active') === status;
}

export const memberGetAll: Operation = {
	value: 'getAll',
	name: 'Get Many',
	action: 'Get many members',
	description:
		'List the members of the organization, or those whose name or email matches a search. Guests are not among them.',
	request: { method: 'GET', url: '/users' },
	run: async (client, request) =>
		await sendForList(client, request, limitOf(client), clientFilter(client)),
	output: (client) => outputOf(client, simplifiedMember),
	fields: [returnAll, limit, output, filters],
};
