// The sandbox's application accounts, asked over plain HTTP: who gets which token, for what, and how long.
// Source: tallyfy/documentation, access-api-as-a-third-party-application-instead-of-a-user.mdx (2026-07-12).
import { describe, expect, it } from 'vitest';
import { ORGANIZATION_ID, type Json } from '../../sandbox/organization.mts';
import { SANDBOX_CLIENT, SANDBOX_OUTSIDER } from '../../sandbox/server.mts';
import { applicationCredentialsFor, ask, HEADERS, useSandbox } from '../support/sandbox.mts';

const sandbox = useSandbox({ guests: 3 });
const { id: client_id, secret: client_secret } = SANDBOX_CLIENT;
const GRANT = { grant_type: 'client_credentials', client_id, client_secret, scope: '*' };
const member = () => sandbox.current.organization.members[1];
const bearer = (token: unknown) => ({ ...HEADERS, authorization: `Bearer ${String(token)}` });
const control = async (path: string, body?: unknown) =>
	await ask('POST', `${sandbox.current.accountUrl}/sandbox/${path}`, body);

async function grant(changes: Json = {}) {
	const body = new URLSearchParams({ ...GRANT, ...changes });
	const url = `${sandbox.current.accountUrl}/oauth/token`;
	const response = await fetch(url, { method: 'POST', body });
	return { status: response.status, body: (await response.json()) as Json };
}
const applicationToken = async () => (await grant()).body.access_token;

interface Asked {
	token?: unknown;
	email?: string;
	org?: string;
	headers?: object;
}
async function askUserToken({ token, email = member().email, org, headers }: Asked = {}) {
	const path = `/applications/${org ?? ORGANIZATION_ID}/users/${encodeURIComponent(email)}/token`;
	const sent = headers ?? bearer(token ?? (await applicationToken()));
	return await ask('POST', sandbox.current.baseUrl + path, undefined, sent);
}
const userToken = async () => (await askUserToken()).body.access_token;
const me = async (token: unknown) =>
	await ask('GET', `${sandbox.current.baseUrl}/me`, undefined, bearer(token));

describe('the token of an application', () => {
	it('is given for id and secret, for a week, and a fresh one each time', async () => {
		const { status, body } = await grant();
		const token = expect.any(String) as unknown;
		expect([status, body]).toEqual([
			200,
			{ token_type: 'Bearer', expires_in: 604_800, access_token: token },
		]);
		expect(await applicationToken()).not.toBe(body.access_token);
		expect(sandbox.current.requests[0]).toMatchObject({ path: '/oauth/token', body: GRANT });
	});

	it.each([{ client_secret: 'wrong' }, { client_id: '1' }])(
		'is refused with the words of Laravel Passport for %j',
		async (changes) => {
			const words = 'Client authentication failed';
			expect(await grant(changes)).toEqual({
				status: 401,
				body: { error: 'invalid_client', error_description: words, message: words },
			});
		},
	);

	it('is refused for another grant, and for JSON, since only a form is understood', async () => {
		const refused = { status: 400, body: { error: 'unsupported_grant_type' } };
		expect(await grant({ grant_type: 'password' })).toMatchObject(refused);
		const url = `${sandbox.current.accountUrl}/oauth/token`;
		expect(await ask('POST', url, GRANT)).toMatchObject(refused);
	});

	it('opens no endpoint of users, since only tokens of users do', async () => {
		expect((await me(await applicationToken())).status).toBe(401);
	});
});

describe('the token of a user', () => {
	it('is given to an application, for three months, and opens what the member can open', async () => {
		const { status, body } = await askUserToken();
		const token = expect.any(String) as unknown;
		expect([status, body]).toEqual([
			200,
			{ token_type: 'Bearer', expires_in: 7_776_000, access_token: token },
		]);
		expect((await me(body.access_token)).data).toMatchObject({ email: member().email });
		expect(await userToken()).not.toBe(body.access_token);
		expect(sandbox.current.tokensIssued()).toBe(2);
	});

	it('is found by address in any case, percent-encoded', async () => {
		const { status } = await askUserToken({ email: member().email.toUpperCase() });
		expect(status).toBe(200);
		expect(sandbox.current.requests.at(-1)?.path).toContain('%40SANDBOX.TEST/token');
	});

	const anonymous = { authorization: HEADERS.authorization };
	const cases: Array<[string, Asked, number, string]> = [
		['401 for an unknown application token', { token: 'stale' }, 401, 'Unauthenticated.'],
		['401 for a personal token', { headers: HEADERS }, 401, 'Unauthenticated.'],
		['404 without the client header', { headers: anonymous }, 404, 'API endpoint not found'],
		['403 for a foreign organization', { org: 'f'.repeat(32) }, 403, 'permissions'],
		['404 for an address that nobody has', { email: 'no@x.example' }, 404, 'Resource not found'],
		['422 for somebody of another organization', { email: SANDBOX_OUTSIDER }, 422, 'invalid'],
	];
	it.each(cases)('is refused with %s, as documented', async (_name, wanted, status, words) => {
		const answer = await askUserToken(wanted);
		const message = expect.stringContaining(words) as unknown;
		expect([answer.status, answer.body]).toMatchObject([status, { message }]);
		expect(sandbox.current.tokensIssued()).toBe(0);
	});

	it('is no longer good for somebody who is no longer a member', async () => {
		const token = await userToken();
		sandbox.current.organization.members.splice(1, 1);
		expect((await me(token)).status).toBe(401);
	});
});

