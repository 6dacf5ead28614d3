// What the items of one execution of a node share: when to begin to send and when all items have ended, the reasons to send no
// more, and the count of what was done. Knows nothing of n8n; itemContext.ts says which items there are.
import type { Connection } from './connection';
import type { ErrorDetails } from './errors';
import type { ApiResponse } from './request';
import type { AcquireResult } from './requestQueue';

/** How an item ended. `unknown`: it failed, but may have been done. `partly`: something was written before it was cancelled. */
export type Ending = 'done' | 'failed' | 'unknown' | 'partly' | 'notSent';

export interface ExecutionOptions {
	/** Items that n8n will begin; undefined where that cannot be known. */
	expected?: number;
	/** n8n's Batching: so many items are begun at a time. All at once, if left out. */
	batchSize?: number;
	/** How long n8n may take to begin the next item, in milliseconds; longer means that it begins no more. */
	graceMs?: number;
	/** Whether n8n goes on without items that it could not begin. */
	mayMissItems?: boolean;
	sleep: (ms: number) => Promise<void>;
}

/** So many items are prepared before n8n gets to do something else. */
const PREPARED_AT_ONCE = 100;

export class Execution {
	/** Milliseconds since 1970. */
	readonly startedAt = Date.now();
	/** What its requests share with those of other executions, once the credential has been read. */
	connection?: Connection;
	/** No more requests are sent: an item failed in a node that stops then, or n8n cancelled the execution. */
	cancelled = false;
	/** Why no token can be had: what holds for one request holds for all of this execution. */
	private signInFailure?: ErrorDetails;
	/** Whether the credential has held a token in this execution; see `TokenManager`. */
	hasToken = false;
	/** n8n has had the time to begin all items. */
	private beginningOver = false;
	private readonly counts = { done: 0, failed: 0, unknown: 0, partly: 0, notSent: 0 };
	private readonly closedBuckets = new Map<string, ApiResponse>();
	private readonly begun = new Set<number>();
	/** Items whose parameters have been read: they are about to send, or have ended. */
	private readonly prepared = new Set<number>();
	private preparing: Promise<void> = Promise.resolve();
	private readonly whenChanged: Array<() => void> = [];
	private readonly shared = new Map<string, Promise<unknown>>();
	private readonly whenEnded: Array<() => void> = [];

	constructor(private readonly options: ExecutionOptions) {}

	/** Whether n8n has begun all the items it will begin. */
	get beginsNoMore(): boolean {
		return this.beginningOver || this.begun.size >= (this.options.expected ?? Infinity);
	}

	hasBegun(item: number): boolean {
		return this.begun.has(item);
	}

	/** n8n begins an item. Resolves when to read its parameters: thousands are begun in one go, and to read all so would block n8n. */
	async begin(item: number): Promise<void> {
		if (this.begun.size === 0) void this.watchBeginning();
		else if (this.begun.size % PREPARED_AT_ONCE === 0) {
			this.preparing = this.preparing.then(async () => await this.options.sleep(0));
		}
		this.begun.add(item);
		this.changed();
		await this.preparing;
	}

	/**
	 * Resolves when requests of this item may be sent: when n8n has begun all items, and the parameters of all have been read, so
	 * that nothing is sent when one of them stops the node. Gives false when the item must not be sent: n8n evaluates the
	 * parameters of all items in one loop and throws out of it when one cannot be evaluated. Then the node has failed already,
	 * and nothing would show what was done after that.
	 */
	async maySend(item: number): Promise<boolean> {
		this.prepared.add(item);
		const { expected, batchSize = Infinity, mayMissItems } = this.options;
		const batchEnd = batchSize * (Math.floor(item / batchSize) + 1) || Infinity;
		const enough = Math.min(expected ?? Infinity, batchEnd);
		const isReady = () =>
			(this.beginsNoMore || this.begun.size >= enough) && this.prepared.size >= this.begun.size;
		const nextChange = async () =>
			await new Promise<void>((resolve) => this.whenChanged.push(resolve));
		// Also the last of them waits, so that the order is that of the items.
		let next = nextChange();
		this.changed();
		for (await next; !this.cancelled && !isReady(); await next) next = nextChange();
		return mayMissItems === true || !this.beginningOver || this.begun.size >= (expected ?? 0);
	}

