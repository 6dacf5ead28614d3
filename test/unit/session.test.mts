import { describe, expect, it } from 'vitest';
import { Problem } from '../../nodes/TallyfyGuests/transport/failure.ts';
import type { Answer } from '../../nodes/TallyfyGuests/transport/request.ts';
import { Session } from '../../nodes/TallyfyGuests/transport/session.ts';
import { signInFailure } from '../../nodes/TallyfyGuests/transport/signIn.ts';

const answer = (status: number): Answer => ({ status, headers: {}, body: {} });
const turn = async () => await new Promise((resolve) => setTimeout(resolve));

/** A server with one valid token; n8n keeps the token it has in `held`. */
function server({ valid = 'a', held = '' } = {}) {
	const state = { valid, held, fetched: 0, inFlight: 0, peak: 0, sent: 0, refuses: false };
	const fetchToken = async () => {
		state.fetched++;
		await turn();
		if (state.refuses) throw new Problem(signInFailure('at step 1', 'Check Client ID.'));
		state.held = state.valid;
	};
	const send = async () => {
		state.sent++;
		state.peak = Math.max(state.peak, ++state.inFlight);
		try {
			if (!state.held) await fetchToken();
			const used = state.held;
			await turn();
			return answer(used === state.valid ? 200 : 401);
		} finally {
			state.inFlight--;
		}
	};
	return { state, send, renew: fetchToken };
}

const outcomes = async (promises: Array<Promise<Answer>>) =>
	(await Promise.allSettled(promises)).map((result) =>
		result.status === 'fulfilled'
			? result.value.status
			: (result.reason as Problem).failure.description,
	);

describe('Session', () => {
	it('lets the first request fetch the token alone, because n8n fetches one for each that finds none', async () => {
		const { state, send, renew } = server();
		const session = new Session();
		const all = Array.from(
			{ length: 60 },
			async () => await session.use(send, renew, { signedIn: true }),
		);
		expect(await outcomes(all)).toEqual(Array(60).fill(200));
		expect(state.fetched).toBe(1);
	});

	it('lets requests go side by side once a token is there', async () => {
		const { state, send, renew } = server({ held: 'a' });
		const session = new Session();
		await session.use(send, renew, { signedIn: true });
		await Promise.all(
			Array.from({ length: 8 }, async () => await session.use(send, renew, { signedIn: true })),
		);
		expect(state.peak).toBe(8);
		expect(state.fetched).toBe(0);
	});

	it('renews a refused token once for all who met the refusal, and sends each of their requests again', async () => {
		const { state, send, renew } = server({ held: 'a' });
		const session = new Session();
		await session.use(send, renew, { signedIn: true });
		state.valid = 'b';
		const all = Array.from(
			{ length: 10 },
			async () => await session.use(send, renew, { signedIn: true }),
		);
		expect(await outcomes(all)).toEqual(Array(10).fill(200));
		expect(state.fetched).toBe(1);
		expect(state.sent).toBe(1 + 20);
	});

	it('does not renew again for a refusal that is older than the renewal', async () => {
		const { state, send, renew } = server({ held: 'a' });
		const session = new Session();
		await session.use(send, renew, { signedIn: true });
		state.valid = 'b';
		let late: (value: Answer) => void = () => undefined;
		let sent = 0;
		const slow = async () =>
			++sent === 1 ? await new Promise<Answer>((resolve) => (late = resolve)) : await send();
		const slowly = session.use(slow, renew, { signedIn: true });
		await session.use(send, renew, { signedIn: true });
		late(answer(401));
		expect((await slowly).status).toBe(200);
		expect(state.fetched).toBe(1);
	});

	it('gives a refusal that follows a renewal as it is, instead of renewing for ever', async () => {
		const session = new Session();
		let sent = 0;
		let renewed = 0;
		const send = async () => {
			sent++;
			return answer(401);
		};
		const renew = async () => {
			renewed++;
		};
		expect((await session.use(send, renew, { signedIn: true })).status).toBe(401);
		expect([sent, renewed]).toEqual([2, 1]);
	});

	it('lets one of many go ahead, though a token was there before: a saved credential has none any more', async () => {
		const { state, send, renew } = server({ held: 'a' });
		const session = new Session();
		await session.use(send, renew, { signedIn: true });
		state.held = '';
		const party = { signedIn: false };
		const all = Array.from({ length: 10 }, async () => await session.use(send, renew, party));
		expect(await outcomes(all)).toEqual(Array(10).fill(200));
		expect(state.fetched).toBe(1);
	});

	it('fails all who wait when no token can be had, without trying for each of them', async () => {
		const { state, send, renew } = server();
		state.refuses = true;
		const session = new Session();
		const all = Array.from(
			{ length: 10 },
			async () => await session.use(send, renew, { signedIn: true }),
		);
		expect(await outcomes(all)).toEqual(Array(10).fill('Check Client ID.'));
		expect(state.fetched).toBe(1);
	});

	it('fails all who wait for a renewal that is refused', async () => {
		const { state, send, renew } = server({ held: 'a' });
		const session = new Session();
		await session.use(send, renew, { signedIn: true });
		Object.assign(state, { valid: 'b', refuses: true });
		const all = Array.from(
			{ length: 10 },
			async () => await session.use(send, renew, { signedIn: true }),
		);
		expect(await outcomes(all)).toEqual(Array(10).fill('Check Client ID.'));
		expect(state.fetched).toBe(1);
	});

	it('lets the next one try when the first request met something else than a refused sign-in', async () => {
		const { state, send, renew } = server();
		const session = new Session();
		const lost = session.use(
			async () => await Promise.reject(new Problem({ message: 'Lost', description: 'Look.' })),
			renew,
			{ signedIn: true },
		);
		const second = session.use(send, renew, { signedIn: true });
		expect(await outcomes([lost, second])).toEqual(['Look.', 200]);
		expect(state.fetched).toBe(1);
	});
});
