// Member > Get Many
import type { IDataObject, INodeProperties } from 'n8n-workflow';
import { simplifiedMember } from '../../output/member';
import { sendForList, type ItemClient } from '../../transport/client';
import { invalidParameter } from '../../transport/errors';
import type { Predicate } from '../../transport/pagination';
import { limit, returnAll, limitOf } from '../limit';
import type { Operation } from '../operation';

const output: INodeProperties = {
	displayName: 'Output',
	name: 'output',
	type: 'options',
	default: 'simplified',
	description: 'How much of each member to return',
	options: [
		{ name: 'Raw', value: 'raw', description: "Tallyfy's own object" },
		{
			name: 'Simplified',
			value: 'simplified',
			description: 'The ten fields most workflows need',
		},
	],
};

const filters: INodeProperties = {
	displayName: 'Filters',
	name: 'filters',
	type: 'collection',
	placeholder: 'Add filter',
	default: {},
	options: [
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
	],
};

/** What the filter Status keeps; undefined when it keeps everybody. The list has every status (facts.md 40). */
function keptBy(client: ItemClient): Predicate | undefined {
	const status = client.parameter('filters.status', 'any') || 'any';
	if (status === 'any') return undefined;
	if (['active', 'disabled', 'invited'].includes(String(status))) {
		return (member) => (member.status ?? 'active') === status;
	}
	throw invalidParameter(
		'Filters > Status',
		`is ${String(status)}`,
		'Choose any, active, disabled or invited.',
	);
}

/** What a member becomes, by the parameter Output. */
function memberOutput(client: ItemClient): (member: IDataObject) => IDataObject {
	const mode = client.parameter('output', 'simplified') || 'simplified';
	if (mode === 'raw') return (member) => member;
	if (mode === 'simplified') return simplifiedMember;
	throw invalidParameter('Output', `is ${String(mode)}`, 'Choose simplified or raw.');
}

export const memberGetAll: Operation = {
	value: 'getAll',
	name: 'Get Many',
	action: 'Get many members',
	description:
		'List the members of the organization, or those whose name or email matches a search. Guests are not among them.',
	request: { method: 'GET', url: '/users' },
	run: async (client, request) =>
		await sendForList(client, request, limitOf(client), keptBy(client)),
	output: memberOutput,
	fields: [returnAll, limit, output, filters],
};
