// Sends a request until a response counts: when the rate limiter lets it, again where that is safe, and not again where it is
// not. Every request of the package is sent so.
import type { Connection } from './connection';
import { outageDetails, TallyfyError, withDoubt, type ErrorDetails } from './errors';
import type { Execution } from './execution';
import {
	bucketOf,
	idempotencyOf,
	isWrite,
	type ApiRequest,
	type ApiResponse,
	type Send,
} from './request';
import type { AcquireResult, Limits, Permit } from './requestQueue';
import { failedResponse } from './response';
import {
	decide,
	isCap,
	isFinalRefusal,
	kindOf,
	mayBeDone,
	type Decision,
	type Outcome,
	type OutcomeKind,
} from './retry';
import { isSignIn } from './signIn';

export interface RetryOptions {
	limits: Limits;
	/** How long one wait may be, and an outage, in milliseconds. */
	maxWaitMs: number;
	/** Resolves when requests may be sent. @throws Cancelled when none may; see `Execution.maySend` */
	ready?: () => Promise<void>;
}

/** The execution on behalf of which requests are sent, and the connection over which. */
export interface Sender {
	execution: Execution;
	connection: Connection;
	/** What its requests hold and no error may show, besides what is in the credential. */
	secrets?: string[];
}

/** Raised for a request that was never sent, because its execution ended first. */
export class Cancelled extends TallyfyError {
	constructor() {
		const message = 'The execution stopped before this was sent';
		super({ message, description: 'Nothing was done in Tallyfy.' });
	}
}

/** Sends requests, each with `once` as often as it takes and is allowed. */
export function withRetry(once: Send, sender: Sender, options: RetryOptions): Send {
	return async (request) => {
		await options.ready?.();
		return await new RetriedRequest(request, once, sender, options).send();
	};
}

/** How long a response may take where one has failed to come already, in milliseconds (G54). */
const SECOND_TIMEOUT_MS = 25_000;

/** A read of the organization, to find out whether the server answers before a request that must not be sent in vain. */
const HARMLESS: ApiRequest = { method: 'GET', url: '' };

/** What came of one attempt; `isHarmless` where only the harmless read was sent, because the server did not answer it. */
type Attempt = Outcome & { kind: OutcomeKind; cause?: ErrorDetails; isHarmless?: boolean };

/** One request, and what is known of it between two attempts. */
class RetriedRequest {
	/** How often it was sent. */
	private sent = 0;
	private failures = 0;
	/** See `Circumstances`. */
	private readonly counts = { tries: 0, refusals: 0, refusedMs: 0 };
	/** Whether an attempt of a write got no response that tells whether it was done. */
	private answerLost = false;
	/** Whether it may have been done, as far as is known by now. */
	private mayBeDone = false;
	/** When it may be sent again, and when the first attempt that failed was sent, in milliseconds since 1970. */
	private notBefore?: number;
	private failingSince?: number;
	/** How many requests of the credential had been answered when this one first failed. */
	private answeredBefore?: number;

	constructor(
		private readonly request: ApiRequest,
		private readonly once: Send,
		private readonly sender: Sender,
		private readonly options: RetryOptions,
		private readonly bucket = bucketOf(request),
		private readonly idempotency = idempotencyOf(request),
	) {}

	async send(): Promise<ApiResponse> {
		const { limiter } = this.sender.connection;
		for (;;) {
			const acquired = await this.acquire();
			if (!('permit' in acquired)) return this.withoutPermit(acquired);
			const { permit } = acquired;
			let attempt: Attempt | undefined;
			let decision: Decision;
			try {
				attempt = await this.attempt(permit.isProbe);
				if (!attempt.isHarmless) this.count(attempt, permit);
				decision = this.decide(attempt);
				// Before the permit is released, because that lets the next request be sent.
				this.informOthers(attempt, decision);
			} finally {
				limiter.release(permit, attempt?.kind, attempt?.cause);
			}
			if (decision.do === 'stop') return await this.finish(attempt);
			if (decision.pause) this.counts.refusedMs += decision.waitMs;
			this.notBefore = Date.now() + decision.waitMs;
			const done = this.mayBeDone ? await this.verifyBeforeRepeating() : undefined;
			if (done) return done;
		}
	}

	/** Asks for a permit, unless the execution has a reason not to send, also one that comes up while it waits. */
	private async acquire(): Promise<AcquireResult> {
		const { execution, connection } = this.sender;
		const { bucket, idempotency, failures, notBefore } = this;
		const { limits, maxWaitMs } = this.options;
		const { startedAt } = execution;
		const own = { bucket, idempotency, failures, notBefore, limits, maxWaitMs };
		const reason = execution.reasonNotToSend(bucket);
		const result = reason ?? (await connection.limiter.acquire({ ...own, execution, startedAt }));
		return 'cancelled' in result ? (execution.reasonNotToSend(bucket) ?? result) : result;
	}

