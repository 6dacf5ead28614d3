import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { loadOptionsContext, runNode, type RunOptions } from '../support/engine.mts';
import { byId, member } from '../support/guests.mts';
import { credentialsFor, useSandbox } from '../support/sandbox.mts';

const sandbox = useSandbox({ guests: 3, members: 250 });

/** Each test has a token of its own: what the rate limiter learned in one test must not slow the next. */
let accessToken = 'sandbox-token';
beforeEach(() => {
	accessToken += ' ';
	// Back-off waits a random part of its bound: no part, here.
	vi.spyOn(Math, 'random').mockReturnValue(0);
});
afterEach(() => {
	vi.restoreAllMocks();
});

const credentials = () => credentialsFor(sandbox.current, { accessToken });
const run = async (
	operation: string,
	parameters: Record<string, unknown>,
	options: Partial<RunOptions> = {},
) =>
	await runNode({
		parameters: member(operation, parameters),
		credentials: credentials(),
		...options,
	});
const members = () => sandbox.current.organization.members;
const ids = () => members().map(({ id }) => id);
const queries = () =>
	sandbox.current.requests.map(({ path }) =>
		Object.fromEntries(new URL(path, 'http://sandbox').searchParams),
	);
const methods = () => sandbox.current.requests.map(({ method }) => method);

describe('Member > Get Many', () => {
	it('gives ten flat fields with dates in one spelling', async () => {
		const { items } = await run('getAll', { limit: 1 });
		const [{ id, email, full_name, first_name, last_name }] = members();
		expect(items).toEqual([
			{
				json: {
					id,
					email,
					fullName: full_name,
					role: 'Admin',
					status: 'active',
					firstName: first_name,
					lastName: last_name,
					timezone: 'America/Chicago',
					createdAt: '2024-06-01T08:00:00.000Z',
					lastLoginAt: null,
				},
				pairedItem: { item: 0 },
			},
		]);
	});

	it('makes a full name of its parts where the API has none', async () => {
		const data = [
			{ id: 1, email: 'a@x.example', first_name: 'Ann', last_name: 'Lee' },
			{ id: 2, email: 'b@x.example' },
		];
		sandbox.current.misbehave({ faults: [{ status: 200, body: { data }, times: 1 }] });
		const { items } = await run('getAll', { limit: 2 });
		expect(items.map(({ json }) => json.fullName)).toEqual(['Ann Lee', null]);
	});

	it("gives Tallyfy's own object as raw output", async () => {
		const { items } = await run('getAll', { limit: 1, output: 'raw' });
		expect(items[0].json).toEqual(members()[0]);
	});

	it('returns all members of all pages, each once', async () => {
		const { items } = await run('getAll', { returnAll: true });
		expect(items.map(({ json }) => json.id)).toEqual(ids());
		expect(queries().map(({ page, per_page }) => [page, per_page])).toEqual([
			['1', '100'],
			['2', '100'],
			['3', '100'],
		]);
	});

	it('asks for 50 members unless told otherwise', async () => {
		const { items } = await run('getAll', {});
		expect(items).toHaveLength(50);
		expect(queries()).toEqual([{ page: '1', per_page: '50' }]);
	});

	it('lets Tallyfy search, and sends no search for blanks', async () => {
		const [, { email, id }] = members();
		const { items } = await run('getAll', { filters: { search: email } });
		expect(items.map(({ json }) => json.id)).toContain(id);
		await run('getAll', { filters: { search: ' ' } });
		expect(queries().map(({ q }) => q)).toEqual([email, undefined]);
	});

	it.each(['active', 'disabled', 'invited'])(
		'returns the %s members only, though Tallyfy cannot filter by that',
		async (status) => {
			const { items } = await run('getAll', { returnAll: true, filters: { status } });
			const wanted = members().filter((someone) => someone.status === status);
			expect(items.map(({ json }) => json.id)).toEqual(wanted.map(({ id }) => id));
			expect(queries().every((query) => !('status' in query))).toBe(true);
		},
	);

	it.each(['any', '', null])('returns everybody for the status %j', async (status) => {
		const filters = { status: '={{ $json.status }}' };
		const { items } = await run('getAll', { returnAll: true, filters }, { input: [{ status }] });
		expect(items).toHaveLength(250);
	});

	it('counts the limit after the filter, and asks for no page that it does not need', async () => {
		const { items } = await run('getAll', { limit: 12, filters: { status: 'disabled' } });
		const wanted = members().filter(({ status }) => status === 'disabled');
		expect(items.map(({ json }) => json.id)).toEqual(wanted.slice(0, 12).map(({ id }) => id));
		// Members 9, 18, 27, … are disabled: 11 of the first hundred.
		expect(queries().map(({ page }) => page)).toEqual(['1', '2']);
	});

	it.each([
		[{ filters: { status: 'gone' } }, 'Filters > Status is gone'],
		[{ output: 'selected' }, 'Output is selected'],
		[{ limit: 0 }, 'Limit is 0'],
	])('refuses %j before any request', async (parameters, message) => {
		const { error } = await run('getAll', parameters);
		expect(error?.message).toBe(message);
		expect(error?.description).toMatch(/^(Choose|Give) /);
		expect(sandbox.current.requests).toEqual([]);
	});
});

