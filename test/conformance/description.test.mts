import { beforeAll, describe, expect, it } from 'vitest';
import type {
	INodeProperties,
	INodePropertyCollection,
	INodePropertyOptions,
	INodeType,
} from 'n8n-workflow';
import {
	everyProperty,
	nodeUnderTest,
	operationsOf,
	ownProperties,
	type DescribedOperation,
} from '../support/description.mts';
import { runNode } from '../support/engine.mts';
import { byEmail, byId } from '../support/guests.mts';
import { credentialsFor, useSandbox } from '../support/sandbox.mts';

const sandbox = useSandbox({ guests: 3 });
let node: INodeType;
let trigger: INodeType;
let operations: DescribedOperation[];
let properties: Array<{ at: string; property: INodeProperties }>;

beforeAll(async () => {
	node = await nodeUnderTest();
	operations = operationsOf(node);
	trigger = await nodeUnderTest('tallyfyGuestsTrigger');
	properties = [node, trigger].flatMap((one) => everyProperty(ownProperties(one)));
});

/** Values with which every operation can run; the guest is the one of the input item. */
const runnable = {
	guest: byEmail('={{ $json.guest }}'),
	email: '={{ $json.guest }}',
	associatedMembers: [20001],
	member: byId('20001'),
	task: byId('97e0a4d2c1b3485f8e6d0c7b5a493f12'),
	process: byId('a'.repeat(32)),
	template: byId('a'.repeat(32)),
	key: 'region',
	value: 'EMEA',
	title: 'Sign',
	guests: '={{ $json.guest }}',
	deadline: '2027-03-02',
	text: 'Hello',
	visibility: 'members',
};

