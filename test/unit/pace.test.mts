import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { Pace, type Entry, type Ticket } from '../../nodes/TallyfyGuests/transport/pace.ts';
import { VirtualTime } from '../support/virtualTime.mts';

let time: VirtualTime;
let pace: Pace;
let started: string[];
let tickets: Ticket[];
const owner = {};

beforeEach(() => {
	time = new VirtualTime();
	pace = new Pace(time.now, time.sleep);
	started = [];
	tickets = [];
});

/** Asks to start; notes when it did. */
function ask(name: string, changes: Partial<Entry> = {}) {
	void pace
		.enter({ owner, limits: { concurrency: 10 }, lane: 'GET /guests', ...changes })
		.then((ticket) => {
			started.push(ticket ? name : `${name} sent away`);
			if (ticket) tickets.push(ticket);
		});
}

async function askMany(count: number, changes: Partial<Entry> = {}) {
	for (let index = 0; index < count; index++) ask(String(index), changes);
	await time.pass(0);
}

/** Answers everything in flight, and gives how many that were. */
async function answerAll(became: 'answered' | 'refused' | 'troubled' | 'lost' = 'answered') {
	const open = tickets.splice(0);
	for (const ticket of open) pace.leave(ticket, became);
	await time.pass(0);
	return open.length;
}

