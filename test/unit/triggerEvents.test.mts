import fc from 'fast-check';
import type { IDataObject } from 'n8n-workflow';
import { describe, expect, it } from 'vitest';
import {
	compareStates,
	inactiveSince,
	mergeStates,
	priorState,
} from '../../nodes/TallyfyGuests/trigger/polling/events.ts';
import {
	guestKey,
	guestStateOf,
	KEY_LENGTH,
	shortHash,
	type GuestState,
} from '../../nodes/TallyfyGuests/trigger/guestState.ts';
import {
	decodeSnapshot,
	encodeSnapshot,
	isSameButTime,
	type SnapshotState,
} from '../../nodes/TallyfyGuests/trigger/polling/snapshotState.ts';

const BLANK: GuestState = {
	access: 0,
	completion: 0,
	count: 0,
	disabledAt: 0,
	reactivatedAt: 0,
	disabled: false,
};
const stateOf = (changes: Partial<GuestState> = {}): GuestState => ({ ...BLANK, ...changes });
const iso = (seconds: number) => new Date(seconds * 1000).toISOString();

const anyState: fc.Arbitrary<GuestState> = fc.record({
	access: fc.nat(2 ** 31),
	completion: fc.nat(2 ** 31),
	count: fc.nat(5000),
	disabledAt: fc.nat(2 ** 31),
	reactivatedAt: fc.nat(2 ** 31),
	disabled: fc.boolean(),
});

describe('The key of a guest', () => {
	const guest: IDataObject = { id: 7, email: 'jo@x.test', created_at: '2026-01-15 10:30:00' };

	it('is the same however the date and the email are spelt, because the API spells dates in five ways', () => {
		const other = { ...guest, email: 'Jo@X.test', created_at: '2026-01-15T10:30:00.000000Z' };
		expect(guestKey(other)).toBe(guestKey(guest));
	});

	it.each([
		['ID', { id: 8 }],
		['date', { created_at: '2026-01-15 10:30:01' }],
		['email', { email: 'jo@y.test' }],
	])(
		'is another with another %s, because then the guest was deleted and added again',
		(_, change) => {
			expect(guestKey({ ...guest, ...change })).not.toBe(guestKey(guest));
		},
	);

	it('is the same with another link, because enabling and resetting make a new one', () => {
		const [one, other] = ['code1', 'code2'].map(
			(code) => `https://x.test/guest-all-task/o/${code}`,
		);
		expect(guestKey({ ...guest, link: one })).toBe(guestKey(guest));
		expect(guestKey({ ...guest, link: other })).toBe(guestKey(guest));
	});

	it('is the same with another ID that is no number, because that was the code of the link once', () => {
		const [one, other] = ['a1b2c3', 'd4e5f6'].map((id) => guestKey({ ...guest, id }));
		expect(other).toBe(one);
		expect(guestKey({ ...guest, id: '7' })).toBe(guestKey(guest));
	});

	it('is 11 letters and digits with nothing of the guest in them, and no two of 50,000 are alike', () => {
		const hashes = Array.from({ length: 50_000 }, (_, index) => shortHash(`guest${index}@x.test`));
		expect(new Set(hashes).size).toBe(50_000);
		expect(hashes.filter((hash) => !/^[0-9a-z]{11}$/.test(hash))).toEqual([]);
		expect(KEY_LENGTH).toBe(11);
	});
});

describe('The state of a guest', () => {
	it('takes dates from wherever the API keeps them, and the later of the two completions', () => {
		const guest = {
			last_accessed_at: '2026-03-01T00:00:10.999Z',
			details: { disabled_at: '2026-02-01 00:00:00', reactivated_at: null },
			stats: {
				data: {
					tasks_completed: 3,
					last_task_completed_at: '2026-01-01T00:00:00Z',
					one_off_tasks_completed: '2',
					last_one_off_task_completed_at: '2026-01-02T00:00:00Z',
				},
			},
		};
		const second = (text: string) => Date.parse(text) / 1000;
		expect(guestStateOf(guest)).toEqual({
			access: second('2026-03-01T00:00:10Z'),
			completion: second('2026-01-02T00:00:00Z'),
			count: 5,
			disabledAt: second('2026-02-01T00:00:00Z'),
			reactivatedAt: 0,
			disabled: true,
		});
	});

	it.each([{}, { stats: [] }, { stats: {} }, { last_accessed_at: 'soon', details: null }])(
		'of a guest without dates (%j) is blank',
		(guest) => expect(guestStateOf(guest as IDataObject)).toEqual(BLANK),
	);

	it('only goes forward: what is known already is no news when a list that lags shows it again', () => {
		fc.assert(
			fc.property(anyState, anyState, (one, other) => {
				const both = mergeStates(one, other);
				const again = compareStates(both, { ...one, disabled: both.disabled }, true);
				expect(again.changes).toEqual([]);
				expect(again.state).toEqual(both);
			}),
		);
	});
});

