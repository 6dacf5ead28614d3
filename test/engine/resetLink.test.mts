import { describe, expect, it } from 'vitest';
import type { Guest } from '../../sandbox/organization.mts';
import { byEmail, guest as guestParameters, ODD_EMAILS } from '../support/guests.mts';
import { errorOf, rows, useRuns, wordsOf } from '../support/runs.mts';

const { sandbox, run: runNode, known } = useRuns({ guests: 6 });
const run = async (emails: string[], more = {}) =>
	await runNode({
		parameters: guestParameters('resetLink', { guest: byEmail(), pacing: { maxRetryWait: 2 } }),
		input: rows(emails),
		onError: 'continueRegularOutput',
		...more,
	});
const misbehave = (faults: object[]) => sandbox.current.misbehave({ faults });
const guestOf = (email: string) => sandbox.current.organization.guests.get(email) as Guest;
const sent = () =>
	sandbox.current.requests.map(
		({ method, path }) => `${method} ${path.split('/').slice(4).join('/')}`,
	);
const resets = () => sandbox.current.requests.filter(({ method }) => method === 'PUT').length;
const RESET = { method: 'PUT', path: 'reset-link' };
/** Everything a run tells, to look for a link in. */
const told = (result: Awaited<ReturnType<typeof run>>) =>
	JSON.stringify([result.items, result.error?.message, result.error?.description]);

describe('Guest > Reset Link', () => {
	it('gives the new link, after which the old one is dead', async () => {
		const [email] = known();
		const before = guestOf(email).link;
		const { items, error } = await run([` ${email} `]);
		expect(error).toBeUndefined();
		expect(items.map(({ json }) => json)).toEqual([{ email, link: guestOf(email).link }]);
		expect(items[0].json.link).not.toBe(before);
		const path = `guests/${encodeURIComponent(email)}`;
		expect(sent()).toEqual([`GET ${path}`, `PUT ${path}/reset-link`]);
		expect(sandbox.current.requests[1].body ?? {}).toEqual({});
	});

	it('makes a link where there was none', async () => {
		const [email] = known();
		guestOf(email).link = null;
		const { items } = await run([email]);
		expect(items[0].json).toEqual({ email, link: expect.stringContaining('https://') });
	});

	it('understands both forms of a link', async () => {
		const [email] = known();
		sandbox.current.misbehave({ quirks: { guestLink: 'guest' } });
		const { items } = await run([email]);
		expect(items[0].json.link).toMatch(/\/guest\/\w+$/);
		expect(String(guestOf(email).link)).toContain(String(items[0].json.link).split('/').at(-1));
	});

	it('makes one new link for a guest whom several items name, because the next one would end it', async () => {
		const [email, other] = known();
		const { items } = await run([email, other, email]);
		expect(items.map(({ json, pairedItem }) => [json.email, json.link, pairedItem])).toEqual(
			[email, other, email].map((one, item) => [one, guestOf(one).link, { item }]),
		);
		expect(resets()).toBe(2);
	});

	it.each(['a+b/c?d#e%f&g@x.test', '"a b"@x.test', ...ODD_EMAILS])('takes %s', async (email) => {
		sandbox.current.organization.create({ email });
		const { items } = await run([email]);
		expect(items[0].json).toEqual({ email, link: guestOf(email).link });
	});

	it.each([
		['an answer without anything', { status: 204 }],
		['a guest without a link', { status: 201, body: { data: { email: 'x@x.test' } } }],
		['the guest as they were', 'before'],
	])('reads the guest after %s', async (_, fault) => {
		const [email] = known();
		const body = { data: { email, link: guestOf(email).link } };
		const answer = fault === 'before' ? { status: 201, body } : (fault as object);
		misbehave([{ ...RESET, ...answer, done: true }]);
		const { items } = await run([email]);
		expect(items[0].json).toEqual({ email, link: guestOf(email).link });
		expect(sent()).toHaveLength(3);
		expect(resets()).toBe(1);
	});
});

