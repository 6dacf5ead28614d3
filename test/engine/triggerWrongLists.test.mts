// Lists of guests that cannot be right, for a while or from now on; dates in the future; sorts that are refused.
import type { INodeParameters } from 'n8n-workflow';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Guest } from '../../sandbox/organization.mts';
import { pollerFor, type Poller } from '../support/engine.mts';
import { credentialsFor, useSandbox } from '../support/sandbox.mts';

const START = Date.parse('2026-11-20T09:00:00Z');
let clock = START;
let tests = 0;
const now = () => new Date(clock);
const sandbox = useSandbox({ guests: 40, now });

beforeEach(() => {
	// Each test has a state of its own: how long a list has been wrong is remembered in this process, by node and state.
	clock = START + 60_000 * tests++;
	vi.useFakeTimers({ toFake: ['Date'], now: clock });
});
afterEach(() => vi.useRealTimers());

const MINUTE = 60;
const HOUR = 3600;
/** Time passes, for Tallyfy and for n8n. */
const wait = (seconds: number) => {
	clock += seconds * 1000;
	vi.setSystemTime(clock);
};
const organization = () => sandbox.current.organization;
const guests = () => [...organization().guests.values()];
const add = (email: string, at?: string) => organization().create({ email }, at ?? now());
const several = (count: number, name = 'new') =>
	Array.from({ length: count }, (_, index) => add(`${name}${index}@x.test`).email);

/** The list has these guests from now on, though nothing happened to any. */
function list(these: Guest[]) {
	organization().guests.clear();
	for (const guest of these) organization().guests.set(guest.email, guest);
	organization().version++;
}
const changed = (change: (guest: Guest, index: number) => Partial<Guest>) =>
	guests().map((guest, index) => ({ ...guest, ...change(guest, index) }) as Guest);

const COMPARED = ['guestAdded', 'guestReturned', 'guestFirstAccess'];
const KINDS = [
	['Guest Added alone', ['guestAdded']],
	['all guests compared', COMPARED],
] as const;

/** A trigger that is active since a minute ago. */
async function active(events: readonly string[], more: INodeParameters = {}): Promise<Poller> {
	const trigger = await pollerFor({
		parameters: { events: [...events], ...more },
		credentials: credentialsFor(sandbox.current),
	});
	expect(await trigger.poll()).toEqual([]);
	wait(60);
	return trigger;
}
const reportedBy = async (trigger: Poller) =>
	(await trigger.poll()).map(
		({ json: { event, guest } }) => `${String(event)} ${(guest as { email: string }).email}`,
	);
const added = (emails: string[]) => emails.map((email) => `guestAdded ${email}`);
/** Polls that raise, so many, with time between. */
async function failing(trigger: Poller, polls: number, seconds: number, message: string | RegExp) {
	for (let poll = 0; poll < polls; poll++) {
		const stored = trigger.stored();
		await expect(trigger.poll()).rejects.toThrow(message);
		expect(trigger.stored()).toBe(stored);
		wait(seconds);
	}
}

