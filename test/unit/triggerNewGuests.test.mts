import fc from 'fast-check';
import type { IDataObject } from 'n8n-workflow';
import { describe, expect, it } from 'vitest';
import {
	orderOf,
	readNewestGuests,
	type AskForSortedPage,
	findNewGuests,
	decodeWatermark,
	encodeWatermark,
	type ListedGuest,
	type WatermarkState,
} from '../../nodes/TallyfyGuests/trigger/polling/newGuests.ts';

const problem = (message: string, description: string) =>
	expect.objectContaining({ details: { message, description } }) as Error;
const NOW = 1_763_000_000;
const LAG = 900;
const created = (second: number) => new Date(second * 1000).toISOString();
/** A guest for each second. */
const guestsOf = (seconds: number[]): IDataObject[] =>
	seconds.map((second, id) => ({ id, email: `${id}@x.test`, created_at: created(second) }));

type Sorting = 'obeyed' | 'ignored' | 'none';

/** A server of guests; `between` is called before each page with its running number. */
function serverOf(
	guests: IDataObject[],
	{
		sorting = 'obeyed' as Sorting,
		cap = 100,
		total = true,
		between = (page: number): void => void page,
	} = {},
) {
	const list = [...guests];
	const asked: string[] = [];
	const ask: AskForSortedPage = async (page, perPage, sort = '') => {
		between(asked.push(`${sort} ${page}`));
		const sign = sort.startsWith('-') && sorting === 'obeyed' ? -1 : 1;
		const by = (guest: IDataObject) => Date.parse(String(guest.created_at)) || 0;
		const sorted = sorting === 'none' ? list : [...list].sort((a, b) => sign * (by(a) - by(b)));
		const size = Math.min(cap, perPage);
		const records = sorted.slice((page - 1) * size, page * size);
		return { records, total: total ? list.length : undefined };
	};
	return { ask, asked, list };
}

const idsOf = ({ guests }: { guests: Map<string, ListedGuest> }) =>
	[...guests.values()].map(({ guest }) => Number(guest.id)).sort((a, b) => a - b);

describe('The order of a page', () => {
	it.each([
		[[3, 2, 2, 1], 'descending'],
		[[1, 1, 2], 'ascending'],
		[[2, 2, 2], undefined],
		[[5], undefined],
		[[], undefined],
		[[1, 3, 2], undefined],
		[[3, 1, 2], undefined],
	])('%j is %s', (dates, order) => expect(orderOf(dates)).toBe(order));
});