describe('Pace', () => {
	it('starts gently and opens up with every answer, to the concurrency allowed', async () => {
		await askMany(100);
		const rounds: number[] = [];
		for (let round = 0; round < 5; round++) rounds.push(await answerAll());
		expect(rounds).toEqual([4, 8, 10, 10, 10]);
	});

	it('does not open up on trouble or losses', async () => {
		await askMany(100);
		await answerAll('troubled');
		expect(tickets).toHaveLength(4);
		await answerAll('lost');
		expect(tickets).toHaveLength(4);
	});

	it('halves once for all refusals that were in flight together', async () => {
		await askMany(100);
		await answerAll();
		await answerAll();
		expect(tickets).toHaveLength(10);
		await answerAll('refused');
		expect(tickets).toHaveLength(5);
	});

	it('never falls below one', async () => {
		await askMany(100);
		for (let round = 0; round < 6; round++) await answerAll('refused');
		expect(tickets).toHaveLength(1);
	});

	it('opens up slowly after a refusal, so that the next window is not met at full speed', async () => {
		await askMany(1000);
		await answerAll('refused');
		const rounds: number[] = [];
		for (let round = 0; round < 10; round++) rounds.push(await answerAll());
		expect(rounds).toEqual([2, 2, 2, 2, 2, 2, 2, 2, 3, 3]);
	});

	it('does not fall below a gentle start when a limit for a window of time is met again and again', async () => {
		await askMany(1000);
		const kept: number[] = [];
		for (let window = 0; window < 5; window++) {
			for (let answered = 0; answered < 60; ) answered += await answerAll();
			await answerAll('refused');
			kept.push(tickets.length);
		}
		expect(kept).toEqual([5, 4, 4, 4, 4]);
	});

	it('lets everybody wait through a pause, and go on at its end', async () => {
		pace.pause(2000);
		await askMany(3);
		await time.pass(1999);
		expect(started).toEqual([]);
		await time.pass(1);
		expect(started).toEqual(['0', '1', '2']);
	});

	it('keeps the longer of two pauses', async () => {
		pace.pause(2000);
		pace.pause(500);
		await askMany(1);
		await time.pass(1000);
		expect(started).toEqual([]);
	});

	it('pauses one lane and lets the others through, because an invite cap concerns invites only', async () => {
		pace.pause(2000, 'POST /guests');
		ask('invite', { lane: 'POST /guests' });
		ask('read');
		await time.pass(0);
		expect(started).toEqual(['read']);
		await time.pass(2000);
		expect(started).toEqual(['read', 'invite']);
	});

	it('lets a repeated request go first, and not before its time', async () => {
		await askMany(4);
		ask('later');
		ask('again', { again: true, notBefore: time.now() + 100 });
		await answerAll();
		expect(started.slice(4)).toEqual(['later']);
		await time.pass(100);
		expect(started.slice(4)).toEqual(['later', 'again']);
	});

	it('spreads starts evenly under requestsPerMinute', async () => {
		await askMany(5, { limits: { concurrency: 10, requestsPerMinute: 60 } });
		const counts = [started.length];
		for (let second = 0; second < 3; second++) {
			await time.pass(1000);
			counts.push(started.length);
		}
		expect(counts).toEqual([1, 2, 3, 4]);
	});

	it('holds an owner to its own concurrency while others have more', async () => {
		await askMany(3, { limits: { concurrency: 1 } });
		ask('other', { limits: { concurrency: 10 }, owner: {} });
		await time.pass(0);
		expect(started).toEqual(['0', 'other']);
	});

	it('sends the waiting requests of an owner away, and nobody else', async () => {
		pace.pause(1000);
		ask('mine');
		ask('mine in a lane', { lane: 'POST /guests' });
		ask('theirs', { owner: {} });
		pace.dismiss(owner, 'POST /guests');
		await time.pass(0);
		expect(started).toEqual(['mine in a lane sent away']);
		pace.dismiss(owner);
		await time.pass(1000);
		expect(started.slice(1)).toEqual(['mine sent away', 'theirs']);
	});

	it('knows that nobody is there after ten losses in a row, until somebody answers', async () => {
		await askMany(100);
		await answerAll('lost');
		await answerAll('lost');
		expect(pace.nobodyThere).toBe(false);
		await answerAll('lost');
		expect(pace.nobodyThere).toBe(true);
		await answerAll();
		expect(pace.nobodyThere).toBe(false);
	});

	it('grows stale only when nobody uses it and it makes nobody wait', async () => {
		await askMany(1);
		await time.pass(100_000);
		expect(pace.isStale(60_000)).toBe(false);
		await answerAll();
		expect(pace.isStale(60_000)).toBe(false);
		await time.pass(60_001);
		expect(pace.isStale(60_000)).toBe(true);
		pace.pause(1000);
		expect(pace.isStale(60_000)).toBe(false);
	});

	it('looks at thousands that come at once as they come, not at all of them for each, which would hold n8n up', async () => {
		let looks = 0;
		const limits = {
			get concurrency() {
				looks++;
				return 2;
			},
		};
		await askMany(2000, { limits });
		expect(started).toHaveLength(2);
		expect(looks).toBeLessThan(20 * 2000);
		looks = 0;
		for (let round = 0; round < 10; round++) await answerAll();
		expect(started).toHaveLength(22);
		expect(looks).toBeLessThan(20 * 2000);
	});

	it('lets nobody wait who may start, whoever came when and waits for what', async () => {
		const entry = fc.record({
			do: fc.constant('enter' as const),
			concurrency: fc.constantFrom(1, 3, 10),
			requestsPerMinute: fc.constantFrom(undefined, undefined, 60),
			lane: fc.constantFrom('GET /guests', 'POST /guests'),
			delay: fc.constantFrom(0, 0, 0, 500),
			again: fc.constantFrom(false, false, false, true),
		});
		const step = fc.oneof(
			{ weight: 6, arbitrary: entry },
			{
				weight: 3,
				arbitrary: fc.record({ do: fc.constantFrom('answer' as const, 'refuse' as const) }),
			},
			{
				weight: 1,
				arbitrary: fc.record({ do: fc.constantFrom('pass' as const, 'pause' as const) }),
			},
			{ weight: 1, arbitrary: fc.record({ do: fc.constantFrom('pause a lane' as const) }) },
		);
		await fc.assert(
			fc.asyncProperty(fc.array(step, { maxLength: 60, size: 'max' }), async (steps) => {
				time = new VirtualTime();
				pace = new Pace(time.now, time.sleep);
				started = [];
				tickets = [];
				let asked = 0;
				for (const now of steps) {
					if (now.do === 'enter') {
						const { concurrency, requestsPerMinute, delay, ...changes } = now;
						ask(String(asked++), {
							...changes,
							limits: { concurrency, requestsPerMinute },
							notBefore: delay && time.now() + delay,
						});
					}
					const [ticket] = tickets;
					if (ticket && (now.do === 'answer' || now.do === 'refuse')) {
						tickets.shift();
						pace.leave(ticket, now.do === 'answer' ? 'answered' : 'refused');
					}
					if (now.do === 'pause') pace.pause(300);
					if (now.do === 'pause a lane') pace.pause(700, 'POST /guests');
					await time.pass(now.do === 'pass' ? 400 : 0);
					const before = [...started];
					// One more look at everybody.
					(pace as unknown as { startThoseWhoMay: () => void }).startThoseWhoMay();
					await time.pass(0);
					expect(started).toEqual(before);
				}
				for (let round = 0; started.length < asked && round < 200; round++) {
					await answerAll();
					await time.pass(1000);
				}
				expect(started).toHaveLength(asked);
			}),
			{ numRuns: 300 },
		);
	});
});
