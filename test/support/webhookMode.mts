// The trigger node in webhook mode on n8n-core's real contexts: activation, deactivation, and calls over real HTTP. What
// n8n's server does around them is played here as it is in n8n 2.8 and 2.41 (webhook-helpers.js, live-webhooks.js).
import { createRequire } from 'node:module';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import type {
	ICredentialDataDecryptedObject,
	IDataObject,
	INode,
	INodeExecutionData,
	INodeParameters,
	INodeType,
	IWebhookData,
	IWebhookResponseData,
	IWorkflowExecuteAdditionalData,
	Workflow,
} from 'n8n-workflow';
import { loadPackage, loadOptionsContext } from './engine.mts';

const engineRoot = resolve(process.env.N8N_ENGINE ?? '.');
const core = createRequire(join(engineRoot, 'package.json'))(
	'n8n-core',
) as typeof import('n8n-core');

/** What n8n has of the node: `parameters` may be changed, as when the workflow is edited and saved. */
export interface WebhookMode {
	parameters: INodeParameters;
	/** Static data of the node, as the database has it. */
	kept: () => IDataObject;
	/** checkExists, then create where that said no. */
	activate: () => Promise<void>;
	deactivate: () => Promise<void>;
	/** One method alone. */
	call: (method: 'checkExists' | 'create' | 'delete') => Promise<boolean>;
	/** Where Tallyfy calls. */
	address: () => string;
	/** Items of each start of the workflow, oldest first. */
	starts: INodeExecutionData[][];
	/** What the node raised when it was called. */
	errors: Error[];
	/** The next so many calls have all read static data before the first of them goes on. */
	gather: (calls: number) => void;
	/** n8n was started again, and has another address. */
	moveTo: (base: string) => void;
	close: () => Promise<void>;
}

interface Options {
	parameters: INodeParameters;
	credentials: ICredentialDataDecryptedObject;
	/** 'manual': n8n listens for a test event. */
	mode?: 'webhook' | 'manual';
	/** Another workflow than the first. */
	workflowId?: string;
}

type Internals = {
	workflow: Workflow;
	node: INode;
	additionalData: IWorkflowExecuteAdditionalData;
};

let trigger: Promise<INodeType> | undefined;

/** Sets the node up as in a saved workflow; nothing is registered yet. */
export async function webhookMode(options: Options): Promise<WebhookMode> {
	const { mode = 'webhook', workflowId = '1' } = options;
	trigger ??= loadPackage().then(({ node }) => node('tallyfyGuestsTrigger'));
	const type = await trigger;
	const node = { type, name: 'test.tallyfyGuestsTrigger', version: 1 };
	let saved = '{}';
	const starts: INodeExecutionData[][] = [];
	const errors: Error[] = [];
	let awaited = 0;
	const waiting: Array<() => void> = [];
	const parameters = { mode: 'webhook', ...options.parameters };

	/** A workflow as n8n makes it for each activation and each call, from what is saved. */
	const fresh = async () => {
		const { context } = await loadOptionsContext({ ...options, parameters, node });
		const { workflow, node: ours, additionalData } = context as unknown as Internals;
		ours.webhookId = 'b7e1';
		// Only for list searches: it would stand for the parameters of the node.
		additionalData.currentNodeParameters = undefined;
		const Workflow = workflow.constructor as new (parameters: unknown) => Workflow;
		const made = new Workflow({
			id: workflowId,
			nodes: [ours],
			connections: {},
			active: true,
			nodeTypes: workflow.nodeTypes,
			staticData: JSON.parse(saved) as IDataObject,
			settings: workflow.settings,
		});
		additionalData.webhookBaseUrl = `${base}/webhook`;
		additionalData.webhookTestBaseUrl = `${base}/webhook-test`;
		return { workflow: made, node: made.getNode(ours.name) as INode, additionalData };
	};
	const save = ({ staticData }: Workflow) => {
		const changed = (staticData as unknown as { __dataChanged?: boolean }).__dataChanged;
		if (changed) saved = JSON.stringify(staticData);
	};
	const webhookData = ({ id }: Workflow, { name }: INode) =>
		({
			httpMethod: 'POST',
			node: name,
			path: 'b7e1/webhook',
			webhookDescription: type.description.webhooks?.[0],
			workflowId: id,
			isTest: mode === 'manual',
		}) as unknown as IWebhookData;

	const answer = async (request: IncomingMessage, response: ServerResponse) => {
		const chunks: Buffer[] = [];
		for await (const chunk of request) chunks.push(chunk as Buffer);
		const expressLike = Object.assign(response, {
			status: (code: number) => Object.assign(expressLike, { statusCode: code }),
			json: (body: unknown) => {
				response.setHeader('content-type', 'application/json; charset=utf-8');
				response.end(JSON.stringify(body));
			},
		});
		const rawBody = Buffer.concat(chunks);
		const isJson = /^application\/json/.test(request.headers['content-type'] ?? '');
		let body: unknown;
		try {
			if (rawBody.length && isJson) body = JSON.parse(rawBody.toString());
		} catch {
			return expressLike.status(422).json({ message: 'Failed to parse request body' });
		}
		const { workflow, node: ours, additionalData } = await fresh();
		awaited--;
		if (awaited === 0) for (const go of waiting.splice(0)) go();
		else if (awaited > 0) await new Promise<void>((go) => waiting.push(go));
		additionalData.httpRequest = Object.assign(request, { rawBody, body }) as never;
		additionalData.httpResponse = expressLike as never;
		const context = new core.WebhookContext(
			workflow,
			ours,
			additionalData,
			mode,
			webhookData(workflow, ours),
			[],
			null,
		);
		let result: IWebhookResponseData | undefined;
		try {
			result = await type.webhook?.call(context);
		} catch (error) {
			errors.push(error as Error);
			return expressLike
				.status(500)
				.json({ message: 'Workflow Webhook Error: Workflow could not be started!' });
		}
		// n8n saves static data with the answer. An answer that it gives itself comes after the start of the workflow, by which
		// n8n 2.41 forgets that there is something to save.
		const items = result?.workflowData?.[0];
		if (!items || result?.noWebhookResponse) save(workflow);
		if (items) starts.push(items);
		if (result?.noWebhookResponse) return undefined;
		return expressLike.json(result?.webhookResponse ?? { message: 'Webhook call received' });
	};

	const server: Server = createServer((request, response) => {
		void answer(request, response);
	});
	await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
	let base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

	const call: WebhookMode['call'] = async (method) => {
		const { workflow, node: ours, additionalData } = await fresh();
		const context = new core.HookContext(
			workflow,
			ours,
			additionalData,
			mode,
			'activate',
			webhookData(workflow, ours),
		);
		const result = await type.webhookMethods?.default?.[method].call(context);
		save(workflow);
		return result ?? false;
	};

	return {
		parameters,
		starts,
		errors,
		kept: () => (JSON.parse(saved) as Record<string, IDataObject>)['node:Guests'] ?? {},
		call,
		activate: async () => {
			if (!(await call('checkExists'))) await call('create');
		},
		deactivate: async () => {
			await call('delete');
		},
		address: () => `${base}/webhook${mode === 'manual' ? '-test' : ''}/b7e1/webhook`,
		gather: (calls) => {
			awaited = calls;
		},
		moveTo: (next) => {
			base = next;
		},
		close: async () => {
			server.closeAllConnections();
			await new Promise((closed) => server.close(closed));
		},
	};
}
