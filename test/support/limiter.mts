// Requests that ask a rate limiter for permits, in virtual time, and what became of them.
import type { ErrorDetails } from '../../nodes/TallyfyGuests/transport/errors.ts';
import type {
	AcquireResult,
	QueueEntry,
	Permit,
} from '../../nodes/TallyfyGuests/transport/requestQueue.ts';
import { RateLimiter } from '../../nodes/TallyfyGuests/transport/rateLimiter.ts';
import type { ApiResponse } from '../../nodes/TallyfyGuests/transport/request.ts';
import type { OutcomeKind } from '../../nodes/TallyfyGuests/transport/retry.ts';
import { VirtualTime } from './virtualTime.mts';

export const LOST: ErrorDetails = {
	message: 'No answer',
	description: 'Look.',
	code: 'ECONNRESET',
};

/** A refusal that can be told from others. */
export const refusal = (name = 'Slow down'): ApiResponse => ({
	status: 429,
	body: { message: name },
});

export interface Asked {
	name: string;
	entry: QueueEntry;
	/** When, in virtual time. */
	askedAt: number;
	/** When it was admitted or rejected. */
	endedAt?: number;
	result?: AcquireResult;
	/** While it is in flight. */
	permit?: Permit;
}

export class LimiterInTime {
	readonly time = new VirtualTime();
	readonly limiter: RateLimiter;
	readonly asked: Asked[] = [];
	/** Those that were admitted, in their order. */
	readonly sent: Asked[] = [];
	/** Those that were rejected, in their order. */
	readonly ended: Asked[] = [];
	readonly execution = {};
	/** Between 0 and 1: 1 makes every back-off as long as it can be. */
	chance = 1;

	constructor() {
		this.limiter = new RateLimiter(this.time.now, this.time.sleep, () => this.chance);
	}

	get inFlight(): Asked[] {
		return this.sent.filter(({ permit }) => permit);
	}

	get sentNames(): string[] {
		return this.sent.map(({ name }) => name);
	}

	get endedNames(): string[] {
		return this.ended.map(({ name }) => name);
	}

	/** Asks for a permit; notes what becomes of it. */
	ask(name: string, changes: Partial<QueueEntry> = {}): Asked {
		const askedAt = this.time.now();
		const entry: QueueEntry = {
			execution: this.execution,
			startedAt: askedAt,
			limits: { concurrency: 10 },
			bucket: 'GET /guests',
			maxWaitMs: 60_000,
			idempotency: 'safe',
			failures: 0,
			...changes,
		};
		const one: Asked = { name, entry, askedAt };
		this.asked.push(one);
		void this.limiter.acquire(entry).then((result) => {
			if (one.result) throw new Error(`${name} was admitted twice`);
			one.result = result;
			one.endedAt = this.time.now();
			if ('permit' in result) {
				one.permit = result.permit;
				this.sent.push(one);
			} else this.ended.push(one);
		});
		return one;
	}

	async acquireMany(count: number, changes: Partial<QueueEntry> = {}): Promise<Asked[]> {
		const many = Array.from({ length: count }, (_, index) => this.ask(String(index), changes));
		await this.time.pass(0);
		return many;
	}

	/** A request in flight ends. */
	finish(one: Asked, kind: OutcomeKind = 'answered', cause = LOST): void {
		const { permit } = one;
		if (!permit) throw new Error(`${one.name} is not in flight`);
		one.permit = undefined;
		this.limiter.release(permit, kind, kind === 'unavailable' ? cause : undefined);
	}

	/** The same becomes of all requests in flight. Gives how many they were. */
	async finishAll(kind: OutcomeKind = 'answered'): Promise<number> {
		const { inFlight } = this;
		for (const one of inFlight) this.finish(one, kind);
		await this.time.pass(0);
		return inFlight.length;
	}

	/** Four are in flight, the others wait; the newest in flight gets no response. */
	async outage(waiting: number): Promise<Asked[]> {
		const all = await this.acquireMany(4 + waiting);
		this.finish(all[3], 'unavailable');
		await this.time.pass(0);
		return all;
	}

	/** Lets time pass while the same becomes of every probe. Gives those that were sent. */
	async probes(ms: number, kind: OutcomeKind = 'unavailable'): Promise<Asked[]> {
		const before = this.sent.length;
		for (const end = this.time.now() + ms; this.time.now() < end; await this.time.pass(1)) {
			for (const one of this.inFlight) if (one.permit?.isProbe) this.finish(one, kind);
		}
		return this.sent.slice(before);
	}
}
