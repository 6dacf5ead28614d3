import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Problem } from '../../nodes/TallyfyGuests/transport/failure.ts';
import { Pace } from '../../nodes/TallyfyGuests/transport/pace.ts';
import { persistent, Unsent } from '../../nodes/TallyfyGuests/transport/persist.ts';
import type { Answer, ApiRequest } from '../../nodes/TallyfyGuests/transport/request.ts';
import { Run } from '../../nodes/TallyfyGuests/transport/run.ts';

const PATIENCE = { limits: { concurrency: 10 }, maxWaitMs: 60_000 };
const answer = (status: number, body: unknown = {}, headers = {}): Answer => ({
	status,
	headers,
	body,
});
const refused = (seconds: number, body: unknown = {}) =>
	answer(429, body, { 'retry-after': String(seconds) });
const lost = new Problem({ message: 'No answer', description: 'Look.', code: 'ECONNRESET' });
const read: ApiRequest = { method: 'GET', url: '/guests' };
const create: ApiRequest = { method: 'POST', url: '/guests', repetition: 'look' };
const CAP = { code: 'RATE_LIMIT_EXCEEDED', message: 'Hourly.' };

let pace: Pace;
let run: Run;
let slept: number[];

beforeEach(() => {
	slept = [];
	// Sleeps end at once, in a time of their own.
	let now = 1_000_000;
	vi.spyOn(Date, 'now').mockImplementation(() => now);
	vi.spyOn(Math, 'random').mockReturnValue(0.5);
	pace = new Pace(
		() => now,
		async (ms) => {
			slept.push(ms);
			now += ms;
		},
	);
	run = new Run(3, { credentialType: 'tallyfyGuestsApi', pace });
});
afterEach(() => {
	vi.restoreAllMocks();
});

/** A sender that meets these outcomes in turn, the last one for ever, and counts. */
function meeting(outcomes: Array<Answer | Problem>, patience = PATIENCE) {
	const sent: ApiRequest[] = [];
	const send = persistent(
		async (request) => {
			const outcome = outcomes[Math.min(sent.length, outcomes.length - 1)];
			sent.push(request);
			return outcome instanceof Problem ? await Promise.reject(outcome) : outcome;
		},
		run,
		patience,
	);
	return { send, sent };
}

describe('Sending until an answer counts', () => {
	it('gives the first answer that counts, with the number of tries', async () => {
		const { send, sent } = meeting([answer(200, { data: 1 })]);
		expect(await send(read)).toEqual({ ...answer(200, { data: 1 }), tries: 1, answerLost: false });
		expect(sent).toEqual([read]);
	});

	it('waits as long as it was told to, and sends again', async () => {
		const { send } = meeting([refused(7), answer(200)]);
		expect(await send(read)).toMatchObject({ status: 200, tries: 2, answerLost: false });
		expect(slept).toEqual([7000]);
	});

	it('backs off after a lost answer, and says that it was lost', async () => {
		const { send } = meeting([lost, answer(503), answer(200)]);
		expect(await send(read)).toMatchObject({ status: 200, tries: 3, answerLost: true });
		expect(slept).toEqual([250, 500]);
	});

	it('takes a 503 for a lost answer also when it says when to come back, because it may have been done', async () => {
		const { send } = meeting([answer(503, {}, { 'retry-after': '2' }), answer(200)]);
		expect(await send(read)).toMatchObject({ answerLost: true });
		expect(slept).toEqual([2000]);
	});

	it('gives the last refusal after five tries', async () => {
		const { send, sent } = meeting([refused(0)]);
		expect(await send(read)).toMatchObject({ status: 429, tries: 5 });
		expect(sent).toHaveLength(5);
	});

	it('raises the last loss after five tries, and says how many there were', async () => {
		const { send, sent } = meeting([lost]);
		await expect(send(read)).rejects.toMatchObject({
			failure: { message: 'No answer', description: 'Tried 5 times. Look.', code: 'ECONNRESET' },
		});
		expect(sent).toHaveLength(5);
	});

	it('raises a loss at once where repeating is never safe, in its own words', async () => {
		const { send, sent } = meeting([lost]);
		await expect(send({ method: 'POST', url: '/guests/x/to/member' })).rejects.toMatchObject({
			failure: lost.failure,
		});
		expect(sent).toHaveLength(1);
	});

	it.each(['GET', 'PUT', 'DELETE', 'PATCH'] as const)(
		'repeats %s after a lost answer, because it does the same twice',
		async (method) => {
			const { send, sent } = meeting([lost, answer(200)]);
			await send({ method, url: '/guests/x' });
			expect(sent).toHaveLength(2);
		},
	);

	it('gives up sooner when nobody is there at all', async () => {
		const { send, sent } = meeting([lost]);
		for (let item = 0; item < 4; item++) await send(read).catch(() => undefined);
		expect(sent.length).toBeLessThan(14);
	});

	it('tries again when somebody answers after all, because a server that comes back says when', async () => {
		const { send } = meeting([...Array<Problem>(10).fill(lost), refused(1), answer(200)]);
		for (let item = 0; item < 2; item++) await send(read).catch(() => undefined);
		expect(pace.nobodyThere).toBe(true);
		expect(await send(read)).toMatchObject({ status: 200, tries: 2 });
	});
});