describe('the end of a token', () => {
	let clock = 0;
	const now = () => new Date(clock);

	it('comes after its time by the clock of the organization, that of the application first', async () => {
		clock = Date.UTC(2026, 0, 1);
		sandbox.current.reset({ guests: 3, now });
		const application = await applicationToken();
		const { access_token: user } = (await askUserToken({ token: application })).body;
		clock += 6.9 * 86_400_000;
		expect((await askUserToken({ token: application })).status).toBe(200);
		clock += 86_400_000;
		expect((await askUserToken({ token: application })).status).toBe(401);
		expect((await me(user)).status).toBe(200);
		clock += 83 * 86_400_000;
		expect((await me(user)).status).toBe(401);
	});

	it.each([
		['an option', () => sandbox.current.reset({ guests: 3, userTokenLifeMs: 2000, now })],
		[
			'a quirk',
			() => {
				sandbox.current.reset({ guests: 3, now });
				sandbox.current.misbehave({ quirks: { userTokenLifeMs: 2000 } });
			},
		],
	])('comes as early as %s says, and the answer says so, too', async (_name, arrange) => {
		clock = 0;
		arrange();
		const { body } = await askUserToken();
		expect(body.expires_in).toBe(2);
		clock = 1999;
		expect((await me(body.access_token)).status).toBe(200);
		clock = 2000;
		expect((await me(body.access_token)).status).toBe(401);
	});
	it.each([
		['the test', async () => sandbox.current.revokeTokens()],
		['HTTP', async () => await control('revoke-tokens')],
	])('comes at once when %s revokes it; a new one is good, and so are others', async (_n, act) => {
		const application = await applicationToken();
		const old = (await askUserToken({ token: application })).body.access_token;
		await act();
		expect(await me(old)).toMatchObject({ status: 401, body: { message: 'Unauthenticated.' } });
		const { body } = await askUserToken({ token: application });
		expect((await me(body.access_token)).status).toBe(200);
		expect((await ask('GET', `${sandbox.current.baseUrl}/me`)).status).toBe(200);
	});

	it.each([
		['the test', async () => sandbox.current.revokeAfter(2)],
		['HTTP', async () => await control('revoke-tokens', { afterRequests: 2 })],
	])('comes in the middle of a run when %s wants it after two requests', async (_name, act) => {
		const token = await userToken();
		await act();
		const statuses: number[] = [];
		for (let i = 0; i < 3; i++) statuses.push((await me(token)).status);
		expect(statuses).toEqual([200, 200, 401]);
		expect((await me(await userToken())).status).toBe(200);
	});

	it('is not hastened by asking for tokens, since those are no requests of the run', async () => {
		const token = await userToken();
		sandbox.current.revokeAfter(1);
		await askUserToken();
		expect((await me(token)).status).toBe(200);
		expect((await me(token)).status).toBe(401);
	});

	it.each([
		['the test', async () => sandbox.current.logOut()],
		['HTTP', async () => await control('log-out')],
	])('comes to the personal one when its owner logs out (48): %s', async (_name, act) => {
		const token = await userToken();
		await act();
		expect((await ask('GET', `${sandbox.current.baseUrl}/me`)).status).toBe(401);
		expect((await me(token)).status).toBe(200);
		sandbox.current.reset();
		expect((await ask('GET', `${sandbox.current.baseUrl}/me`)).status).toBe(200);
	});
});

describe('trouble', () => {
	it('hits requests for tokens, too, since everything can fail', async () => {
		const limited = { status: 429, headers: { 'retry-after': '7' }, body: { message: 'Slow' } };
		const body = { message: 'down' };
		sandbox.current.misbehave({
			faults: [
				{ path: '^/oauth/', times: 1, status: 503, body },
				{ path: '/users/.*/token$', times: 1, ...limited },
			],
		});
		expect(await grant()).toEqual({ status: 503, body });
		const answer = await askUserToken();
		expect([answer.status, answer.headers.get('retry-after')]).toEqual([429, '7']);
		expect((await askUserToken()).status).toBe(200);
	});
});

describe('the credential for tests', () => {
	it('leads to a token, since nothing else proves it', async () => {
		const given = applicationCredentialsFor(sandbox.current, { clientHeader: 'n8n' });
		const { status, body } = await grant({
			client_id: given.clientId,
			client_secret: given.clientSecret,
		});
		expect(status).toBe(200);
		const headers = { ...bearer(body.access_token), 'x-tallyfy-client': given.clientHeader };
		const email = encodeURIComponent(given.memberEmail);
		const url = `${given.baseUrl}/applications/${given.organizationId}/users/${email}/token`;
		const answer = await ask('POST', url, undefined, headers);
		expect((await me(answer.body.access_token)).data).toMatchObject({ email: given.memberEmail });
		expect(given).toMatchObject({ userToken: '', accountUrl: sandbox.current.accountUrl });
	});
});
