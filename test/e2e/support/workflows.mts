// Workflows in few words: nodes by what they do, and chains of them.
import type { WorkflowDocument } from '../../../dev/n8nClient.mts';
import type { World } from './world.mts';

export type WorkflowNode = WorkflowDocument['nodes'][number];
type Parameters = Record<string, unknown>;

const core = (name: string, type: string, typeVersion: number, parameters: Parameters = {}) =>
	({ name, type: `n8n-nodes-base.${type}`, typeVersion, parameters }) as WorkflowNode;

export const byHand = () => core('Run by hand', 'manualTrigger', 1);

/** The node under test, signed in to the world's sandbox. */
export function tallyfy(
	world: World,
	name: string,
	parameters: Parameters,
	settings: Parameters = {},
): WorkflowNode {
	return {
		name,
		type: 'n8n-nodes-tallyfy-guests.tallyfyGuests',
		typeVersion: 1,
		parameters,
		credentials: { tallyfyGuestsApi: world.credential },
		...settings,
	};
}

/** The node that asks guests and waits, signed in to the world's sandbox. */
export const asks = (
	world: Pick<World, 'credential'>,
	name: string,
	parameters: Parameters,
	settings: Parameters = {},
): WorkflowNode => ({
	name,
	type: 'n8n-nodes-tallyfy-guests.tallyfyGuestsAsk',
	typeVersion: 1,
	parameters,
	credentials: { tallyfyGuestsApi: world.credential },
	...settings,
});

/** A node that does nothing: what is behind another one. */
export const behind = (name: string) => core(name, 'noOp', 1);

/** Two nodes that give these rows, one item each. */
export const rows = (list: Parameters[]): WorkflowNode[] => [
	core('List', 'set', 3.4, {
		mode: 'raw',
		jsonOutput: JSON.stringify({ rows: list }),
		options: {},
	}),
	core('Rows', 'splitOut', 1, { fieldToSplitOut: 'rows', options: {} }),
];

export const webhook = (path: string) =>
	({
		...core('Webhook', 'webhook', 2, {
			httpMethod: 'POST',
			path,
			responseMode: 'responseNode',
			options: {},
		}),
		webhookId: path,
	}) as WorkflowNode;

/** Answers the webhook with what the expression gives: a text. (In n8n 2.8 a spread in an expression gives nothing.) */
export const respond = (expression: string) =>
	core('Respond', 'respondToWebhook', 1.1, {
		respondWith: 'json',
		responseBody: expression,
		options: {},
	});

export const everySeconds = (seconds: number) =>
	core('Schedule', 'scheduleTrigger', 1.2, {
		rule: { interval: [{ field: 'seconds', secondsInterval: seconds }] },
	});

const condition = (expression: string) => ({
	conditions: {
		options: { caseSensitive: true, leftValue: '', typeValidation: 'strict', version: 2 },
		conditions: [
			{
				id: '1',
				leftValue: expression,
				rightValue: '',
				operator: { type: 'boolean', operation: 'true', singleValue: true },
			},
		],
		combinator: 'and',
	},
	options: {},
});

/** Keeps the items for which the expression gives true. */
export const keep = (name: string, expression: string) =>
	core(name, 'filter', 2.2, condition(expression));

/** One item with what the expression gives, for all items before it. */
export const report = (expression: string) => ({
	...core('Report', 'set', 3.4, { mode: 'raw', jsonOutput: expression, options: {} }),
	executeOnce: true,
});

/** Two nodes that end a workflow: every item must satisfy the expression, or the execution fails. */
export const check = (expression: string): WorkflowNode[] => [
	core('Check', 'filter', 2.2, condition(`={{ !(${expression}) }}`)),
	core('Wrong data', 'stopAndError', 1, {
		errorMessage: '=The check of the data failed for {{ JSON.stringify($json) }}',
	}),
];

/** A workflow whose nodes follow one another; `more` adds connections by node name and output. */
export function chain(
	name: string,
	nodes: WorkflowNode[],
	more: Array<[from: string, output: number, to: string]> = [],
	detached: WorkflowNode[] = [],
): WorkflowDocument {
	const connections: Record<string, { main: Array<Array<object> | null> }> = {};
	const connect = (from: string, output: number, to: string) => {
		const { main } = (connections[from] ??= { main: [] });
		while (main.length <= output) main.push([]);
		main[output]?.push({ node: to, type: 'main', index: 0 });
	};
	nodes.slice(1).forEach((node, at) => connect(nodes[at].name, 0, node.name));
	for (const [from, output, to] of more) connect(from, output, to);
	return {
		name,
		nodes: [...nodes, ...detached].map((node, at) => ({
			id: `${name}-${at}`.replace(/\W+/g, '-'),
			position: [at * 220, 0],
			...node,
		})),
		connections,
		settings: { executionOrder: 'v1' },
	};
}

/** The node under test as n8n offers it to agents. */
export const tallyfyTool = (world: World, name: string, parameters: Parameters): WorkflowNode => ({
	...tallyfy(world, name, parameters),
	type: 'n8n-nodes-tallyfy-guests.tallyfyGuestsTool',
});

/** A workflow that offers tools to MCP clients under `/mcp/<path>`. */
export function toolServer(name: string, path: string, tools: WorkflowNode[]): WorkflowDocument {
	const trigger = {
		name: 'MCP Server Trigger',
		type: '@n8n/n8n-nodes-langchain.mcpTrigger',
		typeVersion: 2,
		webhookId: path,
		parameters: { path, authentication: 'none' },
	};
	const { nodes, settings } = chain(name, [trigger, ...tools]);
	const toTrigger = { ai_tool: [[{ node: trigger.name, type: 'ai_tool', index: 0 }]] };
	return {
		name,
		nodes,
		connections: Object.fromEntries(tools.map((tool) => [tool.name, toTrigger])),
		settings,
	};
}
