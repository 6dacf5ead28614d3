import { describe, expect, it } from 'vitest';
import {
	backOffMs,
	MAX_TRIES,
	retryAfterSeconds,
	whatNext,
	type Circumstances,
	type Outcome,
} from '../../nodes/TallyfyGuests/transport/retry.ts';

const NOW = Date.UTC(2026, 10, 21, 12, 0, 0);

describe('Retry-After', () => {
	it.each([
		['7', 7],
		[' 7 ', 7],
		['0', 0],
		['1.2', 2],
		[['7', '9'], 7],
		[3, 3],
		['Sat, 21 Nov 2026 12:00:30 GMT', 30],
		['Saturday, 21-Nov-26 12:00:30 GMT', 30],
		['Sat, 21 Nov 2026 11:00:00 GMT', 0],
		['31536000', 604_800],
		['Mon, 21 Nov 2050 12:00:00 GMT', 604_800],
		['', undefined],
		[undefined, undefined],
		['-5', undefined],
		['soon', undefined],
		['Xyz, 99 Foo 2026', undefined],
		['1e9', undefined],
	])('%j is %s seconds', (header, seconds) => {
		expect(retryAfterSeconds(header, NOW)).toBe(seconds);
	});
});

describe('Back-off', () => {
	it.each([
		[1, 1, 500],
		[2, 1, 1000],
		[3, 1, 2000],
		[4, 1, 4000],
		[5, 1, 8000],
		[9, 1, 8000],
		[4, 0.5, 2000],
		[4, 0, 0],
	])('after try %i with chance %f is %i ms', (tries, chance, ms) => {
		expect(backOffMs(tries, chance)).toBe(ms);
	});
});

describe('What comes next', () => {
	const answer = (status: number, retryAfter?: string): Outcome => ({
		answer: { status, headers: retryAfter ? { 'retry-after': retryAfter } : {}, body: {} },
	});
	const lost = (code = 'ECONNRESET'): Outcome => ({
		lost: { message: '', description: '', code },
	});
	const next = (outcome: Outcome, changes: Partial<Circumstances> = {}) =>
		whatNext(outcome, {
			tries: 1,
			repetition: 'harmless',
			maxWaitMs: 60_000,
			now: NOW,
			chance: 1,
			...changes,
		});
	const take = { then: 'take' };

	it.each([200, 201, 204, 301, 400, 401, 403, 404, 409, 422, 500, 501])(
		'takes %i, because it is an answer',
		(status) => {
			expect(next(answer(status))).toEqual(take);
		},
	);

	it.each(['harmless', 'look', 'never'] as const)(
		'repeats any request after 429, also one that is %s to repeat, because nothing was done',
		(repetition) => {
			expect(next(answer(429, '7'), { repetition })).toEqual({
				then: 'repeat',
				waitMs: 7000,
				everybody: true,
				lookFirst: false,
			});
		},
	);

	it('backs off after a 429 that names no time, and lets everybody wait', () => {
		expect(next(answer(429), { tries: 3 })).toMatchObject({ waitMs: 2000, everybody: true });
	});

	it.each([
		['answer 502', answer(502)],
		['answer 503', answer(503)],
		['answer 504', answer(504)],
		['no answer', lost()],
	])(
		'after %s repeats what is harmless, looks before a create, and never repeats the rest',
		(_, outcome) => {
			const alone = { then: 'repeat', waitMs: 500, everybody: false };
			expect(next(outcome)).toEqual({ ...alone, lookFirst: false });
			expect(next(outcome, { repetition: 'look' })).toEqual({ ...alone, lookFirst: true });
			expect(next(outcome, { repetition: 'never' })).toEqual(take);
		},
	);

	it('lets everybody wait when a 503 says for how long', () => {
		expect(next(answer(503, '2'))).toMatchObject({ waitMs: 2000, everybody: true });
	});

	it.each(['0', 'Sat, 21 Nov 2026 11:00:00 GMT'])(
		'backs off when it may come back at once (%s): a clock may be wrong, and five tries are soon used up',
		(retryAfter) => {
			expect(next(answer(429, retryAfter), { tries: 3 })).toMatchObject({ waitMs: 2000 });
		},
	);

	it('gives up rather than come back too early when the wait is longer than allowed', () => {
		expect(next(answer(429, '61'))).toEqual(take);
		expect(next(answer(429, '60'))).toMatchObject({ waitMs: 60_000 });
		expect(next(answer(429, '1'), { maxWaitMs: 0 })).toEqual(take);
		expect(next(answer(429, '0'), { maxWaitMs: 0 })).toMatchObject({ waitMs: 0 });
	});

	it('gives up after the last try', () => {
		expect(next(answer(429, '1'), { tries: MAX_TRIES - 1 })).toMatchObject({ then: 'repeat' });
		expect(next(answer(429, '1'), { tries: MAX_TRIES })).toEqual(take);
		expect(next(lost(), { tries: MAX_TRIES })).toEqual(take);
	});

	it.each([
		'ENOTFOUND',
		'CERT_HAS_EXPIRED',
		'DEPTH_ZERO_SELF_SIGNED_CERT',
		'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
		'ERR_INVALID_URL',
	])('does not repeat after %s, because waiting does not mend it', (code) => {
		expect(next(lost(code))).toEqual(take);
	});

	it.each(['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'EAI_AGAIN'])('repeats after %s', (code) => {
		expect(next(lost(code))).toMatchObject({ then: 'repeat' });
	});
});
