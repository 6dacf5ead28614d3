// The circuit breaker of a credential: when responses stop coming, requests wait together behind one probe.
// Pure: it is given the time and the randomness. Used by the rate limiter.
import type { ErrorDetails } from './errors';

/** Whether requests may be sent: all (`closed`), or none but a probe when it is due (`open`, and `halfOpen` while one is under way). */
export type BreakerState = 'closed' | 'open' | 'halfOpen';

/** Back-off between two probes, in milliseconds: it doubles from the first to the second. */
const FIRST_PROBE_MS = 500;
const MAX_PROBE_MS = 8_000;

/**
 * A request that hangs is noticed late, when its time to wait may be over already. Probing goes on for so long all the same, in
 * milliseconds, for requests that may wait as long.
 */
const MIN_PROBING_MS = 25_000;

/** The least time that a request waits for the end of an outage, in milliseconds: one lost connection must not fail all that wait. */
const MIN_WAIT_MS = 1_000;

/** Back-off with jitter: from half of a bound to the whole; the bound doubles with each failure. In milliseconds. */
export function probeBackOffMs(failures: number, chance: number): number {
	const bound = Math.min(MAX_PROBE_MS, FIRST_PROBE_MS * 2 ** failures);
	return Math.round((bound / 2) * (1 + chance));
}

/** All times are in milliseconds since 1970; requests are numbered in the order of sending; `chance` is between 0 and 1. */
export class CircuitBreaker {
	state: BreakerState = 'closed';
	/** When the next probe is due; means nothing while closed. */
	probeAt = 0;
	/** Since when no response has come. */
	silentSince = 0;
	/** What the last request without a response failed with. */
	cause?: ErrorDetails;
	/** When it opened: tells one outage from another. */
	openedAt = 0;
	private failedAt = 0;
	private failedProbes = 0;
	/** Number of the newest request that got no response, and of the newest that got one. */
	private newestFailed = 0;
	private newestAnswered = 0;
	/** Number of the newest probe. One of an earlier outage may still be under way, and proves as little as any old request. */
	private probe = 0;

	/** A probe is sent: the request with this number. Another one is due if it hangs. */
	beginProbe(number: number, now: number): void {
		this.state = 'halfOpen';
		this.probe = number;
		this.probeAt = now + MAX_PROBE_MS;
	}

	/** For an execution that has not waited yet, the next probe need not be as far away as it was for others. */
	probeSooner(now: number): void {
		if (this.state !== 'open') return;
		this.probeAt = Math.min(this.probeAt, Math.max(now, this.failedAt + FIRST_PROBE_MS));
	}

	/**
	 * A request got a response, whatever the status. One to an older request than one that failed proves nothing about now: a
	 * server that goes down finishes what it has.
	 * @returns whether an outage ended with this, which a probe has to show
	 */
	answered(number: number): boolean {
		this.newestAnswered = Math.max(this.newestAnswered, number);
		if (this.state === 'closed' || number < this.newestFailed) return false;
		this.state = 'closed';
		return number === this.probe;
	}

	/** A request got no response. */
	failed(
		{ number, sentAt }: { number: number; sentAt: number },
		cause: ErrorDetails,
		now: number,
		chance: number,
	): void {
		this.newestFailed = Math.max(this.newestFailed, number);
		this.failedAt = now;
		if (this.state === 'halfOpen' && number === this.probe) {
			this.cause = cause;
			this.probeFailed(number, now, chance);
		} else if (this.state === 'closed' && number > this.newestAnswered) {
			this.cause = cause;
			this.state = 'open';
			this.openedAt = now;
			this.silentSince = sentAt;
			this.failedProbes = 0;
			this.probeAt = now + probeBackOffMs(0, chance);
		}
	}

	/** A probe showed nothing, also because it was not sent in the end: another one is due later. */
	probeFailed(number: number, now: number, chance: number): void {
		if (this.state !== 'halfOpen' || number !== this.probe) return;
		this.failedProbes++;
		this.state = 'open';
		this.probeAt = now + probeBackOffMs(this.failedProbes, chance);
	}

	/** Whether no probe has been sent for long, because no request was waiting: then the next request of any execution is a probe. */
	isStale(now: number): boolean {
		return this.state === 'open' && now - this.probeAt > MAX_PROBE_MS;
	}

	/**
	 * Since when an execution has been waiting for responses.
	 * @param startedAt when the execution began
	 * @param heldUpAt when one of its requests was first held up by this outage
	 */
	waitingSince(startedAt: number, heldUpAt: number): number {
		const wasThere = heldUpAt - this.openedAt < MIN_WAIT_MS;
		return wasThere ? Math.max(this.silentSince, startedAt) : heldUpAt;
	}

	/**
	 * Until when an execution waits for the outage to end. All of its requests end together, and what comes later does not begin
	 * to wait anew.
	 * @param since when the execution began to wait
	 */
	deadline(since: number, maxWaitMs: number): number {
		const waitMs = Math.max(maxWaitMs, MIN_WAIT_MS);
		return Math.max(since + waitMs, this.openedAt + Math.min(waitMs, MIN_PROBING_MS));
	}
}
