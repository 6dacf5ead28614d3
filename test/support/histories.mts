// A made-up past for a test: what people do to the guests of a sandbox, and what a trigger that polls must say about it.
// The judge knows nothing of how the trigger works: it keeps what really happened, and what Tallyfy showed when.
import { expect, vi } from 'vitest';
import type { INodeExecutionData } from 'n8n-workflow';
import type { Guest } from '../../sandbox/organization.mts';
import type { Sandbox } from '../../sandbox/server.mts';

export type Deed =
	/** `lateMs` is how long before now the date of creation is; negative for one in the future. */
	| { do: 'add'; email: number; lateMs?: number }
	| { do: 'link'; email: number }
	| { do: 'visit' | 'complete' | 'completeOneOff' | 'reopen' | 'delete'; guest: number }
	| { do: 'disable' | 'enable' | 'enableWithoutTrace'; guest: number };

const CLASSES = {
	guestAdded: 'added',
	guestFirstAccess: 'access',
	guestReturned: 'access',
	guestCompletedTask: 'completion',
	guestDisabled: 'disabledAt',
	guestEnabled: 'reactivatedAt',
	guestInactive: 'inactive',
} as const;
type EventName = keyof typeof CLASSES;
type Class = (typeof CLASSES)[EventName];

/** What Tallyfy says about a guest, in seconds since 1970; 0 for nothing. */
interface View {
	access: number;
	completion: number;
	disabledAt: number;
	reactivatedAt: number;
	disabled: boolean;
}
const MOMENTS = ['access', 'completion', 'disabledAt', 'reactivatedAt'] as const;

/** One guest; one who was deleted and added again is two. */
interface Person {
	guest: Guest;
	created: number;
	/** When it began to be so, in milliseconds; undefined for one who is gone. */
	views: Array<{ ms: number; view?: View }>;
	/** What the trigger knows, as far as it has said so. */
	told?: View;
	/** Something was done while the activation read the list: whether it saw the guest as disabled is unknown. */
	isUnsure?: boolean;
	/** The history of such a person is not of this organization. */
	isLinked: boolean;
}

interface Happening {
	person: Person;
	what: Class;
	second: number;
	ms: number;
	told: boolean;
}

const ANCHOR = 'anchor@x.test';
const DAY = 86_400;
const seconds = (written: unknown) => {
	const text = String(written ?? '').replace(' ', 'T');
	if (!text) return 0;
	return Math.floor(Date.parse(/(Z|\+00:00)$/.test(text) ? text : `${text}Z`) / 1000);
};

export class World {
	clock = Date.parse('2026-11-20T09:00:00Z');
	/** How far lists shall lag behind. */
	wantedLagMs = 0;
	readonly inactiveDays = 1;
	private readonly people: Person[] = [];
	private readonly happenings: Happening[] = [];
	private readonly inactiveTold = new Set<string>();
	/** When the trigger was activated, and when it last said something or nothing, in seconds. */
	private activatedAt?: number;
	/** Of when the list was that the activation saw, in milliseconds. */
	private shownAtActivation?: number;
	private polledAt = 0;
	/** Of when the newest list was that the trigger has seen, in milliseconds. */
	private judgedUntil = 0;
	/** Whether it is unknown what the trigger knew at its activation. */
	private isUnsure = false;

	constructor(
		private readonly sandbox: Sandbox,
		private readonly events: string[],
	) {}

	/** Takes in those who are there to begin with, and one who was there just now. */
	begin(): void {
		const { organization } = this;
		organization.visit(organization.create({ email: ANCHOR }));
		for (const guest of organization.guests.values()) this.meet(guest, 0);
		// Longer than lists ever lag here.
		this.pass(20 * 60_000);
	}

	/**
	 * How far lists lag behind: never so far that they show what was before the activation. That would be new to
	 * the trigger, and nothing in it shows that it is old.
	 */
	get lagMs(): number {
		return Math.min(this.wantedLagMs, this.clock - (this.shownAtActivation ?? -Infinity));
	}

	private get organization() {
		return this.sandbox.organization;
	}

	pass(ms: number): void {
		this.clock += ms;
		vi.setSystemTime(this.clock);
	}

	private meet(guest: Guest, ms: number, isLinked = false): Person {
		const person: Person = { guest, created: seconds(guest.created_at), views: [], isLinked };
		this.people.push(person);
		person.views.push({ ms, view: this.viewOf(guest) });
		return person;
	}