	/** An item has ended. */
	itemEnded(item: number, as: Ending): void {
		this.counts[as]++;
		this.prepared.add(item);
		this.changed();
		this.endIfAllHave();
	}

	/** Resolves when all items that n8n began have ended. */
	async ended(): Promise<void> {
		if (!this.hasEnded) await new Promise<void>((resolve) => this.whenEnded.push(resolve));
	}

	/** Does work once for all items that name the same key. What failed is done again for the next item that names it. */
	async once<T>(key: string, work: () => Promise<T>): Promise<T> {
		const known = this.shared.get(key);
		if (known) return (await known) as T;
		const own = work();
		this.shared.set(key, own);
		own.catch(() => this.shared.delete(key));
		return await own;
	}

	/** Sends no more; what waits to be sent is taken back. */
	cancel(): void {
		this.cancelled = true;
		this.connection?.limiter.cancelWaiting(this);
		this.changed();
	}

	/** From now on requests of this bucket get this refusal, unsent: the server said when to come back, and it is far away. */
	closeBucket(bucket: string, refusal: ApiResponse): void {
		this.closedBuckets.set(bucket, refusal);
		this.connection?.limiter.cancelWaiting(this, bucket);
	}

	/** From now on every request fails with this, unsent. */
	failAll(signInFailure: ErrorDetails): void {
		this.signInFailure = signInFailure;
		this.connection?.limiter.cancelWaiting(this);
	}

	/** Why no request of this bucket may be sent any more; undefined while it may. */
	reasonNotToSend(bucket: string): AcquireResult | undefined {
		if (this.cancelled) return { cancelled: true };
		if (this.signInFailure) return { failure: this.signInFailure };
		const refusal = this.closedBuckets.get(bucket);
		return refusal && { refusal };
	}

	/** The failure that stops the node, with what became of the other items: the error is all that shows what was done. */
	stoppedBy(failure: ErrorDetails): ErrorDetails {
		const total = Math.max(this.options.expected ?? 0, this.begun.size);
		if (total < 2) return failure;
		const { done, failed, unknown, partly } = this.counts;
		const notSent = total - done - failed - unknown - partly;
		const maybe = unknown ? `, ${unknown} may have been done` : '';
		const begun = partly ? `, ${partly} only begun` : '';
		const others = `${maybe}${begun}${notSent ? `, ${notSent} not sent` : ''}`;
		const message = `${failure.message} (${done} of ${total} items done${others})`;
		const description = `${failure.description} To keep results and go on with the other items, set On Error in the settings of this node to Continue.`;
		return { ...failure, message, description };
	}

	private async watchBeginning(): Promise<void> {
		const { expected = 0, graceMs = 0, sleep } = this.options;
		// n8n begins all items in one go, but for Batching.
		await Promise.resolve();
		for (let before = 0; graceMs && this.begun.size < expected && this.begun.size > before; ) {
			before = this.begun.size;
			await sleep(graceMs);
		}
		this.beginningOver = true;
		this.changed();
		this.endIfAllHave();
	}

	/** Lets what waits check again, but only when it may make a difference: thousands wait for this. */
	private changed(): void {
		if (!this.cancelled && this.prepared.size < this.begun.size) return;
		for (const resolve of this.whenChanged.splice(0)) resolve();
	}

	private get hasEnded(): boolean {
		const { done, failed, unknown, partly, notSent } = this.counts;
		return this.beginsNoMore && done + failed + unknown + partly + notSent >= this.begun.size;
	}

	private endIfAllHave(): void {
		if (this.hasEnded) for (const resolve of this.whenEnded.splice(0)) resolve();
	}
}
