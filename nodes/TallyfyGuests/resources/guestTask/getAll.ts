// Guest Task > Get Many
import type { IDataObject } from 'n8n-workflow';
import { parseTimestamp } from '../../output/dates';
import { simplifiedTask } from '../../output/task';
import { sendForList } from '../../transport/client';
import type { Predicate } from '../../transport/pagination';
import { assertGuestFound, guestLocatorWithLink, withGuestCode } from '../guest/guestCode';
import { filtersField, limit, limitOf, outputField, outputOf, returnAll } from '../fields';
import type { Operation } from '../operation';
import { isCompleted } from './task';
import { oneOf } from '../values';

const DAY_MS = 86_400_000;

const isOpen: Predicate = (task) => !isCompleted(task);

/** Whether a task is open and due before so many milliseconds from now. */
const isDueWithin =
	(ms: number): Predicate =>
	(task) =>
		isOpen(task) && (parseTimestamp(task.deadline) ?? Infinity) < Date.now() + ms;

/**
 * The values of Status: what Tallyfy is asked for, and which tasks it means. Tallyfy answers a word that it does not know with
 * every task (facts.md 107), and none is documented for this list (G32), so what comes back is filtered again.
 */
const STATUSES: Record<string, { sent: string; keeps?: Predicate }> = {
	active: { sent: 'active', keeps: isOpen },
	all: { sent: 'all' },
	any: { sent: '' },
	completed: { sent: 'complete', keeps: isCompleted },
	due_soon: {
		sent: 'due-soon',
		keeps: (task) => isDueWithin(DAY_MS)(task) && !isDueWithin(0)(task),
	},
	hasproblem: { sent: 'has-problem', keeps: ({ has_issues: has }) => has === undefined || !!has },
	inprogress: {
		sent: 'in-progress',
		keeps: (task) => isOpen(task) && !['not-started', 'auto-skipped'].includes(String(task.status)),
	},
	incomplete: { sent: 'active', keeps: isOpen },
	overdue: { sent: 'overdue', keeps: isDueWithin(0) },
};

const filters = filtersField([
	{
		displayName: 'Status',
		name: 'status',
		type: 'options',
		default: 'any',
		description:
			'Tallyfy is asked for these tasks, and the node leaves out what does not belong there, page by page',
		options: [
			{ name: 'Active', value: 'active' },
			{ name: 'All', value: 'all', description: 'Ask Tallyfy for every task' },
			{ name: 'Any', value: 'any', description: 'Send no filter, and leave it to Tallyfy' },
			{ name: 'Completed', value: 'completed' },
			{ name: 'Due Soon', value: 'due_soon', description: 'Within 24 hours' },
			{ name: 'Has Problem', value: 'hasproblem' },
			{ name: 'In Progress', value: 'inprogress' },
			{ name: 'Incomplete', value: 'incomplete' },
			{ name: 'Overdue', value: 'overdue' },
		],
	},
]);

const output = outputField(
	'task',
	"Tallyfy's own object; it may hold links that open the task without a login",
	'The fields most workflows need, without links',
);

export const guestTaskGetAll: Operation = {
	value: 'getAll',
	name: 'Get Many',
	action: 'Get many tasks of guest',
	description: 'List the tasks of one guest, found by email or by their permanent link',
	request: { method: 'GET', url: '/guests/{guestCode}/tasks' },
	run: async (client, request) => {
		const count = limitOf(client);
		// An older spelling (facts.md section 2).
		const given = String(client.parameter('filters.status', '') ?? '').replace(
			/^complete$/,
			'completed',
		);
		const status = oneOf(given, 'Filters > Status', Object.keys(STATUSES), 'any');
		const { sent, keeps } = STATUSES[status];
		const coded = await withGuestCode(client, { ...request, qs: { ...request.qs, status: sent } });
		const send: typeof client.send = async (page) =>
			assertGuestFound(await coded.client.send(page), coded);
		const tasks = await sendForList({ send }, coded.request, count, keeps);
		return tasks.map((task) => ({ task, guestEmail: coded.email }));
	},
	output: (client) =>
		outputOf(
			client,
			({ task, guestEmail }) =>
				simplifiedTask(task as IDataObject, guestEmail as string | undefined),
			({ task }) => task as IDataObject,
		),
	fields: [guestLocatorWithLink, returnAll, limit, output, filters],
};
