import fc from 'fast-check';
import type { IDataObject } from 'n8n-workflow';
import { describe, expect, it } from 'vitest';
import {
	orderOf,
	readNewest,
	type AskInOrder,
} from '../../nodes/TallyfyGuests/trigger/arrivals.ts';
import {
	arrivalsAmong,
	decodeNewest,
	encodeNewest,
	floorFor,
	MOST_IDENTITIES,
	type Arrival,
	withoutFuture,
	type Newest,
} from '../../nodes/TallyfyGuests/trigger/newest.ts';

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
	const ask: AskInOrder = async (sort, page, perPage) => {
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

const idsOf = (seen: Map<string, Arrival>) =>
	[...seen.values()].map(({ guest }) => Number(guest.id)).sort((a, b) => a - b);

describe('The order of a page', () => {
	it.each([
		[[3, 2, 2, 1], 'descending'],
		[[1, 1, 2], 'ascending'],
		[[2, 2, 2], undefined],
		[[5], undefined],
		[[], undefined],
		[[1, 3, 2], undefined],
		[[3, 1, 2], undefined],
	])('%j is %s', (moments, order) => expect(orderOf(moments)).toBe(order));
});

describe('Reading the newest guests', () => {
	/** 1,000 guests, an hour apart, the last of them now. */
	const thousand = guestsOf(Array.from({ length: 1000 }, (_, index) => NOW - (999 - index) * 3600));
	const floor = () => NOW - 2 * 3600;
	const place = ({ id }: IDataObject) => (Number(id) * 2_654_435_761) % 2 ** 32;
	const shuffled = [...thousand].sort((a, b) => place(a) - place(b));

	it('asks for one page, where the server sorts as it is asked', async () => {
		const { ask, asked } = serverOf(thousand);
		expect(idsOf(await readNewest(ask, floor))).toEqual([997, 998, 999]);
		expect(asked).toEqual(['-created_at 1']);
	});

	it('reads from the other end, where the minus sign is ignored', async () => {
		const { ask, asked } = serverOf(thousand, { sorting: 'ignored' });
		expect(idsOf(await readNewest(ask, floor))).toEqual([997, 998, 999]);
		expect(asked).toEqual(['-created_at 1', '-created_at 10']);
	});

	it.each([
		['the server does not sort', shuffled, { sorting: 'none' as Sorting }],
		[
			'nobody says how many there are and the oldest come first',
			thousand,
			{ sorting: 'ignored' as Sorting, total: false },
		],
	])('reads everything where %s', async (_, list, options) => {
		const { ask } = serverOf(list, options);
		expect(idsOf(await readNewest(ask, floor))).toEqual([997, 998, 999]);
	});

	it('reads everything where a page says nothing about the order, since all on it are of one second', async () => {
		const list = guestsOf([...Array.from({ length: 150 }, () => NOW), NOW + 5]);
		const { ask } = serverOf(list, { sorting: 'ignored' });
		expect(await readNewest(ask, () => NOW)).toHaveProperty('size', 151);
	});

	it('believes no order that a few guests show by accident', async () => {
		const list = guestsOf([NOW - 9000, NOW - 9001, NOW]);
		const { ask } = serverOf(list, { sorting: 'none', cap: 2 });
		expect(idsOf(await readNewest(ask, floor))).toEqual([2]);
	});

	it('misses nobody when somebody goes while it reads', async () => {
		const recent = guestsOf(Array.from({ length: 300 }, (_, index) => NOW - index));
		for (const sorting of ['obeyed', 'ignored'] as const) {
			const server = serverOf(recent, {
				sorting,
				between: (page) => {
					if (page === 2 || page === 5) server.list.splice(page === 2 ? 0 : 280, 1);
				},
			});
			const seen = await readNewest(server.ask, () => NOW - 1000);
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
		const seen = await readNewest(ask, () => NOW - 250 * 3600);
		expect(idsOf(seen)).toEqual(Array.from({ length: 251 }, (__, index) => 749 + index));
		expect(asked).toEqual(pages);
	});

	it.each<[string, Sorting]>([
		['front', 'obeyed'],
		['back', 'ignored'],
	])('asks for no page that does not exist, from the %s', async (_, sorting) => {
		const { ask, asked } = serverOf(thousand.slice(-150), { sorting });
		await readNewest(ask, () => 0);
		expect(asked.filter((one) => !/ [12]$/.test(one))).toEqual([]);
	});

	it('reads everything where only the first page is in order', async () => {
		const inOrder = thousand.slice(100, 200);
		const list = [...inOrder, ...shuffled.filter((guest) => !inOrder.includes(guest))];
		const { ask } = serverOf(list, { sorting: 'none' });
		expect(idsOf(await readNewest(ask, floor))).toEqual([997, 998, 999]);
	});

	it('reads everything where pages are in order, and the list is not', async () => {
		const pages = Array.from({ length: 10 }, (_, page) =>
			thousand.slice(page * 100, page * 100 + 100).reverse(),
		);
		const list = [pages[5], pages[9], ...pages.slice(0, 5), ...pages.slice(6, 9)].flat();
		const { ask } = serverOf(list, { sorting: 'none' });
		expect(idsOf(await readNewest(ask, () => NOW - 600 * 3600))).toHaveLength(601);
	});

	it('misses nobody in a list without order, when one goes and one comes while it reads', async () => {
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
		expect(idsOf(await readNewest(server.ask, floor))).toEqual([997, 998, 999, 1000]);
	});

	it('comes to an end where the list never stops to shrink, and says that somebody may be missing', async () => {
		const server = serverOf(thousand, { between: () => server.list.splice(0, 1) });
		await expect(readNewest(server.ask, () => NOW - 500 * 3600)).rejects.toThrow(
			/^The list kept changing while it was read 3 times: Tallyfy said that there are 9\d\d to 99\d, /,
		);
		expect(server.asked.length).toBeLessThanOrEqual(3 * 7 + 4 * 11);
	});

	it.each<[string, Sorting]>([
		['newest first', 'obeyed'],
		['oldest first', 'ignored'],
		['in no order', 'none'],
	])(
		'fails with numbers where the server ignores the page and sorts %s, because those after the first page would never be told',
		async (_, sorting) => {
			const { ask } = serverOf(sorting === 'none' ? shuffled : thousand, { sorting });
			const firstPage: AskInOrder = async (sort, __, perPage) => await ask(sort, 1, perPage);
			await expect(readNewest(firstPage, () => NOW - 500 * 3600)).rejects.toThrow(
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
					expect(idsOf(await readNewest(ask, () => least))).toEqual(wanted);
				},
			),
			{ numRuns: 500 },
		);
	});

	it('says so where no guest has a date, because then nobody can ever be found', async () => {
		const { ask } = serverOf([{ id: 1, email: 'a@x.test', created_at: 'yesterday' }]);
		await expect(readNewest(ask, () => NOW)).rejects.toThrow(
			problem(
				'Tallyfy does not say when its guests were added',
				'Guest Added alone goes by that date. Choose another event in Events besides: then all guests are compared.',
			),
		);
	});
});

