import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { runNode, type RunOptions } from '../support/engine.mts';
import { byEmail, guest, ODD_EMAILS } from '../support/guests.mts';
import { credentialsFor, useSandbox } from '../support/sandbox.mts';

const sandbox = useSandbox({ guests: 20 });

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

const run = async (
	operation: string,
	email: unknown,
	parameters: Record<string, unknown> = {},
	options: Partial<RunOptions> = {},
) =>
	await runNode({
		parameters: guest(operation, { guest: byEmail(email), ...parameters }),
		credentials: credentialsFor(sandbox.current, { accessToken }),
		...options,
	});
const guests = () => [...sandbox.current.organization.guests.values()];
const first = () => guests()[0];
/** The sandbox gives tasks to two guests of three. */
const without = () =>
	guests().find((someone) => sandbox.current.organization.tasks(someone).length === 0)!;
const sent = () => sandbox.current.requests.map(({ method, path }) => `${method} ${tail(path)}`);
const tail = (path: string) => decodeURIComponent(path.split('/guests/')[1]);
const methods = () => sandbox.current.requests.map(({ method }) => method);

describe('Guest > Get Link', () => {
	it('gives the email and the link and nothing else, because only the link was asked for', async () => {
		const { email, link } = first();
		const { items } = await run('getLink', email);
		expect(items).toEqual([{ json: { email, link }, pairedItem: { item: 0 } }]);
		expect(sent()).toEqual([`GET ${email}`]);
	});

	it.each([null, undefined, ' '])(
		'fails for a guest whose link is %j, because an empty item would look like success',
		async (link) => {
			const guestWithout = { ...first(), link };
			sandbox.current.misbehave({ faults: [{ status: 200, body: { data: guestWithout } }] });
			const { error } = await run('getLink', first().email);
			expect(error?.message).toBe(`Tallyfy has no link for the guest ${first().email}`);
			expect(error?.description).toMatch(
				/^Look at the guest in Tallyfy, .* run this item again\.$/,
			);
		},
	);

	it('says that nobody has the email', async () => {
		const { error } = await run('getLink', 'no@x.example');
		expect(error?.message).toBe('Resource not found: no guest no@x.example in this organization');
	});
});

describe.each([
	['enable', 'PUT', false],
	['disable', 'DELETE', true],
] as const)('Guest > %s', (operation, method, disabled) => {
	/** Somebody for whom the switch is the other way. */
	const someone = () => {
		const chosen = without();
		if (!disabled) sandbox.current.organization.setDisabled(chosen, true);
		return chosen;
	};

	it('switches, and gives the guest that Tallyfy answered with', async () => {
		const { email } = someone();
		const { items } = await run(operation, email);
		expect(items).toHaveLength(1);
		expect(items[0]).toMatchObject({ json: { email, disabled }, pairedItem: { item: 0 } });
		expect(items[0].json).not.toHaveProperty('link');
		expect(sent()).toEqual([`${method} ${email}/${operation}`]);
		expect(sandbox.current.requests[0].body).toEqual({});
	});

	it('gives the guest as Output says', async () => {
		const chosen = someone();
		const raw = await run(operation, chosen.email, { output: 'raw' });
		expect(raw.items[0].json).toEqual(JSON.parse(JSON.stringify(chosen)));
		const selected = await run(operation, chosen.email, { output: 'selected', fields: ['id'] });
		expect(selected.items[0].json).toEqual({ email: chosen.email, id: chosen.id });
	});

	it.each([
		['nothing', 204, undefined],
		['no data', 200, {}],
		['an empty list', 200, { data: [] }],
		['an object that is no guest', 200, { data: { success: true } }],
		['a bare list', 200, []],
	])(
		'reads the guest once when the answer holds %s, because what it holds is not published',
		async (_, status, body) => {
			const { email, first_name } = someone();
			sandbox.current.misbehave({ faults: [{ method, status, body }] });
			const { items, error } = await run(operation, email);
			expect(error).toBeUndefined();
			expect(items[0].json).toMatchObject({ email, firstName: first_name });
			expect(sent()).toEqual([`${method} ${email}/${operation}`, `GET ${email}`]);
		},
	);

	it('does not take a web page for success', async () => {
		sandbox.current.misbehave({ faults: [{ method, html: 200 }] });
		const { error } = await run(operation, someone().email);
		expect(error?.message).toBe('Tallyfy answered 200, but with a web page instead of JSON');
		expect(methods()).toEqual([method]);
	});

	it('repeats after a lost answer, because it does the same twice', async () => {
		const { email } = someone();
		sandbox.current.misbehave({ faults: [{ method, drop: 'after', times: 1 }] });
		const { items } = await run(operation, email);
		expect(items[0].json).toMatchObject({ email, disabled });
		expect(methods()).toEqual([method, method]);
	});

	it('says that nobody has the email', async () => {
		const { error } = await run(operation, 'no@x.example');
		expect(error?.message).toBe('Resource not found: no guest no@x.example in this organization');
		expect(error?.description).toBe('Check Guest, or pick the guest from the list.');
	});

	it('keeps the general advice for a missing right, because only the words tell it from a rule', async () => {
		sandbox.current.misbehave({ faults: [{ status: 403, body: { message: 'Not permitted.' } }] });
		const { error } = await run(operation, first().email);
		expect(error?.message).toBe('Not permitted.');
		expect(error?.description).toMatch(
			/^If this is about rights, check that the owner of the token/,
		);
	});
});

