import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { emailAddress } from '../../nodes/TallyfyGuests/resources/guest/locator.ts';
import { TallyfyError } from '../../nodes/TallyfyGuests/transport/errors.ts';
import { pathSegment } from '../../nodes/TallyfyGuests/transport/url.ts';
import { runNode } from '../support/engine.mts';
import { byEmail, guest } from '../support/guests.mts';
import { credentialsFor, useSandbox } from '../support/sandbox.mts';

const sandbox = useSandbox({ guests: 0 });

/** Characters that RFC 5322 allows in a local part without quotes, and some of other scripts (RFC 6531). */
const atom = fc.stringMatching(/^[A-Za-z0-9!#$%&'*+/=?^_`{|}~\-äßéñ中]{1,20}$/u);
const local = fc.array(atom, { minLength: 1, maxLength: 3 }).map((atoms) => atoms.join('.'));
const quoted = fc.stringMatching(/^[ -!#-[\]-~]{1,15}$/).map((text) => `"${text}"`);
const legal = fc
	.tuple(fc.oneof({ weight: 9, arbitrary: local }, quoted), fc.domain())
	.map((parts) => parts.join('@'));

describe('50,000 random legal emails', () => {
	it('are each one segment of a path that decodes to the very address, or are refused', () => {
		let refused = 0;
		const check = (email: string) => {
			let segment: string;
			try {
				segment = pathSegment(emailAddress(email, 'Guest'), 'Guest');
			} catch (error) {
				expect(error).toBeInstanceOf(TallyfyError);
				refused++;
				return;
			}
			const parts = new URL(`https://x.example/guests/${segment}`).pathname.split('/');
			expect([parts.length, decodeURIComponent(parts[2])]).toEqual([3, email]);
		};
		fc.assert(fc.property(legal, check), { numRuns: 50_000, seed: 11 });
		expect(refused).toBeLessThan(50);
	});
});

describe('2,000 random legal emails', () => {
	it('arrive at the server as what they are, or are refused before any request', async () => {
		const emails = [...new Set(fc.sample(legal, { numRuns: 2000, seed: 7 }))];
		const { items } = await runNode({
			parameters: guest('get', { guest: byEmail() }),
			input: emails.map((email) => ({ email })),
			credentials: credentialsFor(sandbox.current),
			onError: 'continueRegularOutput',
		});
		const arrived = sandbox.current.requests.map(({ path }) => {
			expect(path.split('/')).toHaveLength(6);
			return decodeURIComponent(path.split('/')[5]);
		});
		const refused = items
			.filter(({ json }) => String(json.message).startsWith('Guest '))
			.map(({ pairedItem }) => emails[(pairedItem as { item: number }).item]);
		expect([...arrived, ...refused].sort()).toEqual([...emails].sort());
		expect(refused.length).toBeLessThan(emails.length / 1000);
	});
});
