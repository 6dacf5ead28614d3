// n8n around the node that asks and waits, as far as it takes part in that: it stores the execution that waits, takes calls to its
// address, and goes on. The rest is n8n-core's real engine. As n8n 2.8.4 and 2.41.1 do it (waiting-webhooks.js,
// webhook-helpers.js, wait-tracker).
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { parse, stringify } from 'flatted';
import type {
	IDataObject,
	INodeExecutionData,
	IRun,
	IRunExecutionData,
	IWebhookFunctions,
	IWebhookResponseData,
} from 'n8n-workflow';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { askNode, runData, stage, type RunOptions, type RunResult } from './engine.mts';

const require = createRequire(join(resolve(process.env.N8N_ENGINE ?? '.'), 'package.json'));
const core = require('n8n-core') as typeof import('n8n-core');

/** What a call to the address got. */
export interface Reply {
	status: number;
	body: unknown;
}

export interface AskOptions extends Omit<RunOptions, 'node'> {
	/** How often the node has run in this execution before: rounds of a loop. */
	rounds?: number;
	/** The ID of the execution, for another round of it. */
	executionId?: string;
	/** An earlier run of the node in the same execution, of which n8n keeps what the node remembers. */
	after?: Asked;
	/** The ID of the node, for another one of the same execution. */
	nodeId?: string;
}

/** An execution whose node has been run, and waits, or has ended. */
export interface Asked extends Omit<RunResult, 'abortListeners'> {
	/** `waiting`, or why it does not wait. */
	status: string;
	waitTill?: Date;
	hints: string[];
	executionId: string;
	/** All that n8n stores of it. */
	stored: string;
	/** Items of each time that n8n went on after a call. */
	resumed: INodeExecutionData[][];
	/** What n8n does when the time is over: the items behind the node. */
	timeOver: () => Promise<INodeExecutionData[]>;
}

type Staged = Awaited<ReturnType<typeof stage>>;

const lastOf = ({ resultData }: IRunExecutionData) => resultData.runData.Guests?.at(-1);

/** What n8n does to the stored execution before it goes on. */
function wake(stored: string): IRunExecutionData {
	const data = parse(stored) as IRunExecutionData;
	data.waitTill = undefined;
	data.resultData.runData.Guests.pop();
	data.executionData!.nodeExecutionStack[0].node.disabled = true;
	return data;
}

/** What the node's `webhook` makes of a call. */
async function runWebhook(
	{ type, workflow, nodes, additionalData }: Staged,
	stored: string,
	request: IncomingMessage,
	reply: Reply,
): Promise<IWebhookResponseData> {
	const { searchParams } = new URL(String(request.url), 'http://x');
	const httpRequest = Object.assign(request, { query: Object.fromEntries(searchParams) });
	const httpResponse = {
		status: (status: number) => {
			reply.status = status;
			return { json: (body: unknown) => void (reply.body = body) };
		},
	};
	const Context = core.WebhookContext as unknown as new (...given: unknown[]) => IWebhookFunctions;
	const [webhookDescription] = type.description.webhooks ?? [];
	const around = { ...additionalData, httpRequest, httpResponse };
	const webhookData = { webhookDescription };
	const context = new Context(workflow, nodes[1], around, 'trigger', webhookData, [], wake(stored));
	// n8n lets it resume only where the signature is right.
	const { round } = httpRequest.query as IDataObject;
	const right = new URL(context.getSignedResumeUrl({ round: String(round) }));
	if (`${right.pathname}${right.search}` !== request.url) {
		Object.assign(reply, { status: 401, body: { error: 'Invalid token' } });
		return { noWebhookResponse: true };
	}
	return (await type.webhook?.call(context)) ?? {};
}

export interface AskHost {
	/** Runs the node, as a workflow `Start -> Ask` would, and keeps the execution if it waits. */
	ask: (options: AskOptions) => Promise<Asked>;
	/** n8n does not listen. */
	stop: () => Promise<void>;
	listen: () => Promise<void>;
	/** All calls that came. */
	calls: Reply[];
	/** Where waiting executions are called. */
	base: () => string;
}

/** One for the whole file. */
export function useAskHost(): AskHost {
	const waiting = new Map<string, (request: IncomingMessage) => Promise<Reply>>();
	const calls: Reply[] = [];
	let server: Server;
	let port = 0;
	const answer = async (request: IncomingMessage, response: ServerResponse) => {
		const [, , id] = String(request.url).split('/');
		const call = request.method === 'POST' ? waiting.get(id) : undefined;
		const reply = (await call?.(request)) ?? { status: 409, body: { message: 'Does not wait' } };
		calls.push(reply);
		response.statusCode = reply.status;
		response.end(JSON.stringify(reply.body));
	};
	const listen = async () => {
		server = createServer((request, response) => void answer(request, response));
		await once(server.listen(port, '127.0.0.1'), 'listening');
		({ port } = server.address() as AddressInfo);
	};
	const stop = async () => {
		server.closeAllConnections();
		await once(server.close(), 'close');
	};
	beforeAll(listen);
	beforeEach(() => {
		calls.length = 0;
		waiting.clear();
	});
	afterAll(stop);
	const base = () => `http://127.0.0.1:${port}/webhook-waiting`;

	const ask = async (options: AskOptions): Promise<Asked> => {
		const staged = await stage({ ...options, node: await askNode() });
		const { nodes, workflow, additionalData } = staged;
		additionalData.webhookWaitingBaseUrl = base();
		additionalData.executionId = options.executionId ?? additionalData.executionId;
		nodes[1].id = options.nodeId ?? nodes[1].id;
		const executionId = String(additionalData.executionId);
		const input = (options.input ?? [{}]).map((json, item) => ({ json, pairedItem: { item } }));
		const data = runData(nodes, input) as IRunExecutionData;
		if (options.after) {
			const { executionData } = parse(options.after.stored) as IRunExecutionData;
			data.executionData!.contextData = executionData!.contextData;
		}
		const [start] = data.resultData.runData.Start;
		const earlier = Array.from({ length: options.rounds ?? 0 }, () => ({ ...start }));
		if (earlier.length > 0) data.resultData.runData.Guests = earlier;
		const goOn = async (from: IRunExecutionData): Promise<IRun> =>
			await new core.WorkflowExecute(additionalData, 'trigger', from).processRunExecutionData(
				workflow,
			);
		const run = await goOn(data);
		const task = lastOf(run.data);
		const [items, errorItems] = task?.data?.main ?? [];
		const stored = stringify(run.data);
		const resumed: INodeExecutionData[][] = [];
		const itemsOf = ({ data: after }: IRun) => lastOf(after)?.data?.main[0] ?? [];
		if (run.status === 'waiting') {
			waiting.set(executionId, async (request) => {
				const reply: Reply = { status: 200, body: undefined };
				const result = await runWebhook(staged, stored, request, reply);
				if (!result.noWebhookResponse) reply.body = result.webhookResponse;
				if (result.workflowData) {
					const after = wake(stored);
					after.executionData!.nodeExecutionStack[0].data.main = result.workflowData;
					resumed.push(itemsOf(await goOn(after)));
				}
				return reply;
			});
		}
		return {
			items: items ?? [],
			errorItems: errorItems ?? [],
			error: (task?.error ?? run.data.resultData.error) as RunResult['error'],
			status: run.status,
			waitTill: run.waitTill ?? undefined,
			hints: (task?.hints ?? []).map(({ message }) => message),
			executionId,
			stored,
			resumed,
			timeOver: async () => itemsOf(await goOn(parse(stored) as IRunExecutionData)),
		};
	};
	return { ask, stop, listen, calls, base };
}
