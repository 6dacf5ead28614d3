import { beforeEach, describe, expect, it } from 'vitest';
import { LimiterInTime, refusal } from '../support/limiter.mts';

let at: LimiterInTime;

beforeEach(() => {
	at = new LimiterInTime();
});

/** How many requests are in flight, one round of answers after the other. */
async function rounds(count: number): Promise<number[]> {
	const sizes: number[] = [];
	for (let round = 0; round < count; round++) sizes.push(await at.finishAll());
	return sizes;
}

describe('The rate limiter, by what the server answers', () => {
	it('starts gently and opens up with every answer, to the concurrency allowed', async () => {
		await at.acquireMany(100);
		expect(await rounds(5)).toEqual([4, 8, 10, 10, 10]);
	});

	it.each(['failed', 'permanent'] as const)(
		'does not open up when a request is %s, because that says nothing good about the server',
		async (kind) => {
			await at.acquireMany(100);
			for (let round = 0; round < 3; round++) expect(await at.finishAll(kind)).toBe(4);
		},
	);

	it('does not grow beyond what an execution with a low concurrency can try out', async () => {
		const low = { limits: { concurrency: 2 } };
		await at.acquireMany(50, low);
		expect(await rounds(5)).toEqual([2, 2, 2, 2, 2]);
		at.limiter.cancelWaiting(at.execution);
		await at.finishAll();
		await at.acquireMany(50);
		expect(at.inFlight).toHaveLength(4);
	});

	it('halves once for all refusals that were in flight together, because they mean the same', async () => {
		await at.acquireMany(100);
		await rounds(2);
		expect(at.inFlight).toHaveLength(10);
		await at.finishAll('refused');
		expect(at.inFlight).toHaveLength(5);
	});

	it('takes a late refusal from before the last one for the same, also when others were sent since', async () => {
		await at.acquireMany(100);
		await rounds(2);
		const [first, late, ...others] = at.inFlight;
		at.finish(first, 'refused');
		for (const one of others) at.finish(one);
		await at.time.pass(0);
		at.finish(late, 'refused');
		await at.time.pass(0);
		expect(at.inFlight).toHaveLength(5);
	});

	it('never falls below one, or nothing would ever be sent again', async () => {
		await at.acquireMany(100);
		for (let round = 0; round < 6; round++) await at.finishAll('refused');
		expect(at.inFlight).toHaveLength(1);
	});

	it('opens up slowly after a refusal, so that the next window is not met at full speed', async () => {
		await at.acquireMany(1000);
		await at.finishAll('refused');
		expect(await rounds(10)).toEqual([2, 2, 2, 2, 2, 2, 2, 2, 3, 3]);
	});

	it('does not fall below a gentle start when a limit for a window of time is met again and again', async () => {
		await at.acquireMany(1000);
		const kept: number[] = [];
		for (let window = 0; window < 5; window++) {
			for (let answered = 0; answered < 60; ) answered += await at.finishAll();
			await at.finishAll('refused');
			kept.push(at.inFlight.length);
		}
		expect(kept).toEqual([5, 4, 4, 4, 4]);
	});
});

describe('The rate limiter, by what an execution asks for', () => {
	it('spreads requests evenly under requestsPerMinute', async () => {
		await at.acquireMany(5, { limits: { concurrency: 10, requestsPerMinute: 60 } });
		const counts = [at.sent.length];
		for (let second = 0; second < 3; second++) {
			await at.time.pass(1000);
			counts.push(at.sent.length);
		}
		expect(counts).toEqual([1, 2, 3, 4]);
	});

	it('does not catch up on requests per minute that were not used, because that would be a burst', async () => {
		const limits = { concurrency: 10, requestsPerMinute: 60 };
		await at.acquireMany(1, { limits });
		await at.time.pass(30_000);
		await at.acquireMany(5, { limits });
		expect(at.sent).toHaveLength(2);
	});

	it('holds an execution to its own concurrency while others have more', async () => {
		await at.acquireMany(3, { limits: { concurrency: 1 } });
		at.ask('other', { execution: {} });
		await at.time.pass(0);
		expect(at.sentNames).toEqual(['0', 'other']);
	});

	it('does not hold one request of a second execution behind a thousand of the first', async () => {
		await at.acquireMany(1000);
		at.ask('webhook', { execution: {} });
		await at.finishAll();
		expect(at.sentNames.slice(4, 6)).toEqual(['4', 'webhook']);
	});

	it('serves executions in turn, however many requests each of them has', async () => {
		await at.acquireMany(4);
		for (const execution of [{}, {}, {}]) {
			const name = String.fromCharCode(97 + at.asked.length / 4 - 1);
			for (let index = 0; index < 4; index++) at.ask(`${name}${index}`, { execution });
		}
		await at.finishAll();
		await at.finishAll();
		expect(at.sentNames.slice(4)).toEqual([
			...['a0', 'b0', 'c0', 'a1', 'b1', 'c1', 'a2', 'b2'],
			...['c2', 'a3', 'b3', 'c3'],
		]);
	});

	it('keeps the order of requests that are alike, because items come out in that order', async () => {
		await at.acquireMany(2500);
		while (at.inFlight.length) await at.finishAll();
		expect(at.sentNames).toEqual(at.asked.map(({ name }) => name));
	});

	it('sends a repeated request before fresh ones, and not before its time', async () => {
		await at.acquireMany(5);
		at.ask('later');
		at.ask('again', { notBefore: at.time.now() + 100 });
		at.finish(at.inFlight[0]);
		await at.time.pass(50);
		expect(at.sentNames.slice(4)).toEqual(['4', 'later']);
		await at.acquireMany(20);
		await at.time.pass(50);
		await at.finishAll();
		expect(at.sentNames[6]).toBe('again');
	});

	it('sends a repeated request when its time comes, though nothing else happens', async () => {
		at.ask('again', { notBefore: at.time.now() + 100 });
		await at.time.pass(99);
		expect(at.sent).toEqual([]);
		await at.time.pass(1);
		expect(at.sentNames).toEqual(['again']);
	});

	it('takes back what waits for one execution, or for one bucket of it, and nothing else', async () => {
		at.limiter.pause(1000, refusal());
		at.ask('mine');
		at.ask('my invite', { bucket: 'POST /guests' });
		at.ask('my repeated invite', { bucket: 'POST /guests', notBefore: at.time.now() + 1 });
		at.ask('theirs', { execution: {}, bucket: 'POST /guests' });
		at.limiter.cancelWaiting(at.execution, 'POST /guests');
		await at.time.pass(0);
		expect(at.endedNames.sort()).toEqual(['my invite', 'my repeated invite']);
		at.limiter.cancelWaiting(at.execution);
		await at.time.pass(1000);
		expect(at.endedNames.slice(2)).toEqual(['mine']);
		expect(at.ended.map(({ result }) => result)).toEqual(Array(3).fill({ cancelled: true }));
		expect(at.sentNames).toEqual(['theirs']);
	});

	it('looks at thousands that come at once as they come, not at all of them for each, which would hold n8n up', async () => {
		let looks = 0;
		const limits = {
			get concurrency() {
				looks++;
				return 2;
			},
		};
		await at.acquireMany(2000, { limits });
		expect(at.sent).toHaveLength(2);
		expect(looks).toBeLessThan(20 * 2000);
		looks = 0;
		await rounds(10);
		expect(at.sent).toHaveLength(22);
		expect(looks).toBeLessThan(20 * 2000);
	});
});
