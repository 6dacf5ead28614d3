import { afterEach, describe, expect, it, vi } from 'vitest';
import { Cancelled } from '../../nodes/TallyfyGuests/transport/withRetry.ts';
import type { ApiResponse } from '../../nodes/TallyfyGuests/transport/request.ts';
import { answer, LOST, lostWith, READ, refused, Retrying, UPDATE } from '../support/retrying.mts';

afterEach(() => {
	vi.restoreAllMocks();
});

describe('Sending until a response counts', () => {
	it('gives the first response that counts, with the number of tries', async () => {
		const at = Retrying.inTurn([answer(200, { data: 1 })]);
		expect(await at.met(READ)).toEqual({
			...answer(200, { data: 1 }),
			isWrite: false,
			tries: 1,
			answerLost: false,
			doubt: undefined,
		});
		expect(at.sent).toEqual([{ request: READ, at: 0 }]);
	});

	it('waits as long as Retry-After says, and sends again', async () => {
		const at = Retrying.inTurn([refused(7), answer(200)]);
		expect(await at.met(READ)).toMatchObject({ status: 200, tries: 2, answerLost: false });
		expect(at.times).toEqual([0, 7000]);
	});

	it('repeats quickly after a single lost connection, and backs off when it is not the only one', async () => {
		const at = Retrying.inTurn([LOST, answer(503), answer(200)]);
		expect(await at.met(READ)).toMatchObject({ status: 200, tries: 3 });
		expect(at.times).toEqual([0, 500, 1500]);
	});

	it('says of a write that an answer was lost, because it may find its own doing; of a read that would say nothing', async () => {
		for (const lost of [LOST, answer(503, {}, { 'retry-after': '2' }), answer(500)]) {
			expect(await Retrying.inTurn([lost, answer(200)]).met(UPDATE)).toMatchObject({
				answerLost: true,
			});
			expect(await Retrying.inTurn([lost, answer(200)]).met(READ)).toMatchObject({
				answerLost: false,
			});
		}
	});

	it('waits as long as a 503 says', async () => {
		const at = Retrying.inTurn([answer(503, {}, { 'retry-after': '2' }), answer(200)]);
		expect(await at.met(UPDATE)).toMatchObject({ status: 200 });
		expect(at.times).toEqual([0, 2000]);
	});

	it('waits for refusals as long as it may, though none of them says how long, and then gives the last one', async () => {
		const at = Retrying.inTurn([answer(429)]);
		expect(await at.met(READ, { maxWaitMs: 20_000 })).toMatchObject({ status: 429, tries: 6 });
		expect(at.times).toEqual([0, 500, 1500, 3500, 7500, 15_500]);
	});

	it('gives up as soon as all waits together are longer than allowed, however short each of them is', async () => {
		const at = Retrying.inTurn([refused(1)]);
		expect(await at.met(READ, { maxWaitMs: 2000 })).toMatchObject({ status: 429, tries: 3 });
	});

	it('gives a 500 that says nothing after five tries, because waiting mends few of them', async () => {
		const at = Retrying.inTurn([answer(500)]);
		expect(await at.met(READ)).toMatchObject({ status: 500, tries: 5 });
		expect(at.times).toEqual([0, 500, 1500, 3500, 7500]);
	});

	it('takes a 500 that names its reason for the answer, because it would be the same again', async () => {
		const at = Retrying.inTurn([answer(500, { message: 'Undefined index: phone_1' }), answer(200)]);
		expect(await at.met(UPDATE)).toMatchObject({ status: 500, tries: 1 });
	});

	it('raises at once what waiting does not mend', async () => {
		const at = Retrying.inTurn([lostWith('ENOTFOUND'), answer(200)]);
		await expect(at.met(READ)).rejects.toMatchObject({ details: { code: 'ENOTFOUND' } });
		expect(at.sent).toHaveLength(1);
	});

	it.each(['GET', 'PUT', 'DELETE', 'PATCH'] as const)(
		'repeats %s after a lost answer, because it does the same twice',
		async (method) => {
			const at = Retrying.inTurn([LOST, answer(200)]);
			expect(await at.met({ method, url: '/guests/x' })).toMatchObject({ status: 200 });
			expect(at.sent).toHaveLength(2);
		},
	);

	it('repeats nothing where waiting is not allowed', async () => {
		for (const outcome of [refused(1), answer(500), answer(503)]) {
			const at = Retrying.inTurn([outcome, answer(200)]);
			expect(await at.met(READ, { maxWaitMs: 0 })).toMatchObject({ tries: 1 });
		}
	});

	it('tries a request that always meets nothing five times while others are answered, and no other suffers', async () => {
		const poisoned = { ...READ, url: '/poisoned' };
		const at = new Retrying(({ url }) => (url === '/poisoned' ? LOST : answer(200)));
		const stream = async () => {
			const answers: ApiResponse[] = [];
			for (let item = 0; item < 100; item++) {
				answers.push(await at.send(READ));
				await at.time.sleep(200);
			}
			return answers;
		};
		const others = stream();
		const [failed] = await at.metAll([poisoned]);
		expect(failed).toMatchObject({
			details: { message: 'No answer', description: 'Tried 5 times. Look.', code: 'ECONNRESET' },
		});
		for (const { status, tries } of await at.time.until(others))
			expect([status, tries]).toEqual([200, 1]);
	});

	it('does not begin before it may, and not at all when it may not', async () => {
		const at = Retrying.inTurn([answer(200)]);
		let go: () => void = () => undefined;
		const ready = async () => await new Promise<void>((resolve) => (go = resolve));
		const sending = at.send(READ, { ready });
		await at.time.pass(1000);
		expect(at.sent).toEqual([]);
		go();
		expect(await at.time.until(sending)).toMatchObject({ status: 200 });
		const never = async () => await Promise.reject(new Cancelled());
		await expect(at.met(READ, { ready: never })).rejects.toBeInstanceOf(Cancelled);
		expect(at.sent).toHaveLength(1);
	});
});

