// Fields that several guest operations share. Each is one parameter of the node, whoever shows it.
import type { INodeProperties } from 'n8n-workflow';
import type { ItemClient } from '../../transport/client';

export const guestLocator: INodeProperties = {
	displayName: 'Guest',
	name: 'guest',
	type: 'resourceLocator',
	required: true,
	default: { mode: 'list', value: '' },
	description: 'The guest to work on',
	modes: [
		{
			displayName: 'From List',
			name: 'list',
			type: 'list',
			placeholder: 'Select a guest...',
			typeOptions: { searchListMethod: 'searchGuests', searchable: true },
		},
		{
			displayName: 'By Email',
			name: 'email',
			type: 'string',
			placeholder: 'e.g. nathan@example.com',
			hint: 'The email exactly as in Tallyfy; +, / and # in it are fine',
		},
	],
};

export const includeStats: INodeProperties = {
	displayName: 'Include Task Numbers',
	name: 'includeStats',
	type: 'boolean',
	default: false,
	description:
		'Whether to ask Tallyfy how many tasks each guest has been assigned and has completed',
	routing: { send: { type: 'query', property: 'with', value: '={{ $value ? "stats" : "" }}' } },
};

export const ifNotFound: INodeProperties = {
	displayName: 'If Not Found',
	name: 'ifNotFound',
	type: 'options',
	default: 'error',
	description: 'What to do when no guest of the organization has this email',
	options: [
		{
			name: 'Fail the Item',
			value: 'error',
			description: 'The node stops, or does what On Error in its settings says',
		},
		{
			name: 'Go on With an Item That Says So',
			value: 'empty',
			description: 'Get returns an empty item, Delete one with "deleted": false',
		},
	],
};

/** Whether the item should go on when nobody has the email. */
export function mayBeMissing(client: ItemClient): boolean {
	return client.parameter('options.ifNotFound', 'error') === 'empty';
}