describe('Member > Convert to Guest', () => {
	const convert = async (value: unknown, options: Partial<RunOptions> = {}) =>
		await run('convertToGuest', { member: byId(value) }, options);

	it('says that the member was converted, with the guest that the answer holds but without the link', async () => {
		const [, { id, email }] = members();
		const { items } = await convert(String(id));
		expect(items).toHaveLength(1);
		expect(items[0]).toMatchObject({
			json: { converted: true, memberId: id, guest: { email } },
			pairedItem: { item: 0 },
		});
		expect(JSON.stringify(items[0].json)).not.toMatch(/link|guest-all-task/);
		expect(sandbox.current.requests.map(({ method, path, body }) => [method, path, body])).toEqual([
			['PUT', `/api/organizations/${sandbox.current.organization.id}/users/${id}/to/guest`, {}],
		]);
		expect(ids()).not.toContain(id);
	});

	it('takes an empty 204 for success, because any 2xx is one', async () => {
		sandbox.current.misbehave({ faults: [{ status: 204 }] });
		const { items } = await convert(20002);
		expect(items[0].json).toEqual({ converted: true, memberId: 20002 });
	});

	it.each([20002, '20002', ' 20002 ', '0020002'])(
		'takes %j from an expression for an ID',
		async (id) => {
			const { items } = await convert('={{ $json.id }}', { input: [{ id }] });
			expect(items[0].json.memberId).toBe(20002);
			expect(sandbox.current.requests[0].path).toMatch(/\/users\/20002\/to\/guest$/);
		},
	);

	it.each([
		['', 'Member is empty'],
		[' ', 'Member is empty'],
		[null, 'Member is empty'],
		[0, 'Member is 0, which is no member ID'],
		[-5, 'Member is -5, which is no member ID'],
		[1.5, 'Member is 1.5, which is no member ID'],
		['1e3', 'Member is "1e3", which is no member ID'],
		['0x10', 'Member is "0x10", which is no member ID'],
		['9'.repeat(20), `Member is "${'9'.repeat(20)}", which is no member ID`],
		['jo@x.example', 'Member is "jo@x.example", which is no member ID'],
		['../guests/jo@x.example', 'Member is "../guests/jo@x.example", which is no member ID'],
		['20001/to/guest?', 'Member is "20001/to/guest?", which is no member ID'],
		['..', 'Member is "..", which is no member ID'],
		[[20001], 'Member is [20001], which is no member ID'],
		[[], 'Member is empty'],
		[true, 'Member is true, which is no member ID'],
	])('refuses %j before any request, because it is part of an address', async (id, message) => {
		const { error } = await convert('={{ $json.id }}', { input: [{ id }] });
		expect(error?.message).toBe(message);
		expect(error?.description).toMatch(
			/^Member IDs are whole numbers, .* take the ID from Member > Get Many\.$/,
		);
		expect(error?.context?.itemIndex).toBe(0);
		expect(sandbox.current.requests).toEqual([]);
	});

	it('says that no member has this ID', async () => {
		const { error } = await convert('99999');
		expect(error?.message).toBe(
			'Resource not found: no member with the ID 99999 in this organization',
		);
		expect(error?.description).toBe('Check Member, or pick the member from the list.');
		expect(error?.httpCode).toBe('404');
	});

	it('does not take a wrong base URL for an unknown member', async () => {
		sandbox.current.misbehave({ faults: [{ html: 404 }] });
		const { error } = await convert('20002');
		expect(error?.message).toBe('Tallyfy does not know this address');
	});

	it("repeats Tallyfy's words for the only administrator, and says what to do", async () => {
		const { error } = await convert(String(members()[0].id));
		expect(error?.message).toBe('The only administrator cannot become a guest');
		expect(error?.description).toMatch(
			/^Only administrators can do this: .* the only administrator \(make somebody else one first\)/,
		);
		expect(error?.httpCode).toBe('403');
	});

	it.each(['before', 'after'] as const)(
		'is sent once when the connection drops %s the work, and says that nobody knows',
		async (drop) => {
			sandbox.current.misbehave({ faults: [{ drop }] });
			const { error } = await convert('20002');
			expect(methods()).toEqual(['PUT']);
			expect(error?.message).toMatch(/^No answer from 127\.0\.0\.1:\d+ \(ECONNRESET\)$/);
			expect(error?.description).toMatch(
				/^Nobody knows whether the member with the ID 20002 was converted\. Look in Tallyfy before/,
			);
		},
	);

	it('is sent once though Tallyfy answers 503, which PUT would repeat otherwise', async () => {
		sandbox.current.misbehave({ faults: [{ status: 503, body: { message: 'Trouble.' } }] });
		const { error } = await convert('20002');
		expect(methods()).toEqual(['PUT']);
		expect(error?.description).toContain(
			'Nobody knows whether the member with the ID 20002 was converted. Look in Tallyfy before you run this item again.',
		);
		expect(error?.description).not.toContain('Try again');
	});

	it('is repeated after 429, because a refused request did nothing', async () => {
		sandbox.current.misbehave({ faults: [{ status: 429, body: {}, times: 1 }] });
		const { items } = await convert('20002');
		expect(items[0].json.converted).toBe(true);
		expect(methods()).toEqual(['PUT', 'PUT']);
	});

	it('does not take a refused address for an unknown member', async () => {
		const body = { message: 'Invalid.', errors: { email: ['This domain is not allowed.'] } };
		sandbox.current.misbehave({ faults: [{ status: 422, body }] });
		const { error } = await convert('20002');
		expect(error?.message).toBe('Invalid. email: This domain is not allowed.');
	});
});

