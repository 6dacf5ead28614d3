import { describe, expect, it } from 'vitest';
import {
	failureFrom,
	failureOf,
	fieldMessages,
	lostConnection,
	oddAnswer,
	Problem,
	readable,
	refusal,
	saysUnknown,
	wordsOf,
	type Failure,
} from '../../nodes/TallyfyGuests/transport/errors.ts';

const NOW = Date.parse('2025-05-15T10:00:00Z');
const GUEST = { noun: 'guest', value: 'jo@x.example', parameter: 'Guest' };
const NOBODY = 'no guest jo@x.example in this organization';
const answer = (status: number, body: unknown = '', headers = {}) => ({ status, headers, body });
const having = (text: string) => expect.stringContaining(text) as string;

/** What is expected of an answer: `[what it is, status, body, failure without status, headers]`. */
type Case = [string, number, unknown, Omit<Failure, 'status'>, Record<string, string>?];

describe('A refused request', () => {
	const general: Case[] = [
		[
			'a redirect, because following it would carry the token elsewhere',
			302,
			'',
			{
				message: 'Tallyfy answered with a redirect (302), which is not followed',
				description: having('Check Base URL'),
			},
		],
		[
			'a dead token: logging out kills it, which nobody guesses',
			401,
			{ error: true, message: 'Unauthenticated.' },
			{ message: 'Unauthenticated.', description: having('logs out') },
		],
		[
			'a business rule in the words of Tallyfy, because only they tell it from missing rights',
			403,
			{ message: 'Cannot disable guest with incomplete tasks' },
			{
				message: 'Cannot disable guest with incomplete tasks',
				description: having('rule of Tallyfy about this guest'),
			},
		],
		[
			'an address that Tallyfy does not know as a matter of the credential',
			404,
			'',
			{ message: 'Tallyfy does not know this address', description: having('Organization ID') },
		],
		[
			'a full seat pool by the name of the pool, because seats are bought by pool',
			409,
			{ error: { code: 'SEAT_POOL_EXHAUSTED', details: { pool_type: 'light' } } },
			{
				message: 'No free light seat',
				description: having('pool of light seats is full'),
				code: 'SEAT_POOL_EXHAUSTED',
			},
		],
		[
			'refused values with every field and its messages, for people and for the next node',
			422,
			{ message: 'The given data was invalid.', errors: { email: ['Taken.'], last_name: 'Long.' } },
			{
				message: 'The given data was invalid. email: Taken. last_name: Long.',
				description: 'Correct the fields named in the message.',
				fields: { email: ['Taken.'], last_name: ['Long.'] },
			},
		],
		[
			'the hourly cap as one, with the time to come back',
			429,
			{ message: 'Hourly limit.', code: 'RATE_LIMIT_EXCEEDED' },
			{
				message: 'Hourly limit.',
				description: expect.stringMatching(
					/hourly limit .* wait 1800 s, until 2025-05-15T10:30:00\.000Z\.$/,
				) as string,
				code: 'RATE_LIMIT_EXCEEDED',
				retryAfterSeconds: 1800,
				retryAt: '2025-05-15T10:30:00.000Z',
			},
			{ 'retry-after': '1800' },
		],
		[
			'a burst without a time, when Tallyfy gives none',
			429,
			'slow down',
			{
				message: 'Tallyfy is receiving too many requests',
				description: having('slow down with Batching'),
			},
		],
		[
			'an outage, with the time to come back',
			503,
			'',
			{
				message: 'Tallyfy could not answer (503)',
				description: having('Try again later. Tallyfy asks to wait 7 s'),
				retryAfterSeconds: 7,
				retryAt: '2025-05-15T10:00:07.000Z',
			},
			{ 'retry-after': '7' },
		],
		[
			'a crash of the server, without believing a Retry-After that means nothing there',
			500,
			'<html>',
			{ message: 'Tallyfy could not answer (500)', description: having('side of Tallyfy') },
			{ 'retry-after': '7' },
		],
		[
			'an unforeseen status by its number',
			418,
			'',
			{
				message: 'Tallyfy refused the request (418)',
				description: 'Check the parameters of this operation.',
			},
		],
	];
	it.each(general)('explains %s', (_, status, body, failure, headers) => {
		expect(failureOf(answer(status, body, headers), undefined, NOW)).toEqual({
			status,
			...failure,
		});
	});

	const aboutGuest: Case[] = [
		[
			'names who is missing when Tallyfy says nothing',
			404,
			'',
			{
				message: expect.stringMatching(new RegExp(`^${NOBODY}$`, 'i')) as string,
				description: 'Check Guest, or pick the guest from the list.',
			},
		],
		[
			'puts the words of Tallyfy before who is missing',
			404,
			{ error: true, message: 'Guest not found', code: 'RESOURCE_NOT_FOUND' },
			{
				message: `Guest not found: ${NOBODY}`,
				description: having('Check Guest'),
				code: 'RESOURCE_NOT_FOUND',
			},
		],
		[
			'takes a 422 on the email for an unknown guest, because delete and update answer so',
			422,
			{ message: 'Invalid', errors: { email: ['The selected email is invalid.'] } },
			{
				message: having(NOBODY),
				description: having('Check Guest'),
				fields: { email: ['The selected email is invalid.'] },
			},
		],
		[
			'does not blame the guest when the whole address is unknown',
			404,
			{ message: 'No such route', code: 'ENDPOINT_NOT_FOUND' },
			{
				message: 'No such route',
				description: having('Check Base URL'),
				code: 'ENDPOINT_NOT_FOUND',
			},
		],
	];
	it.each(aboutGuest)('about a guest %s', (_, status, body, failure) => {
		expect(failureOf(answer(status, body), GUEST, NOW)).toEqual({ status, ...failure });
	});

	it.each<[boolean, string, number, unknown]>([
		[true, 'an empty 404', 404, ''],
		[true, 'a 404 without a body', 404, undefined],
		[true, 'a 404 in JSON', 404, { code: 'RESOURCE_NOT_FOUND' }],
		[true, 'a 422 on the email', 422, { errors: { email: ['x'] } }],
		[false, 'a 404 for the address', 404, { code: 'ENDPOINT_NOT_FOUND' }],
		[false, 'a web page, which somebody else sent', 404, '<html>'],
		[false, 'a 422 on something else', 422, { errors: { first_name: ['x'] } }],
		[false, 'a 422 without fields', 422, { message: 'x' }],
		[false, 'a success that mentions errors', 200, { errors: { email: ['x'] } }],
	])('counts as "no such guest": %s for %s', (unknown, _, status, body) => {
		expect(saysUnknown(answer(status, body))).toBe(unknown);
	});
});

