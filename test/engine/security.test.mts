// What SECURITY.md promises, line by line. The titles are named there.
import { createServer, type Server } from 'node:http';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { INodeParameters } from 'n8n-workflow';
import { codeOf } from '../../sandbox/organization.mts';
import { nodeUnderTest, operationsOf, type DescribedOperation } from '../support/description.mts';
import { loadOptionsContext, pressTest, runNode } from '../support/engine.mts';
import { byEmail, byId, guest } from '../support/guests.mts';
import { applicationCredentialsFor, credentialsFor, useSandbox } from '../support/sandbox.mts';

const sandbox = useSandbox({ guests: 5 });
let operations: DescribedOperation[];
/** Somebody else's server, which must never hear from us. */
let elsewhere: Server;
let elsewhereUrl: string;
const heardElsewhere: string[] = [];

beforeAll(async () => {
	operations = operationsOf(await nodeUnderTest());
	elsewhere = createServer((request, response) => {
		heardElsewhere.push(
			`${request.method} ${request.url} ${String(request.headers.authorization)}`,
		);
		response.end('{}');
	});
	await new Promise<void>((done) => elsewhere.listen(0, '127.0.0.1', done));
	elsewhereUrl = `http://127.0.0.1:${(elsewhere.address() as { port: number }).port}`;
});
afterAll(() => elsewhere.close());

const [TOKEN, SECRET] = ['sandbox-token', 'sandbox-secret'];
const personal = (changes = {}) => credentialsFor(sandbox.current, changes);
const firstGuest = () => [...sandbox.current.organization.guests.values()][0];
/** Records that are there, by the parameters that name them. */
function recordsThere() {
	const { organization } = sandbox.current;
	const { work } = organization;
	const [process] = work.allProcesses();
	const [template] = work.templates.values();
	const someone = firstGuest();
	const task = someone && organization.tasks(someone).find(({ status }) => status !== 'completed');
	return {
		task: byId(task?.id ?? 'f'.repeat(32)),
		process: byId(process?.id ?? 'f'.repeat(32)),
		template: byId(template.id),
	};
}
const parametersFor = (
	{ resource, operation }: DescribedOperation,
	given: Record<string, unknown> = {},
) =>
	({
		resource,
		operation,
		guest: byEmail('={{ $json.guest }}'),
		email: '={{ $json.guest }}',
		associatedMembers: [20001],
		member: byId('20001'),
		key: 'region',
		value: 'EMEA',
		...recordsThere(),
		title: 'Sign',
		guests: '={{ $json.guest }}',
		deadline: '2027-03-02',
		text: 'Hello',
		visibility: 'guests',
		...given,
	}) as unknown as INodeParameters;

/** Everything that a person, a log or an agent could see of a result, however deep. */
const shown = (result: unknown) => inspect(result, { depth: 12, maxStringLength: Infinity });

