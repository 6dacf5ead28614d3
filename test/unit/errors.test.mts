import { describe, expect, it } from 'vitest';
import { failureOf, oddAnswer } from '../../nodes/TallyfyGuests/transport/errors.ts';
import { lostConnection } from '../../nodes/TallyfyGuests/transport/lost.ts';
import { failureFrom, readable, refusal } from '../../nodes/TallyfyGuests/transport/failure.ts';
import { fieldMessages, saysUnknown, wordsOf } from '../../nodes/TallyfyGuests/transport/words.ts';

const NOW = Date.parse('2025-05-15T10:00:00Z');
const GUEST = { noun: 'guest', value: 'jo@x.example', parameter: 'Guest' };
const NOBODY = 'no guest jo@x.example in this organization';
const answer = (status: number, body: unknown = '', headers = {}) => ({ status, headers, body });
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
		expect(failureOf(answer(status, body))).toEqual({
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
			const failure = failureOf(answer(status, body, { 'retry-after': '1800' }), undefined, NOW);
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
		const failure = failureOf(answer(429, '', { 'retry-after': '0' }), undefined, NOW);
		expect(failure.retryAfterSeconds).toBe(0);
		expect(failure.description).not.toContain('asks to wait');
	});

	it('with 500 promises no time, because Retry-After means nothing there', () => {
		const failure = failureOf(answer(500, '', { 'retry-after': '7' }));
		expect(failure).not.toHaveProperty('retryAfterSeconds');
		expect(failure.description).not.toContain('wait');
	});

	it('says how often it was tried, once it was tried again', () => {
		const description = (tries: number) => failureOf({ ...answer(418), tries }).description;
		expect(description(3)).toBe('Tried 3 times. Check the parameters of this operation.');
		expect(description(1)).toBe('Check the parameters of this operation.');
	});

	it.each<[string, number, unknown, RegExp, string]>([
		['who is missing', 404, '', new RegExp(`^${NOBODY}$`, 'i'), 'Check Guest, or pick the guest'],
		['the words of Tallyfy first', 404, { message: 'Gone' }, /^Gone: no guest jo@/, 'Check Guest'],
		['the same for a 422, as delete has it', 422, UNKNOWN, /: no guest jo@x/, 'Check Guest'],
		['nobody when no route was found', 404, NO_ROUTE, /^No route$/, 'Check Base URL'],
	])('about a guest names %s', (_, status, body, message, description) => {
		expect(failureOf(answer(status, body), GUEST)).toMatchObject({
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
		[false, 'a web page, which somebody else sent', 404, '<html>'],
		[false, 'a 422 on something else', 422, { errors: { first_name: ['x'] } }],
		[false, 'a success that mentions errors', 200, UNKNOWN],
	])('means "no such guest": %s for %s', (unknown, _, status, body) => {
		expect(saysUnknown({ status, headers: {}, body })).toBe(unknown);
	});
});

describe('Words of the server in an error', () => {
	it.each([
		['hide a guest link, a secret', 'a https://x.io/guest-all-task/o/C b', 'a [link hidden] b'],
		['hide it without its host too', 'a guest-all-task/o/C b', 'a [link hidden] b'],
		[
			'hide a link that JSON escaped',
			String.raw`a https:\/\/x.io\/guest-all-task\/o\/C b`,
			'a [link hidden] b',
		],
		['hide a link that was encoded', 'a guest-all-task%2Fo%2FC b', 'a [link hidden] b'],
		['hide a token', 'a bearer  abc.def b', 'a Bearer [hidden] b'],
		['keep other links', 'a https://x.io/help b', 'a https://x.io/help b'],
		['fit on one line', ' a\n\t b ', 'a b'],
		['may have 300 characters', 'x'.repeat(300), 'x'.repeat(300)],
		['end after 300 characters', 'x'.repeat(301), `${'x'.repeat(300)}…`],
	])('%s', (_, text, shown) => {
		expect(readable(text)).toBe(shown);
	});

	it('hide a guest link that somebody pasted where an email belongs', () => {
		const pasted = refusal('Guest', 'is not an email: https://x.io/guest-all-task/o/C', 'Next.');
		expect(pasted.failure.message).toBe('Guest is not an email: [link hidden]');
	});

	it.each([
		['message', { message: 'm', error: 'e' }, 'm'],
		['error as text, past a blank message', { message: ' ', error: 'e' }, 'e'],
		['a message that is a list', { message: ['One.', 'Two.'] }, 'One. Two.'],
		['error.message', { error: { message: 'bearer t' } }, 'Bearer [hidden]'],
		['nothing in error: true', { error: true }, undefined],
		['nothing in null', null, undefined],
	])('are found in %s', (_, body, words) => {
		expect(wordsOf(body)).toBe(words);
	});

	it.each([
		[
			'lists and bare texts',
			{ a: ['x', 'bearer t'], b: 'y' },
			{ a: ['x', 'Bearer [hidden]'], b: ['y'] },
		],
		['nested maps', { tasks: [{ abc: ['x'] }] }, { 'tasks.abc': ['x'] }],
		['messages without a field', ['x', 1], { general: ['x', '1'] }],
		['nothing said', { a: null, b: '', c: [] }, {}],
		['a field named like a built-in', { constructor: ['x'] }, { constructor: ['x'] }],
	])('about fields come flat and without secrets from %s', (_, errors, flat) => {
		expect(fieldMessages(errors)).toEqual(flat);
	});
});

