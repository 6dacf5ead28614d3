// The organization that the sandbox plays: its guests, members, tasks and custom fields, and what can be done to them.
// Plain state, no HTTP. Everybody in it is made up, the same people for the same seed.
import { base, en, Faker } from '@faker-js/faker';
import { GuestHistory, type Lag } from './guestHistory.mts';
import { GuestTasks } from './guestTasks.mts';
import { spelled, SPELLINGS, stamp, type Moment } from './dates.mts';

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

/** How a task is completed: when (now, if left out), and whether it belongs to no process. */
export interface Completion {
	at?: Moment;
	oneOff?: boolean;
}

export interface OrganizationOptions {
	/** How many guests there are to begin with. */
	guests?: number;
	members?: number;
	seed?: number;
	/** The clock for everything that happens; the real one, if left out. */
	now?: () => Date;
}

export const ORGANIZATION_ID = '1505bb7b9ba5f8972ffd3fe1ca18ec0c';

/** Keys of a create call that the server's rules name; the others vanish without a word (facts.md 7, 12). */
const DETAIL_KEYS = [
	'status',
	'phone_1',
	'phone_2',
	'timezone',
	'image_url',
	'contact_url',
	'company_url',
	'opportunity_url',
	'company_name',
	'opportunity_name',
	'external_sync_source',
	'external_date_creation',
];

