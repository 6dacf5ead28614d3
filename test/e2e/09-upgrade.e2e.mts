// Scenario 9: workflows as versions of this package saved them run unchanged, send the same and give the same.
// workflows/<version>/ holds them as n8n stores them; NAME.expected.json what each sends and gives. Never change a file of
// a version that was published: a new parameter gets a new workflow, in the folder of the version that brings it.
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import {
	itemsOf,
	type NodeTypeDescription,
	type WorkflowDocument,
} from '../../sandbox/n8nClient.mts';
import { clientOf, describeWorlds, sandboxOf } from './support/world.mts';

const FOLDER = join(import.meta.dirname, 'workflows');
const TYPE = 'n8n-nodes-tallyfy-guests.tallyfyGuests';

interface Expected {
	/** METHOD path, under the organization; `{code}` for a guest's code. */
	requests: string[];
	/** By node: how many items; what the first one holds, all by name (where that is up to this package), some by value. */
	items: Record<string, { count: number; keys?: string[]; holds: Record<string, unknown> }>;
}

const FIXTURES = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })
	.filter((file) => file.endsWith('.json') && !file.endsWith('.expected.json'))
	.sort();
const read = <T,>(file: string) => JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as T;

/** People of the fixtures; tasks go by the order in which guests were created: Cat has none. */
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
	// Authentication is the same for all: one workflow of its own is enough.
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
				const isCollection =
					typeof value === 'object' &&
					value !== null &&
					!Array.isArray(value) &&
					!('__rl' in value);
				return isCollection ? Object.keys(value).map((key) => `${at}.${key}`) : [at];
			});
		});
}

describeWorlds('Saved workflows', (world) => {
	const sandbox = sandboxOf(world);

	beforeEach(async () => {
		await sandbox.reset({ guests: 30, members: 12 });
		for (const person of PEOPLE) await sandbox.api('POST', '/guests', person);
		await sandbox.forget();
	});

	it('of all versions together set every parameter of every operation', async () => {
		const types = await clientOf(world).nodeTypes('n8n-nodes-tallyfy-guests');
		const type = types.get(TYPE) as NodeTypeDescription;
		const seen = new Set(FIXTURES.flatMap((file) => set(read<WorkflowDocument>(file))));
		expect(settable(type).filter((name) => !seen.has(name))).toEqual([]);
	});

	it.each(FIXTURES)('%s runs, sends and gives what it did when it was saved', async (file) => {
		const workflow = read<WorkflowDocument>(file);
		const expected = read<Expected>(file.replace(/json$/, 'expected.json'));
		const client = clientOf(world);
		for (const node of workflow.nodes) {
			if (node.type === TYPE) node.credentials = { tallyfyGuestsApi: world.credential };
		}
		const saved = await client.createWorkflow({ ...workflow, name: basename(file) });
		const execution = await client.run(saved, 'Run by hand');
		expect(execution.error?.message).toBeUndefined();
		expect(execution.status).toBe('success');
		const requests = (await sandbox.requests()).map(({ method, path }) =>
			`${method} ${path.replace(/^\/api\/organizations\/\w+/, '')}`.replace(/\w{40}/, '{code}'),
		);
		expect(requests).toEqual(expected.requests);
		for (const { name } of workflow.nodes.filter(({ type }) => type === TYPE)) {
			const items = itemsOf(execution, name);
			const { count, keys, holds } = expected.items[name];
			expect([name, items.length]).toEqual([name, count]);
			if (keys) expect([name, Object.keys(items[0])]).toEqual([name, keys]);
			expect(items[0]).toMatchObject(holds);
		}
		expect((await sandbox.summary()).violations).toEqual([]);
	});
});
