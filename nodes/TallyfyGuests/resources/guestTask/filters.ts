// The filters of Guest Task > Get Many. Tallyfy is asked for what it can filter, and what comes back is filtered again: a word
// that it does not know adds no condition (facts 107), and its days are no moments (facts 104).
import type { IDataObject, INodeProperties } from 'n8n-workflow';
import { parseTimestamp } from '../../output/dates';
import type { ItemClient } from '../../transport/client';
import { invalidParameter } from '../../transport/errors';
import type { Predicate } from '../../transport/pagination';
import { filtersField } from '../fields';
import { collection, dateIn, idIn, oneOf } from '../values';
import { isCompleted } from './task';

const DAY_MS = 86_400_000;

const isOpen: Predicate = (task) => !isCompleted(task);

/** Open, and not said to be something else: documents call open tasks active too, which tells nothing (facts section 2). */
const isOpenBut =
	(...others: string[]): Predicate =>
	(task) =>
		isOpen(task) && !others.includes(String(task.status));

/** Whether a task is open and due before so many milliseconds from now. */
const isDueWithin =
	(ms: number): Predicate =>
	(task) =>
		isOpen(task) && (parseTimestamp(task.deadline) ?? Infinity) < Date.now() + ms;

/** The values of Status: the word that Tallyfy is asked with (facts 108, G32), and which tasks it means. */
const STATUSES: Record<string, { sent: string; keeps?: Predicate }> = {
	active: { sent: 'active', keeps: isOpen },
	any: { sent: '' },
	complete: { sent: 'complete', keeps: isCompleted },
	dueSoon: {
		sent: 'due-soon',
		keeps: (task) => isDueWithin(DAY_MS)(task) && !isDueWithin(0)(task),
	},
	hasProblem: { sent: 'has-problem', keeps: ({ has_issues: has }) => has === undefined || !!has },
	inProgress: { sent: 'in-progress', keeps: isOpenBut('not-started', 'auto-skipped') },
	notStarted: { sent: 'not-started', keeps: isOpenBut('in-progress', 'auto-skipped') },
	overdue: { sent: 'overdue', keeps: isDueWithin(0) },
	all: { sent: 'all' },
};

/** The names that workflows stored before there was one spelling for all. */
const OLD_NAMES: Record<string, string> = {
	complete: 'completed',
	dueSoon: 'due_soon',
	hasProblem: 'hasproblem',
	inProgress: 'inprogress',
	active: 'incomplete',
};

const deadline = (name: string, displayName: string, what: string): INodeProperties => ({
	displayName,
	name,
	type: 'dateTime',
	default: '',
	description: `Only tasks that are due ${what}; those without a deadline are left out. Without a zone the date is taken as UTC.`,
});

export const filters = filtersField([
	deadline('deadlineAfter', 'Deadline After', 'at this moment or later'),
	deadline('deadlineBefore', 'Deadline Before', 'before this moment'),
	{
		displayName: 'Kind',
		name: 'kind',
		type: 'options',
		default: 'any',
		description: 'Whether to return tasks of processes, one-off tasks, or both',
		options: [
			{ name: 'Any', value: 'any' },
			{ name: 'One-Off Task', value: 'oneOff' },
			{ name: 'Task of a Process', value: 'process' },
		],
	},
	{
		displayName: 'Process ID',
		name: 'process',
		type: 'string',
		default: '',
		placeholder: 'e.g. 8c2e6a40f1b94d37a5c8e09172d6b3f4',
		description: 'Only tasks of this process. Tasks and processes have its ID.',
	},
	{
		displayName: 'Status',
		name: 'status',
		type: 'options',
		default: 'any',
		description:
			'Tallyfy is asked for these tasks, and the node leaves out what does not belong there, page by page',
		options: [
			{ name: 'Active', value: 'active', description: 'All that are not complete' },
			{ name: 'Any', value: 'any' },
			{ name: 'Complete', value: 'complete' },
			{ name: 'Due Soon', value: 'dueSoon', description: 'Within 24 hours' },
			{ name: 'Has Problem', value: 'hasProblem' },
			{ name: 'In Progress', value: 'inProgress' },
			{ name: 'Not Started', value: 'notStarted' },
			{ name: 'Overdue', value: 'overdue' },
		],
	},
]);

/** What the filters ask for. */
export interface TaskFilters {
	/** The word for Status, which all lists of tasks know. */
	status: string;
	/** What lists by email know besides. */
	qs: IDataObject;
	/** What the list of all tasks knows, and that of a process does not (facts 102, 110). */
	isOneOff?: boolean;
	process?: string;
	/** Which tasks to keep; undefined for all. */
	keeps?: Predicate;
}

/**
 * A day some days from a moment. The bounds of Tallyfy are exclusive (facts 104); two days off they only widen, also where its
 * days are those of another zone (G77).
 */
function dayFrom(ms: number | undefined, days: number): string | undefined {
	const day = ms === undefined ? '' : new Date(ms + days * DAY_MS).toISOString().slice(0, 10);
	// Beyond the years of four digits it is written otherwise.
	return /^\d{4}-\d{2}-\d{2}$/.test(day) ? day : undefined;
}

/** @throws TallyfyError for filters that contradict each other, or cannot be read */
export function taskFilters({ parameter }: Pick<ItemClient, 'parameter'>): TaskFilters {
	const given = collection(parameter, 'filters');
	const label = (name: string) => `Filters > ${name}`;
	const named = oneOf(
		given.status,
		label('Status'),
		Object.keys(STATUSES),
		'any',
		(name) => OLD_NAMES[name] ?? name,
	);
	const { sent: status, keeps } = STATUSES[named];
	const kind = oneOf(given.kind, label('Kind'), ['any', 'process', 'oneOff'], 'any');
	const isOneOff = kind === 'any' ? undefined : kind === 'oneOff';
	const after = dateIn(given.deadlineAfter, label('Deadline After'));
	const before = dateIn(given.deadlineBefore, label('Deadline Before'));
	if (after !== undefined && before !== undefined && after >= before) {
		throw invalidParameter(
			label('Deadline After'),
			'is not earlier than Deadline Before',
			'No task is due after the one and before the other. Exchange the two dates, or take one away.',
		);
	}
	const isUnset = String(given.process ?? '').trim() === '';
	const next = 'Take the ID from Process > Get Many, or processId from Guest Task > Get Many.';
	const process = isUnset ? undefined : idIn(given.process, label('Process ID'), next);
	const predicates: Array<Predicate | undefined> = [
		keeps,
		isOneOff === undefined
			? undefined
			: ({ is_oneoff_task: is, run_id: run }) => Boolean(is ?? !run) === isOneOff,
		process === undefined ? undefined : ({ run_id: run }) => String(run) === process,
		after === undefined && before === undefined
			? undefined
			: (task) => {
					const due = parseTimestamp(task.deadline);
					return due !== undefined && due >= (after ?? -Infinity) && due < (before ?? Infinity);
				},
	];
	const set = predicates.filter((predicate) => predicate !== undefined);
	return {
		status,
		qs: { deadline_after: dayFrom(after, -2), deadline_before: dayFrom(before, 2) },
		isOneOff,
		process,
		keeps: set.length > 0 ? (task) => set.every((predicate) => predicate(task)) : undefined,
	};
}