describe('Guest > Disable', () => {
	it("repeats Tallyfy's words for a guest with open tasks, and says how to get rid of these", async () => {
		const { email } = first();
		const { error } = await run('disable', email);
		expect(error?.message).toBe('Cannot disable guest with incomplete tasks');
		expect(error?.description).toBe(
			`See what is left with Guest Task > Get Many for ${email}. Finish these tasks or reassign them to somebody else, then disable the guest again.`,
		);
		expect(error?.httpCode).toBe('403');
		expect(methods()).toEqual(['DELETE']);
	});
});

describe('Guest > Convert to Member', () => {
	const UNKNOWN = (email: string) =>
		`Nobody knows whether the guest ${email} was converted. Look in Tallyfy before you run this item again.`;

	it('says that the guest was converted, with the member that the answer holds, and sends no body', async () => {
		const { email } = first();
		const { items } = await run('convertToMember', email);
		expect(items).toEqual([
			{
				json: {
					converted: true,
					email,
					member: { id: 20026, email, role: 'Standard', status: 'active' },
				},
				pairedItem: { item: 0 },
			},
		]);
		expect(sent()).toEqual([`POST ${email}/to/member`]);
		expect(sandbox.current.requests[0].body).toEqual({});
	});

	it.each([
		['nothing', 204, undefined],
		['no data', 200, { message: 'Done.' }],
		['a list', 200, { data: [] }],
		['a text', 200, { data: 'done' }],
	])('takes an answer with %s for success, because any 2xx is one', async (_, status, body) => {
		sandbox.current.misbehave({ faults: [{ status, body }] });
		const { items } = await run('convertToMember', 'a@x.example');
		expect(items[0].json).toEqual({ converted: true, email: 'a@x.example' });
	});

	it('gives no link, wherever the answer has one, because nobody asked for a secret', async () => {
		const { link } = first();
		const data = { id: 7, link, guest: { guestLink: 'x', url: `${link}?a` }, links: [{ link }] };
		sandbox.current.misbehave({ faults: [{ status: 200, body: { data } }] });
		const { items } = await run('convertToMember', first().email);
		expect(items[0].json.member).toEqual({ id: 7, guest: {} });
	});

	it('does not take a web page for success', async () => {
		sandbox.current.misbehave({ faults: [{ html: 200 }] });
		const { error } = await run('convertToMember', first().email);
		expect(error?.message).toBe('Tallyfy answered 200, but with a web page instead of JSON');
	});

	it('explains that the pool of seats is full, and does not repeat', async () => {
		const body = {
			error: {
				code: 'SEAT_POOL_EXHAUSTED',
				message: 'No full seats available.',
				details: { pool_type: 'full' },
			},
		};
		sandbox.current.misbehave({ faults: [{ status: 409, body }] });
		const { items } = await run(
			'convertToMember',
			first().email,
			{},
			{
				onError: 'continueRegularOutput',
			},
		);
		expect(items[0].json).toEqual({
			message: 'No full seats available.',
			error: {
				status: 409,
				code: 'SEAT_POOL_EXHAUSTED',
				description:
					'The pool of full seats is full. Free a seat or buy one in Tallyfy, then run this item again.',
			},
		});
		expect(methods()).toEqual(['POST']);
	});

	it.each(['before', 'after'] as const)(
		'is sent once when the connection drops %s the work, and says that nobody knows: a seat is paid for',
		async (drop) => {
			sandbox.current.misbehave({ faults: [{ drop }] });
			const { email } = first();
			const { error } = await run('convertToMember', email);
			expect(methods()).toEqual(['POST']);
			expect(error?.message).toMatch(/^No answer from 127\.0\.0\.1:\d+ \(ECONNRESET\)$/);
			expect(error?.description).toContain(UNKNOWN(email));
		},
	);

	it.each([500, 502, 503, 504])(
		'is sent once though Tallyfy answers %i, and does not advise to try again',
		async (status) => {
			sandbox.current.misbehave({
				faults: [{ status, headers: { 'retry-after': '0' }, body: { message: 'Trouble.' } }],
			});
			const { email } = first();
			const { error } = await run('convertToMember', email);
			expect(methods()).toEqual(['POST']);
			expect(error?.message).toBe('Trouble.');
			expect(error?.description).toContain(UNKNOWN(email));
			expect(error?.description).not.toContain('Try again');
			expect(error?.httpCode).toBe(String(status));
		},
	);

	it('is repeated after 429, because a refused request did nothing', async () => {
		sandbox.current.misbehave({ faults: [{ status: 429, body: {}, times: 2 }] });
		const { items } = await run('convertToMember', first().email);
		expect(items[0].json.converted).toBe(true);
		expect(methods()).toEqual(['POST', 'POST', 'POST']);
	});

	it('does not say that nobody knows when Tallyfy refused', async () => {
		sandbox.current.misbehave({ faults: [{ status: 403, body: { message: 'Admins only.' } }] });
		const { error } = await run('convertToMember', first().email);
		expect(error?.message).toBe('Admins only.');
		expect(error?.description).toMatch(/^If this is about rights/);
	});

	it('says that nobody has the email', async () => {
		const { error } = await run('convertToMember', 'no@x.example');
		expect(error?.message).toBe('Resource not found: no guest no@x.example in this organization');
	});

	it('does not take a refused address for an unknown guest, because single sign-on refuses some', async () => {
		const body = { message: 'Invalid.', errors: { email: ['This domain is not allowed.'] } };
		sandbox.current.misbehave({ faults: [{ status: 422, body }] });
		const { error } = await run('convertToMember', first().email);
		expect(error?.message).toBe('Invalid. email: This domain is not allowed.');
	});

	it('counts conversions that were never sent as such, and not as unknown, when another item stops the node', async () => {
		const input = guests().map(({ email }) => ({ email }));
		sandbox.current.misbehave({ faults: [{ status: 418, body: { message: 'No.' }, times: 1 }] });
		const { error } = await run('convertToMember', '={{ $json.email }}', {}, { input });
		expect(error?.message).toMatch(/^No\. \(\d+ of 20 items done, \d+ not sent\)$/);
	});
});

