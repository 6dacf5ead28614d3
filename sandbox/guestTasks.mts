// The tasks of each guest: made up, completed, reopened and counted. Used by organization.mts.
import type { Faker } from '@faker-js/faker';
import { comparable, formatDate, type DateLike } from './dates.mts';
import type { Guest, Json, Task } from './organization.mts';

const lastCompletedOf = (tasks: Task[]): Task | undefined =>
	tasks.reduce<Task | undefined>((latest, task) => {
		const isLater = comparable(task.completed_at) >= comparable(latest?.completed_at);
		return isLater ? task : latest;
	}, undefined);

const isOpen = ({ status }: Task) => status !== 'completed';
const dueIn = ({ deadline }: Task, now: Date) =>
	Date.parse(`${comparable(deadline).replace(' ', 'T')}Z`) - now.getTime();

/** What the words of a status filter leave (facts.md 107, 108). */
const STATUS_WORDS: Record<string, (task: Task, now: Date) => boolean> = {
	active: isOpen,
	complete: (task) => !isOpen(task),
	'not-started': ({ status }) => status === 'not-started',
	'in-progress': ({ status }) => status === 'in-progress',
	overdue: (task, now) => isOpen(task) && dueIn(task, now) < 0,
	'due-soon': (task, now) => isOpen(task) && dueIn(task, now) >= 0 && dueIn(task, now) < 86_400_000,
	'has-problem': ({ has_issues }) => has_issues === true,
};

/** Words by comma are OR. A word that is not known, such as `completed`, adds no condition, so that every task comes. */
export function statusFilter(words: string, now: Date): (task: Task) => boolean {
	const wanted = words.split(',').flatMap((word) => STATUS_WORDS[word] ?? []);
	return (task) => wanted.length === 0 || wanted.some((fits) => fits(task, now));
}

export class GuestTasks {
	/** By id of the guest: an email that was removed can come back as a new guest. */
	private readonly lists = new Map<number, Task[]>();
	private readonly faker: Faker;
	private readonly ownerId: () => number;

	constructor(faker: Faker, ownerId: () => number) {
		this.faker = faker;
		this.ownerId = ownerId;
	}

	/** Tasks of a guest, made when they are first asked for; the number depends on the guest alone. */
	of(guest: Guest): Task[] {
		let tasks = this.lists.get(guest.id);
		if (!tasks) {
			tasks = Array.from({ length: guest.id % 3 === 0 ? 0 : guest.id % 26 }, (_, index) =>
				this.make(guest, index % 3 !== 0),
			);
			this.lists.set(guest.id, tasks);
		}
		return tasks;
	}

	forget(guest: Guest): void {
		this.lists.delete(guest.id);
	}

	/** An open task of the guest; a new one, if there is none. */
	open(guest: Guest, at: DateLike, oneOff = false): Task {
		const tasks = this.of(guest);
		const found = tasks.find((task) => isOpen(task) && task.is_oneoff_task === oneOff);
		if (found) return found;
		const task = this.make(guest, false);
		Object.assign(task, { is_oneoff_task: oneOff, created_at: formatDate(at, 0) });
		if (oneOff) task.run_id = null;
		tasks.push(task);
		return task;
	}

	/** Completes an open task. @param format number of the format of its date */
	complete(guest: Guest, at: DateLike, oneOff: boolean, format: number): Task {
		const task = this.open(guest, at, oneOff);
		task.status = 'completed';
		task.completed_at = formatDate(at, format);
		return task;
	}

	/** The task that was completed last, of any kind. */
	lastCompleted(guest: Guest): Task | undefined {
		return lastCompletedOf(this.of(guest).filter(({ status }) => status === 'completed'));
	}

	/** Opens the task again that was completed last. @returns undefined when there is none */
	reopen(guest: Guest): Task | undefined {
		const task = this.lastCompleted(guest);
		if (!task) return undefined;
		task.status = 'active';
		task.completed_at = null;
		return task;
	}

	/** What `with=stats` shows of the guest. */
	stats(guest: Guest): Json {
		const tasks = this.of(guest);
		const done = tasks.filter(({ status }) => status === 'completed');
		const oneOff = done.filter((task) => task.is_oneoff_task);
		const ofProcesses = done.filter((task) => !task.is_oneoff_task);
		return {
			assigned_tasks: tasks.length - done.length,
			tasks_completed: ofProcesses.length,
			last_task_completed_at: lastCompletedOf(ofProcesses)?.completed_at ?? null,
			one_off_tasks_completed: oneOff.length,
			last_one_off_task_completed_at: lastCompletedOf(oneOff)?.completed_at ?? null,
		};
	}

	private make(guest: Guest, completed: boolean): Task {
		const { faker } = this;
		return {
			id: faker.string.hexadecimal({ length: 32, casing: 'lower', prefix: '' }),
			title: `${faker.word.verb()} the ${faker.word.noun()}`,
			status: completed ? 'completed' : 'active',
			task_type: 'task',
			is_oneoff_task: false,
			run_id: faker.string.hexadecimal({ length: 32, casing: 'lower', prefix: '' }),
			owners: { users: [this.ownerId()], guests: [guest.email], groups: [] },
			deadline: '2026-12-01T17:00:00Z',
			created_at: '2026-10-01T09:00:00Z',
			completed_at: completed ? '2026-10-15T09:00:00Z' : null,
		};
	}
}
