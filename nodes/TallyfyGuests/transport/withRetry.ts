// Sends a request until an answer counts: when it is its turn, again where that is safe, given up where it is not.
// The way of every request of the package.
import type { Connection } from './connection';
import type { Execution } from './execution';
import { failedResponse } from './response';
import { withDoubt, TallyfyError, type ErrorDetails } from './errors';
import {
	answerFor,
	count,
	doubtOf,
	newProgress,
	outageFailure,
	problemFor,
	type Progress,
} from './progress';
import type { Admission, Limits } from './requestQueue';
import type { Met } from './rateLimiter';
import {
	bucketOf,
	idempotencyOf,
	isWrite,
	type ApiRequest,
	type ApiResponse,
	type Send,
} from './request';
import { decide, isCap, isFinalRefusal, kindOf, type Kind, type Outcome } from './retry';
import { isSignIn } from './signIn';

export interface RetryOptions {
	limits: Limits;
	/** How long one wait may be, and an outage, in milliseconds. */
	maxWaitMs: number;
	/** Resolves when requests may be sent; raises `Cancelled` when none may. See `Execution.maySend`. */
	ready?: () => Promise<void>;
}

/** On behalf of which execution requests are sent, and over which connection. */
export interface Sender {
	execution: Execution;
	connection: Connection;
}

/** Raised for a request that was never sent, because its execution ended first. */
export class Cancelled extends TallyfyError {
	constructor() {
		super({
			message: 'The execution stopped before this was sent',
			description: 'Nothing was done in Tallyfy.',
		});
	}
}

const MET: Record<Kind, Met> = {
	answered: 'answered',
	refused: 'refused',
	busy: 'failed',
	unavailable: 'unavailable',
	failed: 'failed',
	lasting: 'notSent',
};

/** How long an answer may take where one has failed to come already, in milliseconds. */
const SECOND_TIMEOUT_MS = 25_000;

/** Finds out at no risk whether answers come again: on behalf of a request that must not be sent in vain. */
const NEUTRAL: ApiRequest = { method: 'GET', url: '' };

/**
 * A sender that waits for its turn and repeats what may be repeated.
 * @param once sends a request one time; raises a Problem when no answer comes
 */