describe('Every operation', () => {
	it('has the hook, and nothing but Resource holds the switch', () => {
		expect(
			operations.filter(
				({ option }) => typeof option.routing?.operations?.pagination !== 'function',
			),
		).toEqual([]);
		const { properties: all } = node.description;
		const resource = all.find(({ name }) => name === 'resource');
		const rest = all.filter((property) => property !== resource);
		expect(resource?.routing?.send?.paginate).toBe(true);
		const switches = JSON.stringify(rest).match(/"paginate"/g) ?? [];
		expect(switches).toEqual([]);
	});

	it('is taken by the hook when it runs: a strange answer becomes our kind of failed item', async () => {
		sandbox.current.misbehave({ faults: [{ status: 418, body: { message: 'I am a teapot' } }] });
		for (const { resource, operation } of operations) {
			const { items } = await runNode({
				parameters: { resource, operation, ...runnable } as never,
				input: [{ guest: 'a@x.example' }],
				credentials: credentialsFor(sandbox.current),
				onError: 'continueRegularOutput',
			});
			expect([operation, items]).toEqual([
				operation,
				[
					{
						json: {
							message: 'I am a teapot',
							error: { status: 418, description: 'Check the parameters of this operation.' },
						},
						pairedItem: { item: 0 },
					},
				],
			]);
		}
	});

	it('has a path that is a template, never an expression, so that every value in it is guarded and encoded', () => {
		const loose = operations.filter(({ url }) => !/^\/[\w/{}-]*$/.test(url));
		expect(loose.map(({ url }) => url)).toEqual([]);
		const expressions = properties.filter(({ property }) =>
			JSON.stringify(property.routing?.request ?? {}).includes('"='),
		);
		expect(expressions.map(({ at }) => at)).toEqual([]);
	});

	it('refuses an address that climbs before any request, wherever it can be typed', async () => {
		for (const { resource, operation, url, fields } of operations) {
			const names = fields.map(({ name }) => name);
			const addressed = /\{/.test(url) || names.includes('email') || names.includes('guest');
			if (!addressed) continue;
			const other = byId('={{ $json.guest }}');
			const addresses = { member: other, task: other, process: other, template: other };
			for (const hostile of ['../users/501', '..', '', 'a/../b@x.example']) {
				const { error } = await runNode({
					parameters: { resource, operation, ...runnable, ...addresses } as never,
					input: [{ guest: hostile }],
					credentials: credentialsFor(sandbox.current),
				});
				expect([operation, hostile, error?.message]).toEqual([
					operation,
					hostile,
					expect.stringMatching(/^(Guests?|Email|Member|Task|Process|Template) /),
				]);
			}
		}
		expect(sandbox.current.requests).toEqual([]);
	});

	it('has an action and a description of its own, because agents and the node panel see only these', () => {
		const actions = operations.map(({ option }) => option.action ?? '');
		expect(new Set(actions).size).toBe(operations.length);
		const poor = operations.filter(
			({ option }) =>
				(option.action ?? '').split(' ').length < 3 ||
				/ (a|an|the) /.test(option.action ?? '') ||
				(option.description ?? '').length < 20,
		);
		expect(poor.map(({ operation }) => operation)).toEqual([]);
	});

	it('shows each parameter once', () => {
		for (const { operation, fields } of operations) {
			const names = fields.map(({ name }) => name);
			expect([operation, new Set(names).size]).toEqual([operation, names.length]);
		}
	});

	it('has the guest, email, member or task first, then options and pacing last, so that a form reads from top to bottom', () => {
		for (const { operation, fields } of operations) {
			const names = fields
				.filter(({ name, type }) => type !== 'notice' && name !== 'authentication')
				.map(({ name }) => name);
			const subject = names.findIndex((name) =>
				['guest', 'email', 'member', 'task'].includes(name),
			);
			expect([operation, subject <= 0]).toEqual([operation, true]);
			const last = names.slice(names.includes('options') ? -2 : -1);
			expect([operation, last.at(-1), last.length === 1 || last[0] === 'options']).toEqual([
				operation,
				'pacing',
				true,
			]);
		}
	});
});

describe('Parameters', () => {
	it('keep the names that saved workflows store', () => {
		const stored = operations.map(({ resource, operation, fields }) => [
			`${resource}.${operation}`,
			everyProperty(fields)
				.filter(({ property }) => property.type !== 'notice')
				.map(({ at }) => at)
				.sort(),
		]);
		expect(Object.fromEntries(stored)).toMatchSnapshot();
	});

	it('keep the names and values that saved workflows with the trigger store', () => {
		const stored = everyProperty(ownProperties(trigger)).map(({ at, property }) => {
			const isMenu = ['options', 'multiOptions'].includes(property.type);
			const values = (property.options ?? []).map(
				(option) => (option as INodePropertyOptions).value,
			);
			return [at, isMenu ? values : property.type];
		});
		expect(Object.fromEntries(stored)).toMatchSnapshot();
	});

	it('are never called "name", because n8n gives such a field no AI button, but for that of a process', () => {
		const named = properties.filter(({ property }) => property.name === 'name');
		expect(named.map(({ property }) => property.displayName)).toEqual(['Process Name']);
	});

	it('require nothing that is optional: only what a record is found by, what a new one cannot be without, and events of the trigger', () => {
		const required = properties.filter(({ property }) => property.required).map(({ at }) => at);
		const needed = [
			...['email', 'title', 'deadline', 'text', 'visibility'],
			'guest',
			'key',
			'member',
			'process',
			'task',
			'template',
			'events',
			'webhookEvents',
		];
		expect(new Set(required)).toEqual(new Set(needed));
	});

	it('have a default and a description', () => {
		const speaksForItself = ({ name, type }: INodeProperties) =>
			['resource', 'operation'].includes(name) || ['collection', 'notice'].includes(type);
		const poor = properties.filter(
			({ property }) =>
				property.default === undefined || (!property.description && !speaksForItself(property)),
		);
		expect(poor.map(({ at }) => at)).toEqual([]);
	});

	it('stand in alphabetical order inside collections and menus', () => {
		const unsorted = properties.filter(({ property }) => {
			if (!['collection', 'options', 'multiOptions'].includes(property.type)) return false;
			const names = (property.options ?? []).map((option) =>
				String((option as INodeProperties).displayName ?? (option as INodePropertyOptions).name),
			);
			return names.join() !== [...names].sort((a, b) => a.localeCompare(b)).join();
		});
		expect(unsorted.map(({ at }) => at)).toEqual([]);
	});
});

describe('The trigger', () => {
	it('is no tool, has no input, and makes n8n register a webhook in the mode Webhook only', () => {
		const { usableAsTool, inputs, polling, webhooks } = trigger.description;
		expect([usableAsTool, inputs, polling]).toEqual([undefined, [], true]);
		expect(webhooks).toHaveLength(1);
		expect(webhooks?.[0].httpMethod).toBe('={{ $parameter["mode"] === "webhook" ? "POST" : "" }}');
	});

	it('signs in as the action node does', () => {
		expect(trigger.description.credentials).toEqual(node.description.credentials);
		const authentications = [node, trigger].map(({ description }) =>
			description.properties.find(({ name }) => name === 'authentication'),
		);
		expect(authentications[1]).toEqual(authentications[0]);
	});
});

describe('The node that asks', () => {
	let ask: INodeType;
	let own: Array<{ at: string; property: INodeProperties }>;
	/** The fields of fixed collections too. */
	const withRows = ({ at, property }: { at: string; property: INodeProperties }) => {
		if (property.type !== 'fixedCollection') return [{ at, property }];
		const groups = property.options as INodePropertyCollection[];
		const rows = groups.flatMap(({ name, values }) => everyProperty(values, `${at}.${name}.`));
		return [{ at, property }, ...rows];
	};
	beforeAll(async () => {
		ask = await nodeUnderTest('tallyfyGuestsAsk');
		own = everyProperty(ownProperties(ask)).flatMap(withRows);
	});

	it('keeps the names and values that saved workflows store', () => {
		const stored = own
			.filter(({ property }) => property.type !== 'notice')
			.map(({ at, property }) => {
				const isMenu = ['options', 'multiOptions'].includes(property.type);
				const values = (property.options ?? []).map(
					(option) => (option as INodePropertyOptions).value,
				);
				return [at, isMenu ? values : property.type];
			});
		expect(Object.fromEntries(stored)).toMatchSnapshot();
	});

	it('requires the question alone of what n8n checks, and has a default and a description for everything', () => {
		const required = own.filter(({ property }) => property.required).map(({ at }) => at);
		expect(required).toEqual(['message']);
		const speaksForItself = ({ name, type }: INodeProperties) =>
			name === 'operation' || ['collection', 'notice'].includes(type);
		const poor = own.filter(
			({ property }) =>
				property.default === undefined || (!property.description && !speaksForItself(property)),
		);
		expect(poor.map(({ at }) => at)).toEqual([]);
	});

	it('has what n8n looks for in a node that waits, that people review, and that approves the tools of agents', () => {
		const { webhooks, usableAsTool, codex, properties: all } = ask.description;
		const operation = all.find(({ name }) => name === 'operation');
		expect(operation).toMatchObject({
			default: 'sendAndWait',
			noDataExpression: true,
			options: [{ value: 'sendAndWait' }],
		});
		expect(webhooks).toMatchObject([
			{ httpMethod: 'POST', path: '={{ $nodeId }}', restartWebhook: true, isFullPath: true },
		]);
		expect(usableAsTool).toBe(true);
		expect(codex).toMatchObject({
			categories: expect.arrayContaining(['HITL']) as string[],
			subcategories: { HITL: ['Human in the Loop'] },
		});
	});

	it('signs in as the action node does', () => {
		expect(ask.description.credentials).toEqual(node.description.credentials);
	});
});
