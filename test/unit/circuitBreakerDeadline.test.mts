import { beforeEach, describe, expect, it } from 'vitest';
import { LimiterInTime, LOST } from '../support/limiter.mts';

let at: LimiterInTime;
/** When the test began. */
let t0: number;

beforeEach(() => {
	at = new LimiterInTime();
	t0 = at.time.now();
});

describe('The time that requests wait for the end of an outage', () => {
	it('ends for everything of an execution together, and at once for what comes later', async () => {
		const all = await at.acquireMany(50);
		await at.time.pass(10_000);
		for (const one of all.slice(0, 4)) at.finish(one, 'unavailable');
		const late = at.ask('late', { startedAt: t0 });
		await at.probes(49_990);
		expect(at.ended).toEqual([]);
		await at.probes(20);
		expect(at.ended).toHaveLength(at.asked.length - at.sent.length);
		expect(late.result).toEqual({ outage: LOST, silentSince: t0 });
		await at.time.pass(1000);
		at.ask('later', { startedAt: t0 });
		await at.time.pass(0);
		expect(at.endedNames.at(-1)).toBe('later');
	});

	it('does not hold what comes much later: it is a probe, because the server may have come back while nothing was sent', async () => {
		await at.outage(10);
		await at.probes(70_000);
		await at.time.pass(100_000);
		const later = at.ask('later', { startedAt: t0 });
		await at.time.pass(0);
		expect(later.result).toMatchObject({ permit: { isProbe: true } });
	});

	it('has a probe soon for an execution that meets the outage late and may not wait long, though the next was far away', async () => {
		await at.outage(1);
		await at.probes(30_000);
		const asked = at.time.now();
		const search = at.ask('search', { execution: {}, startedAt: asked, maxWaitMs: 2000 });
		const sent = await at.probes(1000);
		expect(sent[0].endedAt! - asked).toBeLessThanOrEqual(500);
		expect(search).toBeDefined();
	});

	it('begins anew for an execution that began before the outage and meets it late, because it has not waited yet', async () => {
		const startedAt = at.time.now();
		await at.time.pass(10_000);
		await at.outage(10);
		await at.probes(70_000);
		const execution = {};
		for (let index = 0; index < 20; index++) {
			at.ask('quiet', { execution, startedAt, maxWaitMs: 20_000 });
		}
		await at.probes(19_990);
		expect(at.asked.slice(-5).every(({ result }) => result === undefined)).toBe(true);
		await at.probes(20);
		expect(at.asked.at(-1)?.result).toMatchObject({ outage: LOST });
	});

	it('begins anew for an execution that begins in the outage, which sends a probe at once if none is under way', async () => {
		await at.outage(10);
		await at.probes(70_000);
		expect(at.endedNames).toHaveLength(at.asked.length - at.sent.length);
		const execution = {};
		const before = at.time.now();
		for (let index = 0; index < 20; index++) at.ask('new', { execution, maxWaitMs: 20_000 });
		const sent = await at.probes(19_990);
		expect(sent[0].endedAt).toBe(before);
		expect(sent.length).toBeGreaterThan(1);
		expect(at.asked.slice(-5).every(({ result }) => result === undefined)).toBe(true);
		await at.probes(20);
		expect(at.asked.at(-1)?.result).toMatchObject({ outage: LOST });
	});

	it('begins with the silence for an execution that has run for long', async () => {
		const all = await at.acquireMany(50);
		await at.time.pass(600_000);
		at.finish(all[0]);
		await at.time.pass(0);
		const silentSince = at.time.now();
		at.finish(at.inFlight.at(-1)!, 'unavailable');
		const sent = await at.probes(59_990);
		expect(at.ended).toEqual([]);
		expect(sent.length).toBeGreaterThan(4);
		await at.probes(20);
		expect(at.asked.at(-1)?.result).toEqual({ outage: LOST, silentSince });
	});

	it('is that of each request: a list search does not wait as long as an item', async () => {
		await at.outage(1);
		const search = at.ask('search', { maxWaitMs: 5000, notBefore: t0 + 70_000 });
		const item = at.ask('item', { notBefore: t0 + 70_000 });
		await at.time.pass(59_999);
		expect(search.endedAt).toBe(t0 + 5000);
		expect(item.result).toBeUndefined();
		await at.time.pass(1);
		expect(item.result).toBeDefined();
	});

	it('leaves time for probes when a hung request is noticed only after that time is over', async () => {
		const all = await at.acquireMany(50);
		await at.time.pass(60_000);
		for (const one of all.slice(0, 4)) at.finish(one, 'unavailable');
		const sent = await at.probes(24_990);
		expect(at.ended).toEqual([]);
		expect(sent.length).toBeGreaterThan(4);
		await at.probes(20);
		expect(at.asked.at(-1)?.result).toMatchObject({ outage: LOST });
	});

	it('is at least a second, because one lost connection must not fail everything that waits', async () => {
		const all = await at.acquireMany(50, { maxWaitMs: 0 });
		at.finish(all[3], 'unavailable');
		await at.time.pass(999);
		expect(at.ended).toEqual([]);
		const [probe] = at.inFlight.slice(-1);
		at.finish(probe);
		await at.time.pass(0);
		expect(at.inFlight.length).toBeGreaterThan(1);
	});

	it('ends though the probe never comes back', async () => {
		await at.outage(50);
		await at.time.pass(60_000);
		expect(at.ended).toHaveLength(at.asked.length - at.sent.length);
	});

	it('does not matter any more once answers come', async () => {
		await at.outage(50);
		await at.time.pass(500);
		at.finish(at.inFlight.at(-1)!);
		for (let second = 0; second < 100; second++) {
			await at.time.pass(1000);
			if (second > 80) await at.finishAll();
		}
		expect(at.ended).toEqual([]);
	});
});
