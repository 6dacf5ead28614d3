// What asks to be sent, and what becomes of it: the shapes that the rate limiter and its queue speak of.
import type { ErrorDetails } from './failure';
import type { ApiResponse, Idempotency } from './request';

export interface Limits {
	/** Requests in flight at the most. */
	concurrency: number;
	requestsPerMinute?: number;
}

/** A request that asks to be sent. */
export interface Entry {
	/** On whose behalf. */
	execution: object;
	/** When that execution began, in milliseconds since 1970. */
	startedAt: number;
	limits: Limits;
	/** Requests that the server limits together: `GET /guests/*`. */
	bucket: string;
	/** How long a pause or an outage may hold it up, in milliseconds. */
	maxWaitMs: number;
	idempotency: Idempotency;
	/** How often it has met nothing or a failure of the server. */
	failures: number;
	/** Of a request that is repeated: not sent before, in milliseconds since 1970. Those go before fresh ones. */
	notBefore?: number;
}

/** Leave to be in flight; handed back with `release` whatever happens. */
export interface Permit {
	entry: Entry;
	/** In the order of sending. */
	number: number;
	/** Milliseconds since 1970. */
	sentAt: number;
	/** Sent to find out whether answers come again, while all others wait. */
	isProbe: boolean;
}

/** What becomes of a request that asks to be sent. */
export type Admission =
	| { permit: Permit }
	/** Its execution ended first. */
	| { cancelled: true }
	/** It would have to wait longer than it may: the refusal that made everybody wait. */
	| { refusal: ApiResponse }
	/** No answer has come for as long as it may wait. */
	| { outage: ErrorDetails; silentSince: number };