describe('A list that has lost most guests', () => {
	it.each([
		['empty', 0],
		['short by more than half', 19],
	])(
		'is an error with numbers while it is %s, and no guest is new when it is right again',
		async (_, left) => {
			const trigger = await active(COMPARED);
			const all = guests();
			list(all.slice(0, left));
			await failing(
				trigger,
				5,
				10 * MINUTE,
				`Tallyfy lists ${left} of the 40 guests known at the last poll`,
			);
			list(all);
			organization().visit(all[39]);
			add('ann@x.test');
			expect(await reportedBy(trigger)).toEqual([
				'guestAdded ann@x.test',
				`guestReturned ${all[39].email}`,
			]);
		},
	);

	it('says what will happen', async () => {
		const trigger = await active(COMPARED);
		list([]);
		await expect(trigger.poll()).rejects.toMatchObject({
			description: expect.stringMatching(/an hour and at three polls/) as string,
		});
	});

	it('is taken as it is after an hour and three polls, and the guests in it were compared all the time', async () => {
		const trigger = await active(COMPARED);
		const all = guests();
		list(all.slice(0, 10));
		await failing(trigger, 2, 2 * HOUR, /^Tallyfy lists 10 of the 40/);
		organization().visit(all[1]);
		const { email } = add('ann@x.test');
		expect(await reportedBy(trigger)).toEqual([
			`guestAdded ${email}`,
			`guestReturned ${all[1].email}`,
		]);
		wait(MINUTE);
		expect(await reportedBy(trigger)).toEqual([]);
		// Right again within a day.
		wait(20 * HOUR);
		list([...all, ...guests().slice(10)]);
		expect(await reportedBy(trigger)).toEqual([]);
	});

	it('is not taken before an hour has passed, however often n8n polls', async () => {
		const trigger = await active(COMPARED);
		list([]);
		await failing(trigger, 60, MINUTE, /^Tallyfy lists 0 of the 40/);
		expect(await reportedBy(trigger)).toEqual([]);
	});

	it('has its hour from the beginning when it was right in between', async () => {
		const trigger = await active(COMPARED);
		const all = guests();
		list([]);
		await failing(trigger, 2, 50 * MINUTE, /^Tallyfy lists 0 of the 40/);
		list(all);
		expect(await reportedBy(trigger)).toEqual([]);
		list([]);
		await failing(trigger, 2, 50 * MINUTE, /^Tallyfy lists 0 of the 40/);
	});

	it('makes no guest new when it is right again after days, though it was taken as it is', async () => {
		const trigger = await active(COMPARED);
		const all = guests();
		list([]);
		await failing(trigger, 2, HOUR, /^Tallyfy lists 0 of the 40/);
		for (let day = 0; day < 3; day++) {
			expect(await reportedBy(trigger)).toEqual([]);
			wait(24 * HOUR);
		}
		list(all);
		await failing(
			trigger,
			2,
			HOUR,
			'Tallyfy lists 40 guests who were added before the last poll and were not in its list, beside the 0 guests known then',
		);
		expect(await reportedBy(trigger)).toEqual([]);
		add('ann@x.test');
		expect(await reportedBy(trigger)).toEqual(['guestAdded ann@x.test']);
	});

	it('is an error to Guest Added alone too, which then knows its newest guests all the same', async () => {
		const trigger = await active(['guestAdded']);
		const all = guests();
		list(all.slice(0, 19));
		await failing(
			trigger,
			2,
			HOUR,
			'Tallyfy lists 19 guests in all, after 40 guests at the last poll',
		);
		add('ann@x.test');
		expect(await reportedBy(trigger)).toEqual(['guestAdded ann@x.test']);
		list([...all, ...guests().slice(19)]);
		expect(await reportedBy(trigger)).toEqual([]);
	});

	it.each(KINDS)(
		'or hides new ones for hours while it shows newer ones, makes the trigger miss none and repeat none (%s)',
		async (_, events) => {
			const trigger = await active(events);
			// n8n was down for more than a day.
			const hidden = ['one', 'two'].map((name) => add(`${name}@x.test`));
			wait(26 * HOUR);
			add('shown@x.test');
			const all = guests();
			list(all.filter((guest) => !hidden.includes(guest)));
			expect(await reportedBy(trigger)).toEqual(['guestAdded shown@x.test']);
			for (let hour = 0; hour < 20; hour++) {
				wait(HOUR);
				expect(await reportedBy(trigger)).toEqual([]);
			}
			list(all);
			expect(await reportedBy(trigger)).toEqual(added(hidden.map(({ email }) => email)));
			for (let day = 0; day < 3; day++) {
				wait(24 * HOUR);
				expect(await reportedBy(trigger)).toEqual([]);
			}
		},
	);
});

