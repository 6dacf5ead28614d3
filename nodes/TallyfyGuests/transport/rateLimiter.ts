// How fast requests may go: shared by all items and executions in this process that use one credential with one address.
// Knows nothing of n8n; the clock, the sleep and chance are handed in.
import { CircuitBreaker } from './circuitBreaker';
import type { ErrorDetails } from './errors';
import { type Admission, type Entry, type Permit, RequestQueue, type Waiter } from './requestQueue';
import type { ApiResponse } from './request';

/** Requests in flight to begin with, and after an outage. */
const INITIAL_CONCURRENCY = 4;
/** After a refusal, so many times the number in flight must be answered before one more is tried. */
const ADDITIVE_INCREASE_AFTER = 8;

/** What a request met: an answer, a refusal (429), a failure of the server (500), nothing (`unavailable`), or it was not sent. */
export type Met = 'answered' | 'refused' | 'failed' | 'unavailable' | 'notSent';

interface Pause {
	/** Milliseconds since 1970. */
	until: number;
	/** Since when requests have been refused without an answer between, in milliseconds since 1970. */
	since: number;
	refusal: ApiResponse;
}

/** Refusals that come later than this after a pause have nothing to do with it, in milliseconds. */
const CHAIN_MS = 10_000;

/** The pause that holds requests of every bucket. */
const ALL = '';

export class RateLimiter {
	private readonly breaker = new CircuitBreaker();
	private readonly queue = new RequestQueue();
	/** Since when executions have been waiting for the end of an outage. */
	private readonly outageMet = new WeakMap<object, { openedAt: number; since: number }>();
	private readonly pauses = new Map<string, Pause>();
	private allowed = INITIAL_CONCURRENCY;
	private inFlight = 0;
	private sent = 0;
	/** Requests up to this number were in flight when the server last refused: they all mean the same refusal. */
	private knownRefusals = 0;
	private answeredSince = 0;
	/** Requests that were answered so far. */
	answered = 0;
	private nextStart = 0;
	private wake = Infinity;

	constructor(
		private readonly now: () => number,
		private readonly sleep: (ms: number) => Promise<void>,
		private readonly chance: () => number = Math.random,
	) {}

	/** Waits until the request may be sent, or until it is clear that it may not. */
	async acquire(entry: Entry): Promise<Admission> {
		return await new Promise((admit) => {
			this.queue.push({ entry, admit });
			this.admitAll();
		});
	}

	/**
	 * Hands a permit back.
	 * @param cause where it met nothing
	 */
	release(permit: Permit, met: Met, cause?: ErrorDetails): void {
		const now = this.now();
		this.inFlight--;
		if (met === 'unavailable' && cause) this.breaker.failed(permit, cause, now, this.chance());
		else if (met === 'notSent') this.breaker.probeFailed(permit.number, now, this.chance());
		else {
			const outageEnded = this.breaker.answered(permit.number);
			if (outageEnded) this.allowed = Math.min(this.allowed, INITIAL_CONCURRENCY);
		}
		if (met === 'answered') {
			this.answered++;
			for (const scope of [ALL, permit.entry.bucket]) {
				const pause = this.pauses.get(scope);
				if (pause) pause.since = now;
			}
			this.speedUp(permit);
		}
		if (met === 'refused' && permit.number > this.knownRefusals) this.slowDown();
		this.admitAll();
	}

	/**
	 * No request, or none of a bucket, is sent for so long. A request that this would hold up longer than it may wait gets the refusal.
	 * @param bucket all of them, if left out
	 */
	pause(waitMs: number, refusal: ApiResponse, bucket: string = ALL): void {
		const now = this.now();
		const before = this.pauses.get(bucket);
		const until = Math.max(now + waitMs, before?.until ?? 0);
		let since = before && now - before.until < CHAIN_MS ? before.since : now;
		// What was in flight when the pause began is refused a little later: that is no second wait.
		if (before && now < before.until) {
			since = until - Math.max(before.until - before.since, waitMs);
		}
		this.pauses.set(bucket, { until, since, refusal });
		this.admitAll();
	}

	/** Takes back what waits on behalf of an execution: everything, or one bucket. */
	cancelWaiting(execution: object, bucket?: string): void {
		for (const { admit } of this.queue.removeAll(execution, bucket)) admit({ cancelled: true });
	}

	/** Admits every request that may be sent now or may not wait any longer, and sets the timer for the next. */
	private admitAll(): void {
		const now = this.now();
		for (let next = this.nextOf(now); next; next = this.nextOf(now)) {
			this.queue.remove(next.waiter);
			next.waiter.admit(next.admission ?? { permit: this.permitFor(next.waiter.entry, now) });
		}
		if (!this.queue.isEmpty) this.wakeUpAt(this.nextLook(now), now);
	}