describe('Secrets', () => {
	const STATUSES = [400, 401, 403, 404, 409, 422, 429, 500, 503];

	it('stand in no error, whatever the server repeats', async () => {
		const { link } = firstGuest();
		const code = codeOf(firstGuest());
		const echo = (text: string) => `${text}: Bearer ${TOKEN}, ${TOKEN}, ${String(link)}`;
		for (const operation of operations) {
			for (const status of STATUSES) {
				const body = {
					message: echo('You sent'),
					error: { message: echo('You sent'), code: 'X' },
					errors: { email: [echo('Bad')], deep: { er: [echo('Bad')] } },
				};
				sandbox.current.misbehave({ faults: [{ status, body }] });
				for (const onError of ['stopWorkflow', 'continueRegularOutput'] as const) {
					const { items, error } = await runNode({
						parameters: parametersFor(operation, { pacing: { maxRetryWait: 0 } }),
						input: [{ guest: firstGuest().email }],
						credentials: personal(),
						onError,
					});
					expect(items.length + (error ? 1 : 0)).toBe(1);
					const seen = shown(error ?? items);
					expect([operation.operation, status, seen.includes(TOKEN)]).toEqual([
						operation.operation,
						status,
						false,
					]);
					expect(seen).not.toContain(code);
				}
			}
		}
	});

	it('stand in no error of a sign-in or of a connection that broke', async () => {
		const input = [{ guest: firstGuest().email }];
		const pacing = { maxRetryWait: 0 };
		const parameters = { ...guest('get', { guest: byEmail('={{ $json.guest }}'), pacing }) };
		const run = async (authentication: string, credentials: Record<string, string>) =>
			shown(
				(await runNode({ parameters: { ...parameters, authentication }, input, credentials }))
					.error,
			);
		const application = (changes = {}) => applicationCredentialsFor(sandbox.current, changes);
		const echo = { message: `secret ${SECRET}`, error_description: `secret ${SECRET}` };
		sandbox.current.misbehave({ faults: [{ path: '/oauth/token', status: 401, body: echo }] });
		expect(await run('application', application())).not.toContain(SECRET);
		sandbox.current.misbehave({ faults: [{ path: 'users/.*/token', drop: 'before' }] });
		const second = await run('application', application());
		expect(second).toContain('step 2 of 2');
		expect(second).not.toContain(SECRET);
		expect(second).not.toMatch(/application-[0-9a-f]{8}/);
		sandbox.current.misbehave({ faults: [{ drop: 'before', path: '/guests/' }] });
		const lost = await runNode({ parameters, input, credentials: personal() });
		expect(lost.error?.message).toContain('No answer');
		expect(shown(lost.error)).not.toContain(TOKEN);
	});

	it('stand in no output but where a link was asked for', async () => {
		const { link } = firstGuest();
		const asking = ['getLink', 'resetLink'];
		for (const operation of operations) {
			sandbox.current.reset({ guests: 5 });
			const { items } = await runNode({
				parameters: parametersFor(operation, { email: 'new@new.test' }),
				input: [{ guest: firstGuest().email }],
				credentials: personal(),
				onError: 'continueRegularOutput',
			});
			expect(items.length).toBeGreaterThan(0);
			const seen = shown(items);
			expect([operation.operation, seen.includes(codeOf(firstGuest()) || String(link))]).toEqual([
				operation.operation,
				asking.includes(operation.operation),
			]);
			expect(seen).not.toContain(TOKEN);
		}
	});

	it('stand in no address: a token travels in a header, a code only where the API wants it', async () => {
		for (const operation of operations) {
			await runNode({
				parameters: parametersFor(operation),
				input: [{ guest: firstGuest()?.email ?? 'a@x.test' }],
				credentials: personal(),
				onError: 'continueRegularOutput',
			});
		}
		const paths = sandbox.current.requests.map(({ path }) => path);
		expect(paths.length).toBeGreaterThan(10);
		expect(paths.filter((path) => path.includes(TOKEN))).toEqual([]);
		const withCode = paths.filter((path) => /[A-Za-z0-9]{40}/.test(path.split('?')[0]));
		expect(
			withCode.every((path) => /\/guests\/[A-Za-z0-9]{40}\/(tasks|custom-fields)/.test(path)),
		).toBe(true);
	});
});