	private viewOf(guest: Guest): View {
		const stats = this.organization.stats(guest);
		const { details } = guest;
		return {
			access: seconds(guest.last_accessed_at),
			completion: Math.max(
				seconds(stats.last_task_completed_at),
				seconds(stats.last_one_off_task_completed_at),
			),
			disabledAt: seconds(details.disabled_at),
			reactivatedAt: seconds(details.reactivated_at),
			disabled: Boolean(details.disabled_at),
		};
	}

	private happened(person: Person, what: Class): void {
		const second = what === 'added' ? person.created : Math.floor(this.clock / 1000);
		this.happenings.push({ person, what, second, ms: this.clock, told: false });
	}

	/** Does it, if it can be done. */
	perform(deed: Deed): void {
		const { organization } = this;
		if (deed.do === 'add' || deed.do === 'link') {
			// Guest Added alone goes by the date, and takes no guest without a new one for new.
			if (deed.do === 'link' && this.events.length === 1) return;
			const email = `guest${deed.email}@x.test`;
			if (organization.guests.has(email)) return;
			const isLinked = deed.do === 'link';
			// Clocks of servers differ, and what was begun first may be there last.
			const late = deed.do === 'add' ? (deed.lateMs ?? 0) : 0;
			const at = isLinked ? '2024-05-01T00:00:00Z' : this.clock - late;
			const guest = organization.create({ email }, at);
			if (isLinked) organization.visit(guest, new Date('2025-05-01T00:00:00Z'));
			this.happened(this.meet(guest, this.clock, isLinked), 'added');
			return;
		}
		const there = [...organization.guests.values()];
		const guest = there[deed.guest % Math.max(1, there.length)];
		const person = this.people.find((one) => one.guest === guest);
		// One guest stays: without any there is no date of the server to compare with.
		if (!person || (deed.do === 'delete' && guest.email === ANCHOR)) return;
		const isDisabled = Boolean(guest.details.disabled_at);
		const deeds: Record<typeof deed.do, () => Class | undefined | false> = {
			visit: () => (organization.visit(guest), 'access'),
			complete: () => (organization.completeTask(guest), 'completion'),
			completeOneOff: () => (organization.completeTask(guest, { oneOff: true }), 'completion'),
			reopen: () => (organization.reopenTask(guest), undefined),
			delete: () => (organization.remove(guest), undefined),
			disable: () => !isDisabled && (organization.setDisabled(guest, true), 'disabledAt'),
			enable: () => isDisabled && (organization.setDisabled(guest, false), 'reactivatedAt'),
			enableWithoutTrace: () => {
				const { reactivated_at } = guest.details;
				if (!isDisabled) return false;
				organization.setDisabled(guest, false);
				guest.details.reactivated_at = reactivated_at;
				return 'reactivatedAt';
			},
		};
		const what = deeds[deed.do]();
		if (what) this.happened(person, what);
		const isGone = !organization.guests.has(guest.email);
		person.views.push({ ms: this.clock, view: isGone ? undefined : this.viewOf(guest) });
	}

	/**
	 * Lists are wrong while `work` goes on: they show every guest of whom `shows` says so, by place. Nothing may be done to guests
	 * meanwhile.
	 */
	async withWrongLists(shows: (place: number) => boolean, work: () => Promise<void>) {
		const { organization } = this;
		const all = [...organization.guests];
		const show = (entries: typeof all) => {
			organization.guests.clear();
			for (const [email, guest] of entries) organization.guests.set(email, guest);
			organization.version++;
		};
		show(all.filter((_, place) => shows(place)));
		try {
			await work();
		} finally {
			show(all);
		}
	}

	/** Judges what a poll gave that saw a wrong list: all of it happened, and nothing is said about what is unsaid. */
	judgeWrongList(items: INodeExecutionData[]): void {
		for (const item of items) this.judgeItem(item);
	}

	/** What lists show of a person now, be they behind or not. */
	private shown({ views }: Person): View | undefined {
		return views.filter(({ ms }) => ms <= this.clock - this.lagMs).at(-1)?.view;
	}

	/**
	 * Judges what one successful poll gave.
	 * @param isClean nothing happened while it was under way
	 */
	judge(items: INodeExecutionData[], isClean: boolean): void {
		if (this.activatedAt === undefined) {
			expect(items).toEqual([]);
			this.activatedAt = Math.floor((this.clock - this.lagMs) / 1000);
			for (const person of this.people) {
				person.told = this.shown(person);
				person.isUnsure = !isClean;
			}
			this.shownAtActivation = this.clock - this.lagMs;
			// What happened during the activation may be seen by it, or not.
			this.polledAt = Math.floor(this.clock / 1000);
			this.isUnsure = !isClean;
			return;
		}
		const order = items.map(({ json }) => String(json.at));
		expect(order).toEqual([...order].sort());
		for (const item of items) this.judgeItem(item);
		if (isClean) this.judgeSilence();
		this.judgedUntil = Math.max(this.judgedUntil, this.clock - this.lagMs);
		this.polledAt = Math.floor(this.clock / 1000);
	}

