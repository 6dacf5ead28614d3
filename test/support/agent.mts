// An agent on n8n-core's real engine, with the node as its tool: the engine makes the tool, its context and its calls. Both
// ways of n8n 2.8 and 2.41: the agent calls the tool itself, or asks the engine to run it as a node.
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import type {
	ICredentialDataDecryptedObject,
	IDataObject,
	IExecuteFunctions,
	INode,
	INodeExecutionData,
	INodeParameters,
	INodeType,
	IRun,
	Workflow as WorkflowType,
} from 'n8n-workflow';
import { runData, stage } from './engine.mts';

const require = createRequire(join(resolve(process.env.N8N_ENGINE ?? '.'), 'package.json'));
const core = require('n8n-core') as typeof import('n8n-core');
const { Workflow } = require('n8n-workflow') as { Workflow: typeof WorkflowType };

/** What a call of the tool came to: its text, or the words of its error. */
export interface Said {
	text?: string;
	error?: string;
}

interface Tool {
	invoke: (parameters: IDataObject) => Promise<string>;
}

interface AgentOptions {
	/** Parameters of the tool. */
	parameters: INodeParameters;
	credentials: ICredentialDataDecryptedObject;
	onError?: 'continueRegularOutput';
	/** What the agent has to do, one item each. */
	items: IDataObject[];
	/** What it gives to the tool, one call each. All at once, as models ask for several in one answer. */
	calls: IDataObject[];
	/** Who runs the tool. */
	by: 'agent' | 'engine';
}

/** Calls of a tool that the agent makes. */
async function callsByAgent(this: IExecuteFunctions, calls: IDataObject[]): Promise<Said[]> {
	const [tool] = (await this.getInputConnectionData('ai_tool', 0)) as Tool[];
	return await Promise.all(
		calls.map(async (call) =>
			tool.invoke(call).then(
				(text) => ({ text }),
				(error: Error) => ({ error: error.message }),
			),
		),
	);
}

/** What the engine runs for an agent that only says what it wants. */
const requestOf = (calls: IDataObject[]) => ({
	actions: calls.map((input, index) => ({
		actionType: 'ExecutionNodeAction',
		nodeName: 'Guests',
		type: 'ai_tool',
		id: String(index),
		input,
		metadata: { itemIndex: 0 },
	})),
	metadata: {},
});

interface Answers {
	actionResponses?: Array<{ data: { data?: unknown; error?: Error } }>;
}

/** Runs `Start -> Agent`, with the node as the agent's tool; gives what the calls came to. */
export async function runAgent(options: AgentOptions): Promise<Said[]> {
	const { parameters, credentials, onError, calls, by } = options;
	const { type: guests, nodes, additionalData } = await stage({ parameters, credentials, onError });
	const heard: Said[] = [];
	const agent = {
		description: {
			displayName: 'Agent',
			name: 'agent',
			group: ['transform'],
			version: 1,
			description: '',
			defaults: {},
			inputs: ['main', { type: 'ai_tool' }],
			outputs: ['main'],
			properties: [],
		},
		async execute(this: IExecuteFunctions, answers?: Answers) {
			const given = answers?.actionResponses ?? [];
			if (by === 'engine' && given.length === 0) return requestOf(calls) as never;
			if (by === 'agent') heard.push(...(await callsByAgent.call(this, calls)));
			else heard.push(...given.map(({ data }) => saidIn(data)));
			return [this.getInputData()];
		},
	} as unknown as INodeType;
	const tool = {
		...guests,
		description: { ...guests.description, inputs: [], outputs: ['ai_tool'] },
	} as INodeType;
	const types: Record<string, INodeType> = { 'test.agent': agent, 'test.tallyfyGuestsTool': tool };
	const start = { ...nodes[0] };
	const agentNode = { ...start, id: '3', name: 'Agent', type: 'test.agent' } as INode;
	const toolNode = { ...nodes[1], type: 'test.tallyfyGuestsTool' };
	const main = [[{ node: 'Agent', type: 'main', index: 0 }]];
	const ai_tool = [[{ node: 'Agent', type: 'ai_tool', index: 0 }]];
	const workflow = new Workflow({
		id: '1',
		nodes: [start, agentNode, toolNode],
		connections: { Start: { main }, Guests: { ai_tool } } as never,
		active: false,
		nodeTypes: {
			getByName: (name: string) => types[name],
			getByNameAndVersion: (name: string) => types[name] ?? agent,
			getKnownTypes: () => ({}),
		},
		settings: { executionOrder: 'v1', timezone: 'UTC' },
	});
	const items = options.items.map((json, item) => ({ json, pairedItem: { item } }));
	const data = runData([start, agentNode], items as INodeExecutionData[]);
	const run: IRun = await new core.WorkflowExecute(
		additionalData,
		'manual',
		data,
	).processRunExecutionData(workflow);
	const { error } = run.data.resultData;
	return error && heard.length === 0 ? [{ error: error.message }] : heard;
}

const saidIn = ({ data, error }: { data?: unknown; error?: Error }): Said =>
	error ? { error: error.message } : { text: JSON.stringify(data) };
