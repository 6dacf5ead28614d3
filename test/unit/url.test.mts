import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TallyfyError } from '../../nodes/TallyfyGuests/transport/errors.ts';
import {
	fillPath,
	organizationAddress,
	pathSegment,
	segmentNames,
} from '../../nodes/TallyfyGuests/transport/url.ts';

const problem = (message: string, description: string) =>
	expect.objectContaining({ details: { message, description } }) as Error;

/** What a server sees of a path: it resolves dots first. */
const seen = (segment: string) => new URL(`https://x.example/guests/${segment}/end`).pathname;

const pieces = fc.constantFrom(...'+/?#%&=@\\ ".aö🙂', '..', '%2e', '%2E', '%2F', '\t');
const nasty = fc.array(pieces, { maxLength: 8 }).map((parts) => parts.join(''));

describe('A value in a path', () => {
	it.each([
		['jo+tallyfy@x.example', 'jo%2Btallyfy%40x.example'],
		['a/b?c#d&e@x.example', 'a%2Fb%3Fc%23d%26e%40x.example'],
		['50%off@x.example', '50%25off%40x.example'],
		['a..b/...', 'a..b%2F...'],
	])('keeps %j whole, because every character in it is legal in an address', (value, encoded) => {
		expect(pathSegment(value, 'Guest')).toBe(encoded);
	});

	it('survives encoding and decoding as one segment, whatever the address', () => {
		const text = fc.oneof(fc.string({ unit: 'grapheme' }), nasty);
		const refused = /(^|[/\\?#;])(\.|%2e){1,2}([/\\?#;]|$)|\p{Cc}/iu;
		const address = fc.tuple(text, text).map(([local, domain]) => `a${local}@${domain}b`);
		const legal = address.filter((value) => !refused.test(value));
		fc.assert(
			fc.property(legal, (value) => {
				const parts = seen(pathSegment(value, 'Guest')).split('/');
				expect(parts).toHaveLength(4);
				expect(decodeURIComponent(parts[2])).toBe(value);
			}),
		);
	});

	it('never climbs, not even behind a proxy that decodes before it routes', () => {
		const check = (value: string) => {
			let encoded: string;
			try {
				encoded = pathSegment(value, 'Guest');
			} catch (error) {
				expect(error).toBeInstanceOf(TallyfyError);
				return;
			}
			expect(seen(encoded)).toBe(`/guests/${encoded}/end`);
			expect(seen(decodeURIComponent(encoded))).toMatch(/^\/guests\//);
		};
		fc.assert(fc.property(nasty, check), { numRuns: 2000 });
	});

	it.each([
		'',
		'.',
		'..',
		'%2e',
		'.%2E',
		'../users/501',
		'..?@b',
		'..#@b',
		'a@b/..;x',
		'a@b/..',
		'a\\..\\b',
		'a\nb',
		'a\u007f',
	])('is refused when it is %j, because it would ask for something else', (value) => {
		const next = 'Give Guest a value without dots between slashes and without line breaks.';
		expect(() => pathSegment(value, 'Guest')).toThrow(
			problem('Guest cannot be part of an address', next),
		);
	});

	it('is refused with half a character, which cannot be encoded', () => {
		const next = 'Half of a character was cut off. Correct the text where it comes from.';
		expect(() => pathSegment('a\ud83d@x', 'Guest')).toThrow(
			problem('Guest ends in the middle of a character', next),
		);
	});
});

describe('A path template', () => {
	it('names its segments in order', () => {
		expect(segmentNames('/guests/{guest}/custom-fields/{key}')).toEqual(['guest', 'key']);
		expect(segmentNames('/guests')).toEqual([]);
	});

	it('takes each value literally, also one that looks like a segment or a pattern', () => {
		expect(fillPath('/a/{x}/{y}/{x}', { x: '{y}', y: '$&' })).toBe('/a/{y}/$&/{y}');
	});
});

describe('The address of the organization', () => {
	const base = 'https://x.example';

	it.each([
		['https://x.example/api', 'a1', 'https://x.example/api/organizations/a1'],
		[' https://x.example/api// ', ' a1\n', 'https://x.example/api/organizations/a1'],
		['http://localhost:4010', 'a1', 'http://localhost:4010/organizations/a1'],
	])('forgives blanks and slashes around %j and %j', (typed, organization, url) => {
		expect(organizationAddress(typed, organization).baseURL).toBe(url);
	});

	const elsewhere = ['', 'x.example/api', 'ftp://x.example', 'https://', 'https://me:pw@x.example'];
	it.each([
		...elsewhere,
		'http://x.example:99999/api',
		`${base}?a`,
		`${base}/api#a`,
		'https://x .example',
		`see ${base}`,
	])('refuses the base %j, because the token would go elsewhere or nowhere', (typed) => {
		expect(() => organizationAddress(typed, 'a1')).toThrow(
			problem(
				'Base URL in the credential is not a web address',
				'Usually it is https://go.tallyfy.com/api.',
			),
		);
	});

	it.each(['', ' ', '..', 'a/b', 'a/organizations/b', 'a?b', 'a#b', 'a%2e'])(
		'refuses the organization %j, because it would change the path',
		(organization) => {
			expect(() => organizationAddress(base, organization)).toThrow(
				problem(
					'Organization ID in the credential is missing or holds other characters than letters and digits',
					'Copy it from Tallyfy: Settings > Organization.',
				),
			);
		},
	);
});
