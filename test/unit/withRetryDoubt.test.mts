import { afterEach, describe, expect, it, vi } from 'vitest';
import { failedResponse } from '../../nodes/TallyfyGuests/transport/response.ts';
import type { ApiResponse } from '../../nodes/TallyfyGuests/transport/request.ts';
import {
	answer,
	CAP,
	CONVERSION,
	CREATE,
	DOUBT,
	LOST,
	lostWith,
	READ,
	refused,
	Retrying,
	UPDATE,
	type Meets,
} from '../support/retrying.mts';

afterEach(() => {
	vi.restoreAllMocks();
});

const saying = (pattern: RegExp) => expect.stringMatching(pattern) as string;
const UNKNOWN = { outcome: 'unknown', description: saying(DOUBT) };
const NO_OUTCOME = expect.not.objectContaining({ outcome: 'unknown' }) as object;
const MAYBE_DONE = [408, 500, 502, 503, 504, 520, 521, 522, 523, 524, 525, 526, 527, 530];
/** What may have been done though the answer does not say so. */
const lostAnswers: Array<[string, Meets]> = [
	...['ECONNRESET', 'ETIMEDOUT', 'EPIPE'].map((code): [string, Meets] => [code, lostWith(code)]),
	...MAYBE_DONE.map((status): [string, Meets] => [String(status), answer(status)]),
];

