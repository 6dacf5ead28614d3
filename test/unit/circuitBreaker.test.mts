import { beforeEach, describe, expect, it } from 'vitest';
import { probeBackOffMs } from '../../nodes/TallyfyGuests/transport/circuitBreaker.ts';
import { LimiterInTime, LOST, type Asked } from '../support/limiter.mts';

let at: LimiterInTime;
/** When the outage began. */
let t0: number;

beforeEach(() => {
	at = new LimiterInTime();
	t0 = at.time.now();
});

/** Four are in flight, the others wait; the newest in flight meets nothing. */
async function outage(waiting: number): Promise<Asked[]> {
	const all = await at.askMany(4 + waiting);
	at.meet(all[3], 'unavailable');
	await at.time.pass(0);
	return all;
}

/** Lets time pass while every probe meets the same; gives when each was sent, since the beginning. */
async function probes(ms: number, met: 'unavailable' | 'notSent' = 'unavailable') {
	const before = at.sent.length;
	for (const end = at.time.now() + ms; at.time.now() < end; await at.time.pass(1)) {
		for (const one of at.inFlight) if (one.permit?.isProbe) at.meet(one, met);
	}
	return at.sent.slice(before);
}

const sentAt = (sent: Asked[]) => sent.map(({ endedAt }) => endedAt! - t0);

describe('The back-off between probes', () => {
	it.each([
		[0, 1, 500],
		[1, 1, 1000],
		[4, 1, 8000],
		[9, 1, 8000],
		[0, 0, 250],
		[4, 0, 4000],
		[4, 0.5, 6000],
	])('after %i failed probes with chance %f is %i ms', (failures, chance, ms) => {
		expect(probeBackOffMs(failures, chance)).toBe(ms);
	});
});

describe('The circuit breaker, open', () => {
	it('sends nothing but one probe at a time, with growing back-off, for all executions together', async () => {
		await outage(50);
		for (let index = 0; index < 50; index++) at.ask('theirs', { execution: {} });
		const sent = await probes(40_000);
		expect(sentAt(sent)).toEqual([500, 1500, 3500, 7500, 15500, 23500, 31500, 39500]);
		expect(sent.every(({ permit }) => permit === undefined)).toBe(true);
	});

	it('waits between half of the back-off and the whole, so that many n8n do not come back at once', async () => {
		at.chance = 0;
		await outage(50);
		expect(sentAt(await probes(8000))).toEqual([250, 750, 1750, 3750, 7750]);
	});

	it('sends no second probe while one is under way, however long that takes', async () => {
		await outage(50);
		await at.time.pass(50_000);
		expect(at.sent).toHaveLength(5);
		expect(at.sent[4].permit).toMatchObject({ isProbe: true });
	});

	it('sends a probe though everything in flight hangs, because hung requests take a minute to be noticed', async () => {
		await outage(50);
		expect(at.inFlight).toHaveLength(3);
		at.ask('modest', { execution: {}, limits: { concurrency: 1 } });
		expect(sentAt(await probes(600))).toEqual([500]);
	});

	it('sends no probe before the time of that request, or in a pause', async () => {
		await at.askMany(1);
		at.ask('again', { notBefore: t0 + 3000 });
		at.meet(at.inFlight[0], 'unavailable');
		expect(sentAt(await probes(4000))).toEqual([3000]);
	});

	it('takes a probe that was not sent after all for no answer, and sends another one later', async () => {
		await outage(50);
		const sent = await probes(4000, 'notSent');
		expect(sentAt(sent)).toEqual([500, 1500, 3500]);
	});

	it('lets probes rotate over requests, so that one that always fails is not the only probe', async () => {
		await at.askMany(1);
		at.meet(at.inFlight[0], 'unavailable');
		const again = (name: string, failures: number) =>
			at.ask(name, { failures, notBefore: at.time.now() });
		again('poisoned', 1);
		again('good', 1);
		const names: string[] = [];
		for (let probe = 0; probe < 4; probe++) {
			while (!at.inFlight.length) await at.time.pass(1);
			const [one] = at.inFlight;
			names.push(one.name);
			at.meet(one, 'unavailable');
			again(one.name, one.entry.failures + 1);
		}
		expect(names).toEqual(['poisoned', 'good', 'poisoned', 'good']);
	});

	it('prefers as a probe what is safe, then what can be verified, and a conversion only when nothing else waits', async () => {
		await outage(0);
		const bucket = 'POST /guests';
		at.ask('conversion', { idempotency: 'never', bucket });
		at.ask('create', { idempotency: 'verifyFirst', bucket });
		at.ask('read that failed', { failures: 2, bucket });
		at.ask('read');
		const names = (await probes(10_000)).map(({ name }) => name);
		expect(names).toEqual(['read', 'read that failed', 'create', 'conversion']);
	});
});

