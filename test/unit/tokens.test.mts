import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TallyfyError } from '../../nodes/TallyfyGuests/transport/errors.ts';
import type { ApiResponse } from '../../nodes/TallyfyGuests/transport/request.ts';
import { TokenServer, turn } from '../support/tokenServer.mts';

const answer = (status: number): ApiResponse => ({ status, body: {} });
const good = (count: number) => Array<number>(count).fill(200);

describe('The first token', () => {
	it('is fetched by one request that goes ahead, because n8n fetches one for each that finds none', async () => {
		const server = new TokenServer();
		expect(await server.statuses(60)).toEqual(good(60));
		expect(server).toMatchObject({ fetched: 1, sent: 60 });
	});

	it('lets all others go at once when it is there, not one after the other', async () => {
		const server = new TokenServer();
		await server.statuses(60);
		expect(server.peak).toBe(59);
	});

	it('is not waited for where there is one in the credential', async () => {
		const server = new TokenServer('a');
		expect(await server.statuses(8)).toEqual(good(8));
		expect(server).toMatchObject({ fetched: 0, peak: 8 });
	});

	it('is not read again by an execution that has had one, because reading a credential takes time', async () => {
		const server = new TokenServer('a');
		let reads = 0;
		const readToken = async () => ++reads > 0;
		const execution = { hasToken: false };
		await server.statuses(1, execution, { readToken });
		await server.statuses(5, execution, { readToken });
		expect(reads).toBe(1);
	});

	it('is fetched once for two executions that begin together', async () => {
		const server = new TokenServer();
		const both = await Promise.all([server.statuses(10), server.statuses(10)]);
		expect(both).toEqual([good(10), good(10)]);
		expect(server.fetched).toBe(1);
	});

	it('is fetched by one of many, though there was one before: a saved credential has none any more', async () => {
		const server = new TokenServer('a');
		await server.statuses(1);
		server.held = '';
		expect(await server.statuses(10)).toEqual(good(10));
		expect(server.fetched).toBe(1);
	});

	it('fails all that wait when it cannot be had, without trying for each of them', async () => {
		const server = new TokenServer();
		server.refuses = true;
		expect(await server.statuses(10)).toEqual(Array(10).fill('Check Client ID.'));
		expect(server.fetched).toBe(1);
	});

	it('is tried for by the next one when the first request met something else than a refused sign-in', async () => {
		const server = new TokenServer();
		const send = async () => {
			await turn();
			throw new TallyfyError({ message: 'Lost', description: 'Look.' });
		};
		const execution = { hasToken: false };
		const both = [server.statuses(1, execution, { send }), server.statuses(3, execution)];
		expect(await Promise.all(both)).toEqual([['Look.'], good(3)]);
		expect(server.fetched).toBe(1);
	});
});

describe('A token that is refused', () => {
	it('is renewed once for all that got the refusal, and each of their requests is sent again', async () => {
		const server = new TokenServer('a');
		server.valid = 'b';
		expect(await server.statuses(10)).toEqual(good(10));
		expect(server).toMatchObject({ fetched: 1, renewed: 1, sent: 20 });
	});

	it('is renewed once for two executions', async () => {
		const server = new TokenServer('a');
		server.valid = 'b';
		const both = await Promise.all([server.statuses(10), server.statuses(10)]);
		expect(both).toEqual([good(10), good(10)]);
		expect(server.renewed).toBe(1);
	});

	it('is not renewed again for a refusal that is older than the renewal', async () => {
		const server = new TokenServer('a');
		server.valid = 'b';
		let late: (value: ApiResponse) => void = () => undefined;
		let sent = 0;
		const send = async () =>
			++sent === 1
				? await new Promise<ApiResponse>((resolve) => (late = resolve))
				: await server.forOne.send();
		const slowly = server.statuses(1, { hasToken: true }, { send });
		await server.statuses(1);
		late(answer(401));
		expect(await slowly).toEqual([200]);
		expect(server.renewed).toBe(1);
	});

	it('is not given back while another request fetches a new one: the request waits, and is sent again with it', async () => {
		const server = new TokenServer('a');
		let refuse: (value: ApiResponse) => void = () => undefined;
		let sent = 0;
		const send = async () =>
			++sent === 1
				? await new Promise<ApiResponse>((resolve) => (refuse = resolve))
				: await server.forOne.send();
		const early = server.statuses(1, { hasToken: true }, { send });
		await turn();
		// Somebody saves the credential: n8n has no token any more, and the next execution fetches one.
		Object.assign(server, { held: '', valid: 'b' });
		const ahead = server.statuses(1);
		await turn();
		refuse(answer(401));
		expect(await Promise.all([early, ahead])).toEqual([[200], [200]]);
		expect(server).toMatchObject({ fetched: 1, renewed: 0 });
	});

	it('is given back as it is when it follows two renewals, instead of renewing for ever', async () => {
		const server = new TokenServer('a');
		let sent = 0;
		const send = async () => {
			sent++;
			return answer(401);
		};
		expect(await server.statuses(1, { hasToken: true }, { send })).toEqual([401]);
		expect([sent, server.renewed]).toEqual([3, 2]);
	});

	it('fails all that wait for a renewal that is refused', async () => {
		const server = new TokenServer('a');
		Object.assign(server, { valid: 'b', refuses: true });
		expect(await server.statuses(10)).toEqual(Array(10).fill('Check Client ID.'));
		expect(server.fetched).toBe(1);
	});

	it('fails no other request when the renewal gets no response: the next one tries', async () => {
		const server = new TokenServer('a');
		server.valid = 'b';
		let renewals = 0;
		const renew = async () => {
			await turn();
			if (++renewals === 1) throw new TallyfyError({ message: 'Lost', description: 'Look.' });
			await server.forOne.renew();
		};
		expect(await server.statuses(5, { hasToken: true }, { renew })).toEqual(['Look.', ...good(4)]);
	});
});

it('Whatever happens in which order, a token is never renewed twice, and no request gets the refusal', async () => {
	const wait = fc.nat({ max: 12 });
	const history = fc.record({
		held: fc.constantFrom('', 'a'),
		waits: fc.array(wait, { minLength: 40, maxLength: 40 }),
		starts: fc.array(fc.record({ after: wait, of: fc.nat({ max: 2 }) }), {
			minLength: 1,
			maxLength: 12,
		}),
		/** When the server takes another token than before. */
		changeAfter: fc.option(fc.nat({ max: 40 })),
	});
	await fc.assert(
		fc.asyncProperty(history, async ({ held, waits, starts, changeAfter }) => {
			const ticks = async (count: number) => {
				for (let tick = 0; tick < count; tick++) await Promise.resolve();
			};
			let taken = 0;
			const server = new TokenServer(held, async () => await ticks(waits[taken++ % waits.length]));
			const executions = Array.from({ length: 3 }, () => ({ hasToken: false }));
			const all = starts.map(async ({ after, of }) => {
				await ticks(after);
				return await server.statuses(1, executions[of]);
			});
			if (changeAfter !== null) {
				await ticks(changeAfter);
				server.valid = 'b';
			}
			expect((await Promise.all(all)).flat()).toEqual(good(starts.length));
			expect(server.renewed).toBeLessThanOrEqual(changeAfter === null ? 0 : 1);
			expect(server.fetched).toBeLessThanOrEqual((held ? 0 : 1) + (changeAfter === null ? 0 : 1));
		}),
		{ numRuns: 3000 },
	);
});
