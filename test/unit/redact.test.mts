import { describe, expect, it } from 'vitest';
import { secretsIn, fetchedToken, redact } from '../../nodes/TallyfyGuests/transport/redact.ts';

const SECRET = 'top&secret=1';
const answer = (body: unknown, status = 400) => ({ status, body });
const clean = (body: unknown, secrets = [SECRET]) => redact(answer(body), secrets).body;

describe('The secrets of a credential', () => {
	it('are its token or client secret, and the token that n8n fetched, without the word before it', () => {
		const credential = {
			accessToken: ' Bearer abcdef ',
			clientSecret: '123456',
			userToken: 'fedcba',
		};
		expect(secretsIn(credential)).toEqual(['abcdef', '123456', 'fedcba']);
	});

	it('are no words shorter than six characters, which are found in ordinary words', () => {
		expect(secretsIn({ accessToken: 'abcde', clientSecret: '' })).toEqual([]);
	});

	it.each([
		[undefined, ''],
		[' abc ', 'abc'],
	])('hold the token that n8n fetched, if there is one: %j', (userToken, token) => {
		expect(fetchedToken({ userToken })).toBe(token);
	});
});

describe('An answer that is no success', () => {
	it.each([
		['in a text', `no: ${SECRET}!`, 'no: [hidden]!'],
		['encoded', 'a=top%26secret%3D1', 'a=[hidden]'],
		['in a list in an object', { message: ['x', SECRET] }, { message: ['x', '[hidden]'] }],
		['in a code', { error: { code: SECRET } }, { error: { code: '[hidden]' } }],
		['in the name of a field', { errors: { [SECRET]: ['x'] } }, { errors: { '[hidden]': ['x'] } }],
		['not in what is no text', { total: 1, next: null }, { total: 1, next: null }],
	])('is shown without secrets: %s', (_, body, shown) => {
		expect(clean(body)).toEqual(shown);
	});

	it('keeps the names that the API uses, though a guest may have such a word for a code', () => {
		const body = { message: 'm', error: { code: 'c', message: 'n' }, errors: {} };
		expect(clean(body, ['message', 'errors'])).toEqual(body);
	});

	it.each([
		['objects', (inner: unknown) => ({ a: inner })],
		['lists', (inner: unknown) => [inner]],
	])(
		'may be nested 20,000 levels deep in %s: nothing overflows, and what is so deep is not shown',
		(_, wrap) => {
			let body: unknown = SECRET;
			for (let level = 0; level < 20_000; level++) body = wrap(body);
			for (const secrets of [[SECRET], []]) {
				const shown = JSON.stringify(clean(body, secrets));
				expect(shown).toContain('…');
				expect(shown).not.toContain(SECRET);
			}
		},
	);
});

it('A success is not touched, because it is what the person asked for', () => {
	const success = answer({ data: SECRET }, 200);
	expect(redact(success, [SECRET])).toBe(success);
});