describe('Requests', () => {
	it('go to Base URL only: no link of an answer, no redirect, no parameter leads elsewhere', async () => {
		heardElsewhere.length = 0;
		for (const operation of operations) {
			for (const fault of [
				{ status: 302, headers: { location: `${elsewhereUrl}/stolen` } },
				{ status: 307, headers: { location: `${elsewhereUrl}/stolen` } },
				{
					status: 200,
					body: {
						data: [firstGuest() ?? { email: 'a@x.test' }],
						meta: {
							pagination: {
								total: 500,
								count: 1,
								per_page: 1,
								links: { next: `${elsewhereUrl}/next` },
							},
						},
					},
				},
			]) {
				sandbox.current.misbehave({ faults: [fault] });
				for (const value of [
					firstGuest()?.email ?? 'a@x.test',
					`${elsewhereUrl}/guests/a@x.test`,
					`//${elsewhereUrl.slice(7)}/a@x.test`,
					`${elsewhereUrl}/guest-all-task/1505bb7b9ba5f8972ffd3fe1ca18ec0c/abc`,
					`@${elsewhereUrl.slice(7)}`,
				]) {
					await runNode({
						parameters: parametersFor(operation, { limit: 3, pacing: { maxRetryWait: 0 } }),
						input: [{ guest: value }],
						credentials: personal(),
						onError: 'continueRegularOutput',
					});
				}
			}
		}
		expect(heardElsewhere).toEqual([]);
		expect(sandbox.current.requests.length).toBeGreaterThan(20);
	});

	it.each(['none', 'domains'])(
		"reach Base URL where n8n allows the HTTP Request node nothing (%s), because the address is the credential's own",
		async (allowedHttpRequestDomains) => {
			const { items, error } = await runNode({
				parameters: guest('getAll'),
				credentials: personal({ allowedHttpRequestDomains, allowedDomains: 'api.example.com' }),
			});
			expect(error).toBeUndefined();
			expect(items).toHaveLength(5);
		},
	);

	it.each([
		'http://go.tallyfy.com/api',
		'http://192.168.0.7:4010/api',
		'http://127.0.0.1.evil.example/api',
		'http://localhost.evil.example/api',
		'HTTP://GO.TALLYFY.COM/api',
	])('refuse plain HTTP to another machine: %s', async (baseUrl) => {
		const { error } = await runNode({
			parameters: guest('getAll'),
			credentials: personal({ baseUrl }),
		});
		expect(error?.message).toBe(
			'Base URL in the credential starts with http://, which would show the token to everybody on the way',
		);
		expect(error?.description).toMatch(/^Start it with https:\/\//);
		const { type, context } = await loadOptionsContext({
			parameters: guest('get'),
			credentials: personal({ baseUrl }),
		});
		await expect(type.methods!.listSearch!.searchGuests.call(context)).rejects.toThrow(
			'starts with http://',
		);
		await expect(pressTest(personal({ baseUrl }))).rejects.toThrow(/Invalid URL/);
	});

	it.each(['http://localhost:PORT/api', 'http://127.0.0.1:PORT/api/'])(
		'may use plain HTTP on the same machine: %s',
		async (address) => {
			const { port } = new URL(sandbox.current.baseUrl);
			const { items } = await runNode({
				parameters: guest('getAll'),
				credentials: personal({ baseUrl: address.replace('PORT', port) }),
			});
			expect(items).toHaveLength(5);
		},
	);
});

describe('Values of items', () => {
	it('become one path segment, whatever they are, in every operation', async () => {
		const nasty = fc.string({
			unit: fc.constantFrom(
				'.',
				'/',
				'\\',
				'%',
				'2',
				'e',
				'f',
				'?',
				'#',
				'@',
				';',
				':',
				'a',
				'\n',
				'\0',
				' ',
				'ü',
				'…',
				'\u202e',
			),
			minLength: 1,
			maxLength: 14,
		});
		const addressed = operations.filter(({ url }) => url.includes('{'));
		const template = (url: string) =>
			new RegExp(`^/api/organizations/[0-9a-f]{32}${url.replace(/\{\w+\}/g, '([^/?#]+)')}$`);
		for (const operation of addressed) {
			const hostile = fc.sample(nasty, { numRuns: 60, seed: 7 });
			const input = hostile.flatMap((text) => [{ guest: text }, { guest: `${text}@x.test` }]);
			sandbox.current.forget();
			const { items } = await runNode({
				parameters: parametersFor(operation, {
					...Object.fromEntries(
						['member', 'task', 'process', 'template'].map((name) => [
							name,
							byId('={{ $json.guest }}'),
						]),
					),
					key: '={{ $json.guest }}',
					pacing: { maxRetryWait: 0 },
				}),
				input,
				credentials: personal(),
				onError: 'continueRegularOutput',
			});
			expect(
				new Set(items.map(({ pairedItem }) => (pairedItem as { item: number }).item)).size,
			).toBe(input.length);
			const reads = ['/guests/{guest}', '/tasks/{task}', '/runs/{run}', '/checklists/{id}'];
			const allowed = [operation.url, ...reads].map(template);
			const strange = sandbox.current.requests
				.map(({ path }) => path.split('?')[0])
				.filter((path) => !allowed.some((pattern) => pattern.test(path)))
				.filter((path) => !/\/organizations\/[0-9a-f]{32}\/guests$/.test(path));
			expect([operation.operation, strange]).toEqual([operation.operation, []]);
			const climbing = sandbox.current.requests.filter(({ path }) =>
				path
					.split('?')[0]
					.split('/')
					.some((part) => /^(\.|%2e){1,2}$/i.test(part)),
			);
			expect(climbing).toEqual([]);
		}
		// Some of them are letters and digits, which an ID could be; the contract knows how long one is.
		const violations = sandbox.current.violations.splice(0);
		expect(violations.filter((said) => !/Id must match pattern/.test(said))).toEqual([]);
	});

	it('reach a query as data: & and # add no parameter', async () => {
		const search = 'a&per_page=1#x=y?z=1+2 %41';
		await runNode({
			parameters: guest('getAll', { filters: { search: '={{ $json.search }}' } }),
			input: [{ search }],
			credentials: personal(),
		});
		const { path } = sandbox.current.requests[0];
		const query = new URL(path, 'http://x').searchParams;
		expect(query.get('q')).toBe(search);
		expect(query.getAll('per_page')).toEqual(['50']);
		expect([...query.keys()].sort()).toEqual(['page', 'per_page', 'q']);
	});

	it('reach a list search of n8n as data too', async () => {
		const { type, context } = await loadOptionsContext({
			parameters: guest('get'),
			credentials: personal(),
		});
		await type.methods!.listSearch!.searchGuests.call(context, 'a&page=9#');
		const query = new URL(sandbox.current.requests[0].path, 'http://x').searchParams;
		expect(query.get('q')).toBe('a&page=9#');
		expect(query.getAll('page')).toEqual(['1']);
	});

	it('are never run as expressions', async () => {
		const trap = '={{ $credentials.accessToken }}{{ 6 * 7 }}';
		await runNode({
			parameters: guest('getAll', { filters: { search: '={{ $json.trap }}' } }),
			input: [{ trap }],
			credentials: personal(),
		});
		const { items } = await runNode({
			parameters: guest('create', {
				email: 'new@new.test',
				additionalFields: { firstName: '={{ $json.trap }}' },
				fieldsJson: '={{ JSON.stringify({ lastName: $json.trap }) }}',
			}),
			input: [{ trap }],
			credentials: personal(),
		});
		const [list, create] = sandbox.current.requests;
		expect(new URL(list.path, 'http://x').searchParams.get('q')).toBe(trap);
		expect(create.body).toMatchObject({ first_name: trap, last_name: trap });
		expect(items[0].json).toMatchObject({ firstName: trap, lastName: trap });
	});

	it.each(['__proto__', 'constructor', 'prototype'])(
		'named %s in Fields (JSON) are refused and change nothing',
		async (name) => {
			const { error } = await runNode({
				parameters: guest('create', {
					email: 'new@new.test',
					fieldsJson: `{"${name}": {"polluted": true}, "firstName": "Jo"}`,
				}),
				credentials: personal(),
			});
			expect(error?.message).toMatch(/^Fields \(JSON\)/);
			expect(sandbox.current.requests).toEqual([]);
			expect(({} as Record<string, unknown>).polluted).toBeUndefined();
		},
	);

	it('of the client header add no header line', async () => {
		await runNode({
			parameters: guest('getAll'),
			credentials: personal({ clientHeader: 'APIClient\r\nX-Injected: 1\nCookie: a=b' }),
		});
		const [{ headers }] = sandbox.current.requests;
		expect(headers['x-tallyfy-client']).toBe('APIClient X-Injected: 1 Cookie: a=b');
		expect(headers['x-injected']).toBeUndefined();
		expect(headers.cookie).toBeUndefined();
		// The contract knows two values of this header; the server would refuse this one.
		sandbox.current.forget();
	});
});
