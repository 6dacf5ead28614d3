import { describe, expect, it } from 'vitest';
import { readable, invalidParameter } from '../../nodes/TallyfyGuests/transport/errors.ts';
import { codeIn, fieldMessages, messageIn } from '../../nodes/TallyfyGuests/transport/response.ts';

describe('Messages of the server in an error', () => {
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
		['hide the other form of a guest link', 'a https://x.io/guest/C b', 'a [link hidden] b'],
		['hide that form encoded', 'a https%3A%2F%2Fx.io%2Fguest%2FC b', 'a [link hidden] b'],
		[
			'keep a help page about guests',
			'a https://tallyfy.com/products/pro/documenting/guests/ b',
			'a https://tallyfy.com/products/pro/documenting/guests/ b',
		],
		['fit on one line', ' a\n\t b ', 'a b'],
		['may have 300 characters', 'x'.repeat(300), 'x'.repeat(300)],
		['end after 300 characters', 'x'.repeat(301), `${'x'.repeat(300)}…`],
	])('%s', (_, text, shown) => {
		expect(readable(text)).toBe(shown);
	});

	it('hide a guest link that was pasted where an email belongs', () => {
		const pasted = invalidParameter(
			'Guest',
			'is not an email: https://x.io/guest-all-task/o/C',
			'Next.',
		);
		expect(pasted.details.message).toBe('Guest is not an email: [link hidden]');
	});

	it.each([
		['message', { message: 'm', error: 'e' }, 'm'],
		['error as text, past a blank message', { message: ' ', error: 'e' }, 'e'],
		['a message that is a list', { message: ['One.', 'Two.'] }, 'One. Two.'],
		['error.message', { error: { message: 'bearer t' } }, 'Bearer [hidden]'],
		['nothing in error: true', { error: true }, undefined],
		['nothing in null', null, undefined],
	])('are found in %s', (_, body, words) => {
		expect(messageIn(body)).toBe(words);
	});

	it.each([
		['code', { code: 'A', error: { code: 'B' } }, 'A'],
		['error.code', { error: { code: 'B' } }, 'B'],
		['a number, which is none', { code: 5 }, undefined],
		['a text', 'A', undefined],
	])('hold the name of a refusal in %s', (_, body, code) => {
		expect(codeIn(body)).toBe(code);
	});

	it('show no token in the name of a field', () => {
		expect(fieldMessages({ 'bearer abc': ['x'] })).toEqual({ 'Bearer [hidden]': ['x'] });
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
