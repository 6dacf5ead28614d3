import { describe, expect, it } from 'vitest';
import {
	MAX_PAYLOAD,
	payloadIn,
	rejectOtherOrganization,
	rejectOtherPayload,
	type Delivery,
} from '../../nodes/TallyfyGuests/trigger/webhook/receive.ts';

const call = (body: string, headers = {}): Delivery => ({ headers, rawBody: Buffer.from(body) });
const refusal = (status: number, message: string) =>
	expect.objectContaining({ status, message }) as Error;

describe('The body of a call', () => {
	it.each([
		['as it is', '{"a":1}'],
		['with a byte order mark and blanks', '\uFEFF {"a":1}\n'],
	])('is read %s', (_, text) => {
		expect(payloadIn(call(text))).toEqual({ a: 1 });
	});

	it.each([
		['', 'The body is empty, or no JSON.'],
		['  ', 'The body is empty, or no JSON.'],
		['{a:1}', 'The body is no JSON.'],
		['a=1', 'The body is no JSON.'],
		['null', 'The body is JSON, but not an object.'],
		['[{}]', 'The body is JSON, but not an object.'],
	])('is refused when it is %j', (text, message) => {
		expect(() => payloadIn(call(text))).toThrow(refusal(400, message));
	});

	it('is refused by its announced size, before it is read, and by its real one', () => {
		const tooLarge = refusal(413, 'The body is larger than 1 MB.');
		const announced = { 'content-length': String(MAX_PAYLOAD + 1) };
		expect(() => payloadIn(call('{}', announced))).toThrow(tooLarge);
		expect(() => payloadIn(call(`{"a":"${'x'.repeat(MAX_PAYLOAD)}"}`))).toThrow(tooLarge);
		const body = { a: 'x'.repeat(MAX_PAYLOAD) };
		expect(() => payloadIn({ headers: {}, body })).toThrow(tooLarge);
	});

	it('counts bytes, not characters', () => {
		const letters = MAX_PAYLOAD / 2;
		expect(() => payloadIn(call(`{"a":"${'é'.repeat(letters)}"}`))).toThrow(
			expect.objectContaining({ status: 413 }) as Error,
		);
	});

	it('is what n8n made of it where n8n kept no bytes, but not a form with files', () => {
		expect(payloadIn({ headers: {}, body: { a: 1 } })).toEqual({ a: 1 });
		expect(() => payloadIn({ headers: {}, body: {} })).toThrow(refusal(400, 'The body is empty.'));
		const form = {
			headers: { 'content-type': 'multipart/form-data; boundary=x' },
			body: { data: {}, files: {} },
		};
		expect(() => payloadIn(form)).toThrow(refusal(400, 'The body is empty, or no JSON.'));
	});
});

describe('The organization that a call names', () => {
	const named = (id: unknown) => ({ 'x-tallyfy-orgid': id }) as Record<string, string>;

	it('is ours whether in upper or lower case, also with blanks around it', () => {
		expect(() => rejectOtherOrganization(named(' AB12 '), 'ab12', true)).not.toThrow();
	});

	it.each([['ab13'], [''], ['ab12, ab12']])('is another one when the header says %j', (id) => {
		for (const mustSay of [true, false]) {
			expect(() => rejectOtherOrganization(named(id), 'ab12', mustSay)).toThrow(
				refusal(
					403,
					'The header X-Tallyfy-orgID names another organization. It must be the Organization ID in the credential of this node.',
				),
			);
		}
	});

	it('may be missing only where the header is not documented', () => {
		expect(() => rejectOtherOrganization({}, 'ab12', false)).not.toThrow();
		expect(() => rejectOtherOrganization({}, 'ab12', true)).toThrow(
			refusal(
				403,
				'The header X-Tallyfy-orgID is missing. It must be the Organization ID in the credential of this node.',
			),
		);
	});

	it('is looked for in the payload too', () => {
		expect(() =>
			rejectOtherPayload({ process: { organization_id: 'AB12' } }, 'ab12'),
		).not.toThrow();
		expect(() => rejectOtherPayload({}, 'ab12')).not.toThrow();
		expect(() => rejectOtherPayload({ process: { organization_id: 'x' } }, 'ab12')).toThrow(
			refusal(403, 'The payload is about another organization than the credential of this node.'),
		);
	});
});
