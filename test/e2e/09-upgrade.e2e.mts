// Scenario 9: workflows as versions of this package saved them run unchanged, send the same and give the same.
// workflows/<version>/ holds them as n8n stores them; NAME.expected.json what each sends and gives. Never change a file of
// a version that was published: a new parameter gets a new workflow, in the folder of the version that brings it.
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import {
	itemsOf,
	type Execution,
	type NodeTypeDescription,
	type SavedWorkflow,
	type WorkflowDocument,
} from '../../dev/n8nClient.mts';
import { applicationFields, clientOf, describeWorlds, sandboxOf } from './support/world.mts';

const FOLDER = join(import.meta.dirname, 'workflows');
const PACKAGE = 'n8n-nodes-tallyfy-guests';
const TYPE = `${PACKAGE}.tallyfyGuests`;
const TRIGGER = `${PACKAGE}.tallyfyGuestsTrigger`;

interface Expected {
	/** METHOD path, under the organization; `{code}` for a guest's code, `{id}` for a webhook's. */
	requests: string[];
	/** By node: how many items; what the first one holds, all by name (where that is up to this package), some by value. */
	items: Record<string, { count: number; keys?: string[]; holds: Record<string, unknown> }>;
}

const FIXTURES = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })
	.filter((file) => file.endsWith('.json') && !file.endsWith('.expected.json'))
	.sort();
const read = <T,>(file: string) => JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as T;

/** People of the fixtures, who have no tasks yet. */
const PEOPLE = [
	{ email: 'ann+guest@partner.test', first_name: 'Ann', company_name: 'Partner & Co' },
	{ email: 'bob@partner.test', first_name: 'Bob', company_name: 'Partner & Co' },
	{ email: "o'cat@partner.test", first_name: 'Cat', company_name: 'Partner & Co' },
];

type Property = NodeTypeDescription['properties'][number];
const shows = ({ displayOptions }: Property, resource: string, operation: string) =>
	Object.entries({ resource, operation }).every(
		([key, value]) => displayOptions?.show?.[key]?.includes(value) ?? true,
	);

/** `guest.get.options.includeStats`: everything that people can set, by operation. What n8n adds itself is left out. */
function settable({ properties }: NodeTypeDescription): string[] {
	const menus = properties.filter(({ name }) => name === 'operation');
	// Authentication is the same for all: the workflow application.json is enough.
	const ignored = ['resource', 'operation', 'requestOptions', 'authentication'];
	return menus.flatMap(({ displayOptions, options }) =>
		(options ?? [])
			.filter(({ value }) => value !== '__CUSTOM_API_CALL__')
			.flatMap(({ value }) => {
				const resource = String(displayOptions?.show?.resource[0]);
				const at = `${resource}.${String(value)}`;
				return properties
					.filter((property) => shows(property, resource, String(value)))
					.filter(({ name, type }) => !ignored.includes(name) && type !== 'notice')
					.flatMap(({ name, type, options: inside = [] }) =>
						type === 'collection'
							? inside.map((option) => `${at}.${name}.${option.name}`)
							: [`${at}.${name}`],
					);
			}),
	);
}

/** The same, of what a saved workflow sets. */
function set({ nodes }: WorkflowDocument): string[] {
	return nodes
		.filter(({ type }) => type === TYPE)
		.flatMap(({ parameters }) => {
			const { resource = 'guest', operation = 'getAll', ...others } = parameters;
			return Object.entries(others).flatMap(([name, value]) => {
				const at = `${String(resource)}.${String(operation)}.${name}`;
				if (typeof value !== 'object' || value === null || Array.isArray(value)) return [at];
				// A collection, or a parameter that is an object; an empty one sets nothing.
				const keys = Object.keys(value);
				return keys.length > 0 ? [at, ...keys.map((key) => `${at}.${key}`)] : [];
			});
		});
}

/** The same, of the trigger, which has no operations. */
function settableInTrigger({ properties }: NodeTypeDescription): string[] {
	return properties
		.filter(({ type }) => type !== 'notice')
		.flatMap(({ name, type, options: inside = [] }) =>
			type === 'collection' ? inside.map((option) => `${name}.${option.name}`) : [name],
		);
}

function setInTrigger({ nodes }: WorkflowDocument): string[] {
	return nodes
		.filter(({ type }) => type === TRIGGER)
		.flatMap(({ parameters }) =>
			Object.entries(parameters).flatMap(([name, value]) =>
				name === 'filters' ? Object.keys(value as object).map((key) => `${name}.${key}`) : [name],
			),
		);
}