describe('A write that cannot be repeated', () => {
	it.each(lostAnswers)(
		'is not repeated after %s, and its item says that this is not known',
		async (_, outcome) => {
			const at = Retrying.inTurn([outcome, answer(200)]);
			const [met] = await at.metAll([CONVERSION]);
			const failure = 'details' in met ? met.details : failedResponse(met);
			expect(failure).toMatchObject(UNKNOWN);
			expect(failure.description).toContain('Look in Tallyfy before you run this item again.');
			expect(at.sent).toHaveLength(1);
		},
	);

	it.each(['ECONNREFUSED', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'])(
		'is repeated after %s, because it never left',
		async (code) => {
			const at = Retrying.inTurn([lostWith(code), answer(200)]);
			expect(await at.met(CONVERSION)).toMatchObject({ status: 200, tries: 2, answerLost: false });
		},
	);

	it('that never left says nothing of doubt when it is given up', async () => {
		const at = Retrying.inTurn([lostWith('ECONNREFUSED')]);
		const [met] = await at.metAll([CONVERSION]);
		expect(met).toMatchObject({ details: NO_OUTCOME });
	});

	it.each([400, 401, 403, 404, 409, 422, 429])(
		'is not in doubt after %i, because that was refused',
		async (status) => {
			const at = Retrying.inTurn([answer(status)]);
			const met = await at.met(CONVERSION, { maxWaitMs: 0 });
			expect(met.doubt).toBeUndefined();
			expect(failedResponse(met)).toEqual(NO_OUTCOME);
		},
	);

	it('says what may have been done in the words of its request, where there are some', async () => {
		const doubt = 'The guest may be a member now. Look there.';
		const at = Retrying.inTurn([LOST]);
		await expect(at.met({ ...CONVERSION, doubt })).rejects.toMatchObject({
			details: { ...LOST.details, description: `${doubt} Look.`, outcome: 'unknown' },
		});
	});
});

describe('A write that is safe to repeat', () => {
	it.each(lostAnswers)('is repeated after %s', async (_, outcome) => {
		const at = Retrying.inTurn([outcome, answer(200)]);
		expect(await at.met(UPDATE)).toMatchObject({ status: 200, tries: 2, answerLost: true });
	});

	it('keeps its doubt when the tries after a lost answer are refused', async () => {
		for (const last of [refused(1800, CAP), answer(404), answer(422)]) {
			const at = Retrying.inTurn([LOST, last]);
			const met = await at.met(UPDATE);
			expect(failedResponse(met)).toMatchObject(UNKNOWN);
			expect(met.doubt).toContain('It is safe to run this item again.');
		}
	});

	it('keeps its doubt when a pause is too long for it, and when no response comes any more', async () => {
		const at = new Retrying((_, sent) => (sent === 1 ? LOST : refused(90)));
		const update = at.send(UPDATE);
		await at.time.pass(0);
		at.connection.limiter.pause(120_000, refused(120));
		expect(failedResponse(await at.time.until(update))).toMatchObject({ ...UNKNOWN, status: 429 });
		const [problem] = await Retrying.inTurn([LOST]).metAll([UPDATE]);
		expect(problem).toMatchObject({
			details: { outcome: 'unknown', description: saying(/^This may have been done all the same/) },
		});
	});

	it('is in doubt after a 500 that names its reason, because that may come after the writing', async () => {
		const at = Retrying.inTurn([answer(500, { message: 'Mail server down' })]);
		expect(failedResponse(await at.met(UPDATE))).toMatchObject({
			...UNKNOWN,
			message: 'Mail server down',
		});
	});

	it('has nothing to say about doubt for a read, which does nothing', async () => {
		const [problem] = await Retrying.inTurn([LOST]).metAll([READ]);
		expect(problem).toMatchObject({ details: NO_OUTCOME });
		expect(failedResponse(await Retrying.inTurn([answer(500)]).met(READ))).toEqual(NO_OUTCOME);
	});
});

describe('A create whose answer was lost', () => {
	const there = answer(200, { data: { email: 'a@x.example' } });

	it.each(lostAnswers)('(%s) is answered by a read that finds the guest', async (_, outcome) => {
		const at = Retrying.inTurn([outcome]);
		expect(await at.met({ ...CREATE, verify: async () => there })).toBe(there);
		expect(at.sent).toHaveLength(1);
	});

	it('is repeated when the read finds no guest, and there is one read for each loss', async () => {
		const verify = vi.fn(async () => undefined);
		const at = Retrying.inTurn([LOST, LOST, answer(201)]);
		expect(await at.met({ ...CREATE, verify })).toMatchObject({ status: 201, answerLost: true });
		expect(at.sent).toHaveLength(3);
		expect(verify).toHaveBeenCalledTimes(2);
	});

	it('is in no doubt any more once the read has found no guest, whatever comes then', async () => {
		const at = Retrying.inTurn([LOST, refused(1800, CAP)]);
		const met = await at.met({ ...CREATE, verify: async () => undefined });
		expect(met).toMatchObject({ status: 429, answerLost: true });
		expect(failedResponse(met)).toEqual(NO_OUTCOME);
	});

	it('is not looked for after a refusal or a connection that was never there, because nothing was done', async () => {
		const verify = vi.fn(async () => undefined);
		const at = Retrying.inTurn([refused(0), lostWith('ECONNREFUSED'), answer(201)]);
		await at.met({ ...CREATE, verify });
		expect(at.sent).toHaveLength(3);
		expect(verify).not.toHaveBeenCalled();
	});

	it('keeps its doubt when the read fails, with the message of that failure', async () => {
		const at = Retrying.inTurn([LOST, answer(201)]);
		const verify = async () => await Promise.reject(lostWith('EPIPE'));
		await expect(at.met({ ...CREATE, verify })).rejects.toMatchObject({
			details: { code: 'EPIPE', ...UNKNOWN },
		});
		expect(at.sent).toHaveLength(1);
	});

	it('is looked for before it is given up, and found', async () => {
		let reads = 0;
		const verify = async () => (++reads === 5 ? there : undefined);
		const at = Retrying.inTurn([answer(500)]);
		expect(await at.met({ ...CREATE, verify })).toBe(there);
		expect(at.sent).toHaveLength(5);
	});

	it('is looked for before it is given up, and is in no doubt when it is not there', async () => {
		const at = Retrying.inTurn([answer(500)]);
		const met = await at.met({ ...CREATE, verify: async () => undefined });
		expect(failedResponse(met)).toEqual(NO_OUTCOME);
		expect(met).toMatchObject({ status: 500, tries: 5, answerLost: true });
	});

	it('is looked for also where nothing is repeated, and keeps its doubt when that read fails', async () => {
		const options = { maxWaitMs: 0 };
		const found = Retrying.inTurn([answer(504)]);
		expect(await found.met({ ...CREATE, verify: async () => there }, options)).toBe(there);
		const failed = Retrying.inTurn([answer(504)]);
		const verify = async () => await Promise.reject(LOST);
		expect(failedResponse(await failed.met({ ...CREATE, verify }, options))).toMatchObject(UNKNOWN);
	});

	it('is looked for after a 500 that names its reason, and keeps that reason when it is not there', async () => {
		const at = Retrying.inTurn([answer(500, { message: 'Mail server down' })]);
		const verify = vi.fn(async () => undefined);
		const met: ApiResponse = await at.met({ ...CREATE, verify });
		expect(verify).toHaveBeenCalledTimes(1);
		expect(failedResponse(met)).toMatchObject({ message: 'Mail server down' });
		expect(met.doubt).toBeUndefined();
	});

	it('is in doubt when it cannot be looked for', async () => {
		const [problem] = await Retrying.inTurn([LOST]).metAll([CREATE]);
		expect(problem).toMatchObject({ details: { outcome: 'unknown' } });
	});
});
