import { describe, expect, it } from 'vitest';
import type { IHttpRequestOptions, IN8nHttpFullResponse } from 'n8n-workflow';
import {
	isBeforeSending,
	isSignIn,
	memberToken,
	signInFailureIn,
	type Application,
} from '../../nodes/TallyfyGuests/transport/signIn.ts';

const application: Application = {
	clientId: '4711',
	clientSecret: 'top&secret=1',
	organizationId: '1505bb7b9ba5f8972ffd3fe1ca18ec0c',
	memberEmail: 'jo+n8n@x.example',
	baseUrl: 'https://go.tallyfy.com/api/',
	accountUrl: 'https://account.tallyfy.com',
	clientHeader: '',
};
const full = (statusCode: number, body: unknown, headers = {}) =>
	({ statusCode, headers, body }) as IN8nHttpFullResponse;
const token = (name: string) => full(200, { token_type: 'Bearer', access_token: name });

/** The vendor's pages name two hosts, so an error of the first step names both (facts.md section 2). */
const HOSTS =
	'Account URL usually is https://account\\.tallyfy\\.com; some pages of Tallyfy name https://go\\.tallyfy\\.com\\.';

/** Answers in turn, and what was sent. */
function meeting(...answers: Array<IN8nHttpFullResponse | Error>) {
	const sent: IHttpRequestOptions[] = [];
	const post = async (options: IHttpRequestOptions) => {
		const next = answers[sent.push(options) - 1];
		return next instanceof Error ? await Promise.reject(next) : next;
	};
	return { post, sent };
}

/** The failure as it comes back through n8n: a text. */
async function failedSignIn(
	answers: Array<IN8nHttpFullResponse | Error>,
	changes: Partial<Application> = {},
) {
	const { post, sent } = meeting(...answers);
	const error = (await memberToken(post, { ...application, ...changes }).catch(
		(raised: Error) => raised,
	)) as Error;
	return { error, sent, failure: signInFailureIn(new Error(error.message)) };
}