describe('Who has been added', () => {
	const arrivals = (entries: Array<[string, number]>) =>
		new Map(
			entries.map(([name, at]) => [name.padStart(11, '0'), { created: at, guest: { name } }]),
		);
	const names = (added: Map<string, Arrival>) =>
		[...added.values()].map(({ guest }) => String(guest.name));
	const DAY = 86_400;
	const among = (
		seen: Map<string, Arrival>,
		before: Newest | undefined,
		{ now }: { now: number } = { now: NOW + 9000 },
	) => arrivalsAmong(seen, before, { now });
	const first = among(
		arrivals([
			['a', NOW],
			['b', NOW - 10],
		]),
		undefined,
		{ now: NOW },
	);

	it('is nobody at the first look', () => {
		expect(names(first.added)).toEqual([]);
		expect(first.known).toMatchObject({ watermark: NOW, floor: NOW - LAG });
	});

	it.each<[string, Array<[string, number]>, string[]]>([
		['nobody, when all are known', [['a', NOW]], []],
		['who shares the newest second', [['c', NOW]], ['c']],
		['who comes late, because lists lag', [['c', NOW - LAG]], ['c']],
		['not who is older than lists lag', [['c', NOW - LAG - 1]], []],
		['who is new', [['c', NOW + 5000]], ['c']],
	])('is %s', (_, seen, expected) => {
		expect(names(among(arrivals(seen), first.known).added)).toEqual(expected);
	});

	it('is told once, however often the list is read', () => {
		const seen = arrivals([['c', NOW + 60]]);
		const second = among(seen, first.known);
		expect(names(among(seen, second.known).added)).toEqual([]);
	});

	it('is not told again who was made at the very floor', () => {
		const seen = arrivals([['c', NOW - LAG]]);
		const { known } = among(seen, first.known);
		expect(names(among(seen, known).added)).toEqual([]);
	});

	it('remembers nobody below the floor, which follows the newest guest a day later and never goes down', () => {
		const at = (hours: number) => ({ now: NOW + 9000 + hours * 3600 });
		const { known } = among(arrivals([['c', NOW + 5000]]), first.known, at(0));
		expect(known.floor).toBe(first.known.floor);
		expect(known.rise).toEqual({ floor: NOW + 5000 - LAG, at: NOW + 9000 });
		const hidden = arrivals([['d', NOW + 60]]);
		expect(names(among(hidden, known, at(23)).added)).toEqual(['d']);
		const risen = among(arrivals([]), known, at(24)).known;
		expect([risen.floor, [...risen.since.values()], risen.rise]).toEqual([
			NOW + 5000 - LAG,
			[NOW + 5000],
			undefined,
		]);
		expect(among(arrivals([['d', NOW]]), risen, at(25)).known).toEqual(risen);
	});

	it('lets the floor rise at once with more than 500 at a time, because each poll reads the list down to it', () => {
		const crowd = Array.from({ length: 600 }, (_, at): [string, number] => [`${at}`, NOW + at]);
		const { known } = among(arrivals(crowd), first.known);
		expect([known.floor, known.rise]).toEqual([NOW + 599 - LAG, undefined]);
		const later = among(arrivals([['new', NOW + 5000]]), known).known;
		expect([later.floor, later.since.size]).toEqual([NOW + 5000 - LAG, 1]);
	});

	it('lets the floor rise after a day at most, though the clock of n8n was put back', () => {
		const { known } = among(arrivals([['c', NOW + 5000]]), first.known, { now: NOW + 50 * DAY });
		const back = among(arrivals([]), known, { now: NOW + 9000 }).known;
		expect(among(arrivals([]), back, { now: NOW + 9000 + DAY }).known.floor).toBe(NOW + 5000 - LAG);
	});

	describe('with very many at a time', () => {
		/** Ten each second. */
		const many = Array.from({ length: MOST_IDENTITIES + 10 }, (_, index): [string, number] => [
			`${index}`,
			NOW - 1 - Math.floor(index / 10),
		]);
		const { known } = among(arrivals([...many, ['z', NOW], ['y', NOW]]), undefined);

		it('remembers no more than it may: the floor goes up, by whole seconds', () => {
			// The second of which it could keep none besides the 5,000.
			expect(known.floor).toBe(NOW - MOST_IDENTITIES / 10);
			expect(known.since.size).toBe(MOST_IDENTITIES + 2);
			expect(names(among(arrivals(many), known).added)).toEqual([]);
		});

		it('does not let the floor down again', () => {
			const risen = { watermark: NOW, floor: NOW - 5, since: new Map([['0000000000z', NOW]]) };
			const next = among(arrivals([['x', NOW + 1]]), risen).known;
			expect(next.floor).toBe(NOW - 5);
		});

		it('remembers all of the newest second, however many', () => {
			const same = many.map(([name]): [string, number] => [name, NOW]);
			const all = among(arrivals([...same, ['a', NOW - 1]]), undefined).known;
			expect(all.since.size).toBe(MOST_IDENTITIES + 11);
		});
	});

	it('needs the list down to the floor, or to 15 minutes before the newest at the first look', () => {
		expect(floorFor(undefined, NOW)).toBe(NOW - LAG);
		expect(floorFor({ ...first.known, floor: 77 }, NOW)).toBe(77);
	});

	describe('with a guest dated in the future', () => {
		const later = NOW + 365 * 86_400;
		const now = NOW + 5;

		it('is told once, and leaves watermark and floor to the others', () => {
			const seen = arrivals([['f', later]]);
			const second = among(seen, first.known, { now });
			expect(names(second.added)).toEqual(['f']);
			expect(second.known).toMatchObject({ watermark: NOW, floor: NOW - LAG });
			const third = among(
				arrivals([
					['f', later],
					['c', NOW + 4],
				]),
				second.known,
				{ now },
			);
			expect(names(third.added)).toEqual(['c']);
			expect(decodeNewest(encodeNewest(third.known))).toEqual(third.known);
		});

		it('believes dates that are a little ahead of the clock of n8n, as soon as it gets there', () => {
			const seen = arrivals([['c', NOW + 60]]);
			const second = among(seen, first.known, { now });
			expect([names(second.added), second.known.watermark]).toEqual([['c'], NOW]);
			const third = among(seen, second.known, { now: NOW + 60 });
			expect([names(third.added), third.known.watermark]).toEqual([[], NOW + 60]);
		});

		it('begins anew where an older version has taken the date for the newest, because no guest would be new until then', () => {
			const spoilt = { watermark: later, floor: later - LAG, since: new Map() };
			expect(withoutFuture(spoilt, NOW)).toBeUndefined();
			expect(withoutFuture(first.known, NOW)).toBe(first.known);
			// The clock of n8n was put back.
			expect(withoutFuture(first.known, NOW - 80_000)).toBe(first.known);
			expect(withoutFuture(undefined, NOW)).toBeUndefined();
		});

		it('keeps the floor below the watermark, however many such guests there are', () => {
			const many = Array.from({ length: MOST_IDENTITIES + 10 }, (_, index): [string, number] => [
				`${index}`,
				later + index,
			]);
			const { known } = among(arrivals([...many, ['z', NOW]]), undefined, { now });
			expect(known.floor).toBeLessThanOrEqual(NOW);
			expect(names(among(arrivals([['n', NOW + 1]]), known, { now }).added)).toEqual(['n']);
		});
	});

	it('reads what version 0.1.0 has stored, which was without a total', () => {
		const text = `${(NOW - LAG).toString(36)} ${NOW.toString(36)} 0:0000000000a`;
		expect(decodeNewest(text)).toEqual({
			watermark: NOW,
			floor: NOW - LAG,
			since: new Map([['0000000000a', NOW]]),
		});
	});

	it('comes back from its text', () => {
		const known: Newest = {
			watermark: NOW,
			floor: NOW - LAG,
			since: new Map([
				['0000000000a', NOW],
				['0000000000b', NOW],
				['0000000000c', NOW - 77],
			]),
		};
		expect(decodeNewest(encodeNewest(known))).toEqual(known);
		const counted = { ...known, total: 1234, rise: { floor: NOW, at: NOW + 7 } };
		expect(decodeNewest(encodeNewest(counted))).toEqual(counted);
		const uncounted = { ...known, rise: counted.rise };
		expect(decodeNewest(encodeNewest(uncounted))).toEqual(uncounted);
		const nobody = { watermark: 0, floor: 0, since: new Map() };
		expect(decodeNewest(encodeNewest(nobody))).toEqual(nobody);
	});
});