describe('Reading the newest guests', () => {
	/** 1,000 guests, an hour apart, the last of them now. */
	const thousand = guestsOf(Array.from({ length: 1000 }, (_, index) => NOW - (999 - index) * 3600));
	const floor = NOW - 2 * 3600;
	const place = ({ id }: IDataObject) => (Number(id) * 2_654_435_761) % 2 ** 32;
	const shuffled = [...thousand].sort((a, b) => place(a) - place(b));

	it('asks for one page, where the server sorts as it is asked', async () => {
		const { ask, asked } = serverOf(thousand);
		expect(idsOf(await readNewestGuests(ask, floor))).toEqual([997, 998, 999]);
		expect(asked).toEqual(['-created_at 1']);
	});

	it('reads from the other end, where the minus sign is ignored', async () => {
		const { ask, asked } = serverOf(thousand, { sorting: 'ignored' });
		expect(idsOf(await readNewestGuests(ask, floor))).toEqual([997, 998, 999]);
		expect(asked).toEqual(['-created_at 1', '-created_at 10']);
	});

	it.each([
		['the server does not sort', shuffled, { sorting: 'none' as Sorting }],
		[
			'the server does not say how many there are and the oldest come first',
			thousand,
			{ sorting: 'ignored' as Sorting, total: false },
		],
	])('reads everything where %s', async (_, list, options) => {
		const { ask } = serverOf(list, options);
		expect(idsOf(await readNewestGuests(ask, floor))).toEqual([997, 998, 999]);
	});

	it('reads everything where a page does not show the order, since all on it are of one second', async () => {
		const list = guestsOf([...Array.from({ length: 150 }, () => NOW), NOW + 5]);
		const { ask } = serverOf(list, { sorting: 'ignored' });
		expect(idsOf(await readNewestGuests(ask, NOW))).toHaveLength(151);
	});

	it('believes no order that a few guests show by accident', async () => {
		const list = guestsOf([NOW - 9000, NOW - 9001, NOW]);
		const { ask } = serverOf(list, { sorting: 'none', cap: 2 });
		expect(idsOf(await readNewestGuests(ask, floor))).toEqual([2]);
	});

	it('misses no guest when others are removed while it reads', async () => {
		const recent = guestsOf(Array.from({ length: 300 }, (_, index) => NOW - index));
		for (const sorting of ['obeyed', 'ignored'] as const) {
			const server = serverOf(recent, {
				sorting,
				between: (page) => {
					if (page === 2 || page === 5) server.list.splice(page === 2 ? 0 : 280, 1);
				},
			});
			const seen = await readNewestGuests(server.ask, NOW - 1000);
			const left = server.list.map(({ id }) => Number(id));
			expect(idsOf(seen)).toEqual(expect.arrayContaining(left));
		}
	});

	it.each<[string, Sorting, string[]]>([
		['from the front', 'obeyed', ['-created_at 1', '-created_at 2', '-created_at 3']],
		[
			'from the back',
			'ignored',
			['-created_at 1', '-created_at 10', '-created_at 9', '-created_at 8'],
		],
	])('reads %s as far as there are new guests', async (_, sorting, pages) => {
		const { ask, asked } = serverOf(thousand, { sorting });
		const seen = await readNewestGuests(ask, NOW - 250 * 3600);
		expect(idsOf(seen)).toEqual(Array.from({ length: 251 }, (__, index) => 749 + index));
		expect(asked).toEqual(pages);
	});

	it.each<[string, Sorting]>([
		['front', 'obeyed'],
		['back', 'ignored'],
	])('asks for no page that does not exist, from the %s', async (_, sorting) => {
		const { ask, asked } = serverOf(thousand.slice(-150), { sorting });
		await readNewestGuests(ask, 0);
		expect(asked.filter((one) => !/ [12]$/.test(one))).toEqual([]);
	});

	it('reads everything where only the first page is in order', async () => {
		const inOrder = thousand.slice(100, 200);
		const list = [...inOrder, ...shuffled.filter((guest) => !inOrder.includes(guest))];
		const { ask } = serverOf(list, { sorting: 'none' });
		expect(idsOf(await readNewestGuests(ask, floor))).toEqual([997, 998, 999]);
	});

	it('reads everything where pages are in order, and the list is not', async () => {
		const pages = Array.from({ length: 10 }, (_, page) =>
			thousand.slice(page * 100, page * 100 + 100).reverse(),
		);
		const list = [pages[5], pages[9], ...pages.slice(0, 5), ...pages.slice(6, 9)].flat();
		const { ask } = serverOf(list, { sorting: 'none' });
		expect(idsOf(await readNewestGuests(ask, NOW - 600 * 3600))).toHaveLength(601);
	});

	it('misses no guest in a list without order, when one is removed and one added while it reads', async () => {
		const old = shuffled.filter(({ id }) => Number(id) < 997);
		// The first of the fourth page: it is on the third, when that has been read.
		const list = [
			...old.slice(0, 300),
			thousand[999],
			...old.slice(300),
			...thousand.slice(997, 999),
		];
		const server = serverOf(list, {
			sorting: 'none',
			between: (call) => {
				if (call === 5) server.list.splice(0, 1);
				if (call === 8) server.list.push(...guestsOf([NOW]).map((one) => ({ ...one, id: 1000 })));
			},
		});
		expect(idsOf(await readNewestGuests(server.ask, floor))).toEqual([997, 998, 999, 1000]);
	});

	it('comes to an end where the list never stops to shrink, and says that guests may be missing', async () => {
		const server = serverOf(thousand, { between: () => server.list.splice(0, 1) });
		await expect(readNewestGuests(server.ask, NOW - 500 * 3600)).rejects.toThrow(
			/^The list kept changing while it was read 3 times: Tallyfy said that there are 9\d\d to 99\d, /,
		);
		expect(server.asked.length).toBeLessThanOrEqual(3 * 7 + 4 * 11);
	});

	it.each<[string, Sorting]>([
		['newest first', 'obeyed'],
		['oldest first', 'ignored'],
		['in no order', 'none'],
	])(
		'fails with numbers where the server ignores the page and sorts %s, because those after the first page would never be found',
		async (_, sorting) => {
			const { ask } = serverOf(sorting === 'none' ? shuffled : thousand, { sorting });
			const firstPage: AskForSortedPage = async (__, perPage, sort) => await ask(1, perPage, sort);
			await expect(readNewestGuests(firstPage, NOW - 500 * 3600)).rejects.toThrow(
				'Tallyfy says that there are 1,000 in this list, but reading brought only 100 different ones',
			);
		},
	);

	it('finds the same guests in any order, page size and knowledge of the total', async () => {
		await fc.assert(
			fc.asyncProperty(
				fc.array(fc.integer({ min: NOW - 100, max: NOW }), { maxLength: 60 }),
				fc.constantFrom<Sorting>('obeyed', 'ignored', 'none'),
				fc.integer({ min: 1, max: 30 }),
				fc.boolean(),
				fc.integer({ min: NOW - 110, max: NOW + 1 }),
				async (seconds, sorting, cap, total, least) => {
					const { ask } = serverOf(guestsOf(seconds), { sorting, cap, total });
					const wanted = seconds.flatMap((second, id) => (second >= least ? [id] : []));
					expect(idsOf(await readNewestGuests(ask, least))).toEqual(wanted);
				},
			),
			{ numRuns: 500 },
		);
	});

	it('reads down to 15 minutes before the newest guest, because lists lag, where no floor is given', async () => {
		const list = guestsOf([
			...Array.from({ length: 200 }, (_, at) => NOW - 2000 + at),
			NOW - LAG,
			NOW,
		]);
		const { ask, asked } = serverOf(list);
		expect(idsOf(await readNewestGuests(ask, undefined))).toEqual([200, 201]);
		expect(asked).toEqual(['-created_at 1']);
	});

	it('says so where no guest has a date, because then no new one can ever be found', async () => {
		const { ask } = serverOf([{ id: 1, email: 'a@x.test', created_at: 'yesterday' }]);
		await expect(readNewestGuests(ask, NOW)).rejects.toThrow(
			problem(
				'Tallyfy does not say when its guests were added',
				'Guest Added alone goes by that date. Choose another event in Events besides: then all guests are compared.',
			),
		);
	});
});

