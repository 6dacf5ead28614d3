import { describe, expect, it } from 'vitest';
import type { INode } from 'n8n-workflow';
import { accountOf, credentialTypeOf } from '../../nodes/TallyfyGuests/transport/account.ts';

const sleep = async () => undefined;
const nodeWith = (type: string, id: string) =>
	({ credentials: { [type]: { id, name: 'Sandbox' } } }) as unknown as INode;
const personal = 'tallyfyGuestsApi';
const application = 'tallyfyGuestsApplicationApi';

describe('Account', () => {
	it('is one for nodes with the same credential, so that they keep one pace', () => {
		const [one, other] = [1, 2].map(() => accountOf(nodeWith(personal, '7'), personal, 'a', sleep));
		expect(one.pace).toBe(other.pace);
	});

	it.each([
		['another credential', personal, '8', 'a'],
		['another address', personal, '7', 'b'],
		['another credential type', application, '7', 'a'],
	])('is another for %s', (_, type, id, address) => {
		const one = accountOf(nodeWith(personal, '7'), personal, 'a', sleep);
		expect(accountOf(nodeWith(type, id), type, address, sleep)).not.toBe(one);
	});

	it('has a session only where n8n fetches the token', () => {
		expect(accountOf(nodeWith(personal, '9'), personal, 'a', sleep).session).toBeUndefined();
		expect(accountOf(nodeWith(application, '9'), application, 'a', sleep).session).toBeDefined();
	});
});

describe('Authentication', () => {
	it.each([
		[undefined, personal],
		['', personal],
		['accessToken', personal],
		['application', application],
	])(
		'%j means the credential %s, so that workflows saved before it existed run on',
		(value, type) => {
			expect(credentialTypeOf(value)).toBe(type);
		},
	);

	it('refuses a value that does not exist, by name', () => {
		expect(() => credentialTypeOf('oauth')).toThrow('Authentication is "oauth"');
	});
});