describe('A create whose answer was lost', () => {
	it('is answered by a look that finds the guest', async () => {
		const { send, sent } = meeting([lost]);
		const there = answer(200, { data: { email: 'a@x.example' } });
		expect(await send({ ...create, look: async () => there })).toBe(there);
		expect(sent).toHaveLength(1);
	});

	it('is repeated when the look finds nobody', async () => {
		const look = vi.fn(async () => undefined);
		const { send, sent } = meeting([lost, answer(201)]);
		expect(await send({ ...create, look })).toMatchObject({ status: 201, answerLost: true });
		expect(sent).toHaveLength(2);
		expect(look).toHaveBeenCalledTimes(1);
	});

	it('is not looked for after a 429, because a refused request did nothing', async () => {
		const look = vi.fn(async () => undefined);
		const { send } = meeting([refused(0), answer(201)]);
		await send({ ...create, look });
		expect(look).not.toHaveBeenCalled();
	});
});

describe('The hourly cap', () => {
	it('is told to all of the run who have not been sent, unsent', async () => {
		const { send, sent } = meeting([refused(1800, CAP)]);
		const first = await send(create);
		const second = await send(create);
		expect(first).toMatchObject({ status: 429, tries: 1 });
		expect(second).toEqual(first);
		expect(sent).toHaveLength(1);
	});

	it('is told to those who are waiting, too', async () => {
		const { send, sent } = meeting([refused(1800, CAP)], {
			...PATIENCE,
			limits: { concurrency: 1 },
		});
		const answers = await Promise.all([send(create), send(create), send(create)]);
		expect(answers.map(({ status }) => status)).toEqual([429, 429, 429]);
		expect(sent).toHaveLength(1);
	});

	it('does not stop requests of another kind, nor another run', async () => {
		const { send } = meeting([refused(1800, CAP), answer(200)]);
		await send(create);
		expect(await send(read)).toMatchObject({ status: 200 });
		run = new Run(1, { credentialType: 'tallyfyGuestsApi', pace });
		expect(await meeting([answer(201)]).send(create)).toMatchObject({ status: 201 });
	});

	it('makes only its own kind wait when the wait is short', async () => {
		const { send } = meeting([refused(5, CAP), answer(201)]);
		const other = meeting([answer(200)]);
		const invited = send(create);
		expect(await other.send(read)).toMatchObject({ status: 200 });
		expect(await invited).toMatchObject({ status: 201, tries: 2 });
	});

	it('need not be called one: whoever is told to come back much later is not asked for the same again', async () => {
		const { send, sent } = meeting([refused(1800), answer(200)]);
		expect(await send(create)).toMatchObject({ status: 429 });
		expect(await send(create)).toMatchObject({ status: 429 });
		expect(await send(read)).toMatchObject({ status: 200 });
		expect(sent.map(({ method }) => method)).toEqual(['POST', 'GET']);
	});

	it('is not meant by a refusal that waiting has outlasted', async () => {
		const { send, sent } = meeting([...Array<Answer>(5).fill(refused(1)), answer(201)]);
		expect(await send(create)).toMatchObject({ status: 429, tries: 5 });
		expect(await send(create)).toMatchObject({ status: 201 });
		expect(sent).toHaveLength(6);
	});
});

describe('A run', () => {
	it('sends nothing after it was stopped', async () => {
		const { send, sent } = meeting([answer(200)]);
		run.stop();
		await expect(send(read)).rejects.toBeInstanceOf(Unsent);
		await expect(send(read)).rejects.toMatchObject({
			failure: {
				message: 'The execution stopped before this was sent',
				description: 'Nothing was done in Tallyfy.',
			},
		});
		expect(sent).toEqual([]);
	});

	it('sends those away who wait when it stops', async () => {
		let free: (value: Answer) => void = () => undefined;
		const send = persistent(async () => await new Promise<Answer>((done) => (free = done)), run, {
			...PATIENCE,
			limits: { concurrency: 1 },
		});
		const first = send(read);
		const second = send(read);
		run.stop();
		await expect(second).rejects.toBeInstanceOf(Unsent);
		free(answer(200));
		expect(await first).toMatchObject({ status: 200 });
	});

	it('is settled when every item has come to its end', async () => {
		const done = vi.fn();
		void run.settled().then(done);
		run.settle('done');
		run.settle('unsent');
		await Promise.resolve();
		expect(done).not.toHaveBeenCalled();
		run.settle('failed');
		await run.settled();
		await Promise.resolve();
		expect(done).toHaveBeenCalled();
	});

	it('counts in the message that stops the node what was done and what was not sent', () => {
		const failure = { message: 'Broken', description: 'Mend it.' };
		run.settle('done');
		expect(run.stoppedBy(failure).message).toBe('Broken (1 of 3 items done)');
		run.settle('unsent');
		expect(run.stoppedBy(failure)).toEqual({
			message: 'Broken (1 of 3 items done, 1 not sent)',
			description:
				'Mend it. To keep results and go on with the other items, set On Error in the settings of this node to Continue.',
		});
		expect(new Run(1, { credentialType: 'tallyfyGuestsApi', pace }).stoppedBy(failure)).toBe(
			failure,
		);
	});
});