	/** The next to be admitted or sent away; undefined while all have to wait. */
	private nextOf(now: number): { waiter: Waiter; admission?: Admission } | undefined {
		const canSend = this.inFlight < this.allowed;
		let probe: Waiter | undefined;
		for (const waiter of this.queue.heads()) {
			const admission = this.givenUp(waiter, now);
			if (admission) return { waiter, admission };
			if (this.earliest(waiter.entry) > now) continue;
			if (this.breaker.state === 'closed') {
				if (canSend && this.inFlight < waiter.entry.limits.concurrency) return { waiter };
			} else if (this.breaker.probeAt <= now) {
				if (!probe || risk(waiter) < risk(probe)) probe = waiter;
			}
		}
		return probe && { waiter: probe };
	}

	/** Why a request has to wait longer than it may; undefined while it does not. */
	private givenUp({ entry }: Waiter, now: number): Admission | undefined {
		for (const scope of [ALL, entry.bucket]) {
			const pause = this.pauses.get(scope);
			if (!pause) continue;
			const heldMs = pause.until - Math.max(pause.since, entry.startedAt);
			if (pause.until > now && heldMs > entry.maxWaitMs) return { refusal: pause.refusal };
		}
		const { state, cause, silentSince } = this.breaker;
		if (state === 'closed' || !cause || this.breaker.isForgotten(now)) return undefined;
		return this.deadlineOf(entry, now) <= now ? { outage: cause, silentSince } : undefined;
	}

	/** Until when a request waits for the outage that there is to end, in milliseconds since 1970. */
	private deadlineOf({ execution, startedAt, maxWaitMs }: Entry, now: number): number {
		const { openedAt } = this.breaker;
		let met = this.outageMet.get(execution);
		if (met?.openedAt !== openedAt) {
			met = { openedAt, since: this.breaker.waitingSince(startedAt, now) };
			this.breaker.hurry(now);
			this.outageMet.set(execution, met);
		}
		return this.breaker.deadline(met.since, maxWaitMs);
	}

	/** Not sent before, for all that can be told in advance, in milliseconds since 1970. */
	private earliest({ bucket, limits, notBefore = 0 }: Entry): number {
		// Requests per Minute does not hold back a probe: its execution would give up before one is sent.
		const isSpaced = limits.requestsPerMinute && this.breaker.state === 'closed';
		const spaced = isSpaced ? this.nextStart : 0;
		const pauses = [ALL, bucket].map((scope) => this.pauses.get(scope)?.until ?? 0);
		return Math.max(notBefore, spaced, ...pauses);
	}

	private permitFor(entry: Entry, now: number): Permit {
		this.inFlight++;
		const { requestsPerMinute } = entry.limits;
		if (requestsPerMinute) {
			this.nextStart = Math.max(now, this.nextStart) + 60_000 / requestsPerMinute;
		}
		const number = ++this.sent;
		const isProbe = this.breaker.state !== 'closed';
		if (isProbe) this.breaker.beginProbe(number, now);
		return { entry, number, sentAt: now, isProbe };
	}

	/** When something may have changed by the clock alone, in milliseconds since 1970. */
	private nextLook(now: number): number {
		let soonest = Infinity;
		for (const { entry } of this.queue.heads()) {
			const dates = [this.earliest(entry)];
			if (this.breaker.state !== 'closed') {
				dates.push(this.deadlineOf(entry, now));
				dates.push(this.breaker.probeAt);
			}
			for (const date of dates) if (date > now) soonest = Math.min(soonest, date);
		}
		return soonest;
	}

	private wakeUpAt(date: number, now: number): void {
		if (date >= this.wake) return;
		this.wake = date;
		void this.sleep(date - now).then(() => {
			if (this.wake === date) this.wake = Infinity;
			this.admitAll();
		});
	}

	/** One more for each answer until the server first refuses; after that, one more after many. */
	private speedUp({ entry }: Permit): void {
		if (this.allowed >= entry.limits.concurrency) return;
		this.answeredSince++;
		const isDue = this.answeredSince >= this.allowed * ADDITIVE_INCREASE_AFTER;
		if (this.knownRefusals === 0 || isDue) {
			this.allowed++;
			this.answeredSince = 0;
		}
	}

	/**
	 * Half as many. A limit for a window of time does not ask for less than the initial concurrency; a refusal soon after the
	 * last one does.
	 */
	private slowDown(): void {
		const soon = this.sent - this.knownRefusals < 4 * this.allowed;
		const least = soon ? 1 : Math.min(INITIAL_CONCURRENCY, this.allowed);
		this.allowed = Math.max(least, Math.floor(this.allowed / 2));
		this.answeredSince = 0;
		this.knownRefusals = this.sent;
	}
}

const RISK = { safe: 0, verifyFirst: 3, never: 100 };

/**
 * How unwelcome a request is as a probe. Those that are safe come first, in turn: one that fails for a reason of its own must
 * not be the only one that is tried.
 */
function risk({ entry }: Waiter): number {
	return RISK[entry.idempotency] + entry.failures;
}
