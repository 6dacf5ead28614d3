import { describe, expect, it } from 'vitest';
import { loadOptionsContext, pressTest, runNode } from '../support/engine.mts';
import { byEmail, guest } from '../support/guests.mts';
import { credentialsFor, useSandbox } from '../support/sandbox.mts';

const sandbox = useSandbox({ guests: 120 });
const credentials = (changes = {}) => credentialsFor(sandbox.current, changes);

describe('Credential', () => {
	it('sends the token and the client header, as the API demands them', async () => {
		await runNode({ parameters: guest('getAll'), credentials: credentials() });
		expect(sandbox.current.requests[0].headers).toMatchObject({
			authorization: 'Bearer sandbox-token',
			'x-tallyfy-client': 'APIClient',
			accept: 'application/json',
		});
	});

	it.each([
		[
			'blanks and slashes around the base URL',
			() => ({ baseUrl: ` ${sandbox.current.baseUrl}// ` }),
		],
		[
			'the word Bearer and a line break with the token',
			() => ({ accessToken: 'Bearer  sandbox-token\n' }),
		],
		['a blank client header', () => ({ clientHeader: ' ' })],
		[
			'blanks around the organization',
			() => ({ organizationId: ' 1505bb7b9ba5f8972ffd3fe1ca18ec0c ' }),
		],
	])('forgives %s', async (_, changes) => {
		const { error, items } = await runNode({
			parameters: guest('getAll'),
			credentials: credentials(changes()),
		});
		expect(error).toBeUndefined();
		expect(items).toHaveLength(50);
		await expect(pressTest(credentials(changes()))).resolves.toMatchObject({ data: {} });
	});

	it.each([
		['', 'Base URL in the credential is not a web address'],
		['go.tallyfy.com/api', 'Base URL in the credential is not a web address'],
		['https://user:secret@evil.example/api', 'Base URL in the credential is not a web address'],
		['javascript:alert(1)', 'Base URL in the credential is not a web address'],
	])('refuses the base URL %j before any request', async (baseUrl, message) => {
		const { error } = await runNode({
			parameters: guest('getAll'),
			credentials: credentials({ baseUrl }),
		});
		expect(error?.message).toBe(message);
	});

	it.each(['', '..', '../..', 'a/b', 'a?b'])(
		'refuses the organization %j before any request',
		async (organizationId) => {
			const { error } = await runNode({
				parameters: guest('getAll'),
				credentials: credentials({ organizationId }),
			});
			expect(error?.message).toMatch(/^Organization ID in the credential is missing/);
			expect(sandbox.current.requests).toEqual([]);
		},
	);
});

describe('Credential test button', () => {
	it('passes with a good credential by asking for the organization', async () => {
		await expect(pressTest(credentials())).resolves.toMatchObject({
			data: { name: 'Sandbox Ltd' },
		});
		expect(sandbox.current.requests.map(({ operationId }) => operationId)).toEqual([
			'getOrganization',
		]);
	});

	it.each([
		['a wrong token', { accessToken: 'wrong' }, '401'],
		['a wrong organization', { organizationId: 'f'.repeat(32) }, '403'],
	])(
		'fails with %s, though the node takes every status for an answer',
		async (_, changes, httpCode) => {
			await expect(pressTest(credentials(changes))).rejects.toMatchObject({ httpCode });
		},
	);

	it('fails when a web page answers, which n8n sees by the missing data', async () => {
		sandbox.current.misbehave({ faults: [{ html: 200 }] });
		const answer = (await pressTest(credentials())) as Record<string, unknown>;
		expect(answer.data).toBeUndefined();
	});
});

describe('List of guests to choose from', () => {
	const search = async (filter?: string, token?: string, changes = {}) => {
		const { type, context } = await loadOptionsContext({
			parameters: guest('get', { guest: byEmail('') }),
			credentials: credentials(changes),
		});
		return await type.methods!.listSearch!.searchGuests.call(context, filter, token);
	};

	it('shows name and email, and never the link', async () => {
		const { results } = await search();
		const [first] = sandbox.current.organization.guests.values();
		expect(results[0]).toEqual({
			name: `${String(first.first_name)} ${String(first.last_name)} (${first.email})`,
			value: first.email,
		});
	});

	it('turns its pages to the end, with a token that is text', async () => {
		const seen: unknown[] = [];
		let token: unknown;
		do {
			const page = await search('', token as string | undefined);
			seen.push(...page.results.map(({ value }) => value));
			token = page.paginationToken;
			expect(['string', 'undefined']).toContain(typeof token);
		} while (token);
		expect(seen).toEqual([...sandbox.current.organization.guests.keys()]);
		expect(sandbox.current.requests).toHaveLength(3);
	});

	it('lets Tallyfy search', async () => {
		const [, second] = sandbox.current.organization.guests.keys();
		const { results } = await search(second);
		expect(results.map(({ value }) => value)).toEqual([second]);
	});

	it('shows what went wrong in our words', async () => {
		await expect(search('', undefined, { accessToken: 'wrong' })).rejects.toMatchObject({
			message: 'Unauthenticated.',
			description: expect.stringContaining('logs out') as string,
		});
	});
});

describe('List of members to choose from', () => {
	it('offers active members first, by name, and marks the others', async () => {
		const { type, context } = await loadOptionsContext({
			parameters: guest('update'),
			credentials: credentials(),
		});
		const options = await type.methods!.loadOptions!.getMembers.call(context);
		expect(options).toHaveLength(25);
		const marked = options.map(({ name }) => / - (disabled|invited)$/.test(name));
		expect(marked).toEqual([...marked].sort());
		expect(marked.filter(Boolean)).toHaveLength(4);
		expect(options[0]).toMatchObject({ value: expect.any(Number) as number });
	});
});
