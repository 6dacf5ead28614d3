// Requests that wait for a permit: by execution, so that a long one does not hold up a short one, and within it by line.
// Those in one line are alike in all that decides when they may start, so only the first of each is ever looked at: thousands
// arrive at once. Used by the rate limiter.
import type { ErrorDetails } from './errors';
import type { ApiResponse, Idempotency } from './request';

/** A request that waits. */
export interface Waiter {
	entry: Entry;
	admit: (admission: Admission) => void;
}

/** First in, first out, without moving thousands for each that leaves. */
class Line {
	private waiters: Waiter[] = [];
	private first = 0;

	get head(): Waiter | undefined {
		return this.waiters[this.first];
	}

	push(waiter: Waiter): void {
		this.waiters.push(waiter);
	}

	shift(): void {
		if (++this.first < 1000) return;
		this.waiters = this.waiters.slice(this.first);
		this.first = 0;
	}

	all(): Waiter[] {
		return this.waiters.slice(this.first);
	}
}

/** What has to be alike for two requests to stand in one line. Requests that are repeated have lines of their own. */
function lineOf({ bucket, limits, maxWaitMs, idempotency, failures, notBefore }: Entry) {
	const { concurrency, requestsPerMinute = '' } = limits;
	const rest = [concurrency, requestsPerMinute, maxWaitMs, idempotency, failures, notBefore ?? ''];
	return [bucket, ...rest].join(' ');
}

type Queue = { repeated: Map<string, Line>; fresh: Map<string, Line> };

export class RequestQueue {
	/** In turn: whose request was sent last comes last. */
	private readonly executions = new Map<object, Queue>();

	get isEmpty(): boolean {
		return this.executions.size === 0;
	}

	push(waiter: Waiter): void {
		const { execution, notBefore } = waiter.entry;
		let queue = this.executions.get(execution);
		if (!queue) this.executions.set(execution, (queue = { repeated: new Map(), fresh: new Map() }));
		const lines = notBefore === undefined ? queue.fresh : queue.repeated;
		const name = lineOf(waiter.entry);
		let line = lines.get(name);
		if (!line) lines.set(name, (line = new Line()));
		line.push(waiter);
	}

	/** The first of every line, repeated requests before fresh ones; lines and executions in turn. */
	*heads(): Generator<Waiter> {
		for (const { repeated, fresh } of [...this.executions.values()]) {
			for (const lines of [repeated, fresh]) {
				for (const { head } of [...lines.values()]) if (head) yield head;
			}
		}
	}

	/** Takes the first of a line out; the next line and the next execution are on turn. */
	remove({ entry }: Waiter): void {
		const queue = this.executions.get(entry.execution);
		if (!queue) return;
		const lines = entry.notBefore === undefined ? queue.fresh : queue.repeated;
		const name = lineOf(entry);
		const line = lines.get(name);
		line?.shift();
		lines.delete(name);
		if (line?.head) lines.set(name, line);
		this.executions.delete(entry.execution);
		if (queue.fresh.size + queue.repeated.size > 0) this.executions.set(entry.execution, queue);
	}

	/** Takes out what waits on behalf of an execution: everything, or one bucket. */
	removeAll(execution: object, bucket?: string): Waiter[] {
		const queue = this.executions.get(execution);
		if (!queue) return [];
		const removed: Waiter[] = [];
		for (const lines of [queue.repeated, queue.fresh]) {
			for (const [name, line] of lines) {
				if (bucket !== undefined && line.head?.entry.bucket !== bucket) continue;
				removed.push(...line.all());
				lines.delete(name);
			}
		}
		if (queue.fresh.size + queue.repeated.size === 0) this.executions.delete(execution);
		return removed;
	}
}

// What asks to be sent, and what becomes of it: the shapes that the rate limiter and its queue speak of.

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
