import { describe, expect, it } from 'vitest';
import type { ApiResponse } from '../../nodes/TallyfyGuests/transport/request.ts';
import {
	failedResponse,
	unexpectedResponse,
	isNotFound,
} from '../../nodes/TallyfyGuests/transport/response.ts';
import {
	detailsOf,
	invalidParameter,
	withDoubt,
	type ErrorDetails,
} from '../../nodes/TallyfyGuests/transport/errors.ts';

const NOW = Date.parse('2025-05-15T10:00:00Z');
const GUEST = { noun: 'guest', value: 'jo@x.example', parameter: 'Guest' };
const NOT_FOUND = 'no guest jo@x.example in this organization';
const answer = (status: number, body: unknown = '', retryAfterS?: number): ApiResponse => ({
	status,
	body,
	...(retryAfterS === undefined ? {} : { retryAt: NOW + retryAfterS * 1000 }),
});
const having = (text: string) => expect.stringContaining(text) as string;

const BUSINESS_RULE = { message: 'Cannot disable guest with incomplete tasks' };
const SEATS_CODE = { code: 'SEAT_POOL_EXHAUSTED' };
const SEATS = { error: { ...SEATS_CODE, details: { pool_type: 'light' } } };
const INVALID = { message: 'Invalid.', errors: { email: ['Taken.'], last_name: 'Long.' } };
const UNKNOWN = { message: 'Invalid.', errors: { email: ['Unknown.'] } };
const NO_ROUTE = { message: 'No route', code: 'ENDPOINT_NOT_FOUND' };

describe('A refused request', () => {
	it.each<[string, number, unknown, string, string, object?]>([
		['a redirect, which is not followed', 302, '', 'a redirect (302)', 'Check Base URL'],
		['a token killed by logging out', 401, { message: 'Bad.' }, 'Bad.', 'logs out'],
		['a rule in its own words', 403, BUSINESS_RULE, BUSINESS_RULE.message, 'rule of Tallyfy'],
		['an unknown address', 404, '', 'does not know this address', 'Organization ID'],
		['a pool without seats', 409, SEATS, 'No light seats left', 'pool of light', SEATS_CODE],
		[
			'every refused field',
			422,
			INVALID,
			'Invalid. email: Taken. last_name: Long.',
			'Correct the fields',
			{ fields: { email: ['Taken.'], last_name: ['Long.'] } },
		],
		['a burst', 429, 'wait', 'too many requests', 'Requests per Minute in Pacing'],
		[
			'a firewall that bars the way',
			403,
			'<html>',
			'A web page came back (403)',
			'between n8n and',
		],
		['a proxy that wants a password', 401, ' <!doctype', 'web page came back (401)', 'between n8n'],
		['a proxy that takes less', 413, '<html>', 'A web page came back (413)', 'between n8n and'],
		['an address that is none', 404, '<html>', 'does not know this address', 'Check Base URL'],
		['a crash', 500, '<html>', 'could not answer (500)', 'side of Tallyfy'],
		['any other status', 418, '', 'refused the request (418)', 'Check the parameters'],
	])('is explained by what to do next: %s', (_, status, body, message, description, rest = {}) => {
		expect(failedResponse(answer(status, body))).toEqual({
			status,
			message: having(message),
			description: having(description),
			...rest,
		});
	});

	it.each<[number, unknown, string, string]>([
		[429, { code: 'RATE_LIMIT_EXCEEDED' }, 'too many requests', 'hourly limit'],
		[503, '', 'could not answer (503)', 'Try again later.'],
	])(
		'with %i says when to come back, to people and to the next node',
		(status, body, message, next) => {
			const failure = failedResponse(answer(status, body, 1800), undefined, NOW);
			expect(failure).toMatchObject({
				message: having(message),
				retryAfterSeconds: 1800,
				retryAt: '2025-05-15T10:30:00.000Z',
			});
			expect(failure.description).toContain(next);
			expect(failure.description).toContain('wait 1800 s, until 2025-05-15T10:30:00.000Z.');
		},
	);

	it('does not ask to wait for no time at all', () => {
		const failure = failedResponse(answer(429, '', 0), undefined, NOW);
		expect(failure.retryAfterSeconds).toBe(0);
		expect(failure.description).not.toContain('asks to wait');
	});

	it('with 500 promises no time, because Retry-After means nothing there', () => {
		const failure = failedResponse(answer(500, '', 7));
		expect(failure).not.toHaveProperty('retryAfterSeconds');
		expect(failure.description).not.toContain('wait');
	});

	it('counts from when the refusal came, because other requests get it later', () => {
		const later = NOW + 100_000;
		expect(failedResponse(answer(429, '', 1800), undefined, later)).toMatchObject({
			retryAfterSeconds: 1700,
			retryAt: '2025-05-15T10:30:00.000Z',
			description: having('wait 1700 s, until 2025-05-15T10:30:00.000Z.'),
		});
		expect(failedResponse(answer(429, '', 60), undefined, later)).toMatchObject({
			retryAfterSeconds: 0,
			retryAt: '2025-05-15T10:01:40.000Z',
		});
	});

	it('rounds up what is left, because to come back early is to be refused again', () => {
		const { retryAfterSeconds, retryAt } = failedResponse(answer(429, '', 60), undefined, NOW + 1);
		expect([retryAfterSeconds, retryAt]).toEqual([60, '2025-05-15T10:01:00.001Z']);
	});

	it('says first what may have been done all the same, and leaves out advice that is wrong then', () => {
		const failure = failedResponse({ ...answer(503), doubt: 'The guest may be there.', tries: 2 });
		expect(failure).toEqual({
			status: 503,
			message: 'Tallyfy could not answer (503)',
			description: 'The guest may be there. Tried 2 times. This is on the side of Tallyfy.',
			outcome: 'unknown',
		});
	});

	it('shows no link in its code, which is a word of the server like any other', () => {
		const code = 'https://x.io/guest-all-task/o/C';
		expect(failedResponse(answer(400, { code, message: 'm' })).code).toBe('[link hidden]');
	});

	it('says how often it was tried, once it was tried again', () => {
		const description = (tries: number) => failedResponse({ ...answer(418), tries }).description;
		expect(description(3)).toBe('Tried 3 times. Check the parameters of this operation.');
		for (const tries of [0, 1]) {
			expect(description(tries)).toBe('Check the parameters of this operation.');
		}
	});

	it.each<[string, number, unknown, RegExp, string]>([
		[
			'the guest that is missing',
			404,
			'',
			new RegExp(`^${NOT_FOUND}$`, 'i'),
			'Check Guest, or pick the guest',
		],
		['the words of Tallyfy first', 404, { message: 'Gone' }, /^Gone: no guest jo@/, 'Check Guest'],
		['the same for a 422, as delete has it', 422, UNKNOWN, /: no guest jo@x/, 'Check Guest'],
		['no guest when no route was found', 404, NO_ROUTE, /^No route$/, 'Check Base URL'],
	])('about a guest names %s', (_, status, body, message, description) => {
		expect(failedResponse(answer(status, body), GUEST)).toMatchObject({
			message: expect.stringMatching(message) as string,
			description: having(description),
		});
	});

	it.each<[boolean, string, number, unknown]>([
		[true, 'an empty 404', 404, ''],
		[true, 'a 404 without a body', 404, undefined],
		[true, 'a 404 in JSON', 404, { code: 'RESOURCE_NOT_FOUND' }],
		[true, 'a 422 on the email', 422, UNKNOWN],
		[false, 'a 404 for the address', 404, NO_ROUTE],
		[false, 'a 404 of the framework', 404, { message: 'The route api/x could not be found.' }],
		[false, 'a web page, which the API does not send', 404, '<html>'],
		[false, 'a 422 on something else', 422, { errors: { first_name: ['x'] } }],
		[false, 'a success that mentions errors', 200, UNKNOWN],
	])('means "no such guest": %s for %s', (unknown, _, status, body) => {
		expect(isNotFound({ status, body })).toBe(unknown);
	});
});

