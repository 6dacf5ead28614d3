import type { IHttpRequestOptions } from 'n8n-workflow';
import { expect, it } from 'vitest';
import { senderFor, type Context } from '../../nodes/TallyfyGuests/transport/standalone.ts';

it('A request outside an execution gives up after a minute, because n8n would keep a list or a poll waiting for five', async () => {
	const sent: IHttpRequestOptions[] = [];
	const credentials = { baseUrl: 'https://go.tallyfy.test/api', organizationId: 'a'.repeat(32) };
	const context = {
		getNode: () => ({ name: 'Guests', credentials: {} }),
		getCredentials: async () => await Promise.resolve(credentials),
		helpers: {
			httpRequestWithAuthentication: async (_: string, options: IHttpRequestOptions) => {
				sent.push(options);
				return await Promise.resolve({ statusCode: 200, headers: {}, body: { data: [] } });
			},
		},
	} as unknown as Context;
	const patience = { limits: { concurrency: 1 }, maxWaitMs: 0 };
	const { send } = await senderFor(context, 'tallyfyGuestsApi', patience);
	await send({ method: 'GET', url: '/guests' });
	expect(sent.map(({ timeout }) => timeout)).toEqual([60_000]);
});
