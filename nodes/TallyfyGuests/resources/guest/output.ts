// Output and Fields: how much of a guest to return, and what that makes of one. The same for both nodes.
import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';
import { apiName, selectedGuest, simplifiedGuest } from '../../output/guest';
import { invalidParameter } from '../../transport/errors';
import type { MapRecord } from '../../transport/pagination';
import type { Parameters } from '../fields';
import { oneOf } from '../values';

/** Of the fields that Tallyfy gives only where task numbers were asked for. */
export const NEEDS_STATS = 'Needs Include Task Numbers';

/** What Output > Selected Fields can choose from. The values are stored in workflows. */
const selectable: INodePropertyOptions[] = [
	{ name: 'Assigned Tasks', value: 'assignedTasks', description: NEEDS_STATS },
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
		description: NEEDS_STATS,
	},
	{ name: 'Last Task Completed At', value: 'lastTaskCompletedAt', description: NEEDS_STATS },
	{ name: 'Link', value: 'link', description: 'A secret: whoever has it can act as the guest' },
	{ name: 'One-Off Tasks Completed', value: 'oneOffTasksCompleted', description: NEEDS_STATS },
	{ name: 'Opportunity Name', value: 'opportunityName' },
	{ name: 'Opportunity URL', value: 'opportunityUrl' },
	{ name: 'Phone 1', value: 'phone1' },
	{ name: 'Phone 2', value: 'phone2' },
	{ name: 'Reactivated At', value: 'reactivatedAt' },
	{ name: 'Reactivated By', value: 'reactivatedBy' },
	{ name: 'Status', value: 'status', description: 'The text stored with the guest' },
	{ name: 'Tasks Completed', value: 'tasksCompleted', description: NEEDS_STATS },
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

export const includeStats: INodeProperties = {
	displayName: 'Include Task Numbers',
	name: 'includeStats',
	type: 'boolean',
	default: false,
	description:
		'Whether to ask Tallyfy how many tasks each guest has been assigned and has completed',
	routing: { send: { type: 'query', property: 'with', value: '={{ $value ? "stats" : "" }}' } },
};

const names = selectable.map(({ value }) => String(value));

/** Names of fields as a list or a text with commas; the API's spelling (`first_name`) is understood too. */
function fieldNames(value: unknown): string[] {
	const given = Array.isArray(value) ? value : String(value ?? '').split(',');
	const entries = given.map((entry) => String(entry).trim());
	return entries
		.filter((entry) => entry !== '' && entry !== 'email')
		.map((entry) => {
			const known = names.find((name) => name === entry || apiName(name) === entry);
			if (known) return known;
			const next = `Choose from: ${names.join(', ')}.`;
			throw invalidParameter('Fields', `names an unknown field: ${entry}`, next);
		});
}

const modeOf = ({ parameter }: Parameters) =>
	oneOf(parameter('output', ''), 'Output', ['simplified', 'raw', 'selected'], 'simplified');

/**
 * What a guest becomes, by the parameters Output and Fields of either node.
 * @throws TallyfyError for values that do not exist
 */
export function guestOutput(parameters: Parameters): MapRecord {
	const mode = modeOf(parameters);
	if (mode === 'raw') return (guest) => guest;
	if (mode === 'simplified') return simplifiedGuest;
	const chosen = fieldNames(parameters.parameter('fields', []));
	return (guest) => selectedGuest(guest, chosen);
}

/** Whether the chosen fields are among those that come only where task numbers were asked for. */
export function outputNeedsStats(parameters: Parameters): boolean {
	if (modeOf(parameters) !== 'selected') return false;
	const chosen = fieldNames(parameters.parameter('fields', []));
	return selectable.some(
		({ value, description }) => description === NEEDS_STATS && chosen.includes(String(value)),
	);
}
