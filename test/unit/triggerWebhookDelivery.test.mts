import { describe, expect, it } from 'vitest';
import {
	foreignIn,
	LARGEST_PAYLOAD,
	payloadIn,
	strangerIn,
	type Delivery,
} from '../../nodes/TallyfyGuests/trigger/webhook/delivery.ts';

const call = (body: string, headers = {}): Delivery => ({ headers, rawBody: Buffer.from(body) });
const refused = (status: number, message: string) => ({ refusal: { status, message } });

describe('The body of a call', () => {
	it.each([
		['as it is', '{"a":1}'],
		['with a byte order mark and blanks', '\uFEFF {"a":1}\n'],
	])('is read %s', (_, text) => {
		expect(payloadIn(call(text))).toEqual({ payload: { a: 1 } });
	});

	it.each([
		['', 'The body is empty, or no JSON.'],
		['  ', 'The body is empty, or no JSON.'],
		['{a:1}', 'The body is no JSON.'],
		['a=1', 'The body is no JSON.'],
		['null', 'The body is JSON, but not an object.'],
		['[{}]', 'The body is JSON, but not an object.'],
	])('is refused when it is %j', (text, message) => {
		expect(payloadIn(call(text))).toEqual(refused(400, message));
	});

	it('is refused by its announced size, before anybody reads it, and by its real one', () => {
		const tooLarge = refused(413, 'The body is larger than 1 MB.');
		const announced = { 'content-length': String(LARGEST_PAYLOAD + 1) };
		expect(payloadIn(call('{}', announced))).toEqual(tooLarge);
		expect(payloadIn(call(`{"a":"${'x'.repeat(LARGEST_PAYLOAD)}"}`))).toEqual(tooLarge);
		const body = { a: 'x'.repeat(LARGEST_PAYLOAD) };
		expect(payloadIn({ headers: {}, body })).toEqual(tooLarge);
	});

	it('counts bytes, not letters', () => {
		const letters = LARGEST_PAYLOAD / 2;
		expect(payloadIn(call(`{"a":"${'é'.repeat(letters)}"}`))).toMatchObject({
			refusal: { status: 413 },
		});
	});

	it('is what n8n made of it where n8n kept no bytes, but not a form with files', () => {
		expect(payloadIn({ headers: {}, body: { a: 1 } })).toEqual({ payload: { a: 1 } });
		expect(payloadIn({ headers: {}, body: {} })).toEqual(refused(400, 'The body is empty.'));
		const form = {
			headers: { 'content-type': 'multipart/form-data; boundary=x' },
			body: { data: {}, files: {} },
		};
		expect(payloadIn(form)).toEqual(refused(400, 'The body is empty, or no JSON.'));
	});
});

describe('The organization that a call names', () => {
	const named = (id: unknown) => ({ 'x-tallyfy-orgid': id }) as Record<string, string>;

	it('is ours in any case of letters, also with blanks around it', () => {
		expect(strangerIn(named(' AB12 '), 'ab12', true)).toBeUndefined();
	});

	it.each([['ab13'], [''], ['ab12, ab12']])('is another one when the header says %j', (id) => {
		for (const mustSay of [true, false]) {
			expect(strangerIn(named(id), 'ab12', mustSay)).toEqual({
				status: 403,
				message:
					'The header X-Tallyfy-orgID names another organization. It must be the Organization ID in the credential of this node.',
			});
		}
	});

	it('may be missing only where the header is not documented', () => {
		expect(strangerIn({}, 'ab12', false)).toBeUndefined();
		expect(strangerIn({}, 'ab12', true)).toEqual({
			status: 403,
			message:
				'The header X-Tallyfy-orgID is missing. It must be the Organization ID in the credential of this node.',
		});
	});

	it('is looked for in the payload too', () => {
		expect(foreignIn({ process: { organization_id: 'AB12' } }, 'ab12')).toBeUndefined();
		expect(foreignIn({}, 'ab12')).toBeUndefined();
		expect(foreignIn({ process: { organization_id: 'x' } }, 'ab12')).toEqual({
			status: 403,
			message: 'The payload is about another organization than the credential of this node.',
		});
	});
});
