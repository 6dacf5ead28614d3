import { describe, expect, it } from 'vitest';
import {
	MAX_PASSES,
	readAllPages,
	type FetchPage,
} from '../../nodes/TallyfyGuests/transport/pagination.ts';
import { ChangingList, type Order } from '../support/changingList.mts';
import { guests, problem, read, serverOf } from '../support/pages.mts';

describe('A list that grows while its pages are read side by side', () => {
	it('has all of 1,000 guests, newest first, in each of 60 runs', async () => {
		const requests: number[] = [];
		for (let seed = 0; seed < 60; seed++) {
			const list = new ChangingList({
				guests: 1000,
				order: 'newest first',
				changes: ['add'],
				seed,
			});
			const { result, error } = await list.until(read(list.ask));
			expect(error).toBeUndefined();
			const ids = result?.map(({ id }) => id as number) ?? [];
			expect(new Set(ids).size).toBe(ids.length);
			expect(list.unchanged.filter((id) => !ids.includes(id))).toEqual([]);
			requests.push(list.asked);
		}
		// Eleven pages, and most of them a second time.
		expect(Math.max(...requests)).toBeLessThanOrEqual(22);
	});

	it.each<Order>(['newest first', 'oldest first', 'by email'])(
		'reads only the first page again, if that alone is older (%s)',
		async (order) => {
			const list = guests(250);
			const asked: number[] = [];
			const growing: FetchPage = async (page, perPage) => {
				asked.push(page);
				const records = list.slice((page - 1) * perPage, page * perPage);
				const answer = { records, total: list.length };
				const at = { 'newest first': 0, 'oldest first': list.length, 'by email': 120 }[order];
				if (asked.length === 1) list.splice(at, 0, { id: 999, email: 'new@x.example' });
				return answer;
			};
			expect(await read(growing)).toEqual(list);
			expect(asked).toEqual([1, 2, 3, 1]);
		},
	);

	it('fails with numbers when it never comes to rest', async () => {
		let count = 500;
		let asked = 0;
		const restless: FetchPage = async (page, perPage) => {
			asked++;
			await new Promise((next) => setImmediate(next));
			const total = ++count;
			const records = guests(total).slice((page - 1) * perPage, page * perPage);
			return { records, total };
		};
		await expect(readAllPages(restless)).rejects.toThrow(
			problem(
				`The list kept changing while it was read ${MAX_PASSES} times: Tallyfy said that there are 501 to`,
				'Run this again when fewer are added and removed',
			),
		);
		expect(asked).toBeLessThanOrEqual(4 * 6 + 1);
	});

	it('is taken as it came where the caller says so, and said not to be whole', async () => {
		const list = guests(250);
		const { ask, asked } = serverOf({ list });
		const shrinking: FetchPage = async (page, perPage) => {
			const answer = await ask(page, perPage);
			if (asked.length === 1) list.shift();
			return answer;
		};
		const { records, isWhole } = await readAllPages(shrinking, { acceptsChanges: true });
		expect([isWhole, records.length, asked]).toEqual([false, 249, [1, 2, 3]]);
		const again = await readAllPages(shrinking, { acceptsChanges: true });
		expect([again.isWhole, again.records]).toEqual([true, list]);
	});
});

describe('A list in which one goes and one comes between two answers, which no total shows', () => {
	const swapping = () => {
		const list = guests(250);
		const { ask, asked } = serverOf({ list });
		const swapped: FetchPage = async (page, perPage) => {
			const answer = await ask(page, perPage);
			if (asked.length === 1) list.push(...list.splice(0, 1).map(() => ({ id: 999, email: 'n' })));
			return answer;
		};
		return { list, asked, ask: swapped };
	};

	it('is read until a pass brings no new guest, where the caller says so', async () => {
		const { list, asked, ask } = swapping();
		const { records, isWhole } = await readAllPages(ask, { confirms: true });
		expect(isWhole).toBe(true);
		expect(records).toEqual(expect.arrayContaining(list));
		expect(asked).toEqual([1, 2, 3, 1, 2, 3, 1, 2, 3]);
	});

	it('is read twice when nothing happens, and once when there is one page', async () => {
		const several = serverOf({ list: guests(250) });
		await readAllPages(several.ask, { confirms: true });
		expect(several.asked).toEqual([1, 2, 3, 1, 2, 3]);
		const single = serverOf({ list: guests(99) });
		await readAllPages(single.ask, { confirms: true });
		expect(single.asked).toEqual([1]);
	});
});

describe('A list whose records change their places while it is read', () => {
	/** Behind what was read, in front of what is read next: this pass does not see the last one. */
	const moveLast = (list: Array<{ id: number; email: string }>) =>
		list.unshift(...list.splice(-1, 1));
	const idsOf = (records: Array<{ id?: unknown }>) =>
		records.map(({ id }) => Number(id)).sort((one, other) => one - other);

	it('has them all: what one pass misses another one brings', async () => {
		const list = guests(250);
		const { ask, asked } = serverOf({ list });
		const moving: FetchPage = async (page, perPage) => {
			const answer = ask(page, perPage);
			if (page === 1) moveLast(list);
			return await answer;
		};
		expect(idsOf(await read(moving))).toEqual(idsOf(guests(250)));
		expect(asked.length).toBeLessThanOrEqual(2 * 4);
	});

	it('does not count a guest who is gone for one who was missed twice', async () => {
		const list = guests(300);
		const { ask, asked } = serverOf({ list });
		const moving: FetchPage = async (page, perPage) => {
			const answer = ask(page, perPage);
			if (asked.length === 1) moveLast(list);
			if (page === 4 && list.length === 300) {
				list.push(...list.splice(0, 1));
				list.splice(50, 1);
			}
			if (asked.length === 5) moveLast(list);
			return await answer;
		};
		expect(idsOf(await read(moving))).toEqual(idsOf(guests(300)).filter((id) => id !== 50));
		expect(asked.length).toBeLessThanOrEqual(3 * 4);
	});
});