describeWorlds('Saved workflows', (world) => {
	const sandbox = sandboxOf(world);
	const client = clientOf(world);
	let credentials: Record<string, { id: string; name: string }>;

	beforeEach(async () => {
		await sandbox.reset({ guests: 30, members: 12 });
		// What the saved workflows are held against has the task numbers of a guest who is read alone.
		await sandbox.behave({ quirks: { singleStats: 'filled' } });
		for (const person of PEOPLE) await sandbox.api('POST', '/guests', person);
		await giveTasks();
		const [{ email }] = await sandbox.members();
		// Saved anew for each workflow, so that each signs in.
		const application = await client.saveCredential(
			'Tallyfy Guests application',
			'tallyfyGuestsApplicationApi',
			applicationFields(world, email),
		);
		credentials = { tallyfyGuestsApi: world.credential, tallyfyGuestsApplicationApi: application };
		await sandbox.forget();
	});

	/** Ten tasks that Ann has completed, and six that she opened again, which are the newest. */
	async function giveTasks() {
		const [{ email }] = PEOPLE;
		const complete = async (at: string) => await sandbox.guestDoes(email, 'complete-task', { at });
		for (let left = 6; left > 0; left--) await complete('2026-10-16T09:00:00Z');
		for (let left = 10; left > 0; left--) await complete('2026-10-15T09:00:00Z');
		for (let left = 6; left > 0; left--) await sandbox.guestDoes(email, 'reopen-task');
	}

	/** Puts a workflow into n8n, with the world's credentials in the place of those it was saved with. */
	async function imported(file: string): Promise<SavedWorkflow> {
		const workflow = read<WorkflowDocument>(file);
		for (const node of workflow.nodes) {
			const [kind] = Object.keys(node.credentials ?? {});
			if (kind) node.credentials = { [kind]: credentials[kind] };
		}
		return await client.createWorkflow({ ...workflow, name: basename(file) });
	}

	/** Takes a workflow into production, lets Tallyfy call its webhook, and gives what came of it. */
	async function called(workflow: SavedWorkflow): Promise<Execution> {
		await client.activate(workflow);
		try {
			const { webhookId } = workflow.nodes[0] as unknown as { webhookId: string };
			await sandbox.deliver({
				event: 'task.completed',
				guest: PEOPLE[0].email,
				by: 'guest',
				to: `${world.n8nUrl}/webhook/${webhookId}/webhook`,
			});
			await expect.poll(async () => await client.executionsOf(workflow.id)).toHaveLength(1);
		} finally {
			await client.deactivate(workflow);
		}
		const [{ id }] = await client.executionsOf(workflow.id);
		return await client.finished(id);
	}

	it('of all versions together set every parameter of every operation and of the trigger', async () => {
		const types = await client.nodeTypes(PACKAGE);
		const workflows = FIXTURES.map((file) => read<WorkflowDocument>(file));
		const missing = (all: string[], seen: string[]) => all.filter((name) => !seen.includes(name));
		expect(missing(settable(types.get(TYPE)!), workflows.flatMap(set))).toEqual([]);
		const trigger = settableInTrigger(types.get(TRIGGER)!);
		expect(missing(trigger, workflows.flatMap(setInTrigger))).toEqual([]);
	});

	it.each(FIXTURES)('%s runs, sends and gives what it did when it was saved', async (file) => {
		const expected = read<Expected>(file.replace(/json$/, 'expected.json'));
		const saved = await imported(file);
		const [start] = saved.nodes;
		const execution =
			start.parameters.mode === 'webhook'
				? await called(saved)
				: await client.run(saved, start.name);
		expect(execution.error?.message).toBeUndefined();
		expect(execution.status).toBe('success');
		const requests = (await sandbox.requests()).map(({ method, path }) =>
			`${method} ${path.replace(/^\/api\/organizations\/\w+/, '')}`
				.replace(/\w{40}/, '{code}')
				.replace(/\w{32}/g, '{id}'),
		);
		expect(requests).toEqual(expected.requests);
		for (const { name } of saved.nodes.filter(({ type }) => type.startsWith(PACKAGE))) {
			const items = itemsOf(execution, name);
			const { count, keys, holds } = expected.items[name];
			expect([name, items.length]).toEqual([name, count]);
			if (keys) expect([name, Object.keys(items[0])]).toEqual([name, keys]);
			expect(items[0]).toMatchObject(holds);
		}
		expect((await sandbox.summary()).violations).toEqual([]);
	});
});
