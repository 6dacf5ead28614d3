// Guest Task > Get Many
import type { IDataObject, INodeProperties } from 'n8n-workflow';
import { simplifiedTask } from '../../output/task';
import { sendForList, type Door } from '../../transport/door';
import { refusal } from '../../transport/failure';
import { guestLocatorWithLink, ofKnownGuest, wayToGuest } from '../guest/code';
import { limit, returnAll, wantedRecords } from '../limit';
import type { Operation } from '../operation';

/** What the contract lists, but for `complete`, an older spelling of `completed` (facts.md section 2). */
const STATUSES = [
	{ name: 'Active', value: 'active' },
	{ name: 'All', value: 'all', description: 'Ask Tallyfy for every task' },
	{ name: 'Any', value: 'any', description: 'Send no filter, and leave it to Tallyfy' },
	{ name: 'Completed', value: 'completed' },
	{ name: 'Due Soon', value: 'due_soon' },
	{ name: 'Has Problem', value: 'hasproblem' },
	{ name: 'In Progress', value: 'inprogress' },
	{ name: 'Incomplete', value: 'incomplete' },
	{ name: 'Overdue', value: 'overdue' },
];

const filters: INodeProperties = {
	displayName: 'Filters',
	name: 'filters',
	type: 'collection',
	placeholder: 'Add filter',
	default: {},
	options: [
		{
			displayName: 'Status',
			name: 'status',
			type: 'options',
			default: 'any',
			description:
				'Tallyfy itself filters. It documents these values for other task lists, and may ignore some here.',
			options: STATUSES,
		},
	],
};

const outputMode: INodeProperties = {
	displayName: 'Output',
	name: 'output',
	type: 'options',
	default: 'simplified',
	description: 'How much of each task to return',
	options: [
		{
			name: 'Raw',
			value: 'raw',
			description: "Tallyfy's own object; it may hold links that open the task without a login",
		},
		{
			name: 'Simplified',
			value: 'simplified',
			description: 'The fields most workflows need, without links',
		},
	],
};

/** The query value for the filter; nothing for any. Raises a Problem for what the contract does not list. */
function statusOf(door: Door): string {
	const status = String(door.parameter('filters.status', 'any') || 'any').trim();
	if (status === 'any') return '';
	if (status === 'complete' || STATUSES.some(({ value }) => value === status)) return status;
	throw refusal(
		'Filters > Status',
		`is ${status}`,
		`Choose one of: ${STATUSES.map(({ value }) => value).join(', ')}.`,
	);
}

/** What a task with its guest becomes, by the parameter Output. */
function taskOutput(door: Door): (record: IDataObject) => IDataObject {
	const mode = door.parameter('output', 'simplified') || 'simplified';
	if (mode === 'raw') return ({ task }) => task as IDataObject;
	if (mode === 'simplified') {
		return ({ task, guestEmail }) =>
			simplifiedTask(task as IDataObject, guestEmail as string | undefined);
	}
	throw refusal('Output', `is ${String(mode)}`, 'Choose simplified or raw.');
}

export const guestTaskGetAll: Operation = {
	value: 'getAll',
	name: 'Get Many',
	action: 'Get many tasks of guest',
	description: 'List the tasks of one guest, found by email or by their permanent link',
	request: { method: 'GET', url: '/guests/{guestCode}/tasks' },
	run: async (door, request) => {
		const wanted = wantedRecords(door);
		const status = statusOf(door);
		const way = await wayToGuest(door, { ...request, qs: { ...request.qs, status } });
		const tasks = await sendForList(
			{ ...door, send: async (page) => ofKnownGuest(await way.door.send(page), way) },
			way.request,
			wanted,
		);
		return tasks.map((task) => ({ task, guestEmail: way.email }));
	},
	output: taskOutput,
	fields: [guestLocatorWithLink, returnAll, limit, outputMode, filters],
};
