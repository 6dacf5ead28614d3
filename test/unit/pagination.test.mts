import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
	MAX_PASSES,
	readAllPages,
	type FetchPage,
	type ReadOptions,
} from '../../nodes/TallyfyGuests/transport/pagination.ts';
import { ChangingList, type Order } from '../support/changingList.mts';

const guests = (count: number) =>
	Array.from({ length: count }, (_, index) => ({ id: index, email: `${index}@x.example` }));

const read = async (ask: FetchPage, options?: ReadOptions) =>
	(await readAllPages(ask, options)).records;

interface Server {
	list: Array<{ id: number; email: string }>;
	cap?: number;
	/** What the server says; undefined for the truth, null for nothing. */
	total?: number | null;
	/** Gives the first page for every number. */
	ignoresPage?: boolean;
}

/** A server of pages, and the pages it was asked for. */
function serverOf({ list, cap = Infinity, total, ignoresPage }: Server) {
	const asked: number[] = [];
	const ask: FetchPage = async (page, perPage) => {
		asked.push(page);
		const size = Math.min(perPage, cap);
		const start = ignoresPage ? 0 : (page - 1) * size;
		const records = list.slice(start, start + size);
		const claimed = total === undefined ? list.length : total;
		// As pageOf has it: less than what came is no total.
		return { records, total: claimed === null || claimed < records.length ? undefined : claimed };
	};
	return { ask, asked };
}

describe('Reading a list', () => {
	it('gives every record once and in order, whatever the page size, with a total or without', async () => {
		await fc.assert(
			fc.asyncProperty(
				fc.integer({ min: 0, max: 650 }),
				fc.integer({ min: 1, max: 150 }),
				fc.constantFrom(undefined, null),
				async (count, cap, total) => {
					const list = guests(count);
					const { ask, asked } = serverOf({ list, cap, total });
					expect(await read(ask)).toEqual(list);
					expect(asked.length).toBeLessThanOrEqual(Math.ceil(count / Math.min(100, cap)) + 1);
				},
			),
		);
	});

	it('gives the first records up to a limit, and asks for no page it does not need', async () => {
		await fc.assert(
			fc.asyncProperty(
				fc.integer({ min: 0, max: 650 }),
				fc.integer({ min: 1, max: 150 }),
				fc.integer({ min: 1, max: 700 }),
				async (count, cap, limit) => {
					const list = guests(count);
					const { ask, asked } = serverOf({ list, cap });
					expect(await read(ask, { limit })).toEqual(list.slice(0, limit));
					const size = Math.min(100, cap, limit);
					const needed = Math.max(1, Math.ceil(Math.min(count, limit) / size));
					// A last page as full as the others may not be the last.
					const isFull = count < limit && count === needed * size;
					expect(asked).toHaveLength(needed + (isFull && (needed > 1 || size === 100) ? 1 : 0));
				},
			),
		);
	});

	it.each([1, 50, 100])('asks once for a limit of %i, with that page size', async (limit) => {
		const sizes: number[] = [];
		const { ask, asked } = serverOf({ list: guests(250) });
		await read(
			async (page, perPage) => {
				sizes.push(perPage);
				return await ask(page, perPage);
			},
			{ limit },
		);
		expect([asked, sizes]).toEqual([[1], [limit]]);
	});

	it('asks for the pages after the first side by side', async () => {
		const { ask } = serverOf({ list: guests(1000) });
		let open = 0;
		let most = 0;
		const slow: FetchPage = async (page, perPage) => {
			most = Math.max(most, ++open);
			await Promise.resolve();
			await Promise.resolve();
			open--;
			return await ask(page, perPage);
		};
		expect(await read(slow)).toHaveLength(1000);
		expect(most).toBe(9);
	});

	it('ends when a page brings nothing new, though the server ignores the page number', async () => {
		let calls = 0;
		const ask: FetchPage = async () => {
			calls++;
			return { records: guests(30) };
		};
		expect(await read(ask)).toHaveLength(30);
		expect(calls).toBe(2);
	});

	it('gives guests who were added meanwhile at most once, and ends', async () => {
		const list = guests(250);
		const { ask } = serverOf({ list });
		let next = 1000;
		const growing: FetchPage = async (page, perPage) => {
			const answer = await ask(page, perPage);
			if (next < 1010) list.unshift({ id: next, email: `${next++}@x.example` });
			return answer;
		};
		const found = (await read(growing)).map(({ email }) => email);
		expect(new Set(found).size).toBe(found.length);
		for (const { email } of guests(250)) expect(found).toContain(email);
	});

	it('misses nobody though guests are removed meanwhile: it reads the list again', async () => {
		const list = guests(250);
		const { ask } = serverOf({ list });
		const shrinking: FetchPage = async (page, perPage) => {
			const answer = await ask(page, perPage);
			if (list.length > 245) list.shift();
			return answer;
		};
		const found = (await read(shrinking)).map(({ email }) => email);
		expect(new Set(found).size).toBe(found.length);
		for (const { email } of list) expect(found).toContain(email);
	});

	it('ends though guests are removed all the time', async () => {
		const list = guests(2000);
		const { ask, asked } = serverOf({ list });
		const shrinking: FetchPage = async (page, perPage) => {
			const answer = await ask(page, perPage);
			list.shift();
			return answer;
		};
		const found = (await read(shrinking)).map(({ email }) => email);
		expect(new Set(found).size).toBe(found.length);
		expect(asked.length).toBeLessThan(70);
	});

	it('begins no more pages after one has failed', async () => {
		const asked: number[] = [];
		const ask: FetchPage = async (page) => {
			asked.push(page);
			await Promise.resolve();
			if (page === 2) throw new Error('page 2 is broken');
			await new Promise((wait) => setTimeout(wait, 5));
			return { records: guests(100), total: 100_000 };
		};
		await expect(read(ask)).rejects.toThrow('page 2 is broken');
		await new Promise((wait) => setTimeout(wait, 30));
		expect(asked.length).toBeLessThanOrEqual(65);
	});

	it('tells records apart by id where they have no email', async () => {
		const ask: FetchPage = async (page) => ({
			records: page === 1 ? [{ id: 'a' }, { id: 'b' }, { id: 'a' }] : [],
		});
		expect(await read(ask)).toEqual([{ id: 'a' }, { id: 'b' }]);
	});

	describe('with a filter of our own', () => {
		const even = ({ id }: { id?: unknown }) => Number(id) % 2 === 0;

		it('gives the first records that fit, whatever page size, total and limit', async () => {
			await fc.assert(
				fc.asyncProperty(
					fc.integer({ min: 0, max: 450 }),
					fc.integer({ min: 1, max: 150 }),
					fc.constantFrom(undefined, null),
					fc.integer({ min: 1, max: 300 }),
					async (count, cap, total, wanted) => {
						const list = guests(count);
						const { ask } = serverOf({ list, cap, total });
						expect(await read(ask, { limit: wanted, predicate: even })).toEqual(
							list.filter(even).slice(0, wanted),
						);
					},
				),
			);
		});

		it('gives all that fit without a limit', async () => {
			const list = guests(450);
			expect(await read(serverOf({ list }).ask, { predicate: even })).toEqual(list.filter(even));
		});

		it.each([
			[50, [1]],
			[51, [1, 2]],
			[100, [1, 2]],
			[1000, [1, 2, 3, 4, 5]],
		])('asks for no page after %i were found', async (wanted, pages) => {
			const { ask, asked } = serverOf({ list: guests(450) });
			await read(ask, { limit: wanted, predicate: even });
			expect(asked).toEqual(pages);
		});

		it('does not count a record twice that comes on two pages', async () => {
			const ask: FetchPage = async (page) => ({ records: page < 3 ? guests(4) : [] });
			expect(await read(ask, { limit: 10, predicate: even })).toEqual(guests(4).filter(even));
		});
	});
});

