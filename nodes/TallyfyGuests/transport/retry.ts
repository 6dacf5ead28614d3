// Whether to send a request again, and when. Pure: without a clock or randomness of its own.
import type { ErrorDetails } from './errors';
import { isObject, type ApiResponse, type Idempotency } from './request';
import { fieldMessages, isUnavailable, messageIn } from './response';
import { isBeforeSending, isSignIn } from './signIn';

/** Attempts of one request that meets failures while others are answered, the first one included. */
export const MAX_TRIES = 5;

export const BACK_OFF_MS = 500;
export const MAX_BACK_OFF_MS = 8_000;

/** What came of one attempt to send: a response, whatever its status, or none. */
export type Outcome = { response: ApiResponse } | { error: ErrorDetails };

/**
 * What an outcome is, for the decision whether to try again.
 * - `answered`: the response counts.
 * - `refused`: 429, nothing was done.
 * - `busy`: 503 that says when to come back.
 * - `unavailable`: no response, or a proxy's word that there is none: 408, 502, 503, 504, 520 to 527, 530 (G53).
 * - `failed`: 500 without a reason. Tallyfy may do better next time.
 * - `permanent`: no response for a reason that waiting does not mend.
 */
export type OutcomeKind = 'answered' | 'refused' | 'busy' | 'unavailable' | 'failed' | 'permanent';

/** A name that does not exist, a certificate that is not trusted, a header that cannot be sent. */
const PERMANENT = /^(ENOTFOUND|EPROTO|.*CERT.*|UNABLE_TO_.*|ERR_.*)$/;

/** There was no connection, so nothing can have been done. */
const NOT_CONNECTED = /^(ECONNREFUSED|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL)$/;

/** Messages of frameworks and servers that give no reason. */
const GENERIC =
	/^(internal )?server error\.?$|^whoops\b|^something went wrong\.?$|^(http )?(error )?500\b/i;

/** Whether a server error says what is wrong with this request, so that sending it again would not help (facts.md 47, G52). */
function namesReason(body: unknown): boolean {
	const message = messageIn(body);
	const hasFields = isObject(body) && Object.keys(fieldMessages(body.errors)).length > 0;
	return hasFields || (message !== undefined && !GENERIC.test(message));
}

/** What an outcome is; see `OutcomeKind`. */
export function kindOf(outcome: Outcome): OutcomeKind {
	if ('error' in outcome) {
		const { error } = outcome;
		return PERMANENT.test(error.code ?? '') || isSignIn(error) ? 'permanent' : 'unavailable';
	}
	const { status, retryAt, body } = outcome.response;
	if (status === 429) return 'refused';
	if (status === 503 && retryAt !== undefined) return 'busy';
	if (isUnavailable(status)) return 'unavailable';
	return status === 500 && !namesReason(body) ? 'failed' : 'answered';
}

/** Whether what was asked for may have been done: no response came, or one that does not tell. */
export function mayBeDone(outcome: Outcome): boolean {
	if ('response' in outcome) {
		const { status } = outcome.response;
		return status >= 500 || status === 408;
	}
	const { code = '' } = outcome.error;
	return !PERMANENT.test(code) && !NOT_CONNECTED.test(code) && !isBeforeSending(outcome.error);
}

/** Back-off with jitter (`chance`, 0 to 1), in milliseconds: from half of a bound to the whole, which doubles with each attempt. */
export function backOffMs(tries: number, chance: number): number {
	const bound = Math.min(MAX_BACK_OFF_MS, BACK_OFF_MS * 2 ** (tries - 1));
	return Math.round((bound / 2) * (1 + chance));
}

/** Times are in milliseconds since 1970, `chance` is between 0 and 1. */
export interface Circumstances {
	/** Attempts that count, this one included: those in an outage do not. */
	tries: number;
	/** When the first attempt that failed was sent. */
	failingSince?: number;
	/** Refusals so far, this one included, and how long they have made this request wait. */
	refusals: number;
	refusedMs: number;
	idempotency: Idempotency;
	/** How long one wait may be, and all waits for refusals together. */
	maxWaitMs: number;
	now: number;
	chance: number;
}

export type Decision =
	| { do: 'stop' }
	/** Send again after so many milliseconds; `pause` where all others have to wait too. */
	| { do: 'repeat'; waitMs: number; pause: boolean };

const STOP: Decision = { do: 'stop' };

/**
 * What to do after an attempt.
 * 429: nothing was done, so any request may be repeated (facts.md section 3, 8 and 9; G48), but for an hourly cap that does not
 * say when it ends. Otherwise it may have been done, and only what is safe or can be verified is repeated. A wait that is
 * longer than allowed is not shortened: to come back too early is of no use.
 */
export function decide(outcome: Outcome, circumstances: Circumstances): Decision {
	const { tries, refusals, refusedMs, idempotency, maxWaitMs, now, chance } = circumstances;
	const { failingSince = now } = circumstances;
	const kind = kindOf(outcome);
	if (kind === 'answered' || kind === 'permanent' || maxWaitMs <= 0) return STOP;
	if (kind === 'unavailable' || kind === 'failed') {
		const isSafe = idempotency !== 'never' || !mayBeDone(outcome);
		// One quick repetition is always allowed, also of a request that hung for longer than a wait may be.
		const isLate = tries > 1 && now - failingSince > maxWaitMs;
		if (!isSafe || tries >= MAX_TRIES || isLate) return STOP;
		return { do: 'repeat', waitMs: backOffMs(tries, chance), pause: false };
	}
	if (kind === 'busy' && idempotency === 'never') return STOP;
	const { response } = outcome as { response: ApiResponse };
	if (isCap(response) && response.retryAt === undefined) return STOP;
	// Without Retry-After (G50): back-off. "At once" may be a date by a clock that differs, and never means many times in a row.
	const givenMs = (response.retryAt ?? 0) - now;
	const waitMs = givenMs > 0 ? givenMs : Math.min(backOffMs(refusals, chance), maxWaitMs);
	const mayWait = refusals < MAX_TRIES || refusedMs < maxWaitMs;
	return waitMs > maxWaitMs || !mayWait ? STOP : { do: 'repeat', waitMs, pause: true };
}

/** The hourly caps hit one kind of request and carry a code; bursts hit all requests (facts.md 46, G49). */
export function isCap({ status, body }: ApiResponse): boolean {
	return status === 429 && isObject(body) && body.code === 'RATE_LIMIT_EXCEEDED';
}

/** Whether a refusal will not change for as long as a request may wait, so that similar requests need not be sent. */
export function isFinalRefusal(response: ApiResponse, maxWaitMs: number, now: number): boolean {
	const { status, retryAt } = response;
	if (status !== 429 && status !== 503) return false;
	return retryAt === undefined ? isCap(response) : retryAt - now > maxWaitMs;
}
