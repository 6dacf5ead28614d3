// What is known of a request between two tries, and what is said of it when it ends. Pure; called by withRetry.
import { NOT_SENT, withDoubt, TallyfyError, type ErrorDetails } from './errors';
import type { Permit } from './requestQueue';
import { idempotencyOf, isWrite, type ApiRequest, type ApiResponse } from './request';
import { mayBeDone, type Kind, type Outcome } from './retry';

/** What is known of a request between two tries. */
export interface Progress {
	/** How often it was sent. */
	sent: number;
	/** Tries that count. */
	tries: number;
	failures: number;
	refusals: number;
	refusedMs: number;
	/** Whether a try got no answer that tells whether it was done. */
	answerLost: boolean;
	/** Whether it may have been done, as far as is known by now. */
	doubtful: boolean;
	notBefore?: number;
	/** When the first try that failed was sent, in milliseconds since 1970. */
	failingSince?: number;
	/** How many requests of the credential had been answered when this one first failed. */
	answeredBefore?: number;
}

/** Nothing has been sent yet. */
export const newProgress = (): Progress => ({
	sent: 0,
	tries: 0,
	failures: 0,
	refusals: 0,
	refusedMs: 0,
	answerLost: false,
	doubtful: false,
});

/** Takes down what one try met. */
export function count(
	progress: Progress,
	outcome: Outcome,
	kind: Kind,
	{ isProbe, sentAt }: Pick<Permit, 'isProbe' | 'sentAt'>,
	isWritten: boolean,
	answered: number,
): void {
	progress.sent++;
	if (kind === 'refused' || kind === 'busy') progress.refusals++;
	if (kind === 'unavailable' || kind === 'failed') {
		progress.failures++;
		progress.failingSince ??= sentAt;
		progress.answeredBefore ??= answered;
		// In an outage no tries are used up; but while others are answered there is none.
		const isOutage = isProbe && progress.answeredBefore === answered;
		if (!isOutage || kind === 'failed') progress.tries++;
	}
	if (isWritten && mayBeDone(outcome)) progress.doubtful = progress.answerLost = true;
}

/** Said of a write that may have been done, where there is nothing better to say. */
export const doubtOf = (request: ApiRequest) =>
	request.doubt ??
	(idempotencyOf(request) === 'safe'
		? 'This may have been done all the same. It is safe to run this item again.'
		: 'This may have been done all the same. Look in Tallyfy before you run this item again.');

/** The answer that a request ends with. */
export function answerFor(
	response: ApiResponse,
	request: ApiRequest,
	progress: Progress,
): ApiResponse {
	const doubt = progress.doubtful ? doubtOf(request) : undefined;
	const { sent: tries, answerLost } = progress;
	return { ...response, isWrite: isWrite(request), tries, answerLost, doubt };
}

/** The Problem that a request ends with. */
export function problemFor(
	failure: ErrorDetails,
	request: ApiRequest,
	progress: Progress,
): TallyfyError {
	const tried = progress.sent > 1 ? `Tried ${progress.sent} times. ` : '';
	const told = { ...failure, description: `${tried}${failure.description}` };
	return new TallyfyError(progress.doubtful ? withDoubt(told, doubtOf(request)) : told);
}

/** What it means that no answer came for as long as a request may wait. */
export function outageFailure(
	{ message, description, status, code }: ErrorDetails,
	silentSince: number,
	{ sent }: Progress,
): ErrorDetails {
	const seconds = Math.max(1, Math.round((Date.now() - silentSince) / 1000));
	const unsent = sent ? '' : `${NOT_SENT} `;
	return {
		message: `${message.replace(/\.$/, '')}, for ${seconds} s`,
		description: `${unsent}${description} Run the items that are left when Tallyfy answers again; Max Retry Wait in Pacing says how long to wait for that.`,
		...(status && sent ? { status } : {}),
		...(code ? { code } : {}),
	};
}
