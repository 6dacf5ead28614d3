import type { IDataObject } from 'n8n-workflow';
import { describe, expect, it } from 'vitest';
import type { FetchPage } from '../../nodes/TallyfyGuests/transport/pagination.ts';
import type { SnapshotState } from '../../nodes/TallyfyGuests/trigger/polling/snapshotState.ts';
import {
	KEEP_MISSING_S,
	stateAfter,
	LIST_LAG_S,
	takeSnapshot,
	type CompareOptions,
} from '../../nodes/TallyfyGuests/trigger/polling/snapshot.ts';

const NOW = 1_763_000_000;
const iso = (second: number) => new Date(second * 1000).toISOString();
const guestOf = (id: number, changes: IDataObject = {}): IDataObject => ({
	id,
	email: `${id}@x.test`,
	created_at: iso(NOW - 100_000 + id),
	last_accessed_at: null,
	details: {},
	...changes,
});
const poll = (changes: Partial<CompareOptions> = {}): CompareOptions => ({
	now: NOW,
	inactiveDays: 0,
	confirms: true,
	...changes,
});

/** A server of guests in pages of `cap`; `between` is called before each page with its running number. */
function serverOf(list: IDataObject[], cap = 100, between = (page: number): void => void page) {
	const asked: number[] = [];
	const ask: FetchPage = async (page) => {
		between(asked.push(page));
		return { records: list.slice((page - 1) * cap, page * cap), total: list.length };
	};
	return { ask, asked };
}

/** A poll, and what is known after it. */
async function pollWith(
	list: IDataObject[],
	before: SnapshotState | undefined,
	at: CompareOptions,
	cap?: number,
) {
	const { ask, asked } = serverOf(list, cap);
	const snapshot = await takeSnapshot(ask, { ...at, before });
	const found = [...snapshot.diffs.values()].flatMap(({ changes, guest }) =>
		changes.map(({ event }) => `${event} ${String(guest?.id)}`),
	);
	return { found, asked, known: stateAfter(snapshot, { ...at, before }) };
}

const four = [1, 2, 3, 4].map((id) => guestOf(id));

describe('A snapshot', () => {
	it('finds nothing, keeps no guest, and knows the newest date', async () => {
		const list = [...four, guestOf(5, { last_accessed_at: iso(NOW - 7) })];
		const { ask } = serverOf(list);
		const snapshot = await takeSnapshot(ask, poll());
		const diffs = [...snapshot.diffs.values()];
		expect(diffs.map(({ changes, guest }) => [changes, guest])).toEqual(
			list.map(() => [[], undefined]),
		);
		expect(stateAfter(snapshot, poll())).toMatchObject({
			watermark: NOW - 7,
			polledAt: NOW,
			inactiveDays: 0,
		});
	});

	it('reads one page once and several twice, so that no guest who was missed is taken as added later', async () => {
		expect((await pollWith(four, undefined, poll())).asked).toEqual([1]);
		const three = four.slice(1);
		expect((await pollWith(three, undefined, poll(), 2)).asked).toEqual([1, 2, 1, 2]);
		const list = [...four];
		// One goes and one comes: the total is the same, and whoever was third is on no page that is read.
		const { ask } = serverOf(list, 2, (page) => {
			if (page === 2) list.splice(0, 1);
			if (page === 2) list.push(guestOf(5));
		});
		const snapshot = await takeSnapshot(ask, poll());
		const known = stateAfter(snapshot, poll());
		expect((await pollWith(list, known, poll({ now: NOW + 60 }))).found).toEqual([]);
	});

	it('fails when reading brings fewer guests than Tallyfy says, at the first poll and later', async () => {
		const ignoresPage: FetchPage = async () => ({ records: four, total: 9 });
		const { known } = await pollWith(four, undefined, poll());
		for (const before of [undefined, known]) {
			await expect(takeSnapshot(ignoresPage, poll({ before }))).rejects.toThrow(
				'Tallyfy says that there are 9 in this list, but reading brought only 4 different ones',
			);
		}
	});

	it('takes a list that changes meanwhile as it is, but for the first poll', async () => {
		const list = Array.from({ length: 5 }, (_, id) => guestOf(id + 1));
		const { known } = await pollWith(list, undefined, poll());
		const changing = (before?: SnapshotState) => {
			const now = [...list.slice(0, 5)];
			const { ask, asked } = serverOf(now, 2, (page) => {
				if (page === 2) now.push(guestOf(6));
			});
			return { asked, done: takeSnapshot(ask, poll({ before })) };
		};
		const later = changing(known);
		expect((await later.done).diffs.size).toBe(6);
		expect(later.asked).toEqual([1, 2, 3, 4]);
		const first = changing();
		expect((await first.done).diffs.size).toBe(6);
		expect(first.asked.length).toBeGreaterThan(4);
	});

	it('refuses more than 50,000 guests after the first page, also where the server does not say how many there are', async () => {
		const ask: FetchPage = async () => ({ records: four, total: 50_001 });
		await expect(takeSnapshot(ask, poll())).rejects.toThrow(
			'This organization has 50,001 guests, more than the 50,000 that can be compared at each poll',
		);
		let asked = 0;
		const endless: FetchPage = async (page, perPage) => {
			asked++;
			return { records: Array.from({ length: perPage }, (_, at) => guestOf(page * perPage + at)) };
		};
		await expect(takeSnapshot(endless, poll())).rejects.toThrow(/more than the 50,000/);
		expect(asked).toBe(501);
	});
});