describe('A comparison of two states', () => {
	const seen = 1_700_000_000;
	const before = seen - 500;
	const accessed = { lastAccessedAt: iso(before) };
	it.each<[string, Partial<GuestState>, Partial<GuestState>, unknown[]]>([
		['nothing at all', { access: before }, { access: before }, []],
		[
			'a first visit',
			{},
			{ access: seen },
			[{ event: 'guestFirstAccess', at: seen, before: { lastAccessedAt: null } }],
		],
		[
			'a visit after another',
			{ access: before },
			{ access: seen },
			[{ event: 'guestReturned', at: seen, before: accessed }],
		],
		['an older visit, in a list that lags', { access: seen }, { access: before }, []],
		[
			'a completed task',
			{ completion: before, count: 3 },
			{ completion: seen, count: 4 },
			[
				{
					event: 'guestCompletedTask',
					at: seen,
					before: { tasksCompleted: 3, lastTaskCompletedAt: iso(before) },
				},
			],
		],
		[
			'a completed task after one was opened again, so that there are no more than before',
			{ completion: before, count: 4 },
			{ completion: seen, count: 4 },
			[expect.objectContaining({ event: 'guestCompletedTask', at: seen })],
		],
		[
			'a task that was opened again',
			{ completion: seen, count: 4 },
			{ completion: before, count: 3 },
			[],
		],
		[
			'a disabling',
			{},
			{ disabledAt: seen, disabled: true },
			[{ event: 'guestDisabled', at: seen, before: { disabled: false } }],
		],
		[
			'a disabling after an enabling that no poll saw',
			{ disabledAt: before, disabled: true },
			{ disabledAt: seen, disabled: true },
			[{ event: 'guestDisabled', at: seen, before: { disabled: true } }],
		],
		[
			'an enabling that takes the date away',
			{ disabledAt: before, disabled: true },
			{ reactivatedAt: seen },
			[{ event: 'guestEnabled', at: seen, before: { disabled: true } }],
		],
		[
			'a disabling and an enabling between two polls',
			{},
			{ disabledAt: before, reactivatedAt: seen },
			[
				{ event: 'guestDisabled', at: before, before: { disabled: false } },
				{ event: 'guestEnabled', at: seen, before: { disabled: false } },
			],
		],
		[
			'no disabling that ended before, in a list that lags',
			{ reactivatedAt: seen },
			{ disabledAt: before },
			[],
		],
		[
			'an enabling without a date, proven new by a later visit',
			{ disabledAt: before, disabled: true },
			{ access: seen },
			[
				expect.objectContaining({ event: 'guestFirstAccess' }),
				{ event: 'guestEnabled', at: 0, before: { disabled: true } },
			],
		],
	])('finds %s', (_, known, now, expected) => {
		const { changes, unconfirmed } = compareStates(stateOf(known), stateOf(now));
		expect(changes).toEqual(expected);
		expect(unconfirmed).toBe(false);
	});

	it.each<[string, Partial<GuestState>, Partial<GuestState>, unknown]>([
		[
			'the end of a disabling without a date',
			{ disabledAt: before, disabled: true },
			{},
			{ event: 'guestEnabled', at: 0, before: { disabled: true } },
		],
		[
			'a disabling whose date cannot be read',
			{},
			{ disabled: true },
			{ event: 'guestDisabled', at: 0, before: { disabled: false } },
		],
		[
			'one more task in the second of the last one',
			{ completion: before, count: 3 },
			{ completion: before, count: 4 },
			{
				event: 'guestCompletedTask',
				at: before,
				before: { tasksCompleted: 3, lastTaskCompletedAt: iso(before) },
			},
		],
	])(
		'leaves %s unconfirmed, because the list may be old, and believes it of a guest read alone',
		(_, one, other, change) => {
			const [known, now] = [stateOf(one), stateOf(other)];
			expect(compareStates(known, now)).toEqual({ changes: [], state: known, unconfirmed: true });
			const confirmed = compareStates(known, now, true);
			expect(confirmed.changes).toEqual([change]);
			expect(compareStates(confirmed.state, now)).toEqual({
				changes: [],
				state: confirmed.state,
				unconfirmed: false,
			});
		},
	);
});

