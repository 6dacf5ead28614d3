// Whether to send again, and when. Pure: table-driven, without a clock or chance of its own.
import type { Failure } from './failure';
import type { Answer, Repetition } from './request';

/** Tries of one request, the first one included. */
export const MAX_TRIES = 5;

const BACK_OFF_MS = 500;
const LONGEST_BACK_OFF_MS = 8_000;
const LONGEST_RETRY_AFTER_S = 7 * 24 * 3600;

/** What became of one try: an answer, or none, with the network's code where it is known. */
export type Outcome = { answer: Answer } | { lost: Failure };

export type Next =
	| { then: 'take' }
	/** Wait, then send again; `everybody` waits where the server asked for it. */
	| { then: 'repeat'; waitMs: number; everybody: boolean; lookFirst: boolean };

export interface Circumstances {
	/** Tries so far, this one included. */
	tries: number;
	repetition: Repetition;
	/** Longest wait for one retry, in milliseconds. */
	maxWaitMs: number;
	/** Milliseconds since 1970. */
	now: number;
	/** Between 0 and 1. */
	chance: number;
}

/** Failures that waiting does not mend: a name that does not exist, a certificate that is not trusted. */
const LASTING = /^(ENOTFOUND|EPROTO|.*CERT.*|UNABLE_TO_.*|ERR_.*)$/;

/**
 * Reads a Retry-After header: whole seconds, or an HTTP date (RFC 9110, 10.2.3).
 * @param now milliseconds since 1970
 * @returns seconds from now, rounded up, 0 for a date in the past, a week at the most; undefined when missing or unreadable
 */
export function retryAfterSeconds(header: unknown, now: number): number | undefined {
	const text = String(Array.isArray(header) ? header[0] : (header ?? '')).trim();
	if (/^\d+(\.\d+)?$/.test(text)) return Math.min(Math.ceil(Number(text)), LONGEST_RETRY_AFTER_S);
	// Date.parse takes nearly anything ("-5" is a year to it), so only what looks like a date may reach it.
	if (!/^[A-Za-z]{3,9},? /.test(text)) return undefined;
	const moment = Date.parse(text);
	if (Number.isNaN(moment)) return undefined;
	return Math.min(Math.max(0, Math.ceil((moment - now) / 1000)), LONGEST_RETRY_AFTER_S);
}

/** Back-off with full jitter: anything from nothing to a bound that doubles with each try. In milliseconds. */
export function backOffMs(tries: number, chance: number): number {
	return Math.round(chance * Math.min(LONGEST_BACK_OFF_MS, BACK_OFF_MS * 2 ** (tries - 1)));
}

/**
 * What to do with an outcome.
 * 429: nothing was done, so any request may be repeated (facts.md section 3, 8 and 9). 502, 503, 504 and no answer at all:
 * it may have been done. A wait that is longer than allowed is not shortened: coming back too early helps nobody.
 */
export function whatNext(outcome: Outcome, circumstances: Circumstances): Next {
	const { tries, repetition, maxWaitMs, now, chance } = circumstances;
	const take: Next = { then: 'take' };
	if (tries >= MAX_TRIES) return take;
	const status = 'answer' in outcome ? outcome.answer.status : undefined;
	const refused = status === 429;
	if (!refused) {
		const unanswered = status === undefined || [502, 503, 504].includes(status);
		if (!unanswered || repetition === 'never') return take;
		if ('lost' in outcome && LASTING.test(outcome.lost.code ?? '')) return take;
	}
	const asked =
		'answer' in outcome ? retryAfterSeconds(outcome.answer.headers['retry-after'], now) : undefined;
	const backOff = backOffMs(tries, chance);
	// "At once" may be a date by a clock that differs from ours, and never means five times in a row.
	const waitMs =
		asked === undefined ? backOff : asked > 0 ? asked * 1000 : Math.min(backOff, maxWaitMs);
	if (waitMs > maxWaitMs) return take;
	return {
		then: 'repeat',
		waitMs,
		everybody: refused || asked !== undefined,
		lookFirst: !refused && repetition === 'look',
	};
}
