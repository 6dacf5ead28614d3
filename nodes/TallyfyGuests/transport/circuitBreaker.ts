// The circuit breaker of a credential: when responses stop coming, requests wait together behind one probe.
// Pure: it is given the time and the randomness. Used by the rate limiter.
import type { ErrorDetails } from './errors';
import { BACK_OFF_MS, backOffMs, MAX_BACK_OFF_MS } from './retry';

/** `closed`: requests are sent. `open`: none is, until a probe is due. `halfOpen`: a probe is under way. */
type BreakerState = 'closed' | 'open' | 'halfOpen';

/** For so long probes go on after an outage began, for requests that may wait as long: one that hangs is noticed late. In milliseconds. */
const MIN_PROBING_MS = 25_000;

/** The least time that a request waits for the end of an outage, in milliseconds: one lost connection must not fail all that wait. */
const MIN_WAIT_MS = 1_000;

/** A request in flight: its number in the order of sending, and when it was sent. */
type Sent = { number: number; sentAt: number };

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
		this.probeAt = now + MAX_BACK_OFF_MS;
	}

	/** For an execution that has not waited yet, the next probe need not be as far away as it was for others. */
	probeSooner(now: number): void {
		if (this.state !== 'open') return;
		this.probeAt = Math.min(this.probeAt, Math.max(now, this.failedAt + BACK_OFF_MS));
	}

	/**
	 * A request got a response, whatever the status. Gives whether a probe ended an outage with this. A response to an older
	 * request than one that failed proves nothing: a server that goes down finishes what it has.
	 */
	answered(number: number): boolean {
		this.newestAnswered = Math.max(this.newestAnswered, number);
		if (this.state === 'closed' || number < this.newestFailed) return false;
		this.state = 'closed';
		return number === this.probe;
	}

	/**
	 * A request got no response.
	 * @param cause what it failed with; missing for one that was not sent in the end, which shows nothing: another probe is due
	 */
	failed({ number, sentAt }: Sent, now: number, chance: number, cause?: ErrorDetails): void {
		if (cause) {
			this.newestFailed = Math.max(this.newestFailed, number);
			this.failedAt = now;
		}
		const isProbe = this.state === 'halfOpen' && number === this.probe;
		const opens = cause && this.state === 'closed' && number > this.newestAnswered;
		if (!isProbe && !opens) return;
		if (opens) [this.openedAt, this.silentSince] = [now, sentAt];
		this.failedProbes = opens ? 0 : this.failedProbes + 1;
		this.state = 'open';
		this.cause = cause ?? this.cause;
		this.probeAt = now + backOffMs(this.failedProbes + 1, chance);
	}

	/** Whether no probe has been sent for long, because no request was waiting: then the next request of any execution is a probe. */
	isStale(now: number): boolean {
		return this.state === 'open' && now - this.probeAt > MAX_BACK_OFF_MS;
	}

	/** Since when an execution that began at `startedAt` waits for responses, if this outage first held it up at `heldUpAt`. */
	waitingSince(startedAt: number, heldUpAt: number): number {
		const wasThere = heldUpAt - this.openedAt < MIN_WAIT_MS;
		return wasThere ? Math.max(this.silentSince, startedAt) : heldUpAt;
	}

	/** Until when an execution waits that began to wait at `since`: all of its requests together, also those that come later. */
	deadline(since: number, maxWaitMs: number): number {
		const waitMs = Math.max(maxWaitMs, MIN_WAIT_MS);
		return Math.max(since + waitMs, this.openedAt + Math.min(waitMs, MIN_PROBING_MS));
	}
}
