import { describe, expect, it } from 'vitest';
import { runNode } from '../support/engine.mts';
import { guest } from '../support/guests.mts';
import { credentialsFor, useSandbox } from '../support/sandbox.mts';

const sandbox = useSandbox({ guests: 250 });
const credentials = () => credentialsFor(sandbox.current);
const getMany = async (parameters: Record<string, unknown>, input = [{}]) =>
	await runNode({ parameters: guest('getAll', parameters), credentials: credentials(), input });
const emails = (items: Array<{ json: Record<string, unknown> }>) =>
	items.map(({ json }) => json.email);
const queries = () =>
	sandbox.current.requests.map(({ path }) =>
		Object.fromEntries(new URL(path, 'http://x').searchParams),
	);

describe('Guest > Get Many', () => {
	it.each([0, 1, 99, 100, 101, 2500])('returns all of %i guests, each once', async (guests) => {
		sandbox.current.reset({ guests });
		const { items, error } = await getMany({ returnAll: true });
		expect(error).toBeUndefined();
		expect(emails(items)).toEqual([...sandbox.current.organization.guests.keys()]);
	});

	it.each([7, 20, 100])(
		'returns all 2,500 guests though the server gives at most %i a page',
		async (pageCap) => {
			sandbox.current.reset({ guests: 2500 });
			sandbox.current.misbehave({ quirks: { pageCap } });
			const { items } = await getMany({ returnAll: true });
			expect(new Set(emails(items)).size).toBe(2500);
			expect(items).toHaveLength(2500);
		},
	);

	it.each([
		['total_pages is always 1', { totalPages: 'one' as const }],
		['there is no meta', { meta: false }],
		['links are a list', { links: 'list' as const }],
		['links are null', { links: 'null' as const }],
		['links are missing', { links: 'missing' as const }],
	])('returns all though %s, because only total and the pages count', async (_, quirks) => {
		sandbox.current.misbehave({ quirks });
		const { items } = await getMany({ returnAll: true });
		expect(items).toHaveLength(250);
	});

	it('gives 50 items for the default limit, and asks for no more than 50', async () => {
		const { items } = await getMany({});
		expect(items).toHaveLength(50);
		expect(queries()).toEqual([{ page: '1', per_page: '50' }]);
	});

	it.each([
		[1, ['1']],
		[100, ['1']],
		[101, ['1', '2']],
		[200, ['1', '2']],
	])('asks for no page that limit %i does not need', async (limit, pages) => {
		const { items } = await getMany({ limit });
		expect(items).toHaveLength(limit);
		expect(queries().map(({ page }) => page)).toEqual(pages);
	});

	it('keeps the search and the task numbers on every page, because they are part of the list', async () => {
		await getMany({
			returnAll: true,
			filters: { search: '.test' },
			options: { includeStats: true, sortBy: 'createdAt', sortDirection: 'descending' },
		});
		expect(queries()).toHaveLength(3);
		for (const query of queries()) {
			expect(query).toMatchObject({ q: '.test', with: 'stats', sort: '-created_at' });
		}
	});

	it('sends no search for blanks, because people and agents leave the field empty', async () => {
		await getMany({ filters: { search: '  ' }, options: { includeStats: false } });
		expect(queries()).toEqual([{ page: '1', per_page: '50' }]);
	});

	it('sends a search that looks like a query as data', async () => {
		await getMany({ filters: { search: 'a&per_page=999#x' } });
		expect(queries()[0]).toMatchObject({ q: 'a&per_page=999#x', per_page: '50' });
	});

	it.each([
		[0, '0'],
		[-5, '-5'],
		[2.5, '2.5'],
		['many', '"many"'],
	])('refuses a limit of %s before any request', async (limit, shown) => {
		const { error } = await getMany({ limit });
		expect(error?.message).toBe(`Limit is ${shown}`);
		expect(error?.description).toBe('Give a whole number of 1 or more, or turn on Return All.');
		expect(sandbox.current.requests).toEqual([]);
	});

	it('gives at most ten flat fields and never the link, because whoever has it acts as the guest', async () => {
		const { items } = await getMany({ options: { includeStats: true } });
		for (const { json } of items) {
			expect(Object.keys(json).length).toBeLessThanOrEqual(10);
			expect(JSON.stringify(json)).not.toContain('guest-all-task');
		}
		expect(Object.keys(items[0].json)).toContain('assignedTasks');
	});

	it.each(['flat', 'wrapped'] as const)('reads task numbers that come %s', async (stats) => {
		sandbox.current.misbehave({ quirks: { stats } });
		const { items } = await getMany({ limit: 2, options: { includeStats: true } });
		expect(items.map(({ json }) => json.tasksCompleted)).toEqual([8, 8]);
	});

	it('gives the API object untouched as raw output', async () => {
		const { items } = await getMany({ limit: 1, output: 'raw' });
		const [first] = sandbox.current.organization.guests.values();
		expect(items[0].json).toEqual(first);
	});

	it('gives the chosen fields, the email always first', async () => {
		const { items } = await getMany({
			limit: 1,
			output: 'selected',
			fields: ['link', 'firstName'],
		});
		const [first] = sandbox.current.organization.guests.values();
		expect(items[0].json).toEqual({
			email: first.email,
			link: first.link,
			firstName: first.first_name,
		});
	});

	it('reads names that stand in details, as they did before 2026-03-01', async () => {
		sandbox.current.misbehave({ quirks: { namesInDetails: true } });
		const { items } = await getMany({ limit: 1 });
		expect(items[0].json.firstName).toBe(
			sandbox.current.organization.guests.values().next().value?.first_name,
		);
	});
});