describe('Guest > Reset Link that is refused', () => {
	it('says that there is no such guest, and sends nothing but the read', async () => {
		const [email] = known();
		const { items } = await run(['no@x.test', email, '../users@x.test', '']);
		expect(items.map(({ json }) => json.message ?? json.email)).toEqual([
			'Resource not found: no guest no@x.test in this organization',
			email,
			'Guest cannot be part of an address',
			'Guest is empty',
		]);
		expect(errorOf(items[0])).toMatchObject({
			status: 404,
			description: 'Check Guest, or pick the guest from the list.',
		});
		expect(resets()).toBe(1);
	});

	it('says that an administrator is needed', async () => {
		const [email] = known();
		sandbox.current.misbehave({ quirks: { tokenOwner: 'standard' } });
		const before = guestOf(email).link;
		const { items } = await run([email]);
		expect(items[0].json.message).toBe('Only administrators can do this');
		expect(errorOf(items[0])).toEqual({
			status: 403,
			description: 'Only an administrator can reset links. Use a credential whose member is one.',
		});
		expect(guestOf(email).link).toBe(before);
	});

	it.each([
		['a 404 of another kind', { status: 404, body: { message: 'x', code: 'ENDPOINT_NOT_FOUND' } }],
		['a 404 about a route', { status: 404, body: { message: 'The route could not be found.' } }],
		['a 404 as a web page', { html: 404 }],
		['a 405', { status: 405, body: { message: 'Method not allowed' } }],
	])('says that the organization may not have it after %s', async (_, answer) => {
		misbehave([{ ...RESET, ...answer }]);
		const { items } = await run([known()[0]]);
		expect(items[0].json.message).toBe('Tallyfy does not let this organization reset links here');
		expect(errorOf(items[0])?.description).toMatch(
			/your organization may not have it\. .*Get Link/,
		);
		expect(errorOf(items[0])?.outcome).toBeUndefined();
		expect(resets()).toBe(1);
	});

	it('says so when the guest went away after the read', async () => {
		const [email] = known();
		misbehave([{ ...RESET, status: 404, body: { message: 'Resource not found' } }]);
		const { items } = await run([email]);
		expect(items[0].json.message).toBe(
			`Resource not found: no guest ${email} in this organization`,
		);
	});

	it('does not say that it is done when the link is the old one', async () => {
		const [email] = known();
		misbehave([{ ...RESET, status: 200 }]);
		const { items } = await run([email]);
		expect(items[0].json.message).toBe(`Tallyfy accepted the reset, but ${email} has no new link`);
		expect(errorOf(items[0])).toMatchObject({ outcome: 'unknown' });
		expect(wordsOf(items[0])).toMatch(/copies of it work/);
	});

	it('shows no link, also where the server quotes it', async () => {
		const [email] = known();
		const { link } = guestOf(email);
		misbehave([{ ...RESET, status: 422, body: { message: `No reset of ${link}` } }]);
		expect(told(await run([email]))).not.toContain(String(link).split('/').at(-1));
	});
});

describe('Guest > Reset Link after a lost answer', () => {
	it.each([
		['lost after it was done', { drop: 'after', times: 1 }, 1],
		['lost before it was done', { drop: 'before', times: 1 }, 2],
		['a 502, done', { status: 502, done: true, times: 1 }, 1],
		['a 502, not done', { status: 502, times: 1 }, 2],
		['a 500 without a reason, done', { status: 500, done: true, times: 1 }, 1],
		['a 429', { status: 429, headers: { 'retry-after': '1' }, times: 1 }, 2],
	])('looks whether there is another link than before: %s', async (_, fault, arrived) => {
		const [email] = known();
		const organization = sandbox.current.organization;
		const reset = organization.resetLink.bind(organization);
		let done = 0;
		organization.resetLink = (guest) => {
			done++;
			reset(guest);
		};
		const before = guestOf(email).link;
		misbehave([{ ...RESET, ...fault }]);
		const { items } = await run([email]);
		expect(items[0].json).toEqual({ email, link: guestOf(email).link });
		expect(guestOf(email).link).not.toBe(before);
		expect([done, resets()]).toEqual([1, arrived]);
	});

	it('says that it may have been done where no read can tell', async () => {
		const [email] = known();
		misbehave([{ ...RESET, drop: 'after' }]);
		sandbox.current.beforeEach(({ method }) => {
			if (method === 'PUT')
				misbehave([
					{ ...RESET, drop: 'after' },
					{ method: 'GET', status: 500 },
				]);
		});
		const { items } = await run([email]);
		expect(errorOf(items[0])?.outcome).toBe('unknown');
		expect(wordsOf(items[0])).toMatch(/may have been reset\. Read the guest with Get Link/);
		expect(resets()).toBe(1);
	});

	it('says that nothing was done in an outage from the beginning', async () => {
		const [email] = known();
		misbehave([{ status: 503 }]);
		const { items } = await run([email]);
		expect(errorOf(items[0])?.outcome).toBeUndefined();
		expect(resets()).toBe(0);
	});

	it('says that it was done when only the read after the reset fails, to all items of the guest', async () => {
		const [email] = known();
		misbehave([{ ...RESET, status: 204, done: true }]);
		sandbox.current.beforeEach(({ method }) => {
			if (method === 'PUT') {
				misbehave([
					{ ...RESET, status: 204, done: true },
					{ method: 'GET', status: 500, body: { message: 'Guests are being moved' } },
				]);
			}
		});
		const { items } = await run([email, email]);
		expect(items).toHaveLength(2);
		for (const item of items) {
			expect(errorOf(item)).toMatchObject({ outcome: 'unknown' });
			expect(wordsOf(item)).toMatch(/Guests are being moved The link of \S+ was reset, but/);
		}
		expect(resets()).toBe(1);
	});
});
