// Fields that several guest operations share. Each is one parameter of the node, whoever shows it.
import type { IDataObject, INodeProperties } from 'n8n-workflow';
import { apiName, selectedGuest, simplifiedGuest } from '../../output/guest';
import type { Door } from '../../transport/door';
import { refusal } from '../../transport/failure';

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
export function mayBeMissing(door: Door): boolean {
	return door.parameter('options.ifNotFound', 'error') === 'empty';
}

/** What Output > Selected Fields can choose from. The values are stored in workflows. */
const selectable = [
	{ name: 'Assigned Tasks', value: 'assignedTasks', description: 'Needs Include Task Numbers' },
	{ name: 'Associated Members', value: 'associatedMembers' },
	{ name: 'Cadence Days', value: 'cadenceDays' },
	{ name: 'Company Name', value: 'companyName' },
	{ name: 'Company URL', value: 'companyUrl' },
	{ name: 'Contact URL', value: 'contactUrl' },
	{ name: 'Created At', value: 'createdAt' },
	{ name: 'Deleted At', value: 'deletedAt' },
	{ name: 'Disabled', value: 'disabled' },
	{ name: 'Disabled At', value: 'disabledAt' },
	{ name: 'Disabled By', value: 'disabledBy' },
	{ name: 'External Date Creation', value: 'externalDateCreation' },
	{ name: 'External Sync Source', value: 'externalSyncSource' },
	{ name: 'First Name', value: 'firstName' },
	{ name: 'ID', value: 'id' },
	{ name: 'Image URL', value: 'imageUrl' },
	{ name: 'Last Accessed At', value: 'lastAccessedAt' },
	{ name: 'Last City', value: 'lastCity' },
	{ name: 'Last Country', value: 'lastCountry' },
	{ name: 'Last Known Country', value: 'lastKnownCountry' },
	{ name: 'Last Known IP', value: 'lastKnownIp' },
	{ name: 'Last Name', value: 'lastName' },
	{
		name: 'Last One-Off Task Completed At',
		value: 'lastOneOffTaskCompletedAt',
		description: 'Needs Include Task Numbers',
	},
	{
		name: 'Last Task Completed At',
		value: 'lastTaskCompletedAt',
		description: 'Needs Include Task Numbers',
	},
	{
		name: 'Link',
		value: 'link',
		description: 'A secret: whoever has the link can act as the guest',
	},
	{
		name: 'One-Off Tasks Completed',
		value: 'oneOffTasksCompleted',
		description: 'Needs Include Task Numbers',
	},
	{ name: 'Opportunity Name', value: 'opportunityName' },
	{ name: 'Opportunity URL', value: 'opportunityUrl' },
	{ name: 'Phone 1', value: 'phone1' },
	{ name: 'Phone 2', value: 'phone2' },
	{ name: 'Reactivated At', value: 'reactivatedAt' },
	{ name: 'Reactivated By', value: 'reactivatedBy' },
	{ name: 'Status', value: 'status', description: 'The text stored with the guest' },
	{
		name: 'Tasks Completed',
		value: 'tasksCompleted',
		description: 'Needs Include Task Numbers',
	},
	{ name: 'Timezone', value: 'timezone' },
];

export const outputMode: INodeProperties = {
	displayName: 'Output',
	name: 'output',
	type: 'options',
	default: 'simplified',
	description: 'How much of each guest to return',
	options: [
		{
			name: 'Raw',
			value: 'raw',
			description: "Tallyfy's own object, with the link that lets anybody act as the guest",
		},
		{
			name: 'Selected Fields',
			value: 'selected',
			description: 'The email and the fields you choose',
		},
		{
			name: 'Simplified',
			value: 'simplified',
			description: 'The fields most workflows need, without the link',
		},
	],
};

export const outputFields: INodeProperties = {
	displayName: 'Fields',
	name: 'fields',
	type: 'multiOptions',
	default: [],
	description: 'The fields to return. The email is always there.',
	displayOptions: { show: { output: ['selected'] } },
	options: selectable,
};

/** Names of fields as a list or a text with commas; the API's spelling (`first_name`) is understood too. */
function fieldNames(value: unknown): string[] {
	const names = Array.isArray(value) ? value : String(value ?? '').split(',');
	return names
		.map((entry) => String(entry).trim())
		.filter((entry) => entry !== '' && entry !== 'email')
		.map((entry) => {
			const known = selectable.find(({ value: name }) => name === entry || apiName(name) === entry);
			if (known) return known.value;
			throw refusal(
				'Fields',
				`names an unknown field: ${entry}`,
				`Choose from: ${selectable.map(({ value: name }) => name).join(', ')}.`,
			);
		});
}

/** What a guest becomes, by the parameters Output and Fields of either node. */
export function guestOutput({
	parameter,
}: Pick<Door, 'parameter'>): (guest: IDataObject) => IDataObject {
	const mode = parameter('output', 'simplified') || 'simplified';
	if (mode === 'raw') return (guest) => guest;
	if (mode === 'simplified') return simplifiedGuest;
	if (mode === 'selected') {
		const names = fieldNames(parameter('fields', []));
		return (guest) => selectedGuest(guest, names);
	}
	throw refusal('Output', `is ${String(mode)}`, 'Choose simplified, raw or selected.');
}