describe('A guest who is missing in the list', () => {
	it('is known for another day, because lists lag, pages shift, and a list may be wrong for hours', async () => {
		let { known } = await pollWith(four, undefined, poll());
		const few = four.slice(1);
		for (const seconds of [60, LIST_LAG_S, 60 + KEEP_MISSING_S - 1]) {
			known = (await pollWith(few, known, poll({ now: NOW + seconds }))).known;
			expect([seconds, known.guests.size]).toEqual([seconds, 4]);
		}
		const back = await pollWith(four, known, poll({ now: NOW + 60 + KEEP_MISSING_S }));
		expect(back.found).toEqual([]);
		// Back is back: the day starts anew.
		const again = await pollWith(few, back.known, poll({ now: NOW + 2 * KEEP_MISSING_S }));
		expect(again.known.guests.size).toBe(4);
		const gone = await pollWith(few, again.known, poll({ now: NOW + 3 * KEEP_MISSING_S }));
		expect([gone.known.guests.size, gone.asked]).toEqual([3, [1]]);
		expect(
			(await pollWith(four, gone.known, poll({ now: NOW + 4 * KEEP_MISSING_S }))).found,
		).toEqual(['guestAdded 1']);
	});

	it('is forgotten after that, however often the list was read', async () => {
		let { known } = await pollWith(four, undefined, poll());
		for (const seconds of [60, 500, KEEP_MISSING_S, 60 + KEEP_MISSING_S]) {
			known = (await pollWith(four.slice(1), known, poll({ now: NOW + seconds }))).known;
		}
		expect(known.guests.size).toBe(3);
	});

	it('makes the list be read once more before being forgotten, where the list has pages', async () => {
		const { known } = await pollWith(four, undefined, poll(), 2);
		const missing = await pollWith(four.slice(1), known, poll({ now: NOW + 60 }), 2);
		expect(missing.asked).toEqual([1, 2]);
		const later = poll({ now: NOW + 60 + KEEP_MISSING_S });
		const forgotten = await pollWith(four.slice(1), missing.known, later, 2);
		expect(forgotten.asked).toEqual([1, 2, 1, 2]);
		expect(forgotten.known.guests.size).toBe(3);
	});

	it('is not forgotten by a poll during which the list changes, because guests may be missing in it', async () => {
		const { known } = await pollWith(four, undefined, poll(), 2);
		const few = four.slice(1);
		const missed = await pollWith(few, known, poll({ now: NOW + 60 }), 2);
		const late = poll({ before: missed.known, now: NOW + 60 + KEEP_MISSING_S });
		const list = [...few];
		const { ask } = serverOf(list, 2, (page) => {
			if (page % 2 === 0) list.push(guestOf(page + 10));
		});
		const changed = stateAfter(await takeSnapshot(ask, late), late);
		const ids = [...known.guests.keys()];
		expect(ids.filter((identity) => !changed.guests.has(identity))).toEqual([]);
		expect((await pollWith(few, missed.known, late, 2)).known.guests.size).toBe(3);
	});

	it('is reported as inactive when back, if the time came while no list had the guest', async () => {
		const list = [guestOf(1, { last_accessed_at: iso(NOW - 86_400 + 90) }), guestOf(2)];
		const at = (now: number) => poll({ now, inactiveDays: 1 });
		let { known } = await pollWith(list, undefined, at(NOW));
		known = (await pollWith(list.slice(1), known, at(NOW + 60))).known;
		known = (await pollWith(list.slice(1), known, at(NOW + 120))).known;
		expect((await pollWith(list, known, at(NOW + 180))).found).toEqual(['guestInactive 1']);
	});
});