describe('A guest who is new in the list', () => {
	const since = 1_700_000_000;

	it('brings along what is older: it happened in another organization', () => {
		const seen = stateOf({
			access: since - 1,
			completion: since - 1,
			count: 8,
			disabledAt: since - 1,
			reactivatedAt: since - 2,
			disabled: true,
		});
		expect(priorState(seen, since)).toEqual(seen);
		expect(compareStates(priorState(seen, since), seen).changes).toEqual([]);
	});

	it('has done here what is not older', () => {
		const seen = stateOf({
			access: since,
			completion: since,
			count: 8,
			disabledAt: since,
			disabled: true,
		});
		expect(priorState(seen, since)).toEqual(BLANK);
	});

	it('brings along tasks without a date of completion', () => {
		expect(priorState(stateOf({ count: 8 }), since)).toEqual(stateOf({ count: 8 }));
	});
});

describe('The time to be inactive', () => {
	it('counts from the last visit, else from when the guest was added, and is unknown without either', () => {
		expect(inactiveSince(stateOf({ access: 1000 }), 500, 2)).toBe(1000 + 172_800);
		expect(inactiveSince(BLANK, 500, 2)).toBe(500 + 172_800);
		expect(inactiveSince(BLANK, 0, 2)).toBe(0);
	});
});

describe('What is known of all guests', () => {
	const known: SnapshotState = {
		watermark: 1_763_000_000,
		polledAt: 1_763_000_100,
		inactiveDays: 1.5,
		guests: new Map([
			[shortHash('b'), { state: stateOf({ access: 1_762_000_000, count: 3 }) }],
			[shortHash('a'), { state: BLANK }],
			[
				shortHash('c'),
				{
					state: stateOf({ disabledAt: 1_762_000_000, disabled: true }),
					missed: { since: 1_763_000_100, seen: 1_763_000_040 },
				},
			],
		]),
	};

	it('comes back from its text', () => {
		expect(decodeSnapshot(encodeSnapshot(known))).toEqual(known);
		const empty = { watermark: 0, polledAt: 5, inactiveDays: 0, guests: new Map() };
		expect(decodeSnapshot(encodeSnapshot(empty))).toEqual(empty);
		fc.assert(
			fc.property(anyState, (state) => {
				const guests = new Map([[shortHash('a'), { state }]]);
				expect(decodeSnapshot(encodeSnapshot({ ...known, guests })).guests).toEqual(guests);
			}),
		);
	});

	it('takes the last poll for its watermark where an older version stored a date in the future', () => {
		const now = known.polledAt + 60;
		const spoilt = { ...known, watermark: now + 365 * 86_400 };
		expect(decodeSnapshot(encodeSnapshot(spoilt), now)).toEqual({
			...known,
			watermark: known.polledAt,
		});
		expect(decodeSnapshot(encodeSnapshot(known), now)).toEqual(known);
	});

	it('is the same in any order, because pages that are read side by side come in any order', () => {
		const reversed = { ...known, guests: new Map([...known.guests].reverse()) };
		expect(encodeSnapshot(reversed)).toBe(encodeSnapshot(known));
	});

	it('need not be stored again when only time has passed', () => {
		const later = encodeSnapshot({ ...known, polledAt: known.polledAt + 60 });
		expect(isSameButTime(encodeSnapshot(known), later)).toBe(true);
		const more = encodeSnapshot({ ...known, watermark: known.watermark + 1 });
		expect(isSameButTime(encodeSnapshot(known), more)).toBe(false);
	});

	it('takes 11 characters and a blank for a guest of whom nothing is known', () => {
		const many = Array.from({ length: 100 }, (_, index) => [
			shortHash(`${index}`),
			{ state: BLANK },
		]);
		const text = encodeSnapshot({ ...known, guests: new Map(many as never) });
		expect(text.length).toBe('tn6i4k tn6i1s,1.5'.length + 100 * 12);
	});
});