describe('A list with the same people under other IDs or dates', () => {
	const years = (guest: Guest) => ({ created_at: `2026-11-1${guest.id % 9}T00:00:00Z` });
	it.each<[string, readonly string[], (guest: Guest, index: number) => Partial<Guest>]>([
		['other IDs, compared', COMPARED, ({ id }) => ({ id: id + 5000 })],
		['other dates, compared', COMPARED, years],
		['the date of this moment, compared', COMPARED, () => ({ created_at: now().toISOString() })],
		['other dates, for Guest Added alone', ['guestAdded'], years],
		[
			'the date of this moment, for Guest Added alone',
			['guestAdded'],
			() => ({ created_at: now().toISOString() }),
		],
	])(
		'is an error and makes no guest new, neither when it is right again nor when it stays so: %s',
		async (_, events, change) => {
			const trigger = await active(events);
			const right = guests();
			list(changed(change));
			const wrong = guests();
			await failing(trigger, 2, HOUR, /^Tallyfy lists /);
			list(right);
			expect(await reportedBy(trigger)).toEqual([]);
			list(wrong);
			await failing(trigger, 2, HOUR, /^Tallyfy lists /);
			expect(await reportedBy(trigger)).toEqual([]);
			wait(MINUTE);
			add('ann@x.test');
			expect(await reportedBy(trigger)).toEqual(['guestAdded ann@x.test']);
		},
	);

	it('has no effect on newly imported guests, who got other IDs within the first 15 minutes', async () => {
		const trigger = await active(['guestAdded']);
		const emails = several(12);
		expect(await reportedBy(trigger)).toEqual(added(emails));
		list(changed(({ id, email }) => (emails.includes(email) ? { id: id + 5000 } : {})));
		await failing(
			trigger,
			2,
			HOUR,
			'Tallyfy lists 12 guests as new, but 52 guests in all, after 52 guests at the last poll',
		);
		expect(await reportedBy(trigger)).toEqual([]);
	});
});

describe('Changes that are right, however large', () => {
	it.each(KINDS)('are an import of 50 guests beside 40 (%s)', async (_, events) => {
		const trigger = await active(events);
		const emails = several(50);
		expect(await reportedBy(trigger)).toEqual(added(emails));
		wait(MINUTE);
		expect(await reportedBy(trigger)).toEqual([]);
	});

	it.each(KINDS)(
		'are a first import of 50 guests into an empty organization (%s)',
		async (_, events) => {
			list([]);
			const trigger = await active(events);
			const emails = several(50);
			expect(await reportedBy(trigger)).toEqual(added(emails));
		},
	);

	it.each(KINDS)('are an import after the newest guest was deleted (%s)', async (_, events) => {
		const newest = add('test@x.test');
		const trigger = await active(events);
		organization().remove(newest);
		const emails = several(12);
		expect(await reportedBy(trigger)).toEqual(added(emails));
	});

	it('are two of three guests deleted, and one of them added again', async () => {
		list(guests().slice(0, 3));
		const trigger = await active(COMPARED);
		const [, one, other] = guests();
		organization().remove(one);
		organization().remove(other);
		expect(await reportedBy(trigger)).toEqual([]);
		wait(MINUTE);
		add(one.email);
		expect(await reportedBy(trigger)).toEqual([`guestAdded ${one.email}`]);
	});

	it('are half of the guests deleted', async () => {
		const trigger = await active(COMPARED);
		for (const guest of guests().slice(20)) organization().remove(guest);
		expect(await reportedBy(trigger)).toEqual([]);
	});

	it('are five guests deleted and added again: each has another ID and date, and is new', async () => {
		const trigger = await active(COMPARED);
		const five = guests().slice(0, 5);
		for (const guest of five) organization().remove(guest);
		const emails = five.map(({ email }) => add(email).email);
		expect(await reportedBy(trigger)).toEqual(added(emails));
	});
});

describe('A guest who is missing for hours', () => {
	it('is not new when back, because the list was wrong', async () => {
		const trigger = await active(COMPARED);
		const all = guests();
		list(all.slice(0, 30));
		for (let hour = 0; hour < 20; hour++) {
			expect(await reportedBy(trigger)).toEqual([]);
			wait(HOUR);
		}
		list(all);
		organization().visit(all[39]);
		expect(await reportedBy(trigger)).toEqual([`guestReturned ${all[39].email}`]);
	});
});

