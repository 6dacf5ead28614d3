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
});