describe('The circuit breaker, closing', () => {
	it.each(['answered', 'refused', 'failed'] as const)(
		'closes when a probe is %s, because then somebody is there, and starts gently',
		async (met) => {
			await at.askMany(100);
			await at.meetAll();
			await at.meetAll();
			expect(at.inFlight).toHaveLength(10);
			await at.meetAll('unavailable');
			await at.time.pass(500);
			const [probe] = at.inFlight;
			expect(at.inFlight).toHaveLength(1);
			at.meet(probe, met);
			await at.time.pass(0);
			expect(at.inFlight).toHaveLength({ answered: 5, refused: 4, failed: 4 }[met]);
		},
	);

	it('does not close by an answer to an older request than the lost one: a server that goes down finishes what it has', async () => {
		const [first, second, third] = await outage(50);
		for (const one of [first, second, third]) at.meet(one);
		await at.time.pass(499);
		expect(at.sent).toHaveLength(4);
		await at.time.pass(1);
		expect(at.sent).toHaveLength(5);
	});

	it('closes at once by an answer to a newer request, and slows nobody down: one connection was cut', async () => {
		await at.askMany(100);
		await at.meetAll();
		await at.meetAll();
		const flying = at.inFlight;
		at.meet(flying[0], 'unavailable');
		at.meet(flying[9]);
		await at.time.pass(0);
		expect(at.inFlight).toHaveLength(10);
	});

	it('does not open by the loss of an older request than one that was answered', async () => {
		const [first, ...others] = (await at.askMany(100)).slice(0, 4);
		for (const one of others) at.meet(one);
		at.meet(first, 'unavailable');
		await at.time.pass(0);
		expect(at.inFlight).toHaveLength(7);
	});

	it('stays open when an older request than a failed probe is answered', async () => {
		const [first] = await outage(50);
		await probes(700);
		at.meet(first);
		await at.time.pass(0);
		expect(at.sent).toHaveLength(5);
	});

	/** An outage whose probe hangs ends by the answer to a newer request, and another one begins. Gives the hung probe. */
	async function secondOutage(): Promise<Asked> {
		const [, , third, newest] = await at.askMany(50);
		at.meet(third, 'unavailable');
		await at.time.pass(500);
		const hung = at.inFlight.at(-1)!;
		at.meet(newest);
		await at.time.pass(0);
		at.meet(at.inFlight.at(-1)!, 'unavailable');
		await at.time.pass(500);
		return hung;
	}

	it('sends no second probe when that of an earlier outage comes to nothing', async () => {
		const hung = await secondOutage();
		const { length } = at.sent;
		at.meet(hung, 'unavailable');
		await at.time.pass(10_000);
		expect(at.sent).toHaveLength(length);
	});

	it('does not believe the answer to the probe of an earlier outage: it is older than what has been lost since', async () => {
		const hung = await secondOutage();
		const { length } = at.sent;
		at.meet(hung);
		await at.time.pass(10_000);
		expect(at.sent).toHaveLength(length);
	});
});

describe('The patience with an outage', () => {
	it('ends for everything of an execution together, and at once for what comes later', async () => {
		const all = await at.askMany(50);
		await at.time.pass(10_000);
		for (const one of all.slice(0, 4)) at.meet(one, 'unavailable');
		const late = at.ask('late', { startedAt: t0 });
		await probes(49_990);
		expect(at.ended).toEqual([]);
		await probes(20);
		expect(at.ended).toHaveLength(at.asked.length - at.sent.length);
		expect(late.admission).toEqual({ outage: LOST, silentSince: t0 });
		await at.time.pass(100_000);
		at.ask('later', { startedAt: t0 });
		await at.time.pass(0);
		expect(at.endedNames.at(-1)).toBe('later');
	});

	it('begins anew for an execution that begins in the outage, which sends a probe at once if none is under way', async () => {
		await outage(10);
		await probes(70_000);
		expect(at.endedNames).toHaveLength(at.asked.length - at.sent.length);
		const execution = {};
		const before = at.time.now();
		for (let index = 0; index < 20; index++) at.ask('new', { execution, maxWaitMs: 20_000 });
		const sent = await probes(19_990);
		expect(sent[0].endedAt).toBe(before);
		expect(sent.length).toBeGreaterThan(1);
		expect(at.asked.slice(-5).every(({ admission }) => admission === undefined)).toBe(true);
		await probes(20);
		expect(at.asked.at(-1)?.admission).toMatchObject({ outage: LOST });
	});

	it('is that of each request: a picker does not wait as long as an item', async () => {
		await outage(1);
		const picker = at.ask('picker', { maxWaitMs: 5000, notBefore: t0 + 50_000 });
		const item = at.ask('item', { notBefore: t0 + 50_000 });
		await at.time.pass(59_999);
		expect(picker.endedAt).toBe(t0 + 5000);
		expect(item.admission).toBeUndefined();
		await at.time.pass(1);
		expect(item.admission).toBeDefined();
	});

	it('leaves time for probes when a hung request is noticed only after the patience is over', async () => {
		const all = await at.askMany(50);
		await at.time.pass(60_000);
		for (const one of all.slice(0, 4)) at.meet(one, 'unavailable');
		const sent = await probes(24_990);
		expect(at.ended).toEqual([]);
		expect(sent.length).toBeGreaterThan(4);
		await probes(20);
		expect(at.asked.at(-1)?.admission).toMatchObject({ outage: LOST });
	});

	it('is at least a second, because one lost connection must not fail everything that waits', async () => {
		const all = await at.askMany(50, { maxWaitMs: 0 });
		at.meet(all[3], 'unavailable');
		await at.time.pass(999);
		expect(at.ended).toEqual([]);
		const [probe] = at.inFlight.slice(-1);
		at.meet(probe);
		await at.time.pass(0);
		expect(at.inFlight.length).toBeGreaterThan(1);
	});

	it('ends though the probe never comes back', async () => {
		await outage(50);
		await at.time.pass(60_000);
		expect(at.ended).toHaveLength(at.asked.length - at.sent.length);
	});

	it('does not matter any more once answers come', async () => {
		await outage(50);
		await at.time.pass(500);
		at.meet(at.inFlight.at(-1)!);
		for (let second = 0; second < 100; second++) {
			await at.time.pass(1000);
			if (second > 80) await at.meetAll();
		}
		expect(at.ended).toEqual([]);
	});
});
