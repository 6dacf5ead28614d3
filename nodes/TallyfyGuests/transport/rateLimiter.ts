// How fast requests may go: shared by all items and executions in this process that use one credential with one address.
// Knows nothing of n8n; the clock, the sleep and the randomness are given to it.
import { CircuitBreaker } from './circuitBreaker';
import type { ErrorDetails } from './errors';
import type { ApiResponse } from './request';
import {
	RequestQueue,
	type AcquireResult,
	type Permit,
	type QueueEntry,
	type Waiter,
} from './requestQueue';
import type { OutcomeKind } from './retry';

/** Requests in flight to begin with, and after an outage (G51). */
const INITIAL_CONCURRENCY = 4;
/** After a refusal, so many times the number in flight must be answered before one more is tried. */
const ADDITIVE_INCREASE_AFTER = 8;

/** All times are in milliseconds since 1970. */
interface Pause {
	until: number;
	/** Since when requests have been refused without a response that counts between. */
	since: number;
	refusal: ApiResponse;
}

/** A refusal that comes later than this after a pause begins a new one, in milliseconds. */
const NEW_PAUSE_AFTER_MS = 10_000;

/** The pause that holds requests of every bucket. */
const ALL = '';

export class RateLimiter {
	private readonly breaker = new CircuitBreaker();
	private readonly queue = new RequestQueue();
	/** Since when executions have been waiting for the end of an outage. */
	private readonly outageWaits = new WeakMap<object, { openedAt: number; since: number }>();
	private readonly pauses = new Map<string, Pause>();
	private allowed = INITIAL_CONCURRENCY;
	private inFlight = 0;
	private sent = 0;
	/** Requests that were answered so far, and since `allowed` last changed. */
	answered = 0;
	private answeredSince = 0;
	/** Requests up to this number were in flight when the server last refused: they all mean the same refusal. */
	private knownRefusals = 0;
	private nextStart = 0;
	private wakeAt = Infinity;

	constructor(
		private readonly now: () => number,
		private readonly sleep: (ms: number) => Promise<void>,
		private readonly chance: () => number = Math.random,
	) {}

	/** Waits until the request may be sent, or until it is clear that it may not. */
	async acquire(entry: QueueEntry): Promise<AcquireResult> {
		return await new Promise((resolve) => {
			this.queue.push({ entry, resolve });
			this.admitAll();
		});
	}

	/** Takes a permit back: with what came of the request, if it was sent in the end, and why where that is `unavailable`. */
	release(permit: Permit, kind?: OutcomeKind, cause?: ErrorDetails): void {
		const now = this.now();
		const { number, entry } = permit;
		this.inFlight--;
		if (cause || !kind || kind === 'permanent') {
			this.breaker.failed(permit, now, this.chance(), cause);
		} else if (this.breaker.answered(number)) {
			this.allowed = Math.min(this.allowed, INITIAL_CONCURRENCY);
		}
		if (kind === 'answered') {
			this.answered++;
			for (const pause of this.pausesOf(entry.bucket)) pause.since = now;
			this.speedUp(entry);
		}
		if (kind === 'refused' && number > this.knownRefusals) this.slowDown();
		this.admitAll();
	}

	/** Sends nothing, or nothing of one bucket, for so long. A request that may not wait so long gets the refusal. */
	pause(waitMs: number, refusal: ApiResponse, bucket: string = ALL): void {
		const now = this.now();
		const before = this.pauses.get(bucket);
		const until = Math.max(now + waitMs, before?.until ?? 0);
		let since = before && now - before.until < NEW_PAUSE_AFTER_MS ? before.since : now;
		// What was in flight when the pause began is refused a little later: that is no second wait.
		if (before && now < before.until) since = until - Math.max(before.until - before.since, waitMs);
		this.pauses.set(bucket, { until, since, refusal });
		this.admitAll();
	}

	/** Takes back what waits on behalf of an execution: everything, or one bucket. */
	cancelWaiting(execution: object, bucket?: string): void {
		for (const { resolve } of this.queue.removeAll(execution, bucket)) resolve({ cancelled: true });
	}

	/** Admits every request that may be sent now or may not wait any longer, and sets the timer for the next. */
	private admitAll(): void {
		const now = this.now();
		for (let next = this.nextOf(now); next; next = this.nextOf(now)) {
			const { waiter, rejection } = next;
			this.queue.remove(waiter);
			waiter.resolve(rejection ?? { permit: this.permitFor(waiter.entry, now) });
		}
		if (!this.queue.isEmpty) this.wakeUpAt(this.nextChangeAt(now), now);
	}

