import type { IHttpRequestOptions } from 'n8n-workflow';
import { beforeEach, describe, expect, it } from 'vitest';
import { clientFor, type ClientContext } from '../../nodes/TallyfyGuests/transport/client.ts';

const OPTIONS = { limits: { concurrency: 1 }, maxWaitMs: 0 };
const ORGANIZATION = 'a'.repeat(32);

let sent: Array<IHttpRequestOptions & { type: string }>;
let answers: Array<number | Error>;

beforeEach(() => {
	sent = [];
	answers = [];
});

function contextWith(credentials: object) {
	return {
		getNode: () => ({ name: 'Guests', credentials: {} }),
		getCredentials: async () => await Promise.resolve(credentials),
		helpers: {
			httpRequestWithAuthentication: async (type: string, options: IHttpRequestOptions) => {
				sent.push({ ...options, type });
				const answer = answers.shift() ?? 200;
				if (answer instanceof Error) throw answer;
				return await Promise.resolve({
					statusCode: answer,
					headers: {},
					body: { message: 'Bearer-free words about top-secret' },
				});
			},
		},
	} as unknown as ClientContext;
}

const context = contextWith({
	baseUrl: ' https://go.tallyfy.test/api/ ',
	organizationId: ORGANIZATION,
	accessToken: 'top-secret',
});

describe('A request outside an execution', () => {
	it('gives up after a minute, because n8n would keep a list or a poll waiting for five', async () => {
		const { send } = await clientFor(context, 'accessToken', OPTIONS);
		await send({ method: 'GET', url: '/guests' });
		expect(sent.map(({ timeout }) => timeout)).toEqual([60_000]);
	});

	it('goes to the organization of the credential, or to Base URL, and follows no redirect', async () => {
		const way = await clientFor(context, 'accessToken', OPTIONS);
		await way.send({ method: 'GET', url: '/guests', qs: { page: 1, q: ' ' } });
		await way.sendToBase({ method: 'GET', url: '/me' });
		const base = 'https://go.tallyfy.test/api';
		expect(sent).toMatchObject([
			{ baseURL: `${base}/organizations/${ORGANIZATION}`, url: '/guests', qs: { page: 1 } },
			{ baseURL: base, url: '/me' },
		]);
		expect(sent[0].qs).not.toHaveProperty('q');
		for (const one of sent) {
			expect(one).toMatchObject({ type: 'tallyfyGuestsApi', disableFollowRedirect: true });
		}
		expect(way).toMatchObject({ organization: ORGANIZATION, baseURL: sent[0].baseURL });
	});

	it('gives the answer whatever its status, without the secrets of the credential', async () => {
		answers = [404];
		const { send } = await clientFor(context, 'accessToken', OPTIONS);
		expect(await send({ method: 'GET', url: '/guests' })).toMatchObject({
			status: 404,
			body: { message: 'Bearer-free words about [hidden]' },
		});
	});

	it('is repeated as those of an execution are', async () => {
		answers = [Object.assign(new Error('x'), { code: 'ECONNRESET' })];
		const { send } = await clientFor(context, 'accessToken', { ...OPTIONS, maxWaitMs: 5000 });
		expect(await send({ method: 'GET', url: '/guests' })).toMatchObject({ status: 200, tries: 2 });
	});

	it('may wait as long each time, because each is an execution of its own', async () => {
		const failing = await clientFor(context, 'accessToken', OPTIONS);
		answers = [429];
		await failing.send({ method: 'GET', url: '/limited' });
		const next = await clientFor(context, 'accessToken', OPTIONS);
		expect(await next.send({ method: 'GET', url: '/limited' })).toMatchObject({ status: 200 });
	});

	it('is refused for a credential that cannot be used, before anything leaves', async () => {
		const unusable = contextWith({
			baseUrl: 'http://go.tallyfy.test',
			organizationId: ORGANIZATION,
		});
		await expect(clientFor(unusable, 'accessToken', OPTIONS)).rejects.toThrow('Base URL');
		expect(sent).toEqual([]);
	});
});
