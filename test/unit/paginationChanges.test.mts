import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_PASSES, readAllPages } from '../../nodes/TallyfyGuests/transport/pagination.ts';
import { ChangingList, type ChangingListOptions } from '../support/changingList.mts';

/** Random lists; `LISTS=50000` for a night. */
const RUNS = Number(process.env.LISTS ?? 1500);

const order = fc.constantFrom(
	'newest first' as const,
	'oldest first' as const,
	'by email' as const,
);
const changes = (most: number) =>
	fc.array(fc.constantFrom('add' as const, 'remove' as const), { maxLength: most });
const seed = fc.integer();
/** Small pages, so that changes move records over many of their borders. */
const small = { guests: fc.integer({ min: 0, max: 45 }), cap: fc.integer({ min: 1, max: 9 }) };
const density = fc.constantFrom(0.05, 0.15, 0.4);

/** Reads the list; what comes must have every guest who stayed, once and in order, or it is an error with numbers. */
async function judge(options: ChangingListOptions) {
	const list = new ChangingList(options);
	const { result, error } = await list.until(readAllPages(list.ask));
	if (error) {
		expect(error.message).toMatch(/^(The list kept changing|Tallyfy says that there are \d)/);
		return { list, error };
	}
	const ids = result?.records.map(({ id }) => id as number) ?? [];
	expect(new Set(ids).size).toBe(ids.length);
	const stayed = new Set(list.unchanged);
	const found = ids.filter((id) => stayed.has(id));
	// In its order, as far as there is one.
	if (options.changes?.includes('move')) expect(new Set(found)).toEqual(stayed);
	else expect(found).toEqual(list.unchanged);
	expect(ids.filter((id) => !list.knows(id))).toEqual([]);
	return { list, ids };
}

/** So many requests may one reading cost: a list of `guests` at most, in pages of `cap`. */
const most = (guests: number, cap: number) =>
	(MAX_PASSES + 1) * (Math.ceil(guests / Math.min(cap, 100)) + 2);

describe('A list that changes at random while it is read', () => {
	it(
		'has every guest who stayed, once, or fails with numbers',
		{ timeout: 3_600_000 },
		async () => {
			await fc.assert(
				fc.asyncProperty(
					fc.record({ ...small, order, changes: changes(8), density, seed }),
					async (options) => {
						const { list, error } = await judge(options);
						expect(list.asked).toBeLessThanOrEqual(most(options.guests + 8, options.cap));
						// Two changes leave one pass of three, or four, in which nothing changes.
						if (list.changed <= 2) expect(error).toBeUndefined();
					},
				),
				{ numRuns: RUNS },
			);
		},
	);

	it('has them too where guests change their places', { timeout: 3_600_000 }, async () => {
		const moves = fc.array(
			fc.constantFrom('add' as const, 'remove' as const, 'move' as const, 'move' as const),
			{ maxLength: 10 },
		);
		await fc.assert(
			fc.asyncProperty(
				fc.record({ ...small, order, changes: moves, density, seed }),
				async (options) => {
					const { list } = await judge(options);
					expect(list.asked).toBeLessThanOrEqual(most(options.guests + 10, options.cap));
				},
			),
			{ numRuns: RUNS },
		);
	});

	it(
		'of hundreds of guests, in pages of a hundred, has them too',
		{ timeout: 3_600_000 },
		async () => {
			await fc.assert(
				fc.asyncProperty(
					fc.record({
						guests: fc.integer({ min: 90, max: 950 }),
						order,
						changes: changes(5),
						density,
						seed,
					}),
					async (options) => {
						const { list } = await judge(options);
						expect(list.asked).toBeLessThanOrEqual(most(options.guests + 5, 100));
					},
				),
				{ numRuns: Math.ceil(RUNS / 5) },
			);
		},
	);

	it('has every guest who stayed, or fails, where the total is too low', async () => {
		await fc.assert(
			fc.asyncProperty(
				fc.record({
					cap: fc.integer({ min: 1, max: 9 }),
					order,
					changes: changes(5),
					density,
					seed,
					off: fc.integer({ min: 1, max: 8 }),
				}),
				// Always more than the first page: a total that is all of it would be believed.
				fc.integer({ min: 24, max: 60 }),
				async (options, guests) => {
					const { list } = await judge({ ...options, guests, totals: 'too low' });
					expect(list.asked).toBeLessThanOrEqual(most(guests + 5, options.cap));
				},
			),
			{ numRuns: RUNS },
		);
	});

	it('fails where the total is too high, and asks for few pages that do not exist', async () => {
		await fc.assert(
			fc.asyncProperty(
				fc.record({
					...small,
					order,
					changes: changes(5),
					density,
					seed,
					off: fc.integer({ min: 1, max: 5000 }),
				}),
				async (options) => {
					const { list, error } = await judge({ ...options, totals: 'too high' });
					expect(error).toBeDefined();
					expect(list.asked).toBeLessThanOrEqual(most(options.guests + 5, options.cap) + 64 * 4);
				},
			),
			{ numRuns: Math.ceil(RUNS / 5) },
		);
	});

	it('has every guest without any total, if fewer than a page are added: removals cannot be seen', async () => {
		await fc.assert(
			fc.asyncProperty(
				fc.record({ ...small, order, density, seed }),
				fc.nat({ max: 8 }),
				async (options, additions) => {
					const count = Math.min(additions, options.cap - 1);
					const added = Array.from({ length: count }, () => 'add' as const);
					const { error } = await judge({ ...options, changes: added, totals: 'missing' });
					expect(error).toBeUndefined();
				},
			),
			{ numRuns: Math.ceil(RUNS / 5) },
		);
	});
});