	/** The next to be sent or to be rejected; undefined while all have to wait. */
	private nextOf(now: number): { waiter: Waiter; rejection?: AcquireResult } | undefined {
		const canSend = this.inFlight < this.allowed;
		const { probeAt } = this.breaker;
		let probe: Waiter | undefined;
		for (const waiter of this.queue.heads()) {
			const { entry } = waiter;
			const rejection = this.rejection(entry, now);
			if (rejection) return { waiter, rejection };
			if (this.earliest(entry) > now) continue;
			if (this.breaker.state === 'closed') {
				if (canSend && this.inFlight < entry.limits.concurrency) return { waiter };
			} else if (this.breaker.probeAt <= now) {
				if (!probe || probeRisk(entry) < probeRisk(probe.entry)) probe = waiter;
			}
		}
		// An execution that was held up for the first time has made the probe due: perhaps for a request that came before in the loop.
		if (!probe && this.breaker.probeAt < probeAt) return this.nextOf(now);
		return probe && { waiter: probe };
	}

	/** Why a request has to wait longer than it may; undefined while it does not. */
	private rejection(entry: QueueEntry, now: number): AcquireResult | undefined {
		for (const { until, since, refusal } of this.pausesOf(entry.bucket)) {
			const heldMs = until - Math.max(since, entry.startedAt);
			if (until > now && heldMs > entry.maxWaitMs) return { refusal };
		}
		const { state, cause, silentSince } = this.breaker;
		if (state === 'closed' || !cause || this.breaker.isStale(now)) return undefined;
		return this.deadlineOf(entry, now) <= now ? { outage: cause, silentSince } : undefined;
	}

	/** The pauses that hold requests of a bucket. */
	private pausesOf(bucket: string): Pause[] {
		return [ALL, bucket].flatMap((scope) => this.pauses.get(scope) ?? []);
	}

	/** Until when a request waits for the end of the current outage, in milliseconds since 1970. */
	private deadlineOf({ execution, startedAt, maxWaitMs }: QueueEntry, now: number): number {
		const { openedAt } = this.breaker;
		let wait = this.outageWaits.get(execution);
		if (wait?.openedAt !== openedAt) {
			wait = { openedAt, since: this.breaker.waitingSince(startedAt, now) };
			this.breaker.probeSooner(now);
			this.outageWaits.set(execution, wait);
		}
		return this.breaker.deadline(wait.since, maxWaitMs);
	}

	/** Not sent before, as far as this is known in advance, in milliseconds since 1970. */
	private earliest({ bucket, limits, notBefore = 0 }: QueueEntry): number {
		// Requests per Minute does not hold back a probe: its execution would give up before one is sent.
		const isSpaced = limits.requestsPerMinute && this.breaker.state === 'closed';
		const pauses = this.pausesOf(bucket).map(({ until }) => until);
		return Math.max(notBefore, isSpaced ? this.nextStart : 0, ...pauses);
	}

	private permitFor(entry: QueueEntry, now: number): Permit {
		this.inFlight++;
		const { requestsPerMinute } = entry.limits;
		const from = Math.max(now, this.nextStart);
		if (requestsPerMinute) this.nextStart = from + 60_000 / requestsPerMinute;
		const number = ++this.sent;
		const isProbe = this.breaker.state !== 'closed';
		if (isProbe) this.breaker.beginProbe(number, now);
		return { entry, number, sentAt: now, isProbe };
	}

	/** When something may change by the clock alone, in milliseconds since 1970. */
	private nextChangeAt(now: number): number {
		let soonest = Infinity;
		for (const { entry } of this.queue.heads()) {
			const { state, probeAt } = this.breaker;
			const inOutage = state === 'closed' ? [] : [this.deadlineOf(entry, now), probeAt];
			const times = [this.earliest(entry), ...inOutage].filter((time) => time > now);
			soonest = Math.min(soonest, ...times);
		}
		return soonest;
	}

	private wakeUpAt(time: number, now: number): void {
		if (time >= this.wakeAt) return;
		this.wakeAt = time;
		void this.sleep(time - now).then(() => {
			if (this.wakeAt === time) this.wakeAt = Infinity;
			this.admitAll();
		});
	}

	/** One more for each answer until the server first refuses; after that, one more after many. */
	private speedUp({ limits }: QueueEntry): void {
		if (this.allowed >= limits.concurrency) return;
		this.answeredSince++;
		const isDue = this.answeredSince >= this.allowed * ADDITIVE_INCREASE_AFTER;
		if (this.knownRefusals === 0 || isDue) {
			this.allowed++;
			this.answeredSince = 0;
		}
	}

	/** Half as many; fewer than to begin with only soon after another refusal: a limit for a window of time does not ask for that. */
	private slowDown(): void {
		const isSoon = this.sent - this.knownRefusals < 4 * this.allowed;
		const least = isSoon ? 1 : Math.min(INITIAL_CONCURRENCY, this.allowed);
		this.allowed = Math.max(least, Math.floor(this.allowed / 2));
		this.answeredSince = 0;
		this.knownRefusals = this.sent;
	}
}

const PROBE_RISK = { safe: 0, verifyFirst: 3, never: 100 };

/** How little a request is fit as a probe: safe ones first, in turn, because one may fail for a reason of its own. */
const probeRisk = ({ idempotency, failures }: QueueEntry) => PROBE_RISK[idempotency] + failures;
