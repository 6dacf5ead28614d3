import { describe, expect, it } from 'vitest';
import type { INodeParameters } from 'n8n-workflow';
import { SANDBOX_OUTSIDER } from '../../sandbox/server.mts';
import { loadOptionsContext, pressTest, runNode, type RunOptions } from '../support/engine.mts';
import { byEmail, guest } from '../support/guests.mts';
import { applicationCredentialsFor, useSandbox } from '../support/sandbox.mts';

const sandbox = useSandbox({ guests: 60 });
/** One credential for each test, so that none inherits the rate limiter or the token of another. */
let count = 0;
const credentials = (changes: Record<string, string> = {}) =>
	applicationCredentialsFor(sandbox.current, {
		clientHeader: `APIClient${' '.repeat(++count)}`,
		...changes,
	});
const application = (operation: string, parameters: Record<string, unknown> = {}) =>
	({ ...guest(operation, parameters), authentication: 'application' }) as INodeParameters;
const everyone = () => [...sandbox.current.organization.guests.keys()].map((email) => ({ email }));
const getEach = (options: Partial<RunOptions> & Pick<RunOptions, 'credentials'>) =>
	runNode({
		parameters: application('get', { guest: byEmail() }),
		input: everyone(),
		...options,
	});
const tokenRequests = () =>
	sandbox.current.requests.filter(({ path }) => /token$/.test(path)).map(({ path }) => path);

