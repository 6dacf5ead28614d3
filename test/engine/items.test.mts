import { describe, expect, it } from 'vitest';
import { runNode } from '../support/engine.mts';
import { byEmail, guest, ODD_EMAILS } from '../support/guests.mts';
import { credentialsFor, useSandbox } from '../support/sandbox.mts';

const sandbox = useSandbox({ guests: 5 });
const credentials = (changes = {}) => credentialsFor(sandbox.current, changes);
const known = () => [...sandbox.current.organization.guests.keys()];

describe('Items', () => {
	it('links each guest of a list to the input item that asked for it', async () => {
		const { items } = await runNode({
			parameters: guest('getAll', { limit: '={{ $json.limit }}' }),
			input: [{ limit: 2 }, { limit: 3 }],
			credentials: credentials(),
		});
		expect(items.map(({ pairedItem }) => pairedItem)).toEqual([
			{ item: 0 },
			{ item: 0 },
			{ item: 1 },
			{ item: 1 },
			{ item: 1 },
		]);
	});

	it('goes on after a failed item, which says what happened and keeps its link', async () => {
		const input = [{ email: known()[0] }, { email: 'no@x.example' }, { email: '' }];
		const { items } = await runNode({
			parameters: guest('get', { guest: byEmail() }),
			input,
			onError: 'continueRegularOutput',
			credentials: credentials(),
		});
		expect(items).toHaveLength(3);
		expect(items[0]).toMatchObject({ json: { email: known()[0] }, pairedItem: { item: 0 } });
		expect(items[1]).toEqual({
			json: {
				message: 'Resource not found: no guest no@x.example in this organization',
				error: {
					description: 'Check Guest, or pick the guest from the list.',
					status: 404,
					code: 'RESOURCE_NOT_FOUND',
				},
			},
			pairedItem: { item: 1 },
		});
		expect(items[2]).toMatchObject({
			json: { message: 'Guest is empty', error: { description: expect.any(String) as string } },
			pairedItem: { item: 2 },
		});
	});

	it('sends failed items to the error output with the row they came from', async () => {
		const { items, errorItems } = await runNode({
			parameters: guest('get', { guest: byEmail() }),
			input: [{ email: known()[0] }, { email: 'no@x.example', row: 7 }],
			onError: 'continueErrorOutput',
			credentials: credentials(),
		});
		expect(items.map(({ json }) => json.email)).toEqual([known()[0]]);
		expect(errorItems).toHaveLength(1);
		expect(errorItems[0].json).toMatchObject({
			email: 'no@x.example',
			row: 7,
			error: { status: 404 },
		});
	});

	it('names the item that stopped the node', async () => {
		const { error } = await runNode({
			parameters: guest('get', { guest: byEmail() }),
			input: [{ email: known()[0] }, { email: 'no@x.example' }],
			credentials: credentials(),
		});
		expect(error?.context?.itemIndex).toBe(1);
		expect(error?.httpCode).toBe('404');
		expect(error?.message).toBe(
			'Resource not found: no guest no@x.example in this organization (1 of 2 items done)',
		);
		expect(error?.description).toBe(
			'Check Guest, or pick the guest from the list. To keep results and go on with the other items, set On Error in the settings of this node to Continue.',
		);
	});

	it('keeps its own words though an email contains a word that n8n takes for a network error', async () => {
		const { error } = await runNode({
			parameters: guest('get', { guest: byEmail('deeperm@x.example') }),
			credentials: credentials(),
		});
		expect(error?.message).toContain('no guest deeperm@x.example');
	});
});