describe('Words of the server in an error', () => {
	it.each([
		['a guest link, which is a secret', 'see https://go.tallyfy.com/guest-all-task/o/C1 now'],
		['a guest link without its host', 'see guest-all-task/o/C1 now'],
		['a link of another page for guests', 'see HTTPS://x.example/GUEST?code=C1 now'],
	])('hide %s', (_, text) => {
		expect(readable(text)).toBe('see [link hidden] now');
	});

	it.each([
		['hide a token', 'sent bearer  abc.def rest', 'sent Bearer [hidden] rest'],
		['keep other links', 'see https://x.example/help', 'see https://x.example/help'],
		['fit on one line', ' a\n\t b ', 'a b'],
		['may have 300 characters', 'x'.repeat(300), 'x'.repeat(300)],
		['end after 300 characters', 'x'.repeat(301), `${'x'.repeat(300)}…`],
	])('%s', (_, text, shown) => {
		expect(readable(text)).toBe(shown);
	});

	it.each([
		['message', { message: 'm', error: 'e' }, 'm'],
		['error as text, past a blank message', { message: ' ', error: 'e' }, 'e'],
		['error.message', { error: { message: 'n' } }, 'n'],
		['nothing in error: true', { error: true }, undefined],
		['nothing in a text', '<html>', undefined],
		['nothing in a list', ['m'], undefined],
	])('are found in %s', (_, body, words) => {
		expect(wordsOf(body)).toBe(words);
	});

	it.each([
		['a list', { a: ['x', 'y'] }, { a: ['x', 'y'] }],
		['a bare text', { a: 'x' }, { a: ['x'] }],
		['nested maps', { tasks: [{ abc: ['x'] }] }, { 'tasks.abc': ['x'] }],
		['messages without a field', ['x', 1], { general: ['x', '1'] }],
		['nothing said', { a: null, b: '', c: [] }, {}],
		['a field named like a JavaScript built-in', { constructor: ['x'] }, { constructor: ['x'] }],
		['secrets', { a: 'bearer t' }, { a: ['Bearer [hidden]'] }],
	])('about fields are flattened from %s', (_, errors, flat) => {
		expect(fieldMessages(errors)).toEqual(flat);
	});
});

describe('A success that makes no sense', () => {
	it.each([
		['\n<!doctype html>', 'with a web page instead of JSON', 'Check Base URL'],
		[{}, 'without the list "data"', 'before you run this item again'],
	])('%j says what came and what to do', (body, said, next) => {
		expect(oddAnswer(answer(200, body), 'without the list "data"').failure).toEqual({
			message: `Tallyfy answered 200, but ${said}`,
			description: having(next),
			status: 200,
		});
	});
});

describe('A lost connection', () => {
	const lost = (message: string, details = {}) =>
		lostConnection(
			Object.assign(new Error(message), details),
			'https://x.example/api/organizations/o',
		);

	it.each([
		['on the error', lost('x', { code: 'ECONNREFUSED' }), 'ECONNREFUSED'],
		['on its cause', lost('x', { cause: { code: 'ENOTFOUND' } }), 'ENOTFOUND'],
		['in its messages', lost('x', { messages: ['a', 'read ECONNRESET'] }), 'ECONNRESET'],
		['in its description', lost('x', { description: 'EAI_AGAIN x' }), 'EAI_AGAIN'],
		['in its text', lost('CERT_HAS_EXPIRED'), 'CERT_HAS_EXPIRED'],
	])('names host and code, and no more of the address, with the code %s', (_, failure, code) => {
		expect(failure).toEqual({
			message: `No answer from x.example (${code})`,
			description: having('Whether Tallyfy did what was asked is not known.'),
			code,
		});
	});

	it('quotes the error, without secrets, when the network gave no code', () => {
		expect(lost('gave up on bearer abc')).toEqual({
			message: 'No answer from x.example (gave up on Bearer [hidden])',
			description: having('Check Base URL'),
		});
	});
});

describe('Any error', () => {
	it('of ours is passed on as it is', () => {
		const problem = refusal('Limit', 'is 0', 'Give more.');
		expect(problem).toBeInstanceOf(Problem);
		expect(problem.message).toBe('Limit is 0');
		expect(failureFrom(problem)).toEqual({ message: 'Limit is 0', description: 'Give more.' });
	});

	it.each([
		['keeps its own description', { description: 'bearer t' }, 'Bearer [hidden]'],
		['points at parameters and expressions', {}, having('the expressions in them')],
	])("of n8n's %s, without secrets", (_, details, description) => {
		const error = Object.assign(new Error('Referenced bearer t'), details);
		expect(failureFrom(error)).toEqual({ message: 'Referenced Bearer [hidden]', description });
	});
});