describe('A success that makes no sense', () => {
	it.each([
		['\n<!doctype html>', 'with a web page instead of JSON', 'Check Base URL'],
		[{}, 'without the list "data"', 'before you run this item again'],
	])('says what came and what to do: %j', (body, said, next) => {
		const message = `Tallyfy answered 200, but ${said}`;
		const { details } = unexpectedResponse(answer(200, body), 'without the list "data"');
		expect(details).toEqual({ message, description: having(next), status: 200 });
	});

	it('leaves open whether a write was done, and says so', () => {
		const { details } = unexpectedResponse(
			{ ...answer(200, {}), isWrite: true },
			'without the list "data"',
		);
		expect(details).toMatchObject({ outcome: 'unknown', description: having('Look there before') });
	});
});

describe('Any error', () => {
	it('of ours is passed on as it is', () => {
		const details = { message: 'Limit is 0', description: 'Give more.' };
		expect(invalidParameter('Limit', 'is 0', 'Give more.')).toMatchObject({
			message: 'Limit is 0',
			details,
		});
		expect(detailsOf(invalidParameter('Limit', 'is 0', 'Give more.'))).toEqual(details);
	});

	it.each([
		['keeps its own description', { description: 'bearer t' }, 'Bearer [hidden]'],
		['points at parameters and expressions', {}, 'the expressions in them'],
	])('of n8n %s, without secrets', (_, details, description) => {
		const { message, ...rest } = detailsOf(Object.assign(new Error('sent bearer t'), details));
		expect(message).toBe('sent Bearer [hidden]');
		expect(rest).toEqual({ description: having(description) });
	});
});

describe('A doubt', () => {
	const failure: ErrorDetails = { message: 'm', description: 'Check it. Try again later.' };

	it('goes before what to do next, but for the advice to try again', () => {
		expect(withDoubt(failure, 'It may be there.')).toEqual({
			message: 'm',
			description: 'It may be there. Check it.',
			outcome: 'unknown',
		});
	});

	it('is told once: the first one knows best what may have been done', () => {
		const first = withDoubt(failure, 'The guest may be there.');
		expect(withDoubt(first, 'Something may have been done.')).toBe(first);
	});
});
