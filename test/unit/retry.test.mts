import type { IN8nHttpFullResponse } from 'n8n-workflow';
import { describe, expect, it, vi } from 'vitest';
import {
	backOffMs,
	decide,
	isFinalRefusal,
	kindOf,
	MAX_TRIES,
	mayBeDone,
	type Circumstances,
	type Outcome,
} from '../../nodes/TallyfyGuests/transport/retry.ts';
import {
	apiResponse,
	retryAfterSeconds,
	type ApiResponse,
} from '../../nodes/TallyfyGuests/transport/request.ts';
import { signInFailure } from '../../nodes/TallyfyGuests/transport/signIn.ts';

const NOW = Date.UTC(2026, 10, 21, 12, 0, 0);
const CAP = { code: 'RATE_LIMIT_EXCEEDED' };

/** A response that came now. */
const response = (status: number, retryAfterS?: number, body: unknown = {}): ApiResponse => ({
	status,
	body,
	retryAt: retryAfterS === undefined ? undefined : NOW + retryAfterS * 1000,
});
const answer = (...args: Parameters<typeof response>): Outcome => ({ response: response(...args) });
const lost = (code = 'ECONNRESET', message = ''): Outcome => ({
	error: { message, description: '', code },
});
const next = (outcome: Outcome, changes: Partial<Circumstances> = {}) =>
	decide(outcome, {
		tries: 1,
		refusals: 1,
		refusedMs: 0,
		idempotency: 'safe',
		maxWaitMs: 60_000,
		now: NOW,
		chance: 1,
		...changes,
	});
const STOP = { do: 'stop' };

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

	it.each([
		['1.2', { retryAt: NOW + 2000 }],
		['Sat, 21 Nov 2026 12:00:30 GMT', { retryAt: NOW + 30_000 }],
		['soon', {}],
	])('%j is read once, when the response comes, as the time to come back', (header, retryAt) => {
		vi.spyOn(Date, 'now').mockReturnValue(NOW);
		const full = { statusCode: 429, headers: { 'retry-after': header }, body: 'x' };
		expect(apiResponse(full as IN8nHttpFullResponse)).toEqual({
			status: 429,
			body: 'x',
			...retryAt,
		});
		vi.restoreAllMocks();
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
		[4, 0.5, 3000],
		[4, 0, 2000],
		[1, 0, 250],
	])('after try %i with chance %f is %i ms: half of a bound to the whole', (tries, chance, ms) => {
		expect(backOffMs(tries, chance)).toBe(ms);
	});
});

const NAMED = { message: 'Undefined index: phone_1' };
const BY_FIELD = { errors: { email: ['Bad.'] } };
const outcomes: Array<[string, Outcome, kind: string, maybeDone: boolean]> = [
	...[200, 201, 204, 301, 400, 401, 403, 404, 409, 422].map(
		(status): [string, Outcome, string, boolean] => [
			`${status}`,
			answer(status),
			'answered',
			false,
		],
	),
	...[408, 502, 503, 504, 520, 521, 522, 523, 524, 525, 526, 527, 530].map(
		(status): [string, Outcome, string, boolean] => [
			`${status}`,
			answer(status),
			'unavailable',
			true,
		],
	),
	...[501, 505, 519, 528, 529, 531].map((status): [string, Outcome, string, boolean] => [
		`${status}`,
		answer(status),
		'answered',
		true,
	]),
	['429', answer(429), 'refused', false],
	['a capped 429', answer(429, 1800, CAP), 'refused', false],
	['503 with a time', answer(503, 2), 'busy', true],
	['503 without a time', answer(503), 'unavailable', true],
	['502 with a time', answer(502, 2), 'unavailable', true],
	['500', answer(500), 'failed', true],
	['500 as a page', answer(500, undefined, '<html>'), 'failed', true],
	...['Server Error', 'Internal server error.', 'Whoops, looks like', 'HTTP Error 500'].map(
		(message): [string, Outcome, string, boolean] => [
			`500 that only says "${message}"`,
			answer(500, undefined, { message }),
			'failed',
			true,
		],
	),
	['500 that names its reason', answer(500, undefined, NAMED), 'answered', true],
	['500 that names a field', answer(500, undefined, BY_FIELD), 'answered', true],
	...['ECONNRESET', 'ETIMEDOUT', 'EPIPE'].map((code): [string, Outcome, string, boolean] => [
		code,
		lost(code),
		'unavailable',
		true,
	]),
	...['ECONNREFUSED', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL'].map(
		(code): [string, Outcome, string, boolean] => [code, lost(code), 'unavailable', false],
	),
	...['ENOTFOUND', 'EPROTO', 'CERT_HAS_EXPIRED', 'DEPTH_ZERO_SELF_SIGNED_CERT'].map(
		(code): [string, Outcome, string, boolean] => [code, lost(code), 'permanent', false],
	),
	...['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'ERR_INVALID_URL', 'ERR_INVALID_CHAR'].map(
		(code): [string, Outcome, string, boolean] => [code, lost(code), 'permanent', false],
	),
	['a refused sign-in', { error: signInFailure('at step 1', '') }, 'permanent', false],
	[
		'a sign-in that met an outage',
		lost('ECONNRESET', 'Sign-in with the application failed at step 1 (ECONNRESET)'),
		'unavailable',
		false,
	],
	['a loss without a code', { error: { message: 'x', description: '' } }, 'unavailable', true],
];

