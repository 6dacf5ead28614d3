// Output and Fields: how much of a guest to return, and what that makes of one. The same for both nodes.
import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';
import { apiName, selectedGuest, simplifiedGuest } from '../../output/guest';
import { invalidParameter } from '../../transport/errors';
import type { MapRecord } from '../../transport/pagination';
import type { Parameters } from '../fields';
import { oneOf } from '../values';

/** Of the fields that Tallyfy gives only where task numbers were asked for. */
export const NEEDS_STATS = 'Needs Include Task Numbers';

/** What Output > Selected Fields can choose from, in the order of the menu. Stored in workflows. */
const names = (
	'assignedTasks associatedMembers cadenceDays companyName companyUrl contactUrl createdAt deletedAt disabled disabledAt ' +
	'disabledBy externalDateCreation externalSyncSource firstName id imageUrl lastAccessedAt lastCity lastCountry ' +
	'lastKnownCountry lastKnownIp lastName lastOneOffTaskCompletedAt lastTaskCompletedAt link oneOffTasksCompleted ' +
	'opportunityName opportunityUrl phone1 phone2 reactivatedAt reactivatedBy status tasksCompleted timezone'
).split(' ');

const DESCRIPTIONS: Record<string, string> = {
	assignedTasks: NEEDS_STATS,
	lastOneOffTaskCompletedAt: NEEDS_STATS,
	lastTaskCompletedAt: NEEDS_STATS,
	link: 'A secret: whoever has it can act as the guest',
	oneOffTasksCompleted: NEEDS_STATS,
	status: 'The text stored with the guest',
	tasksCompleted: NEEDS_STATS,
};

/** `lastKnownIp` is Last Known IP in the menu. */
const label = (name: string) =>
	name
		.replace(/[A-Z]|\d+/g, (part) => ` ${part}`)
		.replace(/^./, (letter) => letter.toUpperCase())
		.replace(/\b(Id|Ip|Url)\b/, (word) => word.toUpperCase())
		.replace('One Off', 'One-Off');

const selectable = names.map((value): INodePropertyOptions => {
	const description = DESCRIPTIONS[value];
	return { name: label(value), value, ...(description ? { description } : {}) };
});

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
	return chosen.some((name) => DESCRIPTIONS[name] === NEEDS_STATS);
}