export function withRetry(
	once: Send,
	{ execution, connection }: Sender,
	options: RetryOptions,
): Send {
	const { limiter } = connection;
	const { limits, maxWaitMs, ready } = options;

	/** Asks for leave to send, unless the execution has a reason not to. */
	const admit = async (request: ApiRequest, progress: Progress): Promise<Admission> => {
		const bucket = bucketOf(request);
		const closed = (): Admission | undefined => {
			if (execution.cancelled || execution.signInFailure) return { cancelled: true };
			const refusal = execution.refusalOf(bucket);
			return refusal && { refusal };
		};
		const { startedAt } = execution;
		const { failures, notBefore } = progress;
		const idempotency = idempotencyOf(request);
		const about = { execution, startedAt, limits, bucket, maxWaitMs, idempotency, failures };
		const admission = closed() ?? (await limiter.acquire({ ...about, notBefore }));
		// What made a waiting request be taken back is told to it.
		return 'cancelled' in admission ? (closed() ?? admission) : admission;
	};

	/** Sends once; a probe that must not be sent in vain sends something harmless first. */
	const attempt = async (
		request: ApiRequest,
		isProbe: boolean,
		isRepeated: boolean,
	): Promise<Outcome & { isOther?: boolean }> => {
		const timeoutMs = isProbe || isRepeated ? SECOND_TIMEOUT_MS : undefined;
		const isOther = isProbe && idempotencyOf(request) === 'never';
		const first = isOther ? await outcomeOf(once({ ...NEUTRAL, timeoutMs })) : undefined;
		const isHeldUp =
			first && ['unavailable', 'refused', 'busy'].includes(kindOf(first, Date.now()));
		if (first && isHeldUp) return { ...first, isOther };
		return await outcomeOf(once({ ...request, timeoutMs }));
	};

	return async (request) => {
		const progress = newProgress();
		await ready?.();
		for (;;) {
			const admission = await admit(request, progress);
			if (!('permit' in admission)) return await givenUp(admission, request, progress);
			const { permit } = admission;
			let met: Met = 'notSent';
			let cause: ErrorDetails | undefined;
			let outcome: Outcome & { isOther?: boolean };
			let decision: ReturnType<typeof decide>;
			try {
				outcome = await attempt(request, permit.isProbe, progress.failures > 0);
				const now = Date.now();
				const kind = kindOf(outcome, now);
				met = MET[kind];
				if (kind === 'unavailable') cause = causeOf(outcome);
				if (!outcome.isOther)
					count(progress, outcome, kind, permit, isWrite(request), limiter.answered);
				decision = decide(outcome, {
					...progress,
					tries: outcome.isOther ? 0 : progress.tries,
					failingMs: now - (progress.failingSince ?? now),
					idempotency: outcome.isOther ? 'safe' : idempotencyOf(request),
					maxWaitMs,
					now,
					chance: Math.random(),
				});
				// Before the permit is handed back, because that lets the next request be sent.
				prepareOthers(outcome, decision, request, now);
			} finally {
				limiter.release(permit, met, cause);
			}
			if (decision.do === 'stop') return await settled(outcome, request, progress);
			if (decision.pause) progress.refusedMs += decision.waitMs;
			progress.notBefore = Date.now() + decision.waitMs;
			const done = progress.doubtful ? await verified(request, progress) : undefined;
			if (done) return done;
		}
	};

	/** Tells others of the execution, or of the credential, what concerns them too. */
	function prepareOthers(
		outcome: Outcome,
		decision: ReturnType<typeof decide>,
		request: ApiRequest,
		now: number,
	): void {
		if ('lost' in outcome) {
			if (isSignIn(outcome.lost)) execution.failAll(outcome.lost);
			return;
		}
		const { response } = outcome;
		const bucket = bucketOf(request);
		if (decision.do === 'repeat' && decision.pause) {
			limiter.pause(decision.waitMs, response, isCap(response) ? bucket : undefined);
		} else if (isFinalRefusal(response, maxWaitMs, now)) execution.closeBucket(bucket, response);
	}

	/** Whether a request that may have been done was: its answer; undefined when it was not, and can be sent again. */
	async function verified(
		request: ApiRequest,
		progress: Progress,
	): Promise<ApiResponse | undefined> {
		if (idempotencyOf(request) !== 'verifyFirst' || !request.verify) return undefined;
		const done = await request.verify().catch((error: Error) => {
			throw error instanceof TallyfyError && !(error instanceof Cancelled)
				? new TallyfyError(withDoubt(error.details, doubtOf(request)))
				: error;
		});
		progress.doubtful = false;
		return done;
	}

	/** The end of a request that is not sent again: its answer, or the Problem that there is none. */
	async function settled(
		outcome: Outcome,
		request: ApiRequest,
		progress: Progress,
	): Promise<ApiResponse> {
		const isGood = 'response' in outcome && outcome.response.status < 400;
		if (progress.doubtful && !isGood && request.verify && !execution.cancelled) {
			const done = await request.verify().then(
				(found) => found ?? 'not done',
				() => undefined,
			);
			if (done === 'not done') progress.doubtful = false;
			else if (done) return done;
		}
		if ('response' in outcome) return answerFor(outcome.response, request, progress);
		throw problemFor(outcome.lost, request, progress);
	}

	/** The end of a request that was not admitted. */
	async function givenUp(
		admission: Exclude<Admission, { permit: unknown }>,
		request: ApiRequest,
		progress: Progress,
	): Promise<ApiResponse> {
		if ('refusal' in admission) return answerFor(admission.refusal, request, progress);
		if ('outage' in admission) {
			const { outage, silentSince } = admission;
			throw problemFor(outageFailure(outage, silentSince, progress), request, progress);
		}
		if (execution.signInFailure && !execution.cancelled) {
			throw problemFor(execution.signInFailure, request, progress);
		}
		throw new Cancelled();
	}
}

const outcomeOf = async (sending: Promise<ApiResponse>): Promise<Outcome> =>
	await sending.then(
		(response) => ({ response: { ...response, receivedAt: Date.now() } }),
		(error: Error) => {
			if (error instanceof TallyfyError) return { lost: error.details };
			throw error;
		},
	);

function causeOf(outcome: Outcome): ErrorDetails {
	return 'lost' in outcome ? outcome.lost : failedResponse(outcome.response);
}