describe('Emails', () => {
	it('reach the server byte for byte, however odd', async () => {
		for (const email of ODD_EMAILS) sandbox.current.organization.create({ email });
		const { items, error } = await runNode({
			parameters: guest('get', { guest: byEmail() }),
			input: ODD_EMAILS.map((email) => ({ email: ` ${email} ` })),
			credentials: credentials(),
		});
		expect(error).toBeUndefined();
		expect(items.map(({ json }) => json.email)).toEqual(ODD_EMAILS);
		const last = sandbox.current.requests.map(({ path }) => path.split('/').at(-1) ?? '');
		expect(last.map(decodeURIComponent).sort()).toEqual([...ODD_EMAILS].sort());
	});

	it.each(['get', 'update', 'delete'])(
		'never let %s reach another address: what climbs or is no email is refused before any request',
		async (operation) => {
			const hostile = [
				'../users/501',
				'..',
				'.',
				'',
				'   ',
				'../users/501@x.example',
				'a/../../b@x.example',
				'%2e%2e/users/501@x.example',
				'..\\users\\501@x.example',
				'a@x.example\r\nX-Evil: 1',
				['a@x.example'],
				{ email: 'a@x.example' },
				42,
				null,
				'@x.example',
				'nobody@',
				'\ud800@x.example',
			];
			const { items } = await runNode({
				parameters: guest(operation, { guest: byEmail(), associatedMembers: [1] }),
				input: hostile.map((email) => ({ email })) as never,
				onError: 'continueRegularOutput',
				credentials: credentials(),
			});
			expect(sandbox.current.requests).toEqual([]);
			expect(items).toHaveLength(hostile.length);
			for (const { json } of items) expect(json.message).toMatch(/^Guest /);
		},
	);

	it('keep a hash in the path: deleting a#b must not delete a', async () => {
		for (const email of ['a', 'a@x.example', 'a#b@x.example']) {
			sandbox.current.organization.create({ email });
		}
		await runNode({
			parameters: guest('delete', { guest: byEmail('a#b@x.example') }),
			credentials: credentials(),
		});
		expect(sandbox.current.requests.map(({ path }) => path)).toEqual([
			expect.stringMatching(/\/guests\/a%23b%40x\.example$/),
		]);
		expect(known()).toContain('a');
	});
});

describe('Answers that are none', () => {
	const list = async () =>
		await runNode({ parameters: guest('getAll'), credentials: credentials() });

	it.each([
		['a web page', { html: 200 }, 'Tallyfy answered 200, but with a web page instead of JSON'],
		['nothing', { status: 200 }, 'Tallyfy answered 200, but with nothing in it'],
		[
			'no data',
			{ status: 200, body: { guests: [] } },
			'Tallyfy answered 200, but without the list "data"',
		],
		[
			'one record',
			{ status: 200, body: { data: {} } },
			'Tallyfy answered 200, but without the list "data"',
		],
		[
			'a list of texts',
			{ status: 200, body: { data: ['a'] } },
			'Tallyfy answered 200, but without the list "data"',
		],
		['a bare list', { status: 200, body: [] }, 'Tallyfy answered 200, but not with a JSON object'],
		[
			'a redirect',
			{ status: 302, headers: { location: 'https://elsewhere.example/' }, body: {} },
			'Tallyfy answered with a redirect (302), which is not followed',
		],
	])('say so: %s', async (_, fault, message) => {
		sandbox.current.misbehave({ faults: [fault] });
		const { error, items } = await list();
		expect(error?.message).toBe(message);
		expect(items).toEqual([]);
	});

	it.each([
		['a bad token', { accessToken: 'wrong' }, 'Unauthenticated.', /logs out/, '401'],
		[
			'a foreign organization',
			{ organizationId: 'f'.repeat(32) },
			"You don't have application's permissions for this organization!",
			/Organization ID/,
			'403',
		],
	])('say what to do about %s', async (_, changes, message, description, status) => {
		const { error } = await runNode({
			parameters: guest('getAll'),
			credentials: credentials(changes),
		});
		expect(error?.message).toBe(message);
		expect(error?.description).toMatch(description);
		expect(error?.httpCode).toBe(status);
	});

	it('name the host and the reason when the connection is lost, and nothing secret', async () => {
		const { error } = await runNode({
			parameters: guest('getAll', { pacing: { maxRetryWait: 1 } }),
			credentials: credentials({ baseUrl: 'http://127.0.0.1:1/api' }),
		});
		expect(error?.message).toBe('No answer from 127.0.0.1:1 (ECONNREFUSED), for 1 s');
		expect(error?.description).toContain('Check Base URL');
		expect(JSON.stringify(error)).not.toContain('sandbox-token');
	});
});
