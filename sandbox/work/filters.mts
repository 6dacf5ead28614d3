// Which tasks a list shows: status words, days, people (contract/work.md 102 to 110).
import type { Json, Task } from '../organization.mts';
import { comparable } from '../dates.mts';
import { isComplete, isHidden, type WorkTask } from './model.mts';

const DAY = 24 * 3_600_000;
const dueIn = ({ deadline }: Task, now: Date) =>
	Date.parse(`${comparable(deadline)}Z`) - now.getTime();
const isOpen = (task: Task) => !isComplete(task);
/** Tasks that were made up with their guests say active, as examples of the documentation do. */
const isNotStarted = ({ status }: Task) => status === 'not-started' || status === 'active';

/** The words that filter tasks; a word that is not among them adds no condition (107 and 108). */
const STATUS_WORDS: Record<string, (task: Task, now: Date) => boolean> = {
	active: isOpen,
	'active-visible': (task) => isOpen(task) && !isHidden(task),
	'not-started': isNotStarted,
	'in-progress': ({ status }) => status === 'in-progress',
	complete: isComplete,
	overdue: (task, now) => isOpen(task) && dueIn(task, now) < 0,
	'due-soon': (task, now) => isOpen(task) && dueIn(task, now) >= 0 && dueIn(task, now) < DAY,
	'on-time': (task, now) => isOpen(task) && dueIn(task, now) >= 0,
	'has-problem': ({ has_issues: has }) => has === true,
	'has-improvement': ({ has_improvement: has }) => has === true,
	// Inverted by the server (108).
	'auto-skipped': (task) => !isHidden(task),
};

/** The values of a parameter that takes several with commas. */
export function listIn(value: unknown): string[] {
	const values = Array.isArray(value) ? value.map(String) : String(value ?? '').split(',');
	return values.map((one) => one.trim()).filter((one) => one !== '');
}

/** Whether a task fits the filter `status`: several words are any of them, and `all` beside others is dropped (108). */
export function hasStatus(task: Task, wanted: unknown, now: Date): boolean {
	const known = listIn(wanted).flatMap((word) => STATUS_WORDS[word] ?? []);
	return known.length === 0 || known.some((fits) => fits(task, now));
}

const dayOf = (written: unknown) => comparable(written).slice(0, 10);
const isWithin = (day: string, from?: unknown, to?: unknown) =>
	(from === undefined || day >= String(from)) && (to === undefined || day <= String(to));

function hasDeadline(task: WorkTask, query: Json): boolean {
	const day = dayOf(task.deadline);
	if (query.deadline_on !== undefined) return day === query.deadline_on;
	const { deadline_before: before, deadline_after: after } = query;
	if (before !== undefined && day >= String(before)) return false;
	if (after !== undefined && day <= String(after)) return false;
	return isWithin(day, query.deadline_start_range, query.deadline_end_range);
}

function hasPeople({ owners }: WorkTask, query: Json): boolean {
	const isAmong = (name: string, people: unknown[]) => {
		const wanted = listIn(query[name]);
		return wanted.length === 0 || people.map(String).some((one) => wanted.includes(one));
	};
	if (query.unassigned === true && Object.values(owners).flat().length > 0) return false;
	return (
		isAmong('owners', owners.users) &&
		isAmong('guests', owners.guests) &&
		isAmong('groups', owners.groups)
	);
}

/** Filters of things that no task of the sandbox has. */
const FITS_NOTHING = ['roles', 'tag', 'folder', 'custom_field_key'];

/** Whether a list that was asked for with these parameters shows the task. @param processName for `q` */
export function isListed(task: WorkTask, query: Json, now: Date, processName = ''): boolean {
	const [from, to = from] = listIn(String(query.created ?? '').replace(':', ','));
	const words = `${task.title} ${processName}`.toLowerCase();
	const isOneOff = { true: true, false: false }[String(query.is_oneoff)];
	return (
		!FITS_NOTHING.some((name) => query[name] !== undefined) &&
		(isOneOff === undefined || task.is_oneoff_task === isOneOff) &&
		query.archived !== 'only' &&
		words.includes(String(query.q ?? '').toLowerCase()) &&
		isWithin(dayOf(task.created_at), from, to) &&
		hasStatus(task, query.status, now) &&
		hasDeadline(task, query) &&
		hasPeople(task, query)
	);
}

/** `newest` and `completed_newest` go down by themselves, the others up; a minus sign reverses (105). */
const SORTS: Record<string, (task: WorkTask) => [value: string, direction: 1 | -1]> = {
	deadline: ({ deadline }) => [comparable(deadline), 1],
	newest: ({ created_at }) => [comparable(created_at), -1],
	problems: ({ has_issues: has }) => [has === true ? '1' : '0', -1],
	completed_newest: ({ completed_at }) => [comparable(completed_at), -1],
	position: ({ position = 0 }) => [String(position).padStart(9, '0'), 1],
};

export function sortTasks(tasks: WorkTask[], sort: unknown, fallback: string): WorkTask[] {
	const asked = String(sort ?? fallback);
	const by = SORTS[asked.replace(/^-/, '')] ?? SORTS[fallback];
	const sign = asked.startsWith('-') ? -1 : 1;
	return [...tasks].sort((a, b) => {
		const [left, direction] = by(a);
		const [right] = by(b);
		if (left === right) return a.id < b.id ? -1 : 1;
		return sign * direction * (left < right ? -1 : 1);
	});
}
