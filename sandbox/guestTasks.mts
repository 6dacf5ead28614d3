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

/** Called with every task. */
export interface GuestTasksObserver {
	/** @param isNew false for tasks that a guest has from the beginning */
	made: (guest: Guest, task: Task, isNew: boolean) => void;
	/** Called before a task changes. */
	changing: (task: Task) => void;
}

export class GuestTasks {
	/** By id of the guest: an email that was removed can come back as a new guest. */
	private readonly lists = new Map<number, Task[]>();
	private readonly faker: Faker;
	private readonly ownerId: () => number;
	private readonly observer: GuestTasksObserver;

	constructor(faker: Faker, ownerId: () => number, observer: GuestTasksObserver) {
		this.faker = faker;
		this.ownerId = ownerId;
		this.observer = observer;
	}

	/** Tasks of a guest, made when they are first asked for; the number depends on the guest alone. */
	of(guest: Guest): Task[] {
		let tasks = this.lists.get(guest.id);
		if (!tasks) {
			tasks = Array.from({ length: guest.id % 3 === 0 ? 0 : guest.id % 26 }, (_, index) =>
				this.make(guest, index % 3 !== 0),
			);
			this.lists.set(guest.id, tasks);
			for (const task of tasks) this.observer.made(guest, task, false);
		}
		return tasks;
	}

	/** Of a guest who is added: none yet. */
	begin(guest: Guest): void {
		this.lists.set(guest.id, []);
	}

	/** The tasks that were made so far. */
	made(guest: Guest): Task[] {
		return this.lists.get(guest.id) ?? [];
	}

	/** Gives the guest a task that is there already. */
	add(guest: Guest, task: Task): void {
		const tasks = this.of(guest);
		if (!tasks.includes(task)) tasks.push(task);
	}

	drop(guest: Guest, task: Task): void {
		const tasks = this.of(guest);
		if (tasks.includes(task)) tasks.splice(tasks.indexOf(task), 1);
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
		this.observer.made(guest, task, true);
		tasks.push(task);
		return task;
	}

	/** Completes an open task. @param format number of the format of its date */
	complete(guest: Guest, at: DateLike, oneOff: boolean, format: number): Task {
		const task = this.open(guest, at, oneOff);
		this.observer.changing(task);
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
		this.observer.changing(task);
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
