import { beforeEach, describe, expect, it } from 'vitest';
import { LimiterInTime, refusal } from '../support/limiter.mts';

let at: LimiterInTime;

beforeEach(() => {
	at = new LimiterInTime();
});

describe('A pause', () => {
	it('holds all requests, and lets them go at its end', async () => {
		at.limiter.pause(2000, refusal());
		await at.acquireMany(3);
		await at.time.pass(1999);
		expect(at.sentNames).toEqual([]);
		await at.time.pass(1);
		expect(at.sentNames).toEqual(['0', '1', '2']);
	});

	it('is not shortened by a shorter one, because the server may have meant the longer', async () => {
		at.limiter.pause(2000, refusal());
		at.limiter.pause(500, refusal());
		await at.acquireMany(1);
		await at.time.pass(1999);
		expect(at.sentNames).toEqual([]);
		await at.time.pass(1);
		expect(at.sentNames).toEqual(['0']);
	});

	it('of one bucket lets the others through, because an invite cap concerns invites only', async () => {
		at.limiter.pause(2000, refusal(), 'POST /guests');
		at.ask('invite', { bucket: 'POST /guests' });
		at.ask('read');
		await at.time.pass(0);
		expect(at.sentNames).toEqual(['read']);
		await at.time.pass(2000);
		expect(at.sentNames).toEqual(['read', 'invite']);
	});
});

describe('A request that a pause would hold longer than it may wait', () => {
	const PATIENT = { maxWaitMs: 60_000 };
	const IMPATIENT = { maxWaitMs: 5_000 };

	it('gets the refusal that caused the pause at once, and those that may wait do', async () => {
		at.ask('first');
		await at.time.pass(0);
		at.limiter.pause(1, refusal('earlier'));
		at.ask('search', IMPATIENT);
		at.ask('item', PATIENT);
		at.limiter.pause(45_000, refusal('45 s'));
		await at.time.pass(0);
		expect(at.ended).toMatchObject([
			{ name: 'search', result: { refusal: { body: { message: '45 s' } } } },
		]);
		await at.time.pass(45_000);
		expect(at.sentNames).toEqual(['first', 'item']);
	});

	it('waits as long as it may and no longer, though what was in flight is refused a little later', async () => {
		at.ask('first');
		await at.time.pass(0);
		at.limiter.pause(5000, refusal('5 s'));
		const search = at.ask('search', IMPATIENT);
		await at.time.pass(300);
		at.limiter.pause(5000, refusal('5 s'));
		await at.time.pass(0);
		expect(search.result).toBeUndefined();
		await at.time.pass(5000);
		expect(search.result).toHaveProperty('permit');
	});

	it('is refused at once also when it comes while the pause is on', async () => {
		at.limiter.pause(45_000, refusal('45 s'));
		await at.time.pass(1000);
		at.ask('search', IMPATIENT);
		await at.time.pass(0);
		expect(at.ended).toMatchObject([
			{ name: 'search', result: { refusal: { body: { message: '45 s' } } } },
		]);
	});

	it('waits when it comes late enough, because what counts is how long it waits itself', async () => {
		at.limiter.pause(45_000, refusal());
		await at.time.pass(40_000);
		at.ask('search', IMPATIENT);
		await at.time.pass(4999);
		expect(at.ended).toEqual([]);
		await at.time.pass(1);
		expect(at.sentNames).toEqual(['search']);
	});

	it('is refused by the pause of its own bucket, not by that of another', async () => {
		at.limiter.pause(45_000, refusal('invites'), 'POST /guests');
		at.ask('read', IMPATIENT);
		at.ask('invite', { ...IMPATIENT, bucket: 'POST /guests' });
		await at.time.pass(0);
		expect(at.sentNames).toEqual(['read']);
		expect(at.ended).toMatchObject([
			{ name: 'invite', result: { refusal: { body: { message: 'invites' } } } },
		]);
	});

	it('is refused also when the wait is a chain of short pauses without an answer between', async () => {
		await at.acquireMany(4);
		const waiting = at.ask('waiting', IMPATIENT);
		for (let second = 0; second < 8; second++) {
			at.limiter.pause(1000, refusal(`pause ${second}`));
			await at.time.pass(1000);
		}
		expect(waiting.result).toEqual({ refusal: refusal('pause 5') });
		expect(waiting.endedAt! - waiting.askedAt).toBeLessThanOrEqual(5000);
	});

	it('is not refused when answers come between the pauses, because then its turn comes', async () => {
		await at.acquireMany(4);
		const waiting = at.ask('waiting', { ...IMPATIENT, limits: { concurrency: 1 } });
		for (let second = 0; second < 20; second++) {
			at.limiter.pause(1000, refusal());
			await at.time.pass(1000);
			at.finish(at.inFlight[0]);
			at.ask('more', { execution: {}, notBefore: at.time.now() - 1 });
			await at.time.pass(0);
		}
		expect(waiting.result).toBeUndefined();
		await at.finishAll();
		expect(at.sentNames).toContain('waiting');
	});

	it('that may not wait at all is refused by the shortest pause', async () => {
		at.limiter.pause(1, refusal());
		at.ask('search', { maxWaitMs: 0 });
		await at.time.pass(0);
		expect(at.ended).toMatchObject([{ name: 'search', result: { refusal: refusal() } }]);
	});

	it('is not refused by a pause that is over', async () => {
		at.limiter.pause(45_000, refusal());
		await at.time.pass(45_000);
		at.ask('search', IMPATIENT);
		await at.time.pass(0);
		expect(at.sentNames).toEqual(['search']);
	});

	it('does not mind for how long others were paused before it came', async () => {
		at.limiter.pause(45_000, refusal());
		await at.time.pass(45_000);
		at.limiter.pause(4_000, refusal());
		at.ask('search', IMPATIENT);
		await at.time.pass(4_000);
		expect(at.sentNames).toEqual(['search']);
	});
});
