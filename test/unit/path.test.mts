import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Problem } from '../../nodes/TallyfyGuests/transport/errors.ts';
import {
	filledPath,
	organizationUrl,
	pathSegment,
	segmentNames,
} from '../../nodes/TallyfyGuests/transport/path.ts';

const problem = (message: string, description: string) =>
	expect.objectContaining({ failure: { message, description } }) as Error;

/** What a server sees of a path: it resolves dots first. */
const seen = (path: string) => new URL(`https://x.example/guests/${path}/end`).pathname;

const pieces = fc.constantFrom(...'+/?#%&=@\\ ".aö🙂', '..', '%2e', '%2E', '%2F', '\t');
const nasty = fc.array(pieces, { maxLength: 8 }).map((parts) => parts.join(''));

describe('A value in a path', () => {
	it.each([
		['jo+tallyfy@x.example', 'jo%2Btallyfy%40x.example'],
		['a/b@x.example', 'a%2Fb%40x.example'],
		['a?b#c@x.example', 'a%3Fb%23c%40x.example'],
		['50%off&b@x.example', '50%25off%26b%40x.example'],
		['...', '...'],
		['a..b', 'a..b'],
	])('keeps + / ? # %% & in %j, because they are legal in an address', (value, encoded) => {
		expect(pathSegment(value, 'Guest')).toBe(encoded);
	});

	it('survives encoding and decoding as one segment, whatever the address', () => {
		const plain = fc.string({ unit: 'grapheme' });
		const address = fc
			.tuple(fc.oneof(plain, nasty), fc.oneof(plain, nasty))
			.map(([local, domain]) => `a${local}@${domain}b`)
			.filter((text) => !/(^|[/\\])(\.|%2e){1,2}([/\\]|$)|[\0-\x1f\x7f]/i.test(text));
		fc.assert(
			fc.property(address, (text) => {
				const parts = seen(pathSegment(text, 'Guest')).split('/');
				expect(parts).toHaveLength(4);
				expect(decodeURIComponent(parts[2])).toBe(text);
			}),
		);
	});

	it('never climbs, not even behind a proxy that decodes before it routes', () => {
		fc.assert(
			fc.property(nasty, (value) => {
				let encoded: string;
				try {
					encoded = pathSegment(value, 'Guest');
				} catch (error) {
					expect(error).toBeInstanceOf(Problem);
					return;
				}
				expect(seen(encoded)).toBe(`/guests/${encoded}/end`);
				expect(seen(decodeURIComponent(encoded))).toMatch(/^\/guests\/./);
			}),
			{ numRuns: 2000 },
		);
	});

	it.each(['', '.', '..', '%2e', '.%2E', '../users/501', 'a@b/..', 'a\\..\\b', 'a\nb', 'a\u007f'])(
		'refuses %j, because it would ask for something else',
		(value) => {
			expect(() => pathSegment(value, 'Guest')).toThrow(
				problem(
					'Guest cannot be part of an address',
					'Give Guest a value without dots between slashes and without line breaks.',
				),
			);
		},
	);

	it('refuses half a character, which cannot be encoded', () => {
		expect(() => pathSegment('a\ud83d@x', 'Guest')).toThrow(
			problem(
				'Guest ends in the middle of a character',
				'Half of a character was cut off. Correct the text where it comes from.',
			),
		);
	});
});

describe('A path template', () => {
	it('names its segments in order', () => {
		expect(segmentNames('/guests/{guest}/custom-fields/{key}')).toEqual(['guest', 'key']);
		expect(segmentNames('/guests')).toEqual([]);
	});

	it('takes each value literally, also one that looks like a segment or a replacement pattern', () => {
		expect(filledPath('/a/{x}/{y}/{x}', { x: '{y}', y: '$&' })).toBe('/a/{y}/$&/{y}');
	});
});

describe('The address of the organization', () => {
	it.each([
		'https://x.example/api/organizations/a1',
		' https://x.example/api// /organizations/ a1\n',
		'https://x.example/api/organizations/a1 ',
	])('forgives blanks and slashes around %j', (typed) => {
		expect(organizationUrl(typed)).toBe('https://x.example/api/organizations/a1');
	});

	it.each(['http://localhost:4010', 'HTTPS://x.example/organizations/b'])(
		'accepts the base %s',
		(base) => {
			expect(organizationUrl(`${base}/organizations/a1`)).toBe(`${base}/organizations/a1`);
		},
	);

	it.each([
		'',
		'x.example/api',
		'ftp://x.example',
		'https://',
		'https://me:secret@x.example',
		'https://x.example?a',
		'https://x.example/api?a=',
		'https://x.example/api#a',
		'https://x .example',
		'see https://x.example',
	])('refuses the base %j, because the token would go elsewhere or nowhere', (base) => {
		expect(() => organizationUrl(`${base}/organizations/a1`)).toThrow(
			problem(
				'Base URL in the credential is not a web address',
				'Usually it is https://go.tallyfy.com/api.',
			),
		);
	});

	it.each(['', ' ', '..', 'a/b', 'a?b', 'a#b', 'a%2e'])(
		'refuses the organization %j, because it would change the path',
		(organization) => {
			expect(() => organizationUrl(`https://x.example/organizations/${organization}`)).toThrow(
				problem(
					'Organization ID in the credential is missing or holds other signs than letters and digits',
					'Copy it from Tallyfy: Settings > Integrations > REST API.',
				),
			);
		},
	);
});