describe('What came of an attempt', () => {
	it.each(outcomes)(
		'%s: %o is %s, and that it may be done all the same is %s',
		(_, outcome, kind, maybeDone) => {
			expect(kindOf(outcome)).toBe(kind);
			expect(mayBeDone(outcome)).toBe(maybeDone);
		},
	);
});

describe('What comes next', () => {
	const stopping = outcomes.filter(([, , kind]) => ['answered', 'permanent'].includes(kind));
	const failing = outcomes.filter(([, , kind]) => ['unavailable', 'failed'].includes(kind));

	it.each(stopping)('stops after %s, because more tries would meet the same', (_, outcome) => {
		expect(next(outcome)).toEqual(STOP);
	});

	it.each(failing)(
		'after %s repeats what is safe or can be verified, and the rest only where nothing can have been done',
		(_, outcome, __, maybeDone) => {
			const repeat = { do: 'repeat', waitMs: 500, pause: false };
			expect(next(outcome)).toEqual(repeat);
			expect(next(outcome, { idempotency: 'verifyFirst' })).toEqual(repeat);
			expect(next(outcome, { idempotency: 'never' })).toEqual(maybeDone ? STOP : repeat);
			expect(next(outcome, { tries: MAX_TRIES - 1 })).toMatchObject({ do: 'repeat', waitMs: 4000 });
			expect(next(outcome, { tries: MAX_TRIES })).toEqual(STOP);
			expect(next(outcome, { maxWaitMs: 0 })).toEqual(STOP);
		},
	);

	it.each(['safe', 'verifyFirst', 'never'] as const)(
		'repeats any request after 429, also one that is %s, because nothing was done',
		(idempotency) => {
			expect(next(answer(429, 7), { idempotency })).toEqual({
				do: 'repeat',
				waitMs: 7000,
				pause: true,
			});
		},
	);

	it('lets all wait when a 503 says for how long, and does not repeat what must not be', () => {
		expect(next(answer(503, 2))).toEqual({ do: 'repeat', waitMs: 2000, pause: true });
		expect(next(answer(503, 2), { idempotency: 'never' })).toEqual(STOP);
	});

	it.each([undefined, 0, -3600])(
		'backs off by the number of refusals when a 429 names no time, or says "at once" (%s s): a clock may be wrong',
		(retryAfterS) => {
			const later = { do: 'repeat', waitMs: 2000, pause: true };
			expect(next(answer(429, retryAfterS), { refusals: 3, tries: 1 })).toEqual(later);
		},
	);

	it('does not back off for longer than is allowed', () => {
		expect(next(answer(429), { refusals: 4, maxWaitMs: 1500 })).toMatchObject({ waitMs: 1500 });
	});

	it('gives up rather than come back too early when the wait is longer than allowed', () => {
		expect(next(answer(429, 61))).toEqual(STOP);
		expect(next(answer(503, 61))).toEqual(STOP);
		expect(next(answer(429, 60))).toMatchObject({ waitMs: 60_000 });
		expect(next(answer(429, 1), { maxWaitMs: 0 })).toEqual(STOP);
		expect(next(answer(429, 0), { maxWaitMs: 0 })).toEqual(STOP);
	});

	it('gives up after five refusals, or after as much waiting as is allowed, whichever is later', () => {
		const after = (refusals: number, refusedMs: number) =>
			next(answer(429, 1), { refusals, refusedMs }).do;
		expect(after(5, 59_999)).toBe('repeat');
		expect(after(50, 59_999)).toBe('repeat');
		expect(after(4, 60_000)).toBe('repeat');
		expect(after(5, 60_000)).toBe('stop');
	});

	it('never repeats after an hourly cap that does not say when it ends (facts.md: never loop on it)', () => {
		expect(next(answer(429, undefined, CAP))).toEqual(STOP);
		expect(next(answer(429, 5, CAP))).toEqual({ do: 'repeat', waitMs: 5000, pause: true });
	});
});

describe('A refusal is final', () => {
	it.each([
		[true, 'says to come back much later', response(429, 61)],
		[false, 'says to come back in time', response(429, 60)],
		[false, 'says nothing', response(429)],
		[true, 'is a cap that does not say when it ends', response(429, undefined, CAP)],
		[false, 'is a cap that ends in time', response(429, 60, CAP)],
		[true, 'is a 503 that says so', response(503, 61)],
		[false, 'is a 500', response(500, 61)],
	])('%s, when it %s', (isFinal, _, refusal) => {
		expect(isFinalRefusal(refusal, 60_000, NOW)).toBe(isFinal);
	});
});