describe('Emails that other clients lose', () => {
	const calls: Array<[string, string, string]> = [
		['getLink', 'GET', ''],
		['enable', 'PUT', '/enable'],
		['disable', 'DELETE', '/disable'],
		['convertToMember', 'POST', '/to/member'],
	];

	it.each(calls)('reach Tallyfy byte for byte: %s', async (operation, method, path) => {
		const input = ODD_EMAILS.map((email) => ({ email: ` ${email} ` }));
		for (const email of ODD_EMAILS) sandbox.current.organization.create({ email });
		for (const email of ODD_EMAILS) {
			// Nobody can be disabled while there are open tasks.
			sandbox.current.organization.tasks(sandbox.current.organization.guests.get(email)!).length =
				0;
		}
		const { items, error } = await run(operation, '={{ $json.email }}', {}, { input });
		expect(error).toBeUndefined();
		expect(items.map(({ json }) => json.email)).toEqual(ODD_EMAILS);
		const paths = sandbox.current.requests.map((request) => `${request.method} ${request.path}`);
		expect(paths.sort()).toEqual(
			ODD_EMAILS.map((email) => {
				const organization = `/api/organizations/${sandbox.current.organization.id}`;
				return `${method} ${organization}/guests/${encodeURIComponent(email)}${path}`;
			}).sort(),
		);
	});

	it.each(calls)('are refused before any request when they climb: %s', async (operation) => {
		for (const email of ['..', '../users/501', 'a@x/../..', '', [first().email], 7, null]) {
			const { error } = await run(operation, '={{ $json.email }}', {}, { input: [{ email }] });
			expect([email, error?.message]).toEqual([email, expect.stringMatching(/^Guest /)]);
		}
		expect(sandbox.current.requests).toEqual([]);
	});
});
