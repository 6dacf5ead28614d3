// The organization that the sandbox plays: its guests, members, tasks and custom fields, and what can be done to them.
// Plain state, no HTTP.
import { dateTime, formatDate, type DateLike } from './dates.mts';
import { DETAIL_KEYS, FakeData } from './fakeData.mts';
import { GuestHistory, type Lag } from './guestHistory.mts';
import { GuestTasks } from './guestTasks.mts';
import { afterCompletion, afterReopening } from './work/completion.mts';
import type { WorkTask } from './work/model.mts';
import { launchSome } from './work/start.mts';
import { Work } from './work/work.mts';

export type Json = Record<string, unknown>;

export interface Guest extends Json {
	id: number;
	email: string;
	link: string | null;
	created_at: string;
	details: Json;
}

export interface Member extends Json {
	id: number;
	email: string;
	status: 'active' | 'invited' | 'disabled';
	role: string;
}

export interface Task extends Json {
	id: string;
	status: string;
}

export interface Watcher {
	id: string;
	webhook: string;
}

/** How a task is completed: when (now, if left out), and whether it is a one-off task, which belongs to no process. */
export interface Completion {
	at?: DateLike;
	oneOff?: boolean;
}

export interface OrganizationOptions {
	/** How many guests there are at the start. */
	guests?: number;
	members?: number;
	seed?: number;
	/** How many guests who have tasks have a process with forms; 3, if left out. */
	processes?: number;
	/** The origin of guests' links, if it is not Tallyfy's. */
	linkBase?: string;
	/** The clock for everything that happens; the real one, if left out. */
	now?: () => Date;
}

export const ORGANIZATION_ID = '1505bb7b9ba5f8972ffd3fe1ca18ec0c';

export class Organization {
	readonly id = ORGANIZATION_ID;
	readonly name = 'Sandbox Ltd';
	/** By email as it was given. */
	readonly guests = new Map<string, Guest>();
	readonly members: Member[] = [];
	readonly customFieldKeys = ['account_number', 'region', 'tier'];
	readonly watchers: Watcher[] = [];
	private readonly codes = new Map<string, string>();
	private readonly customFields = new Map<string, Json>();
	private readonly history = new GuestHistory();
	private readonly taskLists: GuestTasks;
	private readonly data: FakeData;
	/** All tasks, processes and templates. */
	readonly work: Work;
	private nextWatcherId = 1;
	/** Goes up with every change of a guest, so that sorted lists can be cached. */
	version = 0;
	/** The organization's clock. */
	readonly now: () => Date;

	constructor(options: OrganizationOptions = {}) {
		const { guests = 250, members = 25, seed = 1, now = () => new Date() } = options;
		this.now = now;
		this.data = new FakeData(seed, this.id, options.linkBase);
		this.taskLists = new GuestTasks(this.data.faker, () => this.me.id, {
			made: (guest, task, isNew) => this.work.adopt(guest, task, isNew),
			changing: (task) => this.work.recordTask(task as WorkTask),
		});
		this.members.push(...this.data.members(members));
		this.work = new Work(this, seed);
		for (const guest of this.data.guests(guests, this.members)) this.add(guest);
		launchSome(this, options.processes ?? 3);
	}

	/** The owner of the personal token. */
	get me(): Member {
		return this.members[0];
	}

	guestOfCode(code: string): Guest | undefined {
		const email = this.codes.get(code);
		return email === undefined ? undefined : this.guests.get(email);
	}

	/** Makes a guest of the body of a create call; ignores keys that the server does not know. */
	create(body: Json, at: DateLike = this.now()): Guest {
		const empty = this.data.emptyGuest(String(body.email));
		const details = Object.fromEntries(DETAIL_KEYS.map((key) => [key, body[key] ?? null]));
		const guest = {
			...empty,
			first_name: body.first_name ?? null,
			last_name: body.last_name ?? null,
			created_at: dateTime(at),
			details: { ...empty.details, ...details },
		};
		this.history.record(this.now().getTime(), guest.id);
		this.taskLists.begin(guest);
		return this.add(guest);
	}

	remove(guest: Guest): void {
		this.recordChange(guest);
		this.work.detach(guest, this.taskLists.made(guest));
		this.guests.delete(guest.email);
		this.codes.delete(codeOf(guest));
		this.taskLists.forget(guest);
		this.customFields.delete(guest.email);
	}

	setMembers(guest: Guest, ids: number[]): void {
		this.recordChange(guest);
		guest.details.associated_members = ids;
	}