describe('Member > From List', () => {
	const search = async (filter?: string, token?: string) => {
		const parameters = member('convertToGuest', { member: byId('') });
		const { type, context } = await loadOptionsContext({ parameters, credentials: credentials() });
		return await type.methods!.listSearch!.searchMembers.call(context, filter, token);
	};

	it('shows name and email, marks who is not active, and gives the ID as text', async () => {
		const { results } = await search();
		const [active] = members();
		const disabled = members().find(({ status }) => status === 'disabled')!;
		expect(results[0]).toEqual({
			name: `${String(active.full_name)} (${active.email})`,
			value: '20001',
		});
		expect(results.find(({ value }) => value === String(disabled.id))?.name).toBe(
			`${String(disabled.full_name)} (${disabled.email}) - disabled`,
		);
	});

	it('turns its pages to the end, with a token that is text', async () => {
		const seen: unknown[] = [];
		let token: unknown;
		do {
			const page = await search('', token as string | undefined);
			seen.push(...page.results.map(({ value }) => value));
			token = page.paginationToken;
			expect(['string', 'undefined']).toContain(typeof token);
		} while (token);
		expect(seen).toEqual(ids().map(String));
		expect(sandbox.current.requests).toHaveLength(5);
	});

	it('lets Tallyfy search', async () => {
		const [, { email, id }] = members();
		const { results } = await search(` ${email} `);
		expect(results.map(({ value }) => value)).toContain(String(id));
		expect(queries()).toEqual([{ q: email, page: '1', per_page: '50' }]);
	});
});