describe('Application', () => {
	it('signs in once when 60 items start at once, and gets all of them', async () => {
		const { items, error } = await getEach({ credentials: credentials() });
		expect(error).toBeUndefined();
		expect(items.map(({ json }) => json.email)).toEqual(everyone().map(({ email }) => email));
		expect(tokenRequests()).toEqual([
			'/oauth/token',
			expect.stringMatching(/\/users\/.+%40.+\/token$/) as string,
		]);
	});

	it('keeps the token: a second execution signs in no more', async () => {
		const given = credentials();
		await getEach({ credentials: given });
		sandbox.current.forget();
		const { items } = await getEach({ credentials: given });
		expect(items).toHaveLength(60);
		expect(tokenRequests()).toEqual([]);
	});

	it('renews a token that is revoked in the middle of a run once, and loses no item', async () => {
		const given = credentials();
		await getEach({ credentials: given, input: [everyone()[0]] });
		sandbox.current.revokeAfter(20);
		const { items, error } = await getEach({ credentials: given });
		expect(error).toBeUndefined();
		expect(items.map(({ json }) => json.email)).toEqual(everyone().map(({ email }) => email));
		expect(sandbox.current.tokensIssued()).toBe(2);
	});

	it('creates nobody twice when the token is renewed under creates', async () => {
		const given = credentials();
		await getEach({ credentials: given, input: [everyone()[0]] });
		sandbox.current.revokeAfter(10);
		const input = Array.from({ length: 25 }, (_, index) => ({ email: `new.${index}@new.test` }));
		const { items } = await runNode({
			parameters: application('create', { email: '={{ $json.email }}' }),
			input,
			credentials: given,
		});
		expect(items.map(({ json }) => json.email)).toEqual(input.map(({ email }) => email));
		expect(sandbox.current.organization.guests.size).toBe(85);
		const created = sandbox.current.requests.filter(
			({ method, status }) => method === 'POST' && status === 201,
		);
		expect(created).toHaveLength(25);
	});

	it('ends with one clear error and no loop when the client is refused', async () => {
		const { error } = await getEach({ credentials: credentials({ clientSecret: 'wrong-secret' }) });
		expect(error?.message).toBe(
			'Sign-in with the application failed at step 1 of 2, the application token: Client authentication failed (0 of 60 items done, 59 not sent)',
		);
		expect(error?.description).toMatch(/^Check Client ID and Client Secret in the credential\./);
		expect(tokenRequests()).toEqual(['/oauth/token']);
		expect(sandbox.current.requests).toHaveLength(1);
	});

	it('says the same of every item, unsent, when the node is to go on', async () => {
		const { items } = await getEach({
			credentials: credentials({ clientSecret: 'wrong-secret' }),
			onError: 'continueRegularOutput',
		});
		expect(items).toHaveLength(60);
		expect(new Set(items.map(({ json }) => json.message))).toEqual(
			new Set([
				'Sign-in with the application failed at step 1 of 2, the application token: Client authentication failed',
			]),
		);
		expect(items[7]).toMatchObject({
			json: { error: { code: 'SIGN_IN_FAILED' } },
			pairedItem: { item: 7 },
		});
		expect(tokenRequests()).toEqual(['/oauth/token']);
	});

	it('ends when a renewal is refused in the middle of a run, with what was done', async () => {
		const given = credentials();
		await getEach({ credentials: given, input: [everyone()[0]] });
		sandbox.current.forget();
		sandbox.current.revokeAfter(20);
		given.clientSecret = 'wrong-secret';
		const { items } = await getEach({ credentials: given, onError: 'continueRegularOutput' });
		const done = items.filter(({ json }) => json.email);
		expect(done).toHaveLength(20);
		expect(items).toHaveLength(60);
		expect(tokenRequests()).toEqual(['/oauth/token']);
	});

	it.each([
		[
			'another organization',
			{ organizationId: 'f'.repeat(32) },
			/step 2 of 2, the token for the member: You don't have/,
			/Organization ID/,
		],
		['an unknown member', { memberEmail: 'nobody@sandbox.test' }, /step 2 of 2/, /Member Email/],
		[
			'somebody of another organization',
			{ memberEmail: SANDBOX_OUTSIDER },
			/step 2 of 2/,
			/not in this organization/,
		],
		['a wrong client ID', { clientId: '1' }, /step 1 of 2/, /Client ID/],
		[
			'an unreachable account URL',
			{ accountUrl: 'http://127.0.0.1:9' },
			/No answer from 127\.0\.0\.1:9/,
			/Check/,
		],
	])('says what is wrong with %s', async (_, changes, message, description) => {
		const { error } = await getEach({
			parameters: application('get', { guest: byEmail(), pacing: { maxRetryWait: 1 } }),
			credentials: credentials(changes),
			input: [everyone()[0]],
		});
		expect(error?.message).toMatch(message);
		expect(error?.description).toMatch(description);
	});

	it('says when to come back when signing in is limited', async () => {
		sandbox.current.misbehave({
			faults: [
				{
					path: '/oauth/token',
					status: 429,
					headers: { 'retry-after': '30' },
					body: { message: 'Too Many Attempts.' },
				},
			],
		});
		const { error } = await getEach({ credentials: credentials(), input: [everyone()[0]] });
		expect(error?.message).toMatch(/step 1 of 2.*Too Many Attempts/);
		expect(error?.description).toContain('Tallyfy asks to wait 30 s');
	});

	it('signs in for list searches too, and renews there', async () => {
		const given = credentials();
		const search = async () => {
			const { type, context } = await loadOptionsContext({
				parameters: application('get', { guest: byEmail('') }),
				credentials: given,
			});
			return await type.methods!.listSearch!.searchGuests.call(context);
		};
		expect((await search()).results).toHaveLength(50);
		sandbox.current.revokeTokens();
		expect((await search()).results).toHaveLength(50);
		expect(sandbox.current.tokensIssued()).toBe(2);
	});

	it('passes the test button', async () => {
		await expect(pressTest(credentials(), 'application')).resolves.toMatchObject({
			data: { name: 'Sandbox Ltd' },
		});
	});

	it('fails the test button with the step and the cause', async () => {
		await expect(
			pressTest(credentials({ clientSecret: 'wrong-secret' }), 'application'),
		).rejects.toMatchObject({ message: expect.stringContaining('step 1 of 2') as string });
	});
});

describe('Personal token', () => {
	it('that died at logout says so, and is not asked for again and again', async () => {
		sandbox.current.logOut();
		const { error } = await runNode({
			parameters: guest('get', { guest: byEmail() }),
			input: [everyone()[0]],
			credentials: {
				accessToken: 'sandbox-token',
				organizationId: credentials().organizationId,
				baseUrl: sandbox.current.baseUrl,
				clientHeader: 'APIClient',
			},
		});
		expect(error?.message).toBe('Unauthenticated.');
		expect(error?.description).toMatch(/logs out of the Tallyfy web application/);
		expect(sandbox.current.requests).toHaveLength(1);
	});
});