	setDisabled(guest: Guest, disabled: boolean, at: DateLike = this.now()): void {
		this.recordChange(guest);
		if (disabled) {
			guest.details.disabled_at = dateTime(at);
			guest.details.disabled_by = this.me.id;
		} else {
			// A new link; who disabled the guest remains (work.md 179 and 180).
			if (guest.details.disabled_at !== null) this.renewLink(guest);
			guest.details.disabled_at = null;
			guest.details.reactivated_at = dateTime(at);
			guest.details.reactivated_by = this.me.id;
		}
	}

	/** The guest opens its link. */
	visit(guest: Guest, at: DateLike = this.now()): void {
		this.recordChange(guest);
		const visited = formatDate(at, guest.id + this.version);
		guest.last_accessed_at = visited;
		guest.details.last_accessed_at = visited;
		guest.last_known_ip ??= `203.0.113.${guest.id % 254}`;
		guest.last_known_country ??= 'US';
	}

	/** Completes an open task of the guest; a new one, if none is open. */
	completeTask(guest: Guest, when: DateLike | Completion = {}): Task {
		const isDate = when instanceof Date || typeof when !== 'object';
		const { at = this.now(), oneOff = false }: Completion = isDate ? { at: when } : when;
		this.recordChange(guest);
		const task = this.taskLists.complete(guest, at, oneOff, guest.id + this.version);
		afterCompletion(this.work, task as WorkTask, { guest });
		return task;
	}

	/** Opens the task again that the guest completed last. @returns undefined when there is none */
	reopenTask(guest: Guest): Task | undefined {
		this.recordChange(guest);
		const task = this.taskLists.reopen(guest) as WorkTask | undefined;
		if (task) afterReopening(this.work, task);
		return task;
	}

	/** Adds a task to the guest's list, if it is not in it. */
	assign(guest: Guest, task: Task): void {
		if (this.tasks(guest).includes(task)) return;
		this.recordChange(guest);
		this.taskLists.add(guest, task);
	}

	unassign(guest: Guest, task: Task): void {
		this.recordChange(guest);
		this.taskLists.drop(guest, task);
	}

	/** Gives the guest a new link; the old one is dead (work.md 178). */
	resetLink(guest: Guest): void {
		this.recordChange(guest);
		this.renewLink(guest);
	}

	/** An open task of the guest; a new one, if there is none. */
	openTask(guest: Guest): Task {
		this.recordChange(guest);
		return this.taskLists.open(guest, this.now());
	}

	lastCompletedTask(guest: Guest): Task | undefined {
		return this.taskLists.lastCompleted(guest);
	}

	/** Tasks of a guest, made when they are first asked for; the number depends on the guest alone. */
	tasks(guest: Guest): Task[] {
		return this.taskLists.of(guest);
	}

	/** What `with=stats` shows; of the same time as the guest, if it comes from a list that does not show all changes. */
	stats(guest: Guest): Json {
		return this.history.statsOf(guest) ?? this.taskLists.stats(guest);
	}

	/** How many changes a list with this lag does not show yet. */
	hiddenBy(lag: Lag): number {
		return this.history.hidden(lag, this.now().getTime());
	}

	/** The guests as they were so many changes ago, oldest first. */
	guestsBefore(changes: number): Guest[] {
		const now = this.guests.values();
		return changes ? this.history.before(changes, now) : [...now];
	}

	/** Adds a webhook for all events. */
	addWatcher(webhook: string): Watcher {
		const watcher = { id: String(this.nextWatcherId++), webhook };
		this.watchers.push(watcher);
		return watcher;
	}

	customFieldsOf(guest: Guest): Json {
		let fields = this.customFields.get(guest.email);
		if (!fields) {
			fields = { account_number: `A-${guest.id}`, region: null, tier: null };
			this.customFields.set(guest.email, fields);
		}
		return fields;
	}

	/** To be called before anything changes about a guest. */
	recordChange(guest: Guest): void {
		this.version++;
		this.history.record(this.now().getTime(), guest.id, guest, this.stats(guest));
	}

	private renewLink(guest: Guest): void {
		this.codes.delete(codeOf(guest));
		guest.link = this.data.link();
		this.codes.set(codeOf(guest), guest.email);
	}

	private add(guest: Guest): Guest {
		this.version++;
		this.guests.set(guest.email, guest);
		this.codes.set(codeOf(guest), guest.email);
		return guest;
	}
}

/** The guest code: the last segment of the link, and nowhere else (facts.md 27). */
export function codeOf(guest: Guest): string {
	return guest.link?.split('/').at(-1) ?? '';
}
