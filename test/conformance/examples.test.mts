import { readdirSync, readFileSync } from 'node:fs';
import {
	NodeHelpers,
	type INode,
	type INodeCredentialDescription,
	type INodeParameters,
	type INodeProperties,
	type INodePropertyOptions,
	type INodeType,
} from 'n8n-workflow';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadPackage } from '../support/engine.mts';

interface Workflow {
	nodes: INode[];
	connections: Record<string, Record<string, unknown[]>>;
}

interface Box {
	name: string;
	left: number;
	top: number;
	right: number;
	bottom: number;
}

const FOLDER = 'examples';
const { name: packageName } = JSON.parse(readFileSync('package.json', 'utf8')) as { name: string };
const examples = readdirSync(FOLDER)
	.filter((file) => file.endsWith('.json'))
	.map((file) => {
		const text = readFileSync(`${FOLDER}/${file}`, 'utf8');
		return { file, workflow: JSON.parse(text) as Workflow };
	});
/** n8n makes a tool of a node that is `usableAsTool`, and an approval of tools of one that waits, with names of its own making. */
function withoutTool(node: INode): INode {
	const added = ['descriptionType', 'toolDescription'];
	const own = Object.entries(node.parameters).filter(([name]) => !added.includes(name));
	return {
		...node,
		type: node.type.replace(/(Hitl)?Tool$/, ''),
		parameters: Object.fromEntries(own),
	};
}

/** Every use of one of our nodes, also as a tool. */
const uses = examples.flatMap(({ file, workflow }) =>
	workflow.nodes
		.filter(({ type }) => type.startsWith(`${packageName}.`))
		.map((node) => ({
			at: `${file}, ${node.name}`,
			node: node.type.endsWith('Tool') ? withoutTool(node) : node,
		})),
);
let types: INodeType[];

beforeAll(async () => {
	types = (await loadPackage()).nodes;
});

const typeOf = ({ type }: INode) =>
	types.find(({ description }) => `${packageName}.${description.name}` === type);
/** Those of a node's properties or credentials that n8n shows with the parameters it has. */
function shown<T extends INodeProperties | INodeCredentialDescription>(node: INode, all: T[]): T[] {
	const { description } = typeOf(node) as INodeType;
	const { properties } = description;
	const { parameters } = node;
	const values = NodeHelpers.getNodeParameters(
		properties,
		parameters,
		true,
		true,
		node,
		description,
	);
	return all.filter((one) => NodeHelpers.displayParameter(values ?? {}, one, node, description));
}
const isExpression = (value: unknown) => typeof value === 'string' && value.startsWith('=');

/** What a stored value says that its parameter does not allow. */
function wrongValues(at: string, value: unknown, property: INodeProperties): string[] {
	if (isExpression(value)) return [];
	const { type, options = [] } = property;
	if (type === 'collection') {
		return wrongParameters(at, value as INodeParameters, options as INodeProperties[]);
	}
	if (type === 'resourceLocator') {
		const { mode } = value as { mode: string };
		return property.modes?.some(({ name }) => name === mode) ? [] : [`${at}: mode ${mode}`];
	}
	if (type !== 'options' && type !== 'multiOptions') return [];
	// Options that are loaded from Tallyfy can be anything.
	if (property.typeOptions?.loadOptionsMethod) return [];
	const allowed = (options as INodePropertyOptions[]).map((option) => option.value);
	const given = Array.isArray(value) ? (value as string[]) : [value as string];
	return given.filter((one) => !allowed.includes(one)).map((one) => `${at}: ${String(one)}`);
}

/** What stored parameters hold that is not in a form of these properties. */
function wrongParameters(at: string, stored: INodeParameters, form: INodeProperties[]): string[] {
	return Object.entries(stored).flatMap(([name, value]) => {
		const property = form.find((candidate) => candidate.name === name);
		return property ? wrongValues(`${at}.${name}`, value, property) : [`${at}: no ${name}`];
	});
}

const isNote = ({ type }: INode) => type === 'n8n-nodes-base.stickyNote';

/**
 * Where n8n draws it (measured in n8n 2.41): a node of 96 by 96, higher with more than two outputs, and below it its name, 24
 * characters a line, and what it does; a note as large as it says. The end-to-end tests look at what is really drawn.
 */
