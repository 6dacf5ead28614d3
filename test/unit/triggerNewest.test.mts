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
	MOST_IDENTITIES,
	type Arrival,
	type Newest,
} from '../../nodes/TallyfyGuests/trigger/newest.ts';

const problem = (message: string, description: string) =>
	expect.objectContaining({ failure: { message, description } }) as Error;
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
	const first = arrivalsAmong(
		arrivals([
			['a', NOW],
			['b', NOW - 10],
		]),
		undefined,
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
		expect(names(arrivalsAmong(arrivals(seen), first.known).added)).toEqual(expected);
	});

	it('is told once, however often the list is read', () => {
		const seen = arrivals([['c', NOW + 60]]);
		const second = arrivalsAmong(seen, first.known);
		expect(names(arrivalsAmong(seen, second.known).added)).toEqual([]);
	});

	it('remembers nobody below the floor, which goes up with the newest guest and never down', () => {
		const { known } = arrivalsAmong(arrivals([['c', NOW + 5000]]), first.known);
		expect([...known.since.values()]).toEqual([NOW + 5000]);
		expect(known.floor).toBe(NOW + 5000 - LAG);
		expect(arrivalsAmong(arrivals([['d', NOW]]), known).known).toEqual(known);
	});

	it('remembers no more than it may: with very many at a time the floor goes up, by whole seconds', () => {
		const many = Array.from({ length: MOST_IDENTITIES + 10 }, (_, index): [string, number] => [
			`${index}`,
			NOW - 1 - Math.floor(index / 4),
		]);
		const { known } = arrivalsAmong(arrivals([...many, ['z', NOW], ['y', NOW]]), undefined);
		const oldest = NOW - 1 - Math.floor(MOST_IDENTITIES / 4);
		// That second has lost some of its four.
		expect(known.floor).toBeGreaterThan(oldest);
		expect(Math.min(...known.since.values())).toBe(known.floor);
		expect(known.since.size).toBeLessThanOrEqual(MOST_IDENTITIES + 2);
		expect(names(arrivalsAmong(arrivals(many), known).added)).toEqual([]);
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
		const nobody = { watermark: 0, floor: 0, since: new Map() };
		expect(decodeNewest(encodeNewest(nobody))).toEqual(nobody);
	});
});
