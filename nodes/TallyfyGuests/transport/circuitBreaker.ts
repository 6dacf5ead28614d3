// The circuit breaker of a credential: when answers stop coming, requests wait together behind one probe.
// Pure: it is handed the time and chance. Used by the rate limiter.
import type { ErrorDetails } from './errors';

/** Whether requests may be sent: all (`closed`), or none but a probe when it is due (`open`, and `halfOpen` while one is under way). */
export type BreakerState = 'closed' | 'open' | 'halfOpen';

/** Back-off between two probes, in milliseconds: it doubles from the first to the second. */
const FIRST_PROBE_MS = 500;
const LONGEST_PROBE_MS = 8_000;

/**
 * A request that hangs is noticed late, when its patience may be over already. So much time is left for a probe all the same,
 * in milliseconds, for requests that may wait as long.
 */
const LEAST_PROBING_MS = 25_000;

/** The least time that a request waits for the end of an outage, in milliseconds: one lost connection must not fail all that wait. */
const LEAST_PATIENCE_MS = 1_000;

/** Back-off with jitter: from half of a bound to the whole; the bound doubles with each failure. In milliseconds. */
export function probeBackOffMs(failures: number, chance: number): number {
	const bound = Math.min(LONGEST_PROBE_MS, FIRST_PROBE_MS * 2 ** failures);
	return Math.round((bound / 2) * (1 + chance));
}

export class CircuitBreaker {
	state: BreakerState = 'closed';
	/** When the next probe is due, in milliseconds since 1970; means nothing while closed. */
	probeAt = 0;
	/** When a request last failed, in milliseconds since 1970. */
	private failedAt = 0;
	/** Since when no answer has come, in milliseconds since 1970. */
	silentSince = 0;
	/** What the last request without an answer failed with. */
	cause?: ErrorDetails;
	/** When it opened, in milliseconds since 1970: tells one outage from another. */
	openedAt = 0;
	private failedProbes = 0;
	/** Number of the newest request that got no answer. */
	private newestFailed = 0;
	/** Number of the newest request that was answered. */
	private newestAnswered = 0;
	/** Number of the newest probe. One of an earlier outage may still be under way, and proves as little as any old request. */
	private probe = 0;

	/** A probe is sent: the request with this number. Another one is due if it hangs. */
	beginProbe(number: number, now: number): void {
		this.state = 'halfOpen';
		this.probe = number;
		this.probeAt = now + LONGEST_PROBE_MS;
	}

	/** An execution that has not waited yet meets the outage: the next probe need not be as far away as it was for others. */
	hurry(now: number): void {
		if (this.state !== 'open') return;
		this.probeAt = Math.min(this.probeAt, Math.max(now, this.failedAt + FIRST_PROBE_MS));
	}

	/**
	 * A request was answered, whatever the status. An answer to an older request than one that failed proves nothing about
	 * now: a server that goes down finishes what it has.
	 * @param number of the request, in the order of sending
	 * @returns whether an outage ended with this, and not only a hiccup
	 */
	answered(number: number): boolean {
		this.newestAnswered = Math.max(this.newestAnswered, number);
		if (this.state === 'closed' || number < this.newestFailed) return false;
		this.state = 'closed';
		return number === this.probe;
	}

	/**
	 * A request got no answer.
	 * @param sentAt milliseconds since 1970
	 */
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

	/** A probe came to nothing, also when it was never sent after all: another one is due later. */
	probeFailed(number: number, now: number, chance: number): void {
		if (this.state !== 'halfOpen' || number !== this.probe) return;
		this.failedProbes++;
		this.state = 'open';
		this.probeAt = now + probeBackOffMs(this.failedProbes, chance);
	}

	/**
	 * Whether nothing is known any more: no probe has been sent for long, because no request was waiting. Then the next request is
	 * a probe, whichever execution it belongs to.
	 */
	isForgotten(now: number): boolean {
		return this.state === 'open' && now - this.probeAt > LONGEST_PROBE_MS;
	}

	/**
	 * Since when an execution has been waiting for answers, in milliseconds since 1970.
	 * @param startedAt when the execution began
	 * @param metAt when one of its requests was first held up by this outage
	 */
	waitingSince(startedAt: number, metAt: number): number {
		const wasThere = metAt - this.openedAt < LEAST_PATIENCE_MS;
		return wasThere ? Math.max(this.silentSince, startedAt) : metAt;
	}

	/**
	 * Until when an execution waits for the outage to end, in milliseconds since 1970. All of its requests give up together,
	 * and what comes later does not begin to wait anew.
	 * @param since when the execution began to wait
	 */
	deadline(since: number, maxWaitMs: number): number {
		const patience = Math.max(maxWaitMs, LEAST_PATIENCE_MS);
		return Math.max(since + patience, this.openedAt + Math.min(patience, LEAST_PROBING_MS));
	}
}
