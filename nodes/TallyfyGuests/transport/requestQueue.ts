// Requests that wait for a permit of the rate limiter: by execution, so that a long one does not hold up a short one, and within
// it in lines of requests that are alike in all that decides when they may be sent. Only the first of each line is examined,
// because thousands arrive at once.
import type { ErrorDetails } from './errors';
import type { ApiResponse, Idempotency } from './request';

export interface Limits {
	/** Requests in flight at the most. */
	concurrency: number;
	requestsPerMinute?: number;
}

/** A request that asks for a permit. */
export interface QueueEntry {
	/** The execution on behalf of which it is sent. */
	execution: object;
	/** When that execution began, in milliseconds since 1970. */
	startedAt: number;
	limits: Limits;
	/** Requests that the server limits together: `GET /guests/*`. */
	bucket: string;
	/** How long a pause or an outage may hold it up, in milliseconds. */
	maxWaitMs: number;
	idempotency: Idempotency;
	/** How often it got no response or a failure of the server. */
	failures: number;
	/** Of a request that is repeated: not sent before, in milliseconds since 1970. Those go before fresh ones. */
	notBefore?: number;
}

/** The right to be in flight, to be handed back with `release` whatever happens. */
export interface Permit {
	entry: QueueEntry;
	/** In the order of sending. */
	number: number;
	/** Milliseconds since 1970. */
	sentAt: number;
	/** Sent to find out whether the server answers again, while all others wait. */
	isProbe: boolean;
}

/** What becomes of a request that asks for a permit: it, or the reason why there is none. */
export type AcquireResult =
	| { permit: Permit }
	/** No token can be had. */
	| { failure: ErrorDetails }
	/** Its execution ended first. */
	| { cancelled: true }
	/** It would have to wait longer than it may: the refusal that caused the pause. */
	| { refusal: ApiResponse }
	/** No response has come for as long as it may wait: what the last request failed with, and since when (ms since 1970). */
	| { outage: ErrorDetails; silentSince: number };

export interface Waiter {
	entry: QueueEntry;
	resolve: (result: AcquireResult) => void;
}

/** First in, first out. `shift` of a long array moves all of its entries: with 100,000 that is noticeable. */
class Line {
	private first = 0;
	private waiters: Waiter[] = [];

	get head(): Waiter | undefined {
		return this.waiters[this.first];
	}

	push(waiter: Waiter): void {
		this.waiters.push(waiter);
	}

	shift(): void {
		if (++this.first >= 1000) [this.waiters, this.first] = [this.all(), 0];
	}

	all(): Waiter[] {
		return this.waiters.slice(this.first);
	}
}

/** What waits of one execution, by name of the line: repeated requests, and fresh ones. */
type Lines = [repeated: Map<string, Line>, fresh: Map<string, Line>];

const nameOf = ({ bucket, limits, maxWaitMs, idempotency, failures, notBefore }: QueueEntry) =>
	JSON.stringify([bucket, limits, maxWaitMs, idempotency, failures, notBefore]);

export class RequestQueue {
	/** In turn: the execution whose request was sent last comes last. */
	private readonly executions = new Map<object, Lines>();

	get isEmpty(): boolean {
		return this.executions.size === 0;
	}

	push(waiter: Waiter): void {
		const { execution, notBefore } = waiter.entry;
		const lines: Lines = this.executions.get(execution) ?? [new Map(), new Map()];
		this.executions.set(execution, lines);
		const group = lines[notBefore === undefined ? 1 : 0];
		const name = nameOf(waiter.entry);
		const line = group.get(name) ?? new Line();
		line.push(waiter);
		group.set(name, line);
	}

	/** The first of every line, repeated requests before fresh ones; lines and executions in turn. */
	*heads(): Generator<Waiter> {
		for (const lines of [...this.executions.values()]) {
			for (const group of lines) {
				for (const { head } of [...group.values()]) if (head) yield head;
			}
		}
	}

	/** Takes the first of a line out; that line and its execution come last from now on. */
	remove({ entry }: Waiter): void {
		const lines = this.executions.get(entry.execution);
		if (!lines) return;
		const group = lines[entry.notBefore === undefined ? 1 : 0];
		const name = nameOf(entry);
		const line = group.get(name);
		line?.shift();
		group.delete(name);
		if (line?.head) group.set(name, line);
		this.executions.delete(entry.execution);
		if (lines.some(({ size }) => size > 0)) this.executions.set(entry.execution, lines);
	}

	/** Takes out what waits on behalf of an execution: everything, or one bucket. */
	removeAll(execution: object, bucket?: string): Waiter[] {
		const lines = this.executions.get(execution) ?? [];
		const removed: Waiter[] = [];
		for (const group of lines) {
			for (const [name, line] of group) {
				if (bucket !== undefined && line.head?.entry.bucket !== bucket) continue;
				removed.push(...line.all());
				group.delete(name);
			}
		}
		if (lines.every(({ size }) => size === 0)) this.executions.delete(execution);
		return removed;
	}
}
