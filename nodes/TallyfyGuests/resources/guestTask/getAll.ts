// Guest Task > Get Many
import type { IDataObject, INodeProperties } from 'n8n-workflow';
import { simplifiedTask } from '../../output/task';
import { sendForList, type ItemClient } from '../../transport/client';
import { invalidParameter } from '../../transport/errors';
import { guestLocatorWithLink, assertGuestFound, withGuestCode } from '../guest/guestCode';
import { limit, returnAll, limitOf } from '../limit';
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
function statusOf(client: ItemClient): string {
	const status = String(client.parameter('filters.status', 'any') || 'any').trim();
	if (status === 'any') return '';
	if (status === 'complete' || STATUSES.some(({ value }) => value === status)) return status;
	throw invalidParameter(
		'Filters > Status',
		`is ${status}`,
		`Choose one of: ${STATUSES.map(({ value }) => value).join(', ')}.`,
	);
}

/** What a task with its guest becomes, by the parameter Output. */
function taskOutput(client: ItemClient): (record: IDataObject) => IDataObject {
	const mode = client.parameter('output', 'simplified') || 'simplified';
	if (mode === 'raw') return ({ task }) => task as IDataObject;
	if (mode === 'simplified') {
		return ({ task, guestEmail }) =>
			simplifiedTask(task as IDataObject, guestEmail as string | undefined);
	}
	throw invalidParameter('Output', `is ${String(mode)}`, 'Choose simplified or raw.');
}

export const guestTaskGetAll: Operation = {
	value: 'getAll',
	name: 'Get Many',
	action: 'Get many tasks of guest',
	description: 'List the tasks of one guest, found by email or by their permanent link',
	request: { method: 'GET', url: '/guests/{guestCode}/tasks' },
	run: async (client, request) => {
		const wanted = limitOf(client);
		const status = statusOf(client);
		const way = await withGuestCode(client, { ...request, qs: { ...request.qs, status } });
		const tasks = await sendForList(
			{ ...client, send: async (page) => assertGuestFound(await way.client.send(page), way) },
			way.request,
			wanted,
		);
		return tasks.map((task) => ({ task, guestEmail: way.email }));
	},
	output: taskOutput,
	fields: [guestLocatorWithLink, returnAll, limit, outputMode, filters],
};