describe('Signing in with an application', () => {
	it('asks for a token of the application, and with it for one of the member', async () => {
		const { post, sent } = meeting(token('app-token'), token('user-token'));
		expect(await memberToken(post, application)).toBe('user-token');
		expect(sent).toMatchObject([
			{
				method: 'POST',
				url: 'https://account.tallyfy.com/oauth/token',
				headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
				body: 'grant_type=client_credentials&client_id=4711&client_secret=top%26secret%3D1&scope=*',
			},
			{
				method: 'POST',
				url: 'https://go.tallyfy.com/api/applications/1505bb7b9ba5f8972ffd3fe1ca18ec0c/users/jo%2Bn8n%40x.example/token',
				headers: { Authorization: 'Bearer app-token', 'X-Tallyfy-Client': 'APIClient' },
			},
		]);
		// A redirect would carry the secret away.
		expect(sent.every(({ disableFollowRedirect }) => disableFollowRedirect)).toBe(true);
	});

	it.each([
		[
			'a wrong secret',
			[full(401, { error: 'invalid_client', error_description: 'Client authentication failed' })],
			'Sign-in with the application failed at step 1 of 2, the application token: Client authentication failed',
			/Client ID and Client Secret/,
		],
		[
			'an account address where nothing signs in',
			[full(404, '<html></html>')],
			/at step 1 of 2, the application token: Tallyfy does not know this address/,
			new RegExp(
				`^Nothing signs in at this address: check Account URL in the credential\\. ${HOSTS}$`,
			),
		],
		[
			'an account address that has moved',
			[full(302, '', { location: '/login' })],
			/at step 1 of 2.*redirect \(302\)/,
			new RegExp(`^Check Account URL in the credential\\. ${HOSTS}$`),
		],
		[
			'a firewall, which knows nothing of secrets',
			[full(401, '<html></html>')],
			/at step 1 of 2.*A web page came back \(401\)/,
			new RegExp(`a proxy or a firewall.*check Account URL in the credential\\. ${HOSTS}$`),
		],
		[
			'a firewall before the API',
			[token('app'), full(403, '<html></html>')],
			/at step 2 of 2.*A web page came back \(403\)/,
			/a proxy or a firewall.*check Base URL/,
		],
		[
			'another organization than the application belongs to',
			[token('app'), full(403, { message: 'Not yours.' })],
			'Sign-in with the application failed at step 2 of 2, the token for the member: Not yours.',
			/Organization ID/,
		],
		[
			'a member that Tallyfy does not know',
			[token('app'), full(404, { error: true, message: 'Resource not found' })],
			/at step 2 of 2, the token for the member: Resource not found/,
			/Member Email/,
		],
		[
			'a member of another organization',
			[token('app'), full(422, { message: 'Not a member.' })],
			/at step 2 of 2, the token for the member: Not a member\./,
			/not in this organization/,
		],
		[
			'too many requests, with the time to come back',
			[full(429, { message: 'Too Many Attempts.' }, { 'retry-after': '30' })],
			/at step 1 of 2, the application token: Too Many Attempts\./,
			/wait 30 s/,
		],
		[
			'no answer at all',
			[Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })],
			/at step 1 of 2.*No answer from account\.tallyfy\.com \(ECONNREFUSED\)/,
			new RegExp(`^Check Account URL in the credential, .*reached.* ${HOSTS}$`),
			'ECONNREFUSED',
		],
		[
			'an outage of the server',
			[token('app'), full(503, '')],
			/at step 2 of 2, the token for the member: no answer \(HTTP 503\)$/,
			/^Try again later\.$/,
			'HTTP 503',
		],
		[
			'a success without a token',
			[full(200, '<html></html>')],
			/at step 1 of 2.*the answer holds no access_token/,
			new RegExp(`^Check Account URL in the credential\\. ${HOSTS}$`),
		],
	] as Array<[string, Array<IN8nHttpFullResponse | Error>, string | RegExp, RegExp, string?]>)(
		'says which step failed and what to check: %s',
		async (_, answers, message, description, code) => {
			const { failure } = await failedSignIn(answers);
			expect(failure?.message).toMatch(message);
			expect(failure?.description).toMatch(description);
			// An outage may be over soon; everything else would fail alike for all.
			expect(failure?.code).toBe(code ?? 'SIGN_IN_FAILED');
			expect(isSignIn(failure)).toBe(code === undefined);
			expect(isBeforeSending(failure!)).toBe(true);
		},
	);

	it('takes a number for the text that it is, because credentials made by programs hold both', async () => {
		const { post, sent } = meeting(token('app-token'), token('user-token'));
		await memberToken(post, { ...application, clientId: 4711 as unknown as string });
		expect(sent[0].body).toContain('client_id=4711&');
	});

	it('sends a client header with a line break as one line, as every other request does', async () => {
		const { post, sent } = meeting(token('app-token'), token('user-token'));
		await memberToken(post, { ...application, clientHeader: ' n8n\r\nX-Injected: 1\n' });
		const headers = sent.map(({ headers: own }) => own?.['X-Tallyfy-Client'] as string);
		expect(headers).toEqual(['n8n X-Injected: 1', 'n8n X-Injected: 1']);
	});

	it('tells neither secret nor token, whatever the server repeats', async () => {
		const echo = { message: 'Bad request: Bearer app-token-123456, secret top&secret=1' };
		const { error } = await failedSignIn([token('app-token-123456'), full(400, echo)]);
		expect(error.message).not.toContain('app-token-123456');
		expect(error.message).not.toContain('top&secret=1');
	});

	it.each([
		['a member that climbs', { memberEmail: '../../me' }, 'Member Email cannot be part'],
		['no organization', { organizationId: '' }, 'Organization ID in the credential'],
		[
			'plain HTTP',
			{ accountUrl: 'http://account.tallyfy.com' },
			'Account URL in the credential starts',
		],
		[
			'plain HTTP for the API',
			{ baseUrl: 'http://go.tallyfy.com/api' },
			'Base URL in the credential starts',
		],
	])('refuses %s before the secret leaves', async (_, changes, message) => {
		const { error, sent } = await failedSignIn([token('a'), token('b')], changes);
		expect(error.message).toContain(message);
		expect(sent).toEqual([]);
	});

	it('takes no other error for a refused sign-in', () => {
		expect(signInFailureIn(new Error('connect ECONNREFUSED'))).toBeUndefined();
	});
});
