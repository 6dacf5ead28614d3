import { beforeEach, describe, expect, it } from 'vitest';
import { LimiterInTime, type Asked } from '../support/limiter.mts';

let at: LimiterInTime;
/** When the outage began. */
let t0: number;

beforeEach(() => {
	at = new LimiterInTime();
	t0 = at.time.now();
});

const sentAt = (sent: Asked[]) => sent.map(({ endedAt }) => endedAt! - t0);

describe('The circuit breaker, open', () => {
	it('sends nothing but one probe at a time, with growing back-off, for all executions together', async () => {
		await at.outage(50);
		for (let index = 0; index < 50; index++) at.ask('theirs', { execution: {} });
		const sent = await at.probes(40_000);
		expect(sentAt(sent)).toEqual([500, 1500, 3500, 7500, 15500, 23500, 31500, 39500]);
		expect(sent.every(({ permit }) => permit === undefined)).toBe(true);
	});

	it('waits between half of the back-off and the whole, so that many n8n do not come back at once', async () => {
		at.chance = 0;
		await at.outage(50);
		expect(sentAt(await at.probes(8000))).toEqual([250, 750, 1750, 3750, 7750]);
	});

	it('sends another probe when one hangs for 8 s, because a hung request must not keep a whole credential waiting', async () => {
		await at.outage(50);
		await at.time.pass(8000);
		expect(at.sent).toHaveLength(5);
		expect(at.sent[4].permit).toMatchObject({ isProbe: true });
		await at.time.pass(1000);
		expect(at.sent).toHaveLength(6);
		at.finish(at.sent[5]);
		await at.time.pass(0);
		expect(at.sent.length).toBeGreaterThan(6);
	});

	it('sends a probe though everything in flight hangs, because hung requests take a minute to be noticed', async () => {
		await at.outage(50);
		expect(at.inFlight).toHaveLength(3);
		at.ask('modest', { execution: {}, limits: { concurrency: 1 } });
		expect(sentAt(await at.probes(600))).toEqual([500]);
	});

	it('sends no probe before the time of that request, or in a pause', async () => {
		await at.acquireMany(1);
		at.ask('again', { notBefore: t0 + 3000 });
		at.finish(at.inFlight[0], 'unavailable');
		expect(sentAt(await at.probes(4000))).toEqual([3000]);
	});

	it('begins with short back-offs again in the next outage', async () => {
		await at.outage(50);
		await at.probes(8000);
		while (!at.inFlight.some(({ permit }) => permit?.isProbe)) await at.time.pass(1);
		at.finish(at.inFlight.at(-1)!);
		await at.time.pass(0);
		const now = at.time.now();
		at.finish(at.inFlight.at(-1)!, 'unavailable');
		expect(sentAt(await at.probes(2000))).toEqual([500, 1500].map((ms) => now + ms - t0));
	});

	it('sends another probe later when one was not sent in the end', async () => {
		await at.outage(50);
		const sent = await at.probes(4000, 'permanent');
		expect(sentAt(sent)).toEqual([500, 1500, 3500]);
	});

	it('lets probes rotate over requests, so that one that always fails is not the only probe', async () => {
		await at.acquireMany(1);
		at.finish(at.inFlight[0], 'unavailable');
		const again = (name: string, failures: number) =>
			at.ask(name, { failures, notBefore: at.time.now() });
		again('poisoned', 1);
		again('good', 1);
		const names: string[] = [];
		for (let probe = 0; probe < 4; probe++) {
			while (!at.inFlight.length) await at.time.pass(1);
			const [one] = at.inFlight;
			names.push(one.name);
			at.finish(one, 'unavailable');
			again(one.name, one.entry.failures + 1);
		}
		expect(names).toEqual(['poisoned', 'good', 'poisoned', 'good']);
	});

	it('prefers as a probe what is safe, then what can be verified, and a conversion only when nothing else waits', async () => {
		await at.outage(0);
		const bucket = 'POST /guests';
		at.ask('conversion', { idempotency: 'never', bucket });
		at.ask('create', { idempotency: 'verifyFirst', bucket });
		at.ask('read that failed', { failures: 2, bucket });
		at.ask('read');
		const names = (await at.probes(10_000)).map(({ name }) => name);
		expect(names).toEqual(['read', 'read that failed', 'create', 'conversion']);
	});
});

describe('The circuit breaker, closing', () => {
	it.each(['answered', 'refused', 'failed'] as const)(
		'closes when a probe is %s, because then the server is there, and starts with few requests',
		async (kind) => {
			await at.acquireMany(100);
			await at.finishAll();
			await at.finishAll();
			expect(at.inFlight).toHaveLength(10);
			await at.finishAll('unavailable');
			await at.time.pass(500);
			const [probe] = at.inFlight;
			expect(at.inFlight).toHaveLength(1);
			at.finish(probe, kind);
			await at.time.pass(0);
			expect(at.inFlight).toHaveLength({ answered: 5, refused: 4, failed: 4 }[kind]);
		},
	);

	it('does not close by an answer to an older request than the lost one: a server that goes down finishes what it has', async () => {
		const [first, second, third] = await at.outage(50);
		for (const one of [first, second, third]) at.finish(one);
		await at.time.pass(499);
		expect(at.sent).toHaveLength(4);
		await at.time.pass(1);
		expect(at.sent).toHaveLength(5);
	});

	it('closes at once by an answer to a newer request, and slows nothing down: one connection was cut', async () => {
		await at.acquireMany(100);
		await at.finishAll();
		await at.finishAll();
		const flying = at.inFlight;
		at.finish(flying[0], 'unavailable');
		at.finish(flying[9]);
		await at.time.pass(0);
		expect(at.inFlight).toHaveLength(10);
	});

	it('does not open by the loss of an older request than one that was answered', async () => {
		const [first, ...others] = (await at.acquireMany(100)).slice(0, 4);
		for (const one of others) at.finish(one);
		at.finish(first, 'unavailable');
		await at.time.pass(0);
		expect(at.inFlight).toHaveLength(7);
	});

	it('stays open when an older request than a failed probe is answered', async () => {
		const [first] = await at.outage(50);
		await at.probes(700);
		at.finish(first);
		await at.time.pass(0);
		expect(at.sent).toHaveLength(5);
	});

	/** An outage whose probe hangs ends by the answer to a newer request, and another one begins. Gives the hung probe. */
	async function secondOutage(): Promise<Asked> {
		const [, , third, newest] = await at.acquireMany(50);
		at.finish(third, 'unavailable');
		await at.time.pass(500);
		const hung = at.inFlight.at(-1)!;
		at.finish(newest);
		await at.time.pass(0);
		at.finish(at.inFlight.at(-1)!, 'unavailable');
		await at.time.pass(500);
		return hung;
	}

	it('sends no second probe when that of an earlier outage comes to nothing', async () => {
		const hung = await secondOutage();
		const { length } = at.sent;
		at.finish(hung, 'unavailable');
		await at.time.pass(5000);
		expect(at.sent).toHaveLength(length);
	});

	it('does not believe the answer to the probe of an earlier outage: it is older than what has been lost since', async () => {
		const hung = await secondOutage();
		const { length } = at.sent;
		at.finish(hung);
		await at.time.pass(5000);
		expect(at.sent).toHaveLength(length);
	});
});
