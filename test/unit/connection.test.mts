import { describe, expect, it } from 'vitest';
import type { INode } from 'n8n-workflow';
import { connectionOf, credentialTypeOf } from '../../nodes/TallyfyGuests/transport/connection.ts';

const nodeWith = (type: string, id?: string) =>
	({ credentials: { [type]: { id, name: 'Sandbox' } } }) as unknown as INode;
const personal = 'tallyfyGuestsApi';
const application = 'tallyfyGuestsApplicationApi';

describe('A connection', () => {
	it('is one for nodes with the same credential, so that they share one limiter', () => {
		const [one, other] = [1, 2].map(() => connectionOf(nodeWith(personal, '7'), personal, 'a'));
		expect(one).toBe(other);
		expect(one.credentialType).toBe(personal);
	});

	it.each([
		['another credential', personal, '8', 'a'],
		['another address', personal, '7', 'b'],
		['another credential type', application, '7', 'a'],
	])('is another for %s', (_, type, id, address) => {
		const one = connectionOf(nodeWith(personal, '7'), personal, 'a');
		const other = connectionOf(nodeWith(type, id), type, address);
		expect(other.limiter).not.toBe(one.limiter);
	});

	it('is the same after thousands of others, because with two limiters neither knew what is in flight', () => {
		const first = connectionOf(nodeWith(personal, 'first'), personal, 'a');
		for (let id = 0; id < 2000; id++) {
			connectionOf(nodeWith(personal, `n${id}`), personal, 'a');
		}
		expect(connectionOf(nodeWith(personal, 'first'), personal, 'a')).toBe(first);
	});

	it('is found without a credential in the node too, as list searches of a new node have none', () => {
		const node = { name: 'Guests' } as unknown as INode;
		expect(connectionOf(node, personal, 'a')).toBe(
			connectionOf(nodeWith(personal, undefined), personal, 'a'),
		);
	});

	it('has tokens only where n8n fetches them, and the same for all', () => {
		expect(connectionOf(nodeWith(personal, '9'), personal, 'a').tokens).toBeUndefined();
		const { tokens } = connectionOf(nodeWith(application, '9'), application, 'a');
		expect(tokens).toBeDefined();
		expect(connectionOf(nodeWith(application, '9'), application, 'a').tokens).toBe(tokens);
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