/** The moment the made-up past is counted from, so that the same seed gives the same dates. */
const NOW = new Date('2026-11-01T12:00:00Z');
/** When the first guest was added. */
const FIRST = Date.UTC(2023, 0, 1);

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
	private readonly faker: Faker;
	private nextGuestId = 1000;
	private nextWatcherId = 1;
	/** Goes up with everything that happens to guests, so that sorted lists can be kept. */
	version = 0;
	/** The organization's clock. */
	readonly now: () => Date;

	constructor(options: OrganizationOptions = {}) {
		const { guests = 250, members = 25, seed = 1, now = () => new Date() } = options;
		this.now = now;
		this.faker = new Faker({ locale: [en, base], seed });
		this.faker.setDefaultRefDate(NOW);
		this.taskLists = new GuestTasks(this.faker, () => this.me.id);
		for (let i = 0; i < members; i++) this.members.push(this.makeMember(i));
		// However many there are: nobody is added in the future.
		const apart = Math.min(4 * 3_600_000, (NOW.getTime() - FIRST) / (guests + 1));
		for (let i = 0; i < guests; i++) this.add(this.makeGuest(i, FIRST + i * apart));
	}

	/** Who the token belongs to. */
	get me(): Member {
		return this.members[0];
	}

	guestOfCode(code: string): Guest | undefined {
		const email = this.codes.get(code);
		return email === undefined ? undefined : this.guests.get(email);
	}

	/** Makes a guest from the body of a create call, as the server does: unknown keys vanish. */
	create(body: Json, at: Moment = this.now()): Guest {
		const details: Json = {};
		for (const key of DETAIL_KEYS) details[key] = body[key] ?? null;
		const guest = {
			...this.blankGuest(String(body.email), this.makeCode()),
			first_name: body.first_name ?? null,
			last_name: body.last_name ?? null,
			created_at: stamp(at),
			details: { ...this.blankDetails(), ...details },
		};
		this.history.note(this.now().getTime(), guest.id);
		return this.add(guest);
	}

	remove(guest: Guest): void {
		this.changing(guest);
		this.guests.delete(guest.email);
		this.codes.delete(codeOf(guest));
		this.taskLists.forget(guest);
		this.customFields.delete(guest.email);
	}

	setMembers(guest: Guest, ids: number[]): void {
		this.changing(guest);
		guest.details.associated_members = ids;
	}

	setDisabled(guest: Guest, disabled: boolean, at: Moment = this.now()): void {
		this.changing(guest);
		if (disabled) {
			guest.details.disabled_at = stamp(at);
			guest.details.disabled_by = this.me.id;
		} else {
			guest.details.disabled_at = null;
			guest.details.disabled_by = null;
			guest.details.reactivated_at = stamp(at);
			guest.details.reactivated_by = this.me.id;
		}
	}

	/** The guest opens its link. */
	visit(guest: Guest, at: Moment = this.now()): void {
		this.changing(guest);
		const visited = spelled(at, guest.id + this.version);
		guest.last_accessed_at = visited;
		guest.details.last_accessed_at = visited;
		guest.last_known_ip ??= `203.0.113.${guest.id % 254}`;
		guest.last_known_country ??= 'US';
	}

	/** An open task of the guest is completed; a new one, if none is open. */
	completeTask(guest: Guest, when: Moment | Completion = {}): Task {
		const isMoment = when instanceof Date || typeof when !== 'object';
		const { at = this.now(), oneOff = false }: Completion = isMoment ? { at: when } : when;
		this.changing(guest);
		return this.taskLists.complete(guest, at, oneOff, guest.id + this.version);
	}

	/** The task of the guest that was completed last is open again. @returns undefined when there is none */
	reopenTask(guest: Guest): Task | undefined {
		this.changing(guest);
		return this.taskLists.reopen(guest);
	}

	/** An open task of the guest; a new one, if there is none. */
	openTask(guest: Guest): Task {
		this.changing(guest);
		return this.taskLists.open(guest, this.now());
	}

	lastCompletedTask(guest: Guest): Task | undefined {
		return this.taskLists.lastCompleted(guest);
	}

	/** Tasks of a guest, made when they are first asked for; the number depends on the guest alone. */
	tasks(guest: Guest): Task[] {
		return this.taskLists.of(guest);
	}

	/** What `with=stats` shows, also for a guest out of a list that lags. */
	stats(guest: Guest): Json {
		return this.history.statsOf(guest) ?? this.taskLists.stats(guest);
	}

	/** How many changes a list that lags does not show yet. */
	hiddenBy(lag: Lag): number {
		return this.history.hidden(lag, this.now().getTime());
	}

	/** The guests as they were so many changes ago, oldest first. */
	guestsBefore(changes: number): Guest[] {
		const now = this.guests.values();
		return changes ? this.history.before(changes, now) : [...now];
	}

	/** Subscribes a URL to what happens. */
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
	private changing(guest: Guest): void {
		this.version++;
		this.history.note(this.now().getTime(), guest.id, guest, this.stats(guest));
	}

	private add(guest: Guest): Guest {
		this.version++;
		this.guests.set(guest.email, guest);
		this.codes.set(codeOf(guest), guest.email);
		return guest;
	}

	private makeCode(): string {
		return this.faker.string.alphanumeric(40);
	}

	private blankGuest(email: string, code: string): Guest {
		return {
			id: this.nextGuestId++,
			email,
			last_accessed_at: null,
			last_known_ip: null,
			last_known_country: null,
			first_name: null,
			last_name: null,
			created_at: '',
			deleted_at: null,
			link: `https://go.tallyfy.com/guest-all-task/${this.id}/${code}`,
			details: {},
		};
	}

	private blankDetails(): Json {
		const unset = Object.fromEntries(DETAIL_KEYS.map((key) => [key, null]));
		return {
			...unset,
			cadence_days: null,
			associated_members: null,
			last_city: null,
			last_country: null,
			last_accessed_at: null,
			disabled_at: null,
			disabled_by: null,
			reactivated_at: null,
			reactivated_by: null,
		};
	}

	private makeGuest(index: number, createdAt: number): Guest {
		const { faker } = this;
		const first = faker.person.firstName();
		const last = faker.person.lastName();
		const company = faker.company.name();
		const domain = `${company.toLowerCase().replace(/[^a-z]+/g, '-')}.test`;
		const email = `${first}.${last}.${index}@${domain}`.toLowerCase().replace(/[^a-z0-9.@-]/g, '');
		const spell = SPELLINGS[index % SPELLINGS.length];
		// Newer guests come later, as the server's default order has it.
		const created = new Date(createdAt);
		const visited = index % 5 === 0 ? null : spell(faker.date.recent({ days: 300 }).toISOString());
		const disabled = index % 17 === 3;
		return {
			...this.blankGuest(email, this.makeCode()),
			first_name: first,
			last_name: last,
			created_at: spell(created.toISOString()),
			last_accessed_at: visited,
			last_known_ip: visited && faker.internet.ipv4(),
			last_known_country: visited && faker.location.countryCode(),
			details: {
				...this.blankDetails(),
				company_name: company,
				phone_1: index % 2 ? faker.phone.number({ style: 'international' }) : null,
				timezone: faker.location.timeZone(),
				associated_members: index % 4 ? [this.members[index % this.members.length]?.id ?? 1] : null,
				last_accessed_at: visited,
				disabled_at: disabled ? spell('2026-09-01T08:00:00.000Z') : null,
				disabled_by: disabled ? this.me.id : null,
			},
		};
	}

	private makeMember(index: number): Member {
		const { faker } = this;
		const first_name = faker.person.firstName();
		const last_name = faker.person.lastName();
		const status =
			index > 0 && index % 9 === 0 ? 'disabled' : index % 11 === 10 ? 'invited' : 'active';
		return {
			id: 20001 + index,
			email: `${first_name}.${last_name}@sandbox.test`.toLowerCase().replace(/[^a-z0-9.@]/g, ''),
			first_name,
			last_name,
			full_name: `${first_name} ${last_name}`,
			role: index === 0 ? 'Admin' : index % 5 === 0 ? 'Light' : 'Standard',
			status,
			timezone: 'America/Chicago',
			created_at: '2024-06-01T08:00:00+00:00',
		};
	}
}

/** The guest code: the last segment of the link, and nowhere else (facts.md 27). */
export function codeOf(guest: Guest): string {
	return guest.link?.split('/').at(-1) ?? '';
}
