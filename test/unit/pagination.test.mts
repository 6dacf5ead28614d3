import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
	MAX_PASSES,
	readAllPages,
	type FetchPage,
} from '../../nodes/TallyfyGuests/transport/pagination.ts';
import { guests, problem, read, serverOf } from '../support/pages.mts';

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

	it('misses no guest though others are removed meanwhile: it reads the list again', async () => {
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