describe('A guest dated in the future', () => {
	it.each(KINDS)('is reported once, and silences no other (%s)', async (_, events) => {
		const trigger = await active(events);
		add('future@x.test', '2027-11-20T09:00:00Z');
		expect(await reportedBy(trigger)).toEqual(['guestAdded future@x.test']);
		for (const name of ['ann', 'bob']) {
			wait(HOUR);
			add(`${name}@x.test`);
			expect(await reportedBy(trigger)).toEqual([`guestAdded ${name}@x.test`]);
		}
		wait(365 * 24 * HOUR);
		add('cid@x.test');
		expect(await reportedBy(trigger)).toEqual(['guestAdded cid@x.test']);
	});

	it.each(KINDS)('is there at the activation, and silences no other (%s)', async (_, events) => {
		add('future@x.test', '2027-11-20T09:00:00Z');
		const trigger = await active(events);
		const { email } = add('ann@x.test');
		organization().visit(organization().guests.get(email) as Guest);
		expect(await reportedBy(trigger)).toContain('guestAdded ann@x.test');
		if (events.length > 1) return;
		wait(MINUTE);
		expect(await reportedBy(trigger)).toEqual([]);
	});

	it('is there alone at the activation, and silences no other', async () => {
		list([]);
		add('future@x.test', '2027-11-20T09:00:00Z');
		const trigger = await active(['guestAdded']);
		add('ann@x.test');
		expect(await reportedBy(trigger)).toEqual(['guestAdded ann@x.test']);
	});

	it('silences no other once the clock is right, where it was taken for the newest: so older versions stored it', async () => {
		add('future@x.test', '2027-11-20T09:00:00Z');
		vi.setSystemTime(clock + 2 * 365 * 24 * HOUR * 1000);
		const trigger = await pollerFor({
			parameters: { events: ['guestAdded'] },
			credentials: credentialsFor(sandbox.current),
		});
		expect(await trigger.poll()).toEqual([]);
		wait(MINUTE);
		expect(await reportedBy(trigger)).toEqual([]);
		add('ann@x.test');
		expect(await reportedBy(trigger)).toEqual(['guestAdded ann@x.test']);
	});

	it('does not go unnoticed by the first page of a long list', async () => {
		sandbox.current.reset({ guests: 250, now });
		const trigger = await active(['guestAdded']);
		for (let index = 0; index < 120; index++) add(`f${index}@x.test`, '2027-11-20T09:00:00Z');
		expect(await reportedBy(trigger)).toHaveLength(120);
		wait(HOUR);
		add('ann@x.test');
		expect(await reportedBy(trigger)).toEqual(['guestAdded ann@x.test']);
	});
});

describe('A sort that the server refuses', () => {
	const refuse = (pattern: string, status: number) =>
		sandbox.current.misbehave({
			faults: [{ path: pattern, status, body: { message: 'The selected sort is invalid.' } }],
		});
	const sorts = () => sandbox.current.requests.map(({ path }) => /sort=([^&]*)/.exec(path)?.[1]);

	it.each([400, 422, 500])(
		'with %i is left for the documented order, and the new guests are at the other end of 250',
		async (status) => {
			sandbox.current.reset({ guests: 250, now });
			refuse('sort=-', status);
			const trigger = await active(['guestAdded']);
			const { email } = add('ann@x.test');
			sandbox.current.requests.length = 0;
			expect(await reportedBy(trigger)).toEqual([`guestAdded ${email}`]);
			expect(sorts()).toEqual(['-created_at', 'created_at', 'created_at']);
			wait(MINUTE);
			expect(await reportedBy(trigger)).toEqual([]);
		},
	);

	it.each(KINDS)('in any spelling is left out (%s)', async (_, events) => {
		refuse('sort=', 422);
		const trigger = await active(events);
		add('ann@x.test');
		expect(await reportedBy(trigger)).toEqual(['guestAdded ann@x.test']);
	});

	it('is asked for again at the next poll, because nothing wrong is remembered', async () => {
		const trigger = await active(['guestAdded']);
		refuse('sort=-', 422);
		expect(await reportedBy(trigger)).toEqual([]);
		sandbox.current.misbehave({});
		add('ann@x.test');
		sandbox.current.requests.length = 0;
		expect(await reportedBy(trigger)).toEqual(['guestAdded ann@x.test']);
		expect(sorts()).toEqual(['-created_at']);
	});

	it('is not what is wrong when the list is refused without a sort too', async () => {
		const trigger = await active(['guestAdded']);
		refuse('/guests', 422);
		const stored = trigger.stored();
		await expect(trigger.poll()).rejects.toMatchObject({ message: /selected sort/ });
		expect(trigger.stored()).toBe(stored);
	});
});