	/** Sends once. As a probe of a request that must not be sent in vain, the harmless read goes first. */
	private async attempt(isProbe: boolean): Promise<Attempt> {
		const timeoutMs = isProbe || this.failures > 0 ? SECOND_TIMEOUT_MS : undefined;
		if (isProbe && this.idempotency === 'never') {
			const harmless = await attemptOf(this.once({ ...HARMLESS, timeoutMs }));
			const isHeldUp = ['unavailable', 'refused', 'busy'].includes(harmless.kind);
			if (isHeldUp) return { ...harmless, isHarmless: true };
		}
		return await attemptOf(this.once({ ...this.request, timeoutMs }));
	}

	private count(attempt: Attempt, { isProbe, sentAt }: Permit): void {
		const { kind } = attempt;
		this.sent++;
		if (kind === 'refused' || kind === 'busy') this.counts.refusals++;
		if (kind === 'unavailable' || kind === 'failed') {
			const { answered } = this.sender.connection.limiter;
			this.failures++;
			this.failingSince ??= sentAt;
			this.answeredBefore ??= answered;
			// In an outage no tries are used up; but while others are answered there is none.
			const isOutage = isProbe && this.answeredBefore === answered;
			if (!isOutage || kind === 'failed') this.counts.tries++;
		}
		if (isWrite(this.request) && mayBeDone(attempt)) this.mayBeDone = this.answerLost = true;
	}

	private decide(attempt: Attempt): Decision {
		const { idempotency, failingSince } = this;
		const { maxWaitMs } = this.options;
		const now = Date.now();
		const own = { ...this.counts, idempotency, failingSince, maxWaitMs, now };
		const harmless = attempt.isHarmless ? ({ tries: 0, idempotency: 'safe' } as const) : {};
		return decide(attempt, { ...own, ...harmless, chance: Math.random() });
	}

	/** What holds for other requests of the execution, or of the credential, too. */
	private informOthers(attempt: Attempt, decision: Decision): void {
		const { execution, connection } = this.sender;
		if ('error' in attempt) {
			if (isSignIn(attempt.error)) execution.failAll(attempt.error);
			return;
		}
		const { response } = attempt;
		if (decision.do === 'repeat' && decision.pause) {
			const bucket = isCap(response) ? this.bucket : undefined;
			connection.limiter.pause(decision.waitMs, response, bucket);
		} else if (isFinalRefusal(response, this.options.maxWaitMs, Date.now())) {
			execution.closeBucket(this.bucket, response);
		}
	}

	/** Whether a request that may have been done was: its response; undefined when it was not, and can be sent again. */
	private async verifyBeforeRepeating(): Promise<ApiResponse | undefined> {
		if (this.idempotency !== 'verifyFirst' || !this.request.verify) return undefined;
		const done = await this.request.verify().catch((error: Error) => {
			if (!(error instanceof TallyfyError) || error instanceof Cancelled) throw error;
			throw new TallyfyError(withDoubt(error.details, this.doubt));
		});
		this.mayBeDone = false;
		return done;
	}

	/** The end of a request that is not sent again: its response. @throws TallyfyError when there is none */
	private async finish(attempt: Attempt): Promise<ApiResponse> {
		const isGood = 'response' in attempt && attempt.response.status < 400;
		const { verify } = this.request;
		if (this.mayBeDone && !isGood && verify && !this.sender.execution.cancelled) {
			const done = await verify().catch(() => 'unknown' as const);
			if (done === undefined) this.mayBeDone = false;
			else if (done !== 'unknown') return done;
		}
		if ('response' in attempt) return this.responseOf(attempt.response);
		throw this.errorOf(attempt.error);
	}

	/** The end of a request that got no permit: the refusal that holds for it. @throws TallyfyError when there is none */
	private withoutPermit(result: Exclude<AcquireResult, { permit: Permit }>): ApiResponse {
		if ('refusal' in result) return this.responseOf(result.refusal);
		if ('outage' in result) {
			throw this.errorOf(outageDetails(result.outage, result.silentSince, this.sent > 0));
		}
		throw 'failure' in result ? this.errorOf(result.failure) : new Cancelled();
	}

	private responseOf(response: ApiResponse): ApiResponse {
		const { sent: tries, answerLost } = this;
		const doubt = this.mayBeDone ? this.doubt : undefined;
		return { ...response, isWrite: isWrite(this.request), tries, answerLost, doubt };
	}

	private errorOf(details: ErrorDetails): TallyfyError {
		const tried = this.sent > 1 ? `Tried ${this.sent} times. ` : '';
		const own = { ...details, description: `${tried}${details.description}` };
		return new TallyfyError(this.mayBeDone ? withDoubt(own, this.doubt) : own);
	}

	/** Said of a write that may have been done. */
	private get doubt(): string {
		const next =
			this.idempotency === 'safe'
				? 'It is safe to run this item again.'
				: 'Look in Tallyfy before you run this item again.';
		return this.request.doubt ?? `This may have been done all the same. ${next}`;
	}
}

const attemptOf = async (sending: Promise<ApiResponse>): Promise<Attempt> => {
	const outcome = await sending.then(
		(response): Outcome => ({ response }),
		(error: Error): Outcome => {
			if (error instanceof TallyfyError) return { error: error.details };
			throw error;
		},
	);
	const kind = kindOf(outcome);
	if (kind !== 'unavailable') return { ...outcome, kind };
	const cause = 'error' in outcome ? outcome.error : failedResponse(outcome.response);
	return { ...outcome, kind, cause };
};