	/** Everything that is said did happen, since the activation, and is said for the first time. */
	private judgeItem({ json }: INodeExecutionData): void {
		const event = json.event as EventName;
		const what = CLASSES[event];
		const at = seconds(json.at);
		const { id } = json.guest as { id: number };
		const person = this.people.find(({ guest }) => guest.id === id);
		const said = `${event} of ${id} at ${String(json.at)}`;
		if (!person) throw new Error(`${said}: there is no such guest`);
		if (what === 'inactive') return this.judgeInactivity(person, at, said);
		const since = (this.activatedAt ?? 0) * 1000;
		const candidates = this.happenings.filter(
			(one) => one.person === person && one.what === what && !one.told && one.ms >= since,
		);
		// What Tallyfy gives no date for is reported with the time of the poll.
		const isNow = at === Math.floor(this.clock / 1000);
		const truth = candidates.find(({ second }) => second === at) ?? (isNow && candidates.at(-1));
		if (!truth) throw new Error(`${said}: that did not happen, or was said before`);
		truth.told = true;
		const told = (person.told ??= person.views[0].view as View);
		if (what === 'added') {
			expect(json.before, said).toBeNull();
			// Dates of a linked guest count from where the trigger read them first.
			if (person.isLinked) person.told = this.viewOf(person.guest);
			return;
		}
		if (what === 'access') {
			const before = told.access ? new Date(told.access * 1000).toISOString() : null;
			const expected = told.access ? 'guestReturned' : 'guestFirstAccess';
			if (!this.isUnsure && !person.isLinked) {
				expect([said, event, json.before]).toEqual([said, expected, { lastAccessedAt: before }]);
			}
		}
		if (what === 'disabledAt' || what === 'reactivatedAt') person.isUnsure = false;
		if (what === 'disabledAt') told.disabled = true;
		if (what === 'reactivatedAt') told.disabled = false;
		told[what] = Math.max(told[what], at);
	}

	private judgeInactivity(person: Person, at: number, said: string): void {
		const key = `${person.guest.id} ${at}`;
		if (this.inactiveTold.has(key)) throw new Error(`${said}: that was said before`);
		this.inactiveTold.add(key);
		const last = at - this.inactiveDays * DAY;
		const ever = person.views.some(({ view }) => view && (view.access || person.created) === last);
		if (!ever) throw new Error(`${said}: the guest was not there last at that time`);
		if (at <= (this.activatedAt ?? 0) - 1 || at > this.clock / 1000) {
			throw new Error(`${said}: that time has not come, or was over before the activation`);
		}
	}

	/** Nothing that Tallyfy shows is unsaid. */
	private judgeSilence(): void {
		const now = Math.floor(this.clock / 1000);
		const isOlder = this.clock - this.lagMs < this.judgedUntil;
		for (const person of this.people) {
			const view = this.shown(person);
			if (!view) continue;
			// Gone already, and not there at the poll before: only a list that goes back in time shows such a guest.
			if (isOlder && !person.views.at(-1)?.view) continue;
			const { id } = person.guest;
			expect([id, 'is known', person.told !== undefined]).toEqual([id, 'is known', true]);
			if (this.events.length === 1) continue;
			const told = person.told as View;
			for (const what of MOMENTS) {
				if (told[what] < view[what]) {
					throw new Error(
						`${what} of ${id} at ${new Date(view[what] * 1000).toISOString()}: not said`,
					);
				}
			}
			// Enabled and disabled in one second: nothing shows which came first.
			const isSame = view.disabledAt > 0 && view.disabledAt === view.reactivatedAt;
			const isClear = !isSame && !person.isUnsure;
			const isDisabledNow = this.viewOf(person.guest).disabled;
			if (isClear && told.disabled !== view.disabled && told.disabled !== isDisabledNow) {
				throw new Error(`${id} is ${view.disabled ? 'disabled' : 'enabled'}: not said`);
			}
			const deadline = (view.access || person.created) + this.inactiveDays * DAY;
			const isDue = deadline > this.polledAt && deadline <= now && !view.disabled;
			if (isDue && !this.inactiveTold.has(`${id} ${deadline}`)) {
				// A list that is older than what was seen before does not make a guest inactive.
				if (told.access <= view.access) throw new Error(`${id} is inactive: not said`);
			}
		}
	}
}