describe('The guests who have been added', () => {
	const listed = (entries: Array<[string, number]>) =>
		new Map(
			entries.map(([name, at]) => [name.padStart(11, '0'), { created: at, guest: { name } }]),
		);
	const names = (added: Map<string, ListedGuest>) =>
		[...added.values()].map(({ guest }) => String(guest.name));
	const DAY = 86_400;
	const among = (
		seen: Map<string, ListedGuest>,
		before: WatermarkState | undefined,
		{ now }: { now: number } = { now: NOW + 9000 },
	) => findNewGuests(seen, before, { now });
	const first = among(
		listed([
			['a', NOW],
			['b', NOW - 10],
		]),
		undefined,
		{ now: NOW },
	);

	it('are none at the first poll', () => {
		expect(names(first.added)).toEqual([]);
		expect(first.state).toMatchObject({ watermark: NOW, floor: NOW - LAG });
	});

	it.each<[string, Array<[string, number]>, string[]]>([
		['none, when all are known', [['a', NOW]], []],
		['one who shares the newest second', [['c', NOW]], ['c']],
		['one who is listed late, because lists lag', [['c', NOW - LAG]], ['c']],
		['not one who is older than lists lag', [['c', NOW - LAG - 1]], []],
		['one who is new', [['c', NOW + 5000]], ['c']],
	])('are %s', (_, seen, expected) => {
		expect(names(among(listed(seen), first.state).added)).toEqual(expected);
	});

	it('are found once, however often the list is read', () => {
		const seen = listed([['c', NOW + 60]]);
		const second = among(seen, first.state);
		expect(names(among(seen, second.state).added)).toEqual([]);
	});

	it('are found once when they were added at the very floor', () => {
		const seen = listed([['c', NOW - LAG]]);
		const { state } = among(seen, first.state);
		expect(names(among(seen, state).added)).toEqual([]);
	});

	it('are remembered down to the floor, which follows the newest guest a day later and never goes down', () => {
		const at = (hours: number) => ({ now: NOW + 9000 + hours * 3600 });
		const { state } = among(listed([['c', NOW + 5000]]), first.state, at(0));
		expect(state.floor).toBe(first.state.floor);
		expect(state.rise).toEqual({ floor: NOW + 5000 - LAG, at: NOW + 9000 });
		const hidden = listed([['d', NOW + 60]]);
		expect(names(among(hidden, state, at(23)).added)).toEqual(['d']);
		const risen = among(listed([]), state, at(24)).state;
		expect([risen.floor, [...risen.since.values()], risen.rise]).toEqual([
			NOW + 5000 - LAG,
			[NOW + 5000],
			undefined,
		]);
		expect(among(listed([['d', NOW]]), risen, at(25)).state).toEqual(risen);
	});

	it('lets the floor rise at once with more than 500 at a time, because each poll reads the list down to it', () => {
		const crowd = Array.from({ length: 600 }, (_, at): [string, number] => [`${at}`, NOW + at]);
		const { state } = among(listed(crowd), first.state);
		expect([state.floor, state.rise]).toEqual([NOW + 599 - LAG, undefined]);
		const later = among(listed([['new', NOW + 5000]]), state).state;
		expect([later.floor, later.since.size]).toEqual([NOW + 5000 - LAG, 1]);
	});

	it('lets the floor rise after a day at most, though the clock of n8n was put back', () => {
		const { state } = among(listed([['c', NOW + 5000]]), first.state, { now: NOW + 50 * DAY });
		const back = among(listed([]), state, { now: NOW + 9000 }).state;
		expect(among(listed([]), back, { now: NOW + 9000 + DAY }).state.floor).toBe(NOW + 5000 - LAG);
	});

	it('does not let the floor down again', () => {
		const risen = { watermark: NOW, floor: NOW - 5, since: new Map([['0000000000z', NOW]]) };
		expect(among(listed([['x', NOW + 1]]), risen).state.floor).toBe(NOW - 5);
	});

	describe('with a guest dated in the future', () => {
		const later = NOW + 365 * 86_400;
		const now = NOW + 5;

		it('are found once, and leave watermark and floor to the others', () => {
			const seen = listed([['f', later]]);
			const second = among(seen, first.state, { now });
			expect(names(second.added)).toEqual(['f']);
			expect(second.state).toMatchObject({ watermark: NOW, floor: NOW - LAG });
			const third = among(
				listed([
					['f', later],
					['c', NOW + 4],
				]),
				second.state,
				{ now },
			);
			expect(names(third.added)).toEqual(['c']);
			expect(decodeWatermark(encodeWatermark(third.state))).toEqual(third.state);
		});

		it('believes dates that are a little ahead of the clock of n8n, as soon as it gets there', () => {
			const seen = listed([['c', NOW + 60]]);
			const second = among(seen, first.state, { now });
			expect([names(second.added), second.state.watermark]).toEqual([['c'], NOW]);
			const third = among(seen, second.state, { now: NOW + 60 });
			expect([names(third.added), third.state.watermark]).toEqual([[], NOW + 60]);
		});

		it('begins anew where an older version has taken the date for the newest, because no guest would be new until then', () => {
			const spoilt = { watermark: later, floor: later - LAG, since: new Map() };
			expect(decodeWatermark(encodeWatermark(spoilt), NOW)).toBeUndefined();
			// The clock of n8n was put back.
			for (const clock of [NOW, NOW - 80_000]) {
				expect(decodeWatermark(encodeWatermark(first.state), clock)).toEqual(first.state);
			}
		});

		it('keeps the floor below the watermark, however many such guests there are', () => {
			const many = Array.from({ length: 600 }, (_, index): [string, number] => [
				`${index}`,
				later + index,
			]);
			const { state } = among(listed([...many, ['z', NOW]]), undefined, { now });
			expect(state.floor).toBeLessThanOrEqual(NOW);
			expect(names(among(listed([['n', NOW + 1]]), state, { now }).added)).toEqual(['n']);
		});
	});

	it('reads what version 0.1.0 has stored, which was without a total', () => {
		const text = `${(NOW - LAG).toString(36)} ${NOW.toString(36)} 0:0000000000a`;
		expect(decodeWatermark(text)).toEqual({
			watermark: NOW,
			floor: NOW - LAG,
			since: new Map([['0000000000a', NOW]]),
		});
	});

	it('comes back from its text', () => {
		const state: WatermarkState = {
			watermark: NOW,
			floor: NOW - LAG,
			since: new Map([
				['0000000000a', NOW],
				['0000000000b', NOW],
				['0000000000c', NOW - 77],
			]),
		};
		expect(decodeWatermark(encodeWatermark(state))).toEqual(state);
		const counted = { ...state, total: 1234, rise: { floor: NOW, at: NOW + 7 } };
		expect(decodeWatermark(encodeWatermark(counted))).toEqual(counted);
		const uncounted = { ...state, rise: counted.rise };
		expect(decodeWatermark(encodeWatermark(uncounted))).toEqual(uncounted);
		const empty = { watermark: 0, floor: 0, since: new Map() };
		expect(decodeWatermark(encodeWatermark(empty))).toEqual(empty);
	});
});
