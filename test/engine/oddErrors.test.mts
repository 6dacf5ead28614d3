import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ORGANIZATION_ID } from '../../sandbox/organization.mts';
import { byEmail, guest } from '../support/guests.mts';
import { errorOf, freshCredentials, runToEnd } from '../support/runs.mts';
import { useSandbox } from '../support/sandbox.mts';

describe('An error answer that is nested 20,000 levels deep', () => {
	const DEEP = 20_000;
	const shapes = {
		objects: `${'{"error":'.repeat(DEEP)}"x"${'}'.repeat(DEEP)}`,
		lists: `{"errors":${'['.repeat(DEEP)}"x"${']'.repeat(DEEP)}}`,
	};
	let server: Server;
	let answers: Array<{ status: number; text: string }>;
	beforeEach(async () => {
		server = createServer((_, response) => {
			const { status, text } = answers.shift() ?? {
				status: 200,
				text: '{"data":{"email":"jo@x.test"}}',
			};
			response.writeHead(status, { 'content-type': 'application/json' });
			response.end(text);
		});
		await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
	});
	afterEach(async () => {
		server.closeAllConnections();
		await new Promise((closed) => server.close(closed));
	});
	const run = async (number: number) =>
		await runToEnd({
			parameters: guest('get', { guest: byEmail('jo@x.test') }),
			input: Array.from({ length: number }, () => ({})),
			onError: 'continueRegularOutput',
			credentials: {
				accessToken: 'token-of-another-server',
				organizationId: ORGANIZATION_ID,
				baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api`,
				clientHeader: 'APIClient',
			},
		});

	it.each([
		['objects', 422],
		['objects', 400],
		['lists', 422],
		['lists', 403],
	] as const)(
		'of %s, with %i, fails its items, and the next execution works',
		async (shape, status) => {
			answers = Array.from({ length: 12 }, () => ({ status, text: shapes[shape] }));
			const { items } = await run(12);
			expect(items).toHaveLength(12);
			expect(items.map((item) => errorOf(item)?.status)).toEqual(
				Array.from({ length: 12 }, () => status),
			);
			answers = [];
			const next = await run(12);
			expect(next.items.map(({ json }) => json.email)).toEqual(
				Array.from({ length: 12 }, () => 'jo@x.test'),
			);
		},
	);
});

describe('What an error shows of what the server said', () => {
	const sandbox = useSandbox({ guests: 3 });
	const first = () => [...sandbox.current.organization.guests.values()][0];
	const code = () => String(first().link).split('/').at(-1)!;
	const shown = async (body: unknown, status = 422) => {
		sandbox.current.misbehave({ faults: [{ status, body }] });
		const { items } = await runToEnd({
			parameters: guest('get', { guest: byEmail(first().email) }),
			credentials: freshCredentials(sandbox.current),
			onError: 'continueRegularOutput',
		});
		expect(errorOf(items[0])).toBeDefined();
		return JSON.stringify(items[0].json);
	};

	it.each([
		['a link as code', () => ({ message: 'No.', code: first().link })],
		['a token as code', () => ({ message: 'No.', code: 'Bearer sandbox-token' })],
		['a link in a code', () => ({ error: { message: 'No.', code: `X ${first().link}` } })],
		[
			'a token as the name of a field',
			() => ({ message: 'No.', errors: { 'sandbox-token': ['x'] } }),
		],
		['a link as the name of a field', () => ({ errors: { [String(first().link)]: ['No.'] } })],
		[
			'a token in the name of a field',
			() => ({ message: 'No.', errors: { 'f Bearer sandbox-token': ['x'] } }),
		],
		['a link in a list of a field', () => ({ errors: { email: ['No.', first().link] } })],
	])('hides %s', async (_, body) => {
		const text = await shown(body());
		expect(text).not.toContain('sandbox-token');
		expect(text).not.toContain(code());
	});

	it.each([
		'https://tallyfy.com/help/guests',
		'https://tallyfy.com/products/pro/documenting/guests/what-is-a-guest/',
		'https://go.tallyfy.com/settings/guests',
	])('does not hide %s, which helps', async (page) => {
		expect(await shown({ message: `Too many guests, see ${page}` })).toContain(page);
	});

	it.each([
		['the guest link', () => String(first().link)],
		['a link to a task', () => `https://go.tallyfy.com/guest-task/${code()}/1234`],
		['a link of the app', () => `https://go.tallyfy.com/guest/${code()}`],
		['a path of the API', () => `/organizations/${ORGANIZATION_ID}/guests/${code()}/tasks`],
	])('hides %s in a sentence beside a help page', async (_, link) => {
		const page = 'https://tallyfy.com/help/guests';
		const text = await shown({ message: `No access to ${link()}, see ${page}` });
		expect(text).not.toContain(code());
		expect(text).toContain(page);
	});
});