describe('A success that makes no sense', () => {
	it.each([
		['\n<!doctype html>', 'with a web page instead of JSON', 'Check Base URL'],
		[{}, 'without the list "data"', 'before you run this item again'],
	])('says what came and what to do: %j', (body, said, next) => {
		const message = `Tallyfy answered 200, but ${said}`;
		const { failure } = oddAnswer(answer(200, body), 'without the list "data"');
		expect(failure).toEqual({ message, description: having(next), status: 200 });
	});
});

describe('A lost connection', () => {
	it.each([
		['on the error', { code: 'ECONNREFUSED' }, 'ECONNREFUSED'],
		['on its cause', { cause: { code: 'ENOTFOUND' } }, 'ENOTFOUND'],
		['in its messages', { messages: ['a', 'read ECONNRESET'] }, 'ECONNRESET'],
		['in its description', { description: 'EAI_AGAIN x' }, 'EAI_AGAIN'],
		['in its text', { message: 'CERT_HAS_EXPIRED' }, 'CERT_HAS_EXPIRED'],
		['as its status', { httpCode: 'EPIPE' }, 'EPIPE'],
		['in the words "socket hang up"', { messages: ['socket hang up'] }, 'ECONNRESET'],
		['as a broken answer', { httpCode: 'ERR_BAD_RESPONSE' }, 'ECONNRESET'],
		['in the word "timeout"', { message: 'timeout of 5 ms exceeded' }, 'ETIMEDOUT'],
		['nowhere', { message: 'gave up on bearer t' }, undefined],
	])('names the host only, and the code found %s, where n8n kept it', (_, details, code) => {
		const error = Object.assign(new Error('x'), details);
		expect(lostConnection(error, 'https://x.example/api/organizations/o')).toEqual({
			message: `No answer from x.example (${code ?? 'gave up on Bearer [hidden]'})`,
			description: having('Whether Tallyfy did what was asked is not known.'),
			code,
		});
	});
});

it('A token that no header can hold is the fault of the credential, not of the connection', () => {
	const error = Object.assign(new Error('x'), { code: 'ERR_INVALID_CHAR' });
	expect(lostConnection(error, 'https://x.example/api')).toEqual({
		message: 'The credential holds a sign that cannot be sent',
		description: having('Paste Access Token'),
		code: 'ERR_INVALID_CHAR',
	});
});

describe('Any error', () => {
	it('of ours is passed on as it is', () => {
		const failure = { message: 'Limit is 0', description: 'Give more.' };
		expect(refusal('Limit', 'is 0', 'Give more.')).toMatchObject({
			message: 'Limit is 0',
			failure,
		});
		expect(failureFrom(refusal('Limit', 'is 0', 'Give more.'))).toEqual(failure);
	});

	it.each([
		['keeps its own description', { description: 'bearer t' }, 'Bearer [hidden]'],
		['points at parameters and expressions', {}, 'the expressions in them'],
	])('of n8n %s, without secrets', (_, details, description) => {
		const { message, ...rest } = failureFrom(Object.assign(new Error('sent bearer t'), details));
		expect(message).toBe('sent Bearer [hidden]');
		expect(rest).toEqual({ description: having(description) });
	});
});
