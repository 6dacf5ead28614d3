import { describe, expect, it } from 'vitest';
import type { Guest } from '../../sandbox/organization.mts';
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

	it('says that a list is too long for n8n, because n8n itself would only overflow its stack', async () => {
		const data = Array.from({ length: 120_001 }, (_, index) => ({ email: `${index}@x.test` }));
		sandbox.current.misbehave({ faults: [{ status: 200, body: { data } }] });
		const { error } = await getMany({ returnAll: true });
		expect(error?.message).toBe(
			'Return All brings 120001 items, more than n8n can take from one input item',
		);
		expect(error?.description).toContain('Created After');
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

describe('Guest > Get Many, filters that Tallyfy does not have', () => {
	const filtered = async (filters: object, parameters: object = { returnAll: true }) =>
		await getMany({ filters, ...parameters });
	const all = () => [...sandbox.current.organization.guests.values()];
	const iso = (value: unknown) =>
		value ? new Date(String(value).replace(' ', 'T').slice(0, 19) + 'Z').toISOString() : '';

	it('keeps active or disabled guests by the mark, not by the free text', async () => {
		all()[0].details.status = 'disabled';
		const disabled = all().filter(({ details }) => details.disabled_at);
		expect(disabled.length).toBeGreaterThan(5);
		const { items } = await filtered({ status: 'disabled' });
		expect(emails(items)).toEqual(disabled.map(({ email }) => email));
		expect((await filtered({ status: 'active' })).items).toHaveLength(250 - disabled.length);
		expect((await filtered({ status: 'any' })).items).toHaveLength(250);
	});

	it('keeps a company by a part of its name, in any case', async () => {
		const [first] = all();
		const { items } = await filtered({ company: String(first.details.company_name).toUpperCase() });
		expect(emails(items)).toContain(first.email);
		for (const { json } of items) expect(json.companyName).toBe(first.details.company_name);
	});

	it.each<[string, unknown, (guest: Guest) => boolean]>([
		['createdAfter', '2023-01-20', (guest: Guest) => iso(guest.created_at) >= '2023-01-20'],
		[
			'createdBefore',
			'2023-01-20T00:00:00Z',
			(guest: Guest) => iso(guest.created_at) < '2023-01-20',
		],
		[
			'lastAccessedAfter',
			'2026-08-01',
			(guest: Guest) => iso(guest.last_accessed_at) >= '2026-08-01',
		],
		[
			'lastAccessedBefore',
			'2026-08-01',
			(guest: Guest) =>
				Boolean(guest.last_accessed_at) && iso(guest.last_accessed_at) < '2026-08-01',
		],
		['neverAccessed', true, (guest: Guest) => !guest.last_accessed_at],
	])('keeps guests by %s, in every spelling of a date', async (filter, value, fits) => {
		const wanted = all()
			.filter(fits)
			.map(({ email }) => email);
		expect(wanted.length).toBeGreaterThan(10);
		const { items } = await filtered({ [filter]: value });
		expect(emails(items)).toEqual(wanted);
	});

	it('takes the text false for no, because agents and expressions give texts', async () => {
		const { items } = await filtered({ neverAccessed: '={{ "false" }}', status: '' });
		expect(items).toHaveLength(250);
	});

	it('stops early under a limit: it asks for no page after enough were found', async () => {
		sandbox.current.reset({ guests: 2500 });
		const { items } = await filtered({ status: 'disabled' }, { limit: 10 });
		expect(items).toHaveLength(10);
		expect(queries().map(({ page }) => page)).toEqual(['1', '2']);
	});

	it('ends when fewer fit than the limit allows', async () => {
		const { items } = await filtered({ neverAccessed: true }, { limit: 200 });
		expect(items).toHaveLength(all().filter(({ last_accessed_at }) => !last_accessed_at).length);
		expect(queries()).toHaveLength(3);
	});

	it.each([
		[
			{ createdAfter: '2024-01-01', createdBefore: '2023-01-01' },
			'Filters > Created After is not earlier than Created Before',
		],
		[
			{ neverAccessed: true, lastAccessedAfter: '2024-01-01' },
			'Filters > Never Accessed contradicts Last Accessed',
		],
		[{ status: 'Disabled' }, 'Filters > Status is Disabled'],
		[{ createdAfter: 'yesterday' }, 'Filters > Created After is not a date: yesterday'],
	])('refuses %j before any request', async (filters, message) => {
		const { error } = await filtered(filters);
		expect(error?.message).toBe(message);
		expect(sandbox.current.requests).toEqual([]);
	});
});