function boxOf(node: INode, { connections }: Workflow): Box {
	const { name, type, parameters, disabled } = node;
	const [x, y] = node.position;
	if (isNote(node)) {
		const { width, height } = parameters as { width: number; height: number };
		return { name, left: x, top: y, right: x + width, bottom: y + height };
	}
	// Its name is in it.
	if (type.endsWith('.mcpTrigger'))
		return { name, left: x, top: y, right: x + 224, bottom: y + 96 };
	const outputs = connections[name]?.main?.length ?? 1;
	const height = 96 + 32 * Math.max(0, outputs - 2);
	const lines = disabled || name.length > 24 ? 2 : 1;
	return {
		name,
		left: x - 48,
		top: y,
		right: x + 144,
		bottom: y + height + 8 + 20 * lines + 16,
	};
}

const isOver = (one: Box, other: Box) =>
	one.left < other.right &&
	other.left < one.right &&
	one.top < other.bottom &&
	other.top < one.bottom;

describe('The examples', () => {
	it('use our nodes, each of a type and version that exists', () => {
		expect(uses.length).toBeGreaterThanOrEqual(examples.length);
		const unknown = uses.filter(({ node }) => {
			const { version = [] } = typeOf(node)?.description ?? {};
			return ![version].flat().includes(node.typeVersion);
		});
		expect(unknown.map(({ at }) => at)).toEqual([]);
	});

	it('set only parameters that n8n shows for what they do, to values that these have', () => {
		const wrong = uses.flatMap(({ at, node }) => {
			const { properties = [] } = typeOf(node)?.description ?? {};
			return wrongParameters(at, node.parameters, shown(node, properties));
		});
		expect(wrong).toEqual([]);
	});

	it('leave nothing out that is required', () => {
		const missing = uses.flatMap(({ at, node }) => {
			const { description } = typeOf(node) as INodeType;
			const issues = NodeHelpers.getNodeParametersIssues(description.properties, node, description);
			return Object.values(issues?.parameters ?? {}).flatMap((words) => [`${at}: ${words.join()}`]);
		});
		expect(missing).toEqual([]);
	});

	it('name the credential that the node asks for, and carry none', () => {
		for (const { at, node } of uses) {
			const asked = shown(node, typeOf(node)?.description.credentials ?? []);
			expect([at, Object.keys(node.credentials ?? {})]).toEqual([
				at,
				asked.map(({ name }) => name),
			]);
			const carried = Object.values(node.credentials ?? {}).filter(({ id }) => id !== '');
			expect([at, carried]).toEqual([at, []]);
		}
	});

	it('lead from node to node: every name in the connections is a node', () => {
		const lost = examples.flatMap(({ file, workflow }) => {
			const names = workflow.nodes.map(({ name }) => name);
			const { connections } = workflow;
			const targets = [...JSON.stringify(connections).matchAll(/"node":"([^"]+)"/g)];
			const used = [...Object.keys(connections), ...targets.map((match) => match[1])];
			return used.filter((name) => !names.includes(name)).map((name) => `${file}: ${name}`);
		});
		expect(lost).toEqual([]);
	});

	it('lay nothing over anything else: no node over a node, no note over either', () => {
		const overlapping = examples.flatMap(({ file, workflow }) => {
			const boxes = workflow.nodes.map((node) => boxOf(node, workflow));
			return boxes.flatMap((one, index) =>
				boxes
					.slice(index + 1)
					.filter((other) => isOver(one, other))
					.map((other) => `${file}: ${one.name} and ${other.name}`),
			);
		});
		expect(overlapping).toEqual([]);
	});

	it('stand on the grid of the canvas, or n8n moves them', () => {
		const off = examples.flatMap(({ file, workflow }) =>
			workflow.nodes
				.filter(({ position }) => position.some((coordinate) => coordinate % 16 !== 0))
				.map(({ name, position }) => `${file}: ${name} at ${position.join()}`),
		);
		expect(off).toEqual([]);
	});

	it('are explained, each by a note on its canvas and a row in examples/README', () => {
		const silent = examples.filter(({ workflow }) => !workflow.nodes.some(isNote));
		expect(silent.map(({ file }) => file)).toEqual([]);
		const readme = readFileSync(`${FOLDER}/README.md`, 'utf8');
		const unnamed = examples.filter(({ file }) => !readme.includes(`| [${file}](${file})`));
		expect(unnamed.map(({ file }) => file)).toEqual([]);
	});
});
