import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allPages, type AskForPage } from '../../nodes/TallyfyGuests/transport/pages.ts';

const guests = (count: number) =>
	Array.from({ length: count }, (_, index) => ({ id: index, email: `${index}@x.example` }));

interface Server {
	list: Array<{ id: number; email: string }>;
	cap?: number;
	total?: 'right' | 'missing' | 'less' | 'more';
}

/** A server of pages, and the pages it was asked for. */
function serverOf({ list, cap = Infinity, total = 'right' }: Server) {
	const asked: number[] = [];
	const ask: AskForPage = async (page, perPage) => {
		asked.push(page);
		const size = Math.min(perPage, cap);
		const records = list.slice((page - 1) * size, page * size);
		const claims = { right: list.length, missing: undefined, less: 0, more: list.length + 7 };
		const claimed = claims[total];
		return {
			records,
			total: claimed !== undefined && claimed >= records.length ? claimed : undefined,
		};
	};
	return { ask, asked };
}

describe('A walk through a list', () => {
	it('gives every record once and in order, whatever the page size and the total', async () => {
		await fc.assert(
			fc.asyncProperty(
				fc.integer({ min: 0, max: 650 }),
				fc.integer({ min: 1, max: 150 }),
				fc.constantFrom('right' as const, 'missing' as const, 'less' as const, 'more' as const),
				async (count, cap, total) => {
					const list = guests(count);
					const { ask } = serverOf({ list, cap, total });
					expect(await allPages(ask)).toEqual(list);
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
				async (count, cap, wanted) => {
					const list = guests(count);
					const { ask, asked } = serverOf({ list, cap });
					expect(await allPages(ask, wanted)).toEqual(list.slice(0, wanted));
					const size = Math.min(100, cap, wanted);
					const needed = Math.max(1, Math.ceil(Math.min(count, wanted) / size));
					expect(asked).toHaveLength(needed);
				},
			),
		);
	});

	it('asks for the pages after the first side by side', async () => {
		const { ask } = serverOf({ list: guests(1000) });
		let open = 0;
		let most = 0;
		const slow: AskForPage = async (page, perPage) => {
			most = Math.max(most, ++open);
			await Promise.resolve();
			await Promise.resolve();
			open--;
			return await ask(page, perPage);
		};
		expect(await allPages(slow)).toHaveLength(1000);
		expect(most).toBe(9);
	});

	it('ends when a page brings nothing new, though the server ignores the page number', async () => {
		let calls = 0;
		const ask: AskForPage = async () => {
			calls++;
			return { records: guests(30) };
		};
		expect(await allPages(ask)).toHaveLength(30);
		expect(calls).toBe(2);
	});

	it('gives guests who were added meanwhile at most once, and ends', async () => {
		const list = guests(250);
		const { ask } = serverOf({ list });
		let next = 1000;
		const growing: AskForPage = async (page, perPage) => {
			const answer = await ask(page, perPage);
			if (next < 1010) list.unshift({ id: next, email: `${next++}@x.example` });
			return answer;
		};
		const found = (await allPages(growing)).map(({ email }) => email);
		expect(new Set(found).size).toBe(found.length);
		for (const { email } of guests(250)) expect(found).toContain(email);
	});

	it('misses nobody though guests are removed meanwhile: it reads the list again', async () => {
		const list = guests(250);
		const { ask } = serverOf({ list });
		const shrinking: AskForPage = async (page, perPage) => {
			const answer = await ask(page, perPage);
			if (list.length > 245) list.shift();
			return answer;
		};
		const found = (await allPages(shrinking)).map(({ email }) => email);
		expect(new Set(found).size).toBe(found.length);
		for (const { email } of list) expect(found).toContain(email);
	});

	it('ends though guests are removed all the time', async () => {
		const list = guests(2000);
		const { ask, asked } = serverOf({ list });
		const shrinking: AskForPage = async (page, perPage) => {
			const answer = await ask(page, perPage);
			list.shift();
			return answer;
		};
		const found = (await allPages(shrinking)).map(({ email }) => email);
		expect(new Set(found).size).toBe(found.length);
		expect(asked.length).toBeLessThan(70);
	});

	it('begins no more pages after one has failed', async () => {
		const asked: number[] = [];
		const ask: AskForPage = async (page) => {
			asked.push(page);
			await Promise.resolve();
			if (page === 2) throw new Error('page 2 is broken');
			await new Promise((wait) => setTimeout(wait, 5));
			return { records: guests(100), total: 100_000 };
		};
		await expect(allPages(ask)).rejects.toThrow('page 2 is broken');
		await new Promise((wait) => setTimeout(wait, 30));
		expect(asked.length).toBeLessThanOrEqual(65);
	});

	it('tells records apart by id where they have no email', async () => {
		const ask: AskForPage = async (page) => ({
			records: page === 1 ? [{ id: 'a' }, { id: 'b' }, { id: 'a' }] : [],
		});
		expect(await allPages(ask)).toEqual([{ id: 'a' }, { id: 'b' }]);
	});

	describe('with a filter of our own', () => {
		const even = ({ id }: { id?: unknown }) => Number(id) % 2 === 0;

		it('gives the first records that fit, whatever page size, total and limit', async () => {
			await fc.assert(
				fc.asyncProperty(
					fc.integer({ min: 0, max: 450 }),
					fc.integer({ min: 1, max: 150 }),
					fc.constantFrom('right' as const, 'missing' as const, 'more' as const),
					fc.integer({ min: 1, max: 300 }),
					async (count, cap, total, wanted) => {
						const list = guests(count);
						const { ask } = serverOf({ list, cap, total });
						expect(await allPages(ask, wanted, even)).toEqual(list.filter(even).slice(0, wanted));
					},
				),
			);
		});

		it('gives all that fit without a limit', async () => {
			const list = guests(450);
			expect(await allPages(serverOf({ list }).ask, Infinity, even)).toEqual(list.filter(even));
		});

		it.each([
			[50, [1]],
			[51, [1, 2]],
			[100, [1, 2]],
			[1000, [1, 2, 3, 4, 5]],
		])('asks for no page after %i were found', async (wanted, pages) => {
			const { ask, asked } = serverOf({ list: guests(450) });
			await allPages(ask, wanted, even);
			expect(asked).toEqual(pages);
		});

		it('does not count a record twice that comes on two pages', async () => {
			const ask: AskForPage = async (page) => ({ records: page < 3 ? guests(4) : [], total: 40 });
			expect(await allPages(ask, 10, even)).toEqual(guests(4).filter(even));
		});
	});
});
