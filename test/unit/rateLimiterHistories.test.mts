import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { OutcomeKind } from '../../nodes/TallyfyGuests/transport/retry.ts';
import { LimiterInTime, refusal, type Asked } from '../support/limiter.mts';

/** The longest back-off between two probes, in milliseconds. */
const MAX_PROBE_MS = 8_000;
/** The longest delay and pause below, in milliseconds. */
const MAX_PAUSE_MS = 700;

const KINDS: OutcomeKind[] = [
	'answered',
	'answered',
	'answered',
	'refused',
	'failed',
	'unavailable',
	'permanent',
];

const step = fc.oneof(
	{
		weight: 6,
		arbitrary: fc.record({
			do: fc.constant('ask' as const),
			of: fc.nat({ max: 2 }),
			concurrency: fc.constantFrom(1, 3, 10),
			requestsPerMinute: fc.constantFrom(undefined, undefined, 600),
			bucket: fc.constantFrom('GET /guests', 'POST /guests'),
			maxWaitMs: fc.constantFrom(0, 500, 5_000, 60_000),
			idempotency: fc.constantFrom('safe' as const, 'verifyFirst' as const, 'never' as const),
			failures: fc.nat({ max: 2 }),
			delay: fc.constantFrom(undefined, undefined, 0, 500),
		}),
	},
	{
		weight: 5,
		arbitrary: fc.record({
			do: fc.constant('finish' as const),
			at: fc.nat({ max: 20 }),
			kind: fc.constantFrom(...KINDS),
		}),
	},
	{
		weight: 1,
		arbitrary: fc.record({
			do: fc.constant('pause' as const),
			ms: fc.constantFrom(300, MAX_PAUSE_MS),
			bucket: fc.constantFrom(undefined, 'POST /guests'),
		}),
	},
	{
		weight: 2,
		arbitrary: fc.record({
			do: fc.constant('pass' as const),
			ms: fc.constantFrom(1, 400, 9_000),
		}),
	},
	{
		weight: 1,
		arbitrary: fc.record({ do: fc.constant('cancel' as const), of: fc.nat({ max: 2 }) }),
	},
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

class History extends LimiterInTime {
	private readonly executions = Array.from({ length: 3 }, () => ({}));
	private readonly startedAt = this.time.now();
	private seen = 0;

	get waiting(): Asked[] {
		return this.asked.filter(({ result }) => !result);
	}

	async take(now: Step): Promise<void> {
		if (now.do === 'ask') {
			const { of, concurrency, requestsPerMinute, delay } = now;
			const { bucket, maxWaitMs, idempotency, failures } = now;
			this.ask(String(this.asked.length), {
				...{ bucket, maxWaitMs, idempotency, failures },
				execution: this.executions[of],
				startedAt: this.startedAt,
				limits: { concurrency, requestsPerMinute },
				notBefore: delay === undefined ? undefined : this.time.now() + delay,
			});
		}
		const { inFlight } = this;
		if (now.do === 'finish' && inFlight.length)
			this.finish(inFlight[now.at % inFlight.length], now.kind);
		if (now.do === 'pause') this.limiter.pause(now.ms, refusal(), now.bucket);
		if (now.do === 'cancel') this.limiter.cancelWaiting(this.executions[now.of]);
		await this.time.pass(now.do === 'pass' ? now.ms : 0);
		this.check();
		await this.checkAgain();
	}

	/** Of the requests sent since the last check, none may have gone beyond its own concurrency. */
	private check(): void {
		let flying = this.inFlight.length;
		for (const { entry, permit } of this.sent.slice(this.seen).reverse()) {
			expect(permit).toBeDefined();
			expect(permit!.isProbe || flying <= entry.limits.concurrency).toBe(true);
			flying--;
		}
		this.seen = this.sent.length;
	}

	/** To check all that wait once more finds nothing to send, and nothing to reject. */
	private async checkAgain(): Promise<void> {
		const before = this.waiting.length;
		(this.limiter as unknown as { admitAll: () => void }).admitAll();
		await this.time.pass(0);
		expect(this.waiting).toHaveLength(before);
	}

	/** From now on this becomes of everything in flight, until nothing waits. */
	async endWith(kind: OutcomeKind, mostMs: number): Promise<void> {
		for (const end = this.time.now() + mostMs; this.time.now() < end && this.waiting.length; ) {
			await this.finishAll(kind);
			await this.time.pass(this.inFlight.length ? 0 : 100);
		}
	}
}

const ASK = {
	do: 'ask',
	of: 0,
	concurrency: 1,
	requestsPerMinute: undefined,
	bucket: 'GET /guests',
	maxWaitMs: 0,
	idempotency: 'safe',
	failures: 0,
	delay: undefined,
} as const;
/** A later execution makes the next probe due while only a request of an earlier one may be sent. */
const LATE_EXECUTION: Step[] = [
	ASK,
	{ do: 'finish', at: 0, kind: 'unavailable' },
	{ do: 'pass', ms: 9000 },
	ASK,
	ASK,
	{ do: 'finish', at: 0, kind: 'permanent' },
	{ ...ASK, of: 1, delay: 500 },
];

async function everyHistory(property: (history: History) => Promise<void>) {
	const steps = fc.array(step, { maxLength: 60, size: 'max' });
	await fc.assert(
		fc.asyncProperty(steps, async (all) => {
			const history = new History();
			for (const now of all) await history.take(now);
			await property(history);
		}),
		{ numRuns: 200, examples: [[LATE_EXECUTION]] },
	);
}

it('No request waits that may be sent or must be rejected, whatever came when and whatever became of it, and all is sent soon after the server answers again', async () => {
	await everyHistory(async (history) => {
		const perRequest = 100; // Of those with 600 requests per minute.
		const most = MAX_PROBE_MS + 2 * MAX_PAUSE_MS + perRequest * history.asked.length;
		await history.endWith('answered', most);
		expect(history.waiting).toEqual([]);
		expect(history.sent.length + history.ended.length).toBe(history.asked.length);
	});
});

it('No request waits longer than it may, and the longest back-off of a probe, while the server does not answer', async () => {
	await everyHistory(async (history) => {
		const silentSince = history.time.now();
		await history.endWith('unavailable', 100_000);
		expect(history.waiting).toEqual([]);
		for (const { entry, askedAt, endedAt } of [...history.sent, ...history.ended]) {
			const waitMs = Math.max(1_000, entry.maxWaitMs);
			const latest = Math.max(silentSince, askedAt) + waitMs + MAX_PROBE_MS;
			expect(endedAt).toBeLessThanOrEqual(latest);
		}
	});
});