const problem = (message: string, description: string) =>
	expect.objectContaining({
		details: {
			message: expect.stringContaining(message) as string,
			description: expect.stringContaining(description) as string,
		},
	}) as Error;

describe('A list that somebody adds to while its pages are read side by side', () => {
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
			expect(list.persistent.filter((id) => !ids.includes(id))).toEqual([]);
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

	it('is read until a pass brings nobody new, where the caller says so', async () => {
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

	it('does not count somebody who is gone for somebody who was missed twice', async () => {
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

describe('A total that is wrong', () => {
	it('does not cost hundreds of empty pages when it is too high, and fails with numbers', async () => {
		const { ask, asked } = serverOf({ list: guests(450), total: 50_000 });
		await expect(readAllPages(ask)).rejects.toThrow(
			problem(
				'Tallyfy says that there are 50,000 in this list, but reading brought only 450 different ones',
				'Until then a lower Limit works in Get Many.',
			),
		);
		expect(asked.filter((page) => page > 5).length).toBeLessThanOrEqual(64 + MAX_PASSES);
		expect(asked.length).toBeLessThanOrEqual(80);
	});

	it('is no memory that is used up, however high', async () => {
		const { ask, asked } = serverOf({ list: guests(450), total: 10 ** 15 });
		await expect(readAllPages(ask)).rejects.toThrow('only 450 different ones');
		expect(asked.length).toBeLessThanOrEqual(80);
	});

	it.each([100, 250, 300, 449])(
		'does not end a list of 450 early when it is too low: %i',
		async (total) => {
			const list = guests(450);
			const { ask, asked } = serverOf({ list, total });
			expect(await read(ask)).toEqual(list);
			expect(asked).toEqual([1, 2, 3, 4, 5]);
		},
	);

	it('is no reason to go on when it counts only what is on each page', async () => {
		const list = guests(450);
		const { ask, asked } = serverOf({ list });
		const own: FetchPage = async (page, perPage) => {
			const { records } = await ask(page, perPage);
			return { records, total: records.length };
		};
		expect(await read(own)).toEqual(list);
		expect(asked).toEqual([1, 2, 3, 4, 5]);
	});

	it('fails with numbers when the server gives its first page for every number', async () => {
		const { ask, asked } = serverOf({ list: guests(250), ignoresPage: true });
		await expect(readAllPages(ask)).rejects.toThrow(
			problem(
				'Tallyfy says that there are 250 in this list, but reading brought only 100 different ones',
				'tell whoever runs it',
			),
		);
		expect(asked.length).toBeLessThanOrEqual(3 * MAX_PASSES);
	});

	it.each([
		[50, 50],
		[100, 100],
	])('does not matter for a limit of %i that is reached', async (limit, count) => {
		const { ask, asked } = serverOf({ list: guests(250), ignoresPage: true });
		expect(await read(ask, { limit })).toHaveLength(count);
		expect(asked).toEqual([1]);
	});

	it('fails for a limit that is not reached though there is more', async () => {
		const ignoring = serverOf({ list: guests(250), ignoresPage: true });
		await expect(read(ignoring.ask, { limit: 150 })).rejects.toThrow('only 100 different ones');
		const predicate = ({ id }: { id?: unknown }) => Number(id) < 20;
		await expect(read(ignoring.ask, { limit: 30, predicate })).rejects.toThrow(
			'only 100 different ones',
		);
		expect(await read(ignoring.ask, { limit: 20, predicate })).toHaveLength(20);
	});
});