describe('A guest who is new in the list', () => {
	const visited = (created: number, visit: number) =>
		guestOf(9, { created_at: iso(created), last_accessed_at: iso(visit) });
	const newest = guestOf(1, { last_accessed_at: iso(NOW) });

	it.each<[string, IDataObject, string[]]>([
		['here', visited(NOW + 5, NOW + 9), ['guestAdded 9', 'guestFirstAccess 9']],
		[
			'here, and is shown late',
			visited(NOW - 99, NOW - 90),
			['guestAdded 9', 'guestFirstAccess 9'],
		],
		['elsewhere, long before being linked', visited(NOW - 9e6, NOW - 8e6), ['guestAdded 9']],
		['elsewhere, before being made here', visited(NOW + 5, NOW - 5), ['guestAdded 9']],
		[
			'here, after being linked',
			visited(NOW - 9e6, NOW + 5),
			['guestAdded 9', 'guestFirstAccess 9'],
		],
	])('came %s', async (_, guest, expected) => {
		const { known } = await pollWith([newest], undefined, poll());
		const { found } = await pollWith([newest, guest], known, poll({ now: NOW + 60 }));
		expect(found).toEqual(expected);
	});

	it.each<[string, number, string[]]>([
		[
			'since the last list that may have been whole, did all of it here, and has been inactive since',
			1000,
			['guestAdded 9', 'guestFirstAccess 9', 'guestInactive 9'],
		],
		['before that, may be linked and bring old dates along', -9e6, ['guestAdded 9']],
	])(
		'and was hidden by a list that showed newer ones but lacked a known one: added %s',
		async (_, added, expected) => {
			const at = (now: number) => poll({ now, inactiveDays: 1 });
			const { known } = await pollWith([newest, guestOf(2)], undefined, at(NOW));
			const hidden = visited(NOW + added, NOW + added + 9);
			const shown = guestOf(3, { created_at: iso(NOW + 9000) });
			const later = NOW + 2 * 86_400;
			const wrong = await pollWith([newest, shown], known, at(later));
			const right = [newest, guestOf(2), hidden, shown];
			const { found } = await pollWith(right, wrong.known, at(later + 60));
			expect(found.filter((words) => words.endsWith(' 9'))).toEqual(expected);
		},
	);
});

describe('A date in the future', () => {
	const later = NOW + 365 * 86_400;

	it('does not become the watermark: what guests do who are added after that is news', async () => {
		const list = [guestOf(1, { created_at: iso(later) }), guestOf(2)];
		const { known } = await pollWith(list, undefined, poll());
		expect(known.watermark).toBe(NOW - 100_000 + 2);
		const added = guestOf(3, { created_at: iso(NOW + 5), last_accessed_at: iso(NOW + 9) });
		const { found } = await pollWith([...list, added], known, poll({ now: NOW + 60 }));
		expect(found).toEqual(['guestAdded 3', 'guestFirstAccess 3']);
	});

	it('is the date of a guest whose visits are news like those of others', async () => {
		const { known } = await pollWith(four, undefined, poll());
		const added = guestOf(9, { created_at: iso(later), last_accessed_at: iso(NOW + 9) });
		const { found } = await pollWith([...four, added], known, poll({ now: NOW + 60 }));
		expect(found).toEqual(['guestAdded 9', 'guestFirstAccess 9']);
	});
});

describe('The time to be inactive', () => {
	const list = [guestOf(1, { last_accessed_at: iso(NOW - 86_400) })];
	const known = async (now: number, inactiveDays = 1) =>
		(await pollWith(list, undefined, poll({ now, inactiveDays }))).known;

	it.each([
		[NOW - 1, NOW, ['guestInactive 1']],
		[NOW, NOW + 1, []],
		[NOW - 2, NOW - 1, []],
	])(
		'after the poll at %i and at the one at %i at the latest gives %j',
		async (last, now, found) => {
			const at = poll({ now, inactiveDays: 1 });
			expect((await pollWith(list, await known(last), at)).found).toEqual(found);
		},
	);

	it('is no news about a guest who is disabled', async () => {
		const details = { disabled_at: iso(NOW - 99) };
		const [disabled] = list.map((guest) => ({ ...guest, details }));
		const at = poll({ now: NOW, inactiveDays: 1 });
		const { known: before } = await pollWith([disabled], undefined, { ...at, now: NOW - 60 });
		expect((await pollWith([disabled], before, at)).found).toEqual([]);
	});

	it('counts from the poll at which the days were changed', async () => {
		const before = await known(NOW - 10, 2);
		const at = poll({ now: NOW + 10, inactiveDays: 1 });
		expect((await pollWith(list, before, at)).found).toEqual([]);
	});
});
