// Whether to send a request again, and when. Pure: without a clock or chance of its own. Used by `withRetry`.
import type { ErrorDetails } from './errors';
import { type ApiResponse, type Idempotency, retryAfterSeconds } from './request';
import { isBeforeSending, isSignIn } from './signIn';
import { isUnavailable, namesReason } from './response';

/** Tries of one request that meets failures while others are answered, the first one included. */
export const MAX_TRIES = 5;

const BACK_OFF_MS = 500;
const LONGEST_BACK_OFF_MS = 8_000;

/** What one try met: an answer, or none. */
export type Outcome = { response: ApiResponse } | { lost: ErrorDetails };

/**
 * What an outcome is, for those who decide whether to try again.
 * - `answered`: the answer counts.
 * - `refused`: 429, nothing was done.
 * - `busy`: 503 that says when to come back.
 * - `unavailable`: no answer, or a proxy's word that there is none: 408, 502, 503, 504, 520 to 527, 530.
 * - `failed`: 500 without a reason. Tallyfy may do better next time.
 * - `lasting`: no answer for a reason that waiting does not mend.
 */
export type Kind = 'answered' | 'refused' | 'busy' | 'unavailable' | 'failed' | 'lasting';

/** A name that does not exist, a certificate that is not trusted, a header that cannot be sent. */
const LASTING = /^(ENOTFOUND|EPROTO|.*CERT.*|UNABLE_TO_.*|ERR_.*)$/;

/** The connection was never there, so nothing can have been done. */
const NEVER_LEFT = /^(ECONNREFUSED|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL)$/;

export function kindOf(outcome: Outcome, now: number): Kind {
	if ('lost' in outcome) {
		const { code = '' } = outcome.lost;
		return LASTING.test(code) || isSignIn(outcome.lost) ? 'lasting' : 'unavailable';
	}
	const { status, headers, body } = outcome.response;
	if (status === 429) return 'refused';
	const asked = retryAfterSeconds(headers['retry-after'], now);
	if (status === 503 && asked !== undefined) return 'busy';
	if (isUnavailable(status)) return 'unavailable';
	return status === 500 && !namesReason(body) ? 'failed' : 'answered';
}

/** Whether what was asked for may have been done: no answer came, or one that does not tell. */
export function mayBeDone(outcome: Outcome): boolean {
	if ('response' in outcome) {
		const { status } = outcome.response;
		return status >= 500 || status === 408;
	}
	const { code = '' } = outcome.lost;
	return !LASTING.test(code) && !NEVER_LEFT.test(code) && !isBeforeSending(outcome.lost);
}

/** Back-off with jitter, in milliseconds: from half of a bound to the whole; the bound doubles with each try. */
export function backOffMs(tries: number, chance: number): number {
	const bound = Math.min(LONGEST_BACK_OFF_MS, BACK_OFF_MS * 2 ** (tries - 1));
	return Math.round((bound / 2) * (1 + chance));
}

export interface Circumstances {
	/** Tries that count, this one included: those in an outage do not. */
	tries: number;
	/** Since the first try that failed was sent, in milliseconds. */
	failingMs?: number;
	/** Refusals so far, this one included, and how long they have made this request wait, in milliseconds. */
	refusals: number;
	refusedMs: number;
	idempotency: Idempotency;
	/** How long one wait may be, and all waits for refusals together, in milliseconds. */
	maxWaitMs: number;
	/** Milliseconds since 1970. */
	now: number;
	/** Between 0 and 1. */
	chance: number;
}

export type Decision =
	| { do: 'stop' }
	/** Send again after so many milliseconds; `pause` where all others have to wait too. */
	| { do: 'repeat'; waitMs: number; pause: boolean };

/**
 * What to do with an outcome.
 * 429: nothing was done, so any request may be repeated (facts.md section 3, 8 and 9), but for an hourly cap that does not say
 * when it ends. Otherwise it may have been done, and only what is safe or can be verified is repeated. A wait that is longer
 * than allowed is not shortened: coming back too early helps nobody.
 */
export function decide(outcome: Outcome, circumstances: Circumstances): Decision {
	const {
		tries,
		failingMs = 0,
		refusals,
		refusedMs,
		idempotency,
		maxWaitMs,
		now,
		chance,
	} = circumstances;
	const stop: Decision = { do: 'stop' };
	const kind = kindOf(outcome, now);
	if (kind === 'answered' || kind === 'lasting' || maxWaitMs <= 0) return stop;
	if (kind === 'unavailable' || kind === 'failed') {
		const isSafe = idempotency !== 'never' || !mayBeDone(outcome);
		// One quick repetition in any case, also of a request that has hung for longer than anybody wants to wait.
		const isLate = tries > 1 && failingMs > maxWaitMs;
		if (!isSafe || tries >= MAX_TRIES || isLate) return stop;
		return { do: 'repeat', waitMs: backOffMs(tries, chance), pause: false };
	}
	if (kind === 'busy' && idempotency === 'never') return stop;
	const { response } = outcome as { response: ApiResponse };
	const asked = retryAfterSeconds(response.headers['retry-after'], now);
	if (isCap(response) && asked === undefined) return stop;
	// "At once" may be a date by a clock that differs from ours, and never means many times in a row.
	const waitMs = asked ? asked * 1000 : Math.min(backOffMs(refusals, chance), maxWaitMs);
	const isPatient = refusals < MAX_TRIES || refusedMs < maxWaitMs;
	if (waitMs > maxWaitMs || !isPatient) return stop;
	return { do: 'repeat', waitMs, pause: true };
}

/** The hourly caps hit one kind of request and carry a code; bursts hit all requests (facts.md 46). */
export function isCap({ status, body }: ApiResponse): boolean {
	const code = typeof body === 'object' && body !== null && 'code' in body ? body.code : undefined;
	return status === 429 && code === 'RATE_LIMIT_EXCEEDED';
}

/** A refusal that will not change for as long as a request may wait: what is alike need not be sent. */
export function isFinalRefusal(response: ApiResponse, maxWaitMs: number, now: number): boolean {
	if (response.status !== 429 && response.status !== 503) return false;
	const asked = retryAfterSeconds(response.headers['retry-after'], now);
	return (isCap(response) && asked === undefined) || (asked ?? 0) * 1000 > maxWaitMs;
}
