import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ApiRequest, ApiResponse } from '../../nodes/TallyfyGuests/transport/request.ts';
import {
	answer,
	CONVERSION,
	LOST,
	lostWith,
	READ,
	Retrying,
	UPDATE,
	type Meets,
} from '../support/retrying.mts';

afterEach(() => {
	vi.restoreAllMocks();
});

const many = (count: number, request: ApiRequest = READ) => Array<ApiRequest>(count).fill(request);
const wait = async (at: Retrying, ms: number, then: ApiResponse) => {
	await at.time.sleep(ms);
	return then;
};

const KINDS: Array<[string, Meets]> = [
	['lost connections', LOST],
	['503 without a time', answer(503)],
	["a proxy's page with 502", answer(502, '<html>')],
];

describe('An outage', () => {
	for (const seconds of [1, 3, 10, 30]) {
		it.each(KINDS)(
			`of ${seconds} s (%s) fails none of 300 items, and few requests go into it`,
			async (_, outcome) => {
				const [from, to] = [300, 300 + seconds * 1000];
				const at: Retrying = new Retrying((__, ___, now) =>
					now >= from && now < to ? outcome : wait(at, 20, answer(200)),
				);
				const answers = await at.metAll(many(300));
				expect(answers.filter((one) => !('status' in one) || one.status !== 200)).toEqual([]);
				expect(at.times.filter((time) => time >= from && time < to).length).toBeLessThan(20);
				expect(at.time.now() - at.began).toBeLessThan(to + 18_000);
			},
		);
	}

	it('costs an item none of its tries, because it is not the fault of the item', async () => {
		const at = new Retrying((_, __, now) => (now < 50_000 ? LOST : answer(200)));
		const met = (await at.metAll(many(2))) as ApiResponse[];
		expect(met.map(({ status }) => status)).toEqual([200, 200]);
		expect(at.sent.length).toBeGreaterThan(8);
	});

	it('that does not end fails all together, and says since when and what was not sent', async () => {
		const at = Retrying.inTurn([LOST]);
		const problems = await at.metAll(many(100));
		expect(at.time.now() - at.began).toBeLessThanOrEqual(68_000);
		expect(at.sent.length).toBeLessThan(20);
		const unsent = {
			message: 'No answer, for 60 s',
			description:
				'This was not sent, and nothing was done. Look. Run the items that are left when Tallyfy answers again; Max Retry Wait in Pacing says how long to wait for that.',
			code: 'ECONNRESET',
		};
		expect(problems.at(-1)).toMatchObject({ details: unsent });
		expect(problems[0]).toMatchObject({
			details: { ...unsent, description: expect.stringMatching(/^Look\. Run/) as string },
		});
	});

	it('is not waited for anew by later items of the execution, but by another execution', async () => {
		const at = Retrying.inTurn([LOST]);
		await at.metAll(many(10));
		const sent = at.sent.length;
		const from = at.time.now();
		const [late] = await at.metAll([READ]);
		expect(late).toMatchObject({ details: { message: 'No answer, for 60 s' } });
		expect([at.time.now() - from, at.sent.length - sent]).toEqual([0, 0]);
		at.execution = at.newExecution();
		await at.metAll([READ]);
		expect(at.time.now() - from).toBeGreaterThanOrEqual(60_000);
	});

	it('gives its status only to requests that were sent', async () => {
		const at = Retrying.inTurn([answer(503)]);
		const problems = await at.metAll(many(20));
		expect(problems[0]).toMatchObject({
			details: { message: 'Tallyfy could not answer (503), for 60 s', status: 503 },
		});
		expect(problems.at(-1)).toMatchObject({
			details: { message: 'Tallyfy could not answer (503), for 60 s' },
		});
		expect(problems.at(-1)).not.toHaveProperty('failure.status');
	});

	it('of hung requests ends within the time left for probes, and good ones are answered', async () => {
		const at: Retrying = new Retrying((_, __, now) => {
			if (now >= 60_000) return answer(200);
			return at.time.sleep(60_000).then(async () => await Promise.reject(lostWith('ETIMEDOUT')));
		});
		const answers = await at.metAll(many(20));
		expect(answers.filter((one) => !('status' in one))).toEqual([]);
	});

	it('is over for a write whose answer was lost in it: it is repeated once the server answers', async () => {
		const at = new Retrying((_, __, now) => (now < 5000 ? LOST : answer(200)));
		const met = (await at.metAll(many(20, UPDATE))) as ApiResponse[];
		expect(met.every(({ status }) => status === 200)).toBe(true);
	});
});

describe('A conversion in an outage', () => {
	it('asks for the organization first as a probe, because it must not be sent in vain', async () => {
		const at = new Retrying((_, __, now) => (now < 3000 ? LOST : answer(200)));
		const one = { limits: { concurrency: 1 } };
		await at.metAll([UPDATE], { ...one, maxWaitMs: 0 });
		expect(await at.met(CONVERSION, one)).toMatchObject({ status: 200, tries: 1 });
		expect(at.requests).toEqual([
			'PUT /guests/a',
			'GET ',
			'GET ',
			'GET ',
			'POST /guests/a/to/member',
		]);
		expect(at.times).toEqual([0, 500, 1500, 3500, 3500]);
	});

	it('is sent once for each item, and its outcome is known', async () => {
		const at = new Retrying((_, __, now) => (now < 3000 ? LOST : answer(200)));
		await at.metAll([UPDATE], { maxWaitMs: 0 });
		const met = await at.metAll(many(5, CONVERSION));
		expect(met).toMatchObject(Array(5).fill({ status: 200, answerLost: false }));
		expect(at.requests.filter((request) => request.startsWith('POST'))).toHaveLength(5);
	});

	it('that was never sent says so, and not that it may have been done', async () => {
		const at = Retrying.inTurn([LOST]);
		await at.metAll([UPDATE], { maxWaitMs: 0 });
		const [problem] = await at.metAll([CONVERSION]);
		expect(problem).toMatchObject({
			details: {
				description: expect.stringMatching(/^This was not sent, and nothing was done\./) as string,
			},
		});
		expect(problem).not.toHaveProperty('failure.outcome');
		expect(at.requests.filter((request) => request.startsWith('POST'))).toEqual([]);
	});

	it('hands its permit back when the harmless probe raises an error that is not foreseen', async () => {
		const error = new RangeError('Maximum call stack size exceeded');
		const at = new Retrying(({ url }, sent) => (sent === 1 ? LOST : url ? answer(200) : error));
		const one = { limits: { concurrency: 1 } };
		await at.metAll([UPDATE], { ...one, maxWaitMs: 0 });
		await expect(at.met(CONVERSION, one)).rejects.toBe(error);
		expect(await at.met(READ, one)).toMatchObject({ status: 200 });
	});
});
