import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ApiResponse } from '../../nodes/TallyfyGuests/transport/request.ts';
import { bucketOf } from '../../nodes/TallyfyGuests/transport/request.ts';
import { signInFailure } from '../../nodes/TallyfyGuests/transport/signIn.ts';
import { TallyfyError } from '../../nodes/TallyfyGuests/transport/errors.ts';
import { answer, CAP, CREATE, READ, refused, Retrying } from '../support/retrying.mts';

afterEach(() => {
	vi.restoreAllMocks();
});

const GETS = Array.from({ length: 300 }, (_, index) => ({
	...READ,
	url: `/guests/${index}%40x.example`,
}));

describe('A bucket', () => {
	it.each([
		['GET', '/guests', 'GET /guests'],
		['GET', '/guests/a%40b', 'GET /guests/*'],
		['PUT', '/guests/a%40b', 'PUT /guests/*'],
		['PUT', '/guests/a%40b/disable', 'PUT /guests/*/disable'],
		['GET', '', 'GET '],
	] as const)('of %s %s is %s: the route, not the guest it is about', (method, url, bucket) => {
		expect(bucketOf({ method, url })).toBe(bucket);
	});
});

describe('A refusal that will not change for as long as a request may wait', () => {
	it('is given to all requests of the execution that have not been sent', async () => {
		const at = Retrying.inTurn([refused(1800, CAP)]);
		const first = await at.met(CREATE);
		const second = await at.met(CREATE);
		expect(first).toMatchObject({ status: 429, tries: 1 });
		expect(second).toEqual({ ...first, tries: 0 });
		expect(at.sent).toHaveLength(1);
	});

	it('is given to those that wait, too', async () => {
		const at = Retrying.inTurn([refused(1800, CAP)]);
		const one = { limits: { concurrency: 1 } };
		const answers = (await at.metAll([CREATE, CREATE, CREATE], one)) as ApiResponse[];
		expect(answers.map(({ status }) => status)).toEqual([429, 429, 429]);
		expect(at.sent).toHaveLength(1);
	});

	it('comes to as many as are in flight at most, though each is about another guest', async () => {
		const at = Retrying.inTurn([refused(120)]);
		const answers = (await at.metAll(GETS)) as ApiResponse[];
		expect(answers.every(({ status }) => status === 429)).toBe(true);
		expect(at.sent).toHaveLength(4);
	});

	it('does not stop requests of another kind, nor another execution', async () => {
		const at = new Retrying(({ method }) => (method === 'POST' ? refused(1800) : answer(200)));
		expect(await at.met(CREATE)).toMatchObject({ status: 429 });
		expect(await at.met(READ)).toMatchObject({ status: 200 });
		at.execution = at.newExecution();
		expect(await at.met(CREATE)).toMatchObject({ status: 429, tries: 1 });
		expect(at.sent).toHaveLength(3);
	});

	it('need not be called a cap: after a refusal for long the same is not sent again', async () => {
		const at = Retrying.inTurn([refused(61), answer(200)]);
		expect(await at.met(CREATE)).toMatchObject({ status: 429 });
		expect(await at.met(CREATE)).toMatchObject({ status: 429 });
		expect(await at.met(READ)).toMatchObject({ status: 200 });
		expect(at.requests).toEqual(['POST /guests', 'GET /guests']);
	});

	it('is an hourly cap that does not say when it ends: it is never repeated', async () => {
		const at = Retrying.inTurn([answer(429, CAP), answer(201)]);
		expect(await at.met(CREATE)).toMatchObject({ status: 429, tries: 1 });
		expect(await at.met(CREATE)).toMatchObject({ status: 429, tries: 0 });
		expect(at.sent).toHaveLength(1);
	});

	it('is not meant by a refusal that waiting has outlasted', async () => {
		const at = Retrying.inTurn([...Array<ApiResponse>(4).fill(refused(1)), answer(201)]);
		expect(await at.met(CREATE, { maxWaitMs: 3000 })).toMatchObject({ status: 429, tries: 4 });
		await at.time.pass(1000);
		expect(await at.met(CREATE)).toMatchObject({ status: 201 });
		expect(at.sent).toHaveLength(5);
	});
});

describe('A refusal that waiting outlasts', () => {
	it('of an hourly cap makes only its own kind wait', async () => {
		const at = new Retrying(({ method }, sent) =>
			method === 'POST' && sent === 1 ? refused(5, CAP) : answer(200),
		);
		const invited = at.send(CREATE);
		await at.time.pass(0);
		const invitedLater = at.send(CREATE);
		expect(await at.met(READ)).toMatchObject({ status: 200 });
		expect(await at.time.until(invited)).toMatchObject({ status: 200, tries: 2 });
		expect(await at.time.until(invitedLater)).toMatchObject({ status: 200, tries: 1 });
		expect(at.requests).toEqual(['POST /guests', 'GET /guests', 'POST /guests', 'POST /guests']);
		expect(at.times).toEqual([0, 0, 5000, 5000]);
	});

	it('of a burst makes all requests of the credential wait, so that they are not refused one by one', async () => {
		const at = new Retrying((_, __, now) => (now < 5000 ? refused(5) : answer(200)));
		const answers = (await at.metAll(GETS)) as ApiResponse[];
		expect(answers.every(({ status }) => status === 200)).toBe(true);
		expect(at.times.filter((time) => time < 5000)).toHaveLength(4);
	});

	it('lets all of 8 items through a limit of one request in 5 s that never says how long to wait', async () => {
		let next = 0;
		const at = new Retrying((_, __, now) => {
			if (now < next) return answer(429);
			next = now + 5000;
			return answer(200);
		});
		const answers = (await at.metAll(GETS.slice(0, 8))) as ApiResponse[];
		expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(200));
	});

	it('lets all of 95 items through 20 s of refusals that never say how long to wait', async () => {
		const at = new Retrying((_, __, now) => answer(now < 20_000 ? 429 : 200));
		const answers = (await at.metAll(GETS.slice(0, 95))) as ApiResponse[];
		expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
		expect(at.times.filter((time) => time < 20_000).length).toBeLessThan(30);
	});

	it('is given at once to those that may not wait so long, with its time to come back', async () => {
		const at = new Retrying((_, sent) => (sent === 1 ? refused(45) : answer(200)));
		const item = at.send(READ);
		await at.time.pass(0);
		const search = at.send({ ...READ, url: '/tags' }, { maxWaitMs: 5000 });
		await at.time.pass(0);
		expect(await search).toMatchObject({ status: 429, retryAt: at.began + 45_000, tries: 0 });
		expect(await at.time.until(item)).toMatchObject({ status: 200 });
	});
});

describe('A sign-in that failed', () => {
	it('fails everything of the execution with its message, unsent, because it would be the same for all', async () => {
		const failed = new TallyfyError(signInFailure('at step 1', 'Check Client ID.'));
		const at = Retrying.inTurn([failed, answer(200)]);
		const one = { limits: { concurrency: 1 } };
		const problems = await at.metAll([READ, READ, CREATE], one);
		expect(problems).toMatchObject(Array(3).fill({ details: failed.details }));
		await expect(at.met(READ)).rejects.toMatchObject({ details: failed.details });
		expect(at.sent).toHaveLength(1);
		at.execution = at.newExecution();
		expect(await at.met(READ)).toMatchObject({ status: 200 });
	});
});