describe('A permit', () => {
	it.each([
		['of a request', 1],
		['of the try after a lost one', 2],
	])('is handed back when %s raises an error that is not foreseen', async (_, unforeseen) => {
		const error = new RangeError('Maximum call stack size exceeded');
		const at = new Retrying((__, sent) =>
			sent === unforeseen ? error : sent < unforeseen ? LOST : answer(200),
		);
		const one = { limits: { concurrency: 1 } };
		await expect(at.met(UPDATE, one)).rejects.toBe(error);
		for (let item = 0; item < 5; item++) {
			expect(await at.met(READ, one)).toMatchObject({ status: 200 });
		}
	});
});

describe('An execution that is cancelled', () => {
	it('sends nothing more', async () => {
		const at = Retrying.inTurn([answer(200)]);
		at.execution.cancel();
		await expect(at.met(READ)).rejects.toMatchObject({
			details: {
				message: 'The execution stopped before this was sent',
				description: 'Nothing was done in Tallyfy.',
			},
		});
		await expect(at.met(READ)).rejects.toBeInstanceOf(Cancelled);
		expect(at.sent).toEqual([]);
	});

	it('takes back what waits, and waits for what is under way', async () => {
		let arrive: (value: ApiResponse) => void = () => undefined;
		const at = new Retrying(() => new Promise((resolve) => (arrive = resolve)));
		const one = { limits: { concurrency: 1 } };
		const first = at.send(READ, one);
		const second = at.send(READ, one);
		await at.time.pass(0);
		at.execution.cancel();
		await expect(at.time.until(second)).rejects.toBeInstanceOf(Cancelled);
		arrive(answer(200));
		expect(await at.time.until(first)).toMatchObject({ status: 200 });
	});

	it('takes back also what waits for an outage to end, at once', async () => {
		const at = Retrying.inTurn([LOST]);
		const sending = at.send(READ);
		await at.time.pass(5000);
		at.execution.cancel();
		await expect(sending).rejects.toBeInstanceOf(Cancelled);
	});
});
