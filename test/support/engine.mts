// Runs the built package on n8n-core's real engine: real loader, real expressions, real RoutingNode, real HTTP.
// Only what n8n's server adds around it (the database, the credential store) is played here.
import { getEventListeners } from 'node:events';
import { createRequire } from 'node:module';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type {
	ICredentialDataDecryptedObject,
	ICredentialType,
	IDataObject,
	IExecuteFunctions,
	IHttpRequestHelper,
	IHttpRequestOptions,
	INode,
	INodeExecutionData,
	INodeParameters,
	INodeType,
	IPollFunctions,
	IRun,
	IVersionedNodeType,
	IWorkflowExecuteAdditionalData,
	Workflow,
	WorkflowExecuteMode,
} from 'n8n-workflow';

process.env.N8N_USER_FOLDER ??= mkdtempSync(join(tmpdir(), 'tallyfy-guests-test-'));

/** The folder whose n8n-core is used; another n8n can be put under test with `N8N_ENGINE`. */
const engineRoot = resolve(process.env.N8N_ENGINE ?? '.');
const require = createRequire(join(engineRoot, 'package.json'));
require('reflect-metadata');
const core = require('n8n-core') as typeof import('n8n-core');
const workflowPackage = require('n8n-workflow') as typeof import('n8n-workflow');

export const engineVersion = (require('n8n-core/package.json') as { version: string }).version;

interface LoadedPackage {
	node: (name: string) => INodeType;
	credential: (name: string) => ICredentialType;
	/** Everything in it. */
	nodes: INodeType[];
	credentials: ICredentialType[];
}

let loaded: Promise<LoadedPackage> | undefined;

/** The package as n8n's own loader loads it, from `package.json` and `dist`. */
export async function loadPackage(folder = folderForEngine()): Promise<LoadedPackage> {
	const loader = new core.PackageDirectoryLoader(folder);
	await loader.loadAll();
	return {
		node: (name) => loader.getNode(name).type as INodeType,
		credential: (name) => loader.getCredential(name).type,
		nodes: Object.values(loader.nodeTypes).map(({ type }) => type as INodeType),
		credentials: Object.values(loader.credentialTypes).map(({ type }) => type),
	};
}

const packageUnderTest = async () => await (loaded ??= loadPackage());

/**
 * Where the package lies so that it finds the n8n-workflow of the engine, as in n8n: here, or, for another engine, in a
 * copy. With two of them, an error of the package would not be an error of the engine.
 */
function folderForEngine(): string {
	if (process.env.N8N_PACKAGE) return process.env.N8N_PACKAGE;
	if (engineRoot === resolve('.')) return engineRoot;
	const folder = mkdtempSync(join(tmpdir(), 'tallyfy-guests-package-'));
	cpSync('package.json', join(folder, 'package.json'));
	cpSync('dist', join(folder, 'dist'), { recursive: true });
	mkdirSync(join(folder, 'node_modules'));
	const workflow = join(engineRoot, 'node_modules/n8n-workflow');
	symlinkSync(workflow, join(folder, 'node_modules/n8n-workflow'));
	process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
	return folder;
}

export interface RunOptions {
	/** Parameters of the node; those left out have the defaults of the description, as on the canvas. */
	parameters: INodeParameters;
	/** One for each input item. */
	input?: IDataObject[];
	credentials: ICredentialDataDecryptedObject;
	onError?: 'stopWorkflow' | 'continueRegularOutput' | 'continueErrorOutput';
	/** Stops the execution after so many milliseconds. */
	cancelAfterMs?: number;
	/** Another node than the action node. */
	node?: OtherNode;
	/** How the execution was started; `manual`, if left out. */
	mode?: WorkflowExecuteMode;
	/** What people set in the settings of the node. */
	settings?: Pick<INode, 'executeOnce' | 'retryOnFail' | 'maxTries' | 'waitBetweenTries'>;
}

/** `name` is the full one, by which n8n lets its own HTTP Request node use any credential. */
interface OtherNode {
	type: INodeType;
	name: string;
	version: number;
}

export interface RunResult {
	/** Items of the first output. */
	items: INodeExecutionData[];
	/** Items of the error output. */
	errorItems: INodeExecutionData[];
	/** What stopped the node. */
	error?: Error & {
		description?: string;
		httpCode?: string;
		context?: { itemIndex?: number };
	};
	/** How many listeners are left on the signal that ends the execution. */
	abortListeners: number;
}

const start: INodeType = {
	description: {
		displayName: 'Start',
		name: 'start',
		group: ['trigger'],
		version: 1,
		description: '',
		defaults: {},
		inputs: [],
		outputs: ['main'],
		properties: [],
	},
};

/** The credential type behind the node's parameter Authentication. */
const typeOf = ({ authentication }: INodeParameters) =>
	authentication === 'application' ? 'tallyfyGuestsApplicationApi' : 'tallyfyGuestsApi';

/** The credential store: `data` is what is saved, and changes when n8n fetches a token (n8n 2.41.1, credentials-helper.js). */
function credentialsHelper(data: ICredentialDataDecryptedObject, credential: ICredentialType) {
	const expirable = credential.properties.find(({ typeOptions }) => typeOptions?.expirable);
	return {
		getParentTypes: () => [],
		getCredentialsProperties: () => credential.properties,
		getDecrypted: async () => ({ ...data }),
		getCredentials: async () => undefined,
		isCredentialUsableByNode: () => true,
		updateCredentials: async () => undefined,
		preAuthentication: async (
			helpers: IHttpRequestHelper,
			given: ICredentialDataDecryptedObject,
			_type: string,
			_node: INode,
			expired: boolean,
		) => {
			if (!expirable || !credential.preAuthentication) return undefined;
			if (given[expirable.name] !== '' && !expired) return undefined;
			Object.assign(data, await credential.preAuthentication.call(helpers, given));
			return Object.assign(given, data);
		},
		authenticate: async (
			given: ICredentialDataDecryptedObject,
			_type: string,
			options: IHttpRequestOptions,
			workflow: Workflow,
			node: INode,
		) => {
			const { properties } = credential.authenticate as { properties: { headers: IDataObject } };
			const headers: IDataObject = { ...options.headers };
			for (const [name, value] of Object.entries(properties.headers)) {
				headers[name] = workflow.expression.getSimpleParameterValue(
					node,
					value as string,
					'internal',
					{ $credentials: given },
					undefined,
					'',
				) as string;
			}
			return { ...options, headers };
		},
	};
}

/** n8n's server gives declarative nodes their execute (n8n, node-types.js); without it the engine falls back to a test mode. */
function executable(type: INodeType): INodeType {
	const execute = async function (this: IExecuteFunctions) {
		return await new core.RoutingNode(this as never, type).runNode();
	};
	return { ...type, description: type.description, methods: type.methods, execute } as INodeType;
}

const ids: string[] = [];

/** The same for the same credential; a token that n8n has fetched makes no other one of it. */
function idOf(credentials: ICredentialDataDecryptedObject): string {
	const filledIn = JSON.stringify({ ...credentials, userToken: undefined });
	if (!ids.includes(filledIn)) ids.push(filledIn);
	return String(ids.indexOf(filledIn) + 1);
}

let executions = 0;

/** Everything a run needs around the node. */
export async function stage(options: RunOptions) {
	const { node: nodeOf, credential } = await packageUnderTest();
	const type = options.node?.type ?? executable(nodeOf('tallyfyGuests'));
	const credentialType = typeOf(options.parameters);
	const nodes: INode[] = [
		{
			id: '1',
			name: 'Start',
			type: 'test.start',
			typeVersion: 1,
			position: [0, 0],
			parameters: {},
		},
		{
			id: '2',
			name: 'Guests',
			type: options.node?.name ?? 'test.tallyfyGuests',
			typeVersion: options.node?.version ?? 1,
			position: [200, 0],
			parameters: options.parameters,
			credentials: { [credentialType]: { id: idOf(options.credentials), name: 'Sandbox' } },
			onError: options.onError,
			...options.settings,
		},
	];
	const workflow = new workflowPackage.Workflow({
		id: '1',
		nodes,
		connections: { Start: { main: [[{ node: 'Guests', type: 'main', index: 0 }]] } },
		active: false,
		nodeTypes: {
			getByName: () => type,
			getByNameAndVersion: (name: string) => (name === 'test.start' ? start : type),
			getKnownTypes: () => ({}),
		},
		settings: { executionOrder: 'v1', timezone: 'UTC' },
	});
	const helper = credentialsHelper(options.credentials, credential(credentialType));
	const additionalData = {
		credentialsHelper: helper,
		currentNodeExecutionIndex: 0,
		executionId: String(++executions),
		variables: {},
		hooks: new core.ExecutionLifecycleHooks('manual', '1', {
			id: '1',
			name: 'Test',
			active: false,
			nodes,
			connections: {},
			createdAt: new Date(),
			updatedAt: new Date(),
		} as never),
		restApiUrl: 'http://127.0.0.1/rest',
		instanceBaseUrl: 'http://127.0.0.1/',
		formWaitingBaseUrl: 'http://127.0.0.1/form-waiting',
		webhookBaseUrl: 'http://127.0.0.1/webhook',
		webhookWaitingBaseUrl: 'http://127.0.0.1/webhook-waiting',
		webhookTestBaseUrl: 'http://127.0.0.1/webhook-test',
		logAiEvent: () => undefined,
		startRunnerTask: async () => undefined,
		executeWorkflow: async () => undefined,
		getRunExecutionData: async () => undefined,
	} as unknown as IWorkflowExecuteAdditionalData;
	return { type, nodes, workflow, additionalData };
}

/** A node of n8n's own, from the engine's folder. */
export function n8nNode(name: string, version: number): OtherNode {
	const path = `n8n-nodes-base/dist/nodes/${name}/${name}.node.js`;
	const [Class] = Object.values(require(path) as Record<string, new () => IVersionedNodeType>);
	const type = new Class().nodeVersions[version];
	return { type, name: `n8n-nodes-base.${type.description.name}`, version };
}

/** Runs the node for all input items, as a workflow `Start -> Guests` would. */
export async function runNode(options: RunOptions): Promise<RunResult> {
	const { nodes, workflow, additionalData } = await stage(options);
	const input = (options.input ?? [{}]).map((json, item) => ({ json, pairedItem: { item } }));
	const { mode = 'manual' } = options;
	const execute = new core.WorkflowExecute(additionalData, mode, runData(nodes, input));
	const running = execute.processRunExecutionData(workflow);
	if (options.cancelAfterMs) setTimeout(() => running.cancel(), options.cancelAfterMs);
	const run: IRun = await running;
	const task = run.data.resultData.runData.Guests?.[0];
	const [items, errorItems] = task?.data?.main ?? [];
	const { abortController } = execute as unknown as { abortController: AbortController };
	return {
		items: items ?? [],
		errorItems: errorItems ?? [],
		error: (task?.error ?? run.data.resultData.error) as RunResult['error'],
		abortListeners: getEventListeners(abortController.signal, 'abort').length,
	};
}

/** What n8n keeps of an execution that is about to run its second node with these items. */
export function runData(nodes: INode[], items: INodeExecutionData[]) {
	const create = (
		workflowPackage as unknown as { createRunExecutionData: (data: unknown) => never }
	).createRunExecutionData;
	const source = { previousNode: 'Start' };
	return create({
		startData: {},
		resultData: {
			runData: {
				Start: [
					{
						startTime: 0,
						executionTime: 0,
						executionIndex: 0,
						executionStatus: 'success',
						source: [],
						data: { main: [items] },
					},
				],
			},
		},
		executionData: {
			contextData: {},
			nodeExecutionStack: [{ node: nodes[1], data: { main: [items] }, source: { main: [source] } }],
			metadata: {},
			waitingExecution: {},
			waitingExecutionSource: {},
		},
	});
}

/** A context as n8n gives it to list searches and option loaders. */
export async function loadOptionsContext(options: RunOptions) {
	const { type, nodes, workflow, additionalData } = await stage(options);
	additionalData.currentNodeParameters = { ...options.parameters };
	const context = new core.LoadOptionsContext(workflow, nodes[1], additionalData, '');
	return { type, context };
}

/**
 * Presses the credential's test button: the credential's request on the node's own description, as n8n's credential tester
 * builds it (n8n 2.41.1, credentials-tester.service.js). Gives the first output item, or raises what the request raised.
 */
export async function pressTest(
	credentials: ICredentialDataDecryptedObject,
	authentication = 'accessToken',
): Promise<unknown> {
	const options: RunOptions = { parameters: { authentication }, credentials };
	const { type, nodes, workflow, additionalData } = await stage(options);
	const credentialType = typeOf(options.parameters);
	const { test } = (await packageUnderTest()).credential(credentialType);
	const property = { displayName: 'Temp', name: 'temp', type: 'string', default: '' };
	const description = {
		...type.description,
		credentials: [{ name: credentialType, required: true }],
		properties: [{ ...property, routing: { request: test?.request } }],
	};
	const node = { ...nodes[1], parameters: { temp: '' } };
	const data = { main: [[{ json: {} }]] };
	const context = new core.ExecuteContext(
		workflow,
		node,
		additionalData,
		'internal',
		runData([node, node], []),
		0,
		[],
		data,
		{ node, data, source: null },
		[],
	);
	const routing = new core.RoutingNode(context, { description } as INodeType, {
		id: '1',
		name: 'Sandbox',
		type: credentialType,
		data: credentials,
	});
	const output = await routing.runNode();
	return output?.[0]?.[0]?.json;
}

/** The trigger node, to be run or polled. */
export async function triggerNode(): Promise<OtherNode> {
	const type = (await packageUnderTest()).node('tallyfyGuestsTrigger');
	return { type, name: 'test.tallyfyGuestsTrigger', version: 1 };
}

/** The node that asks and waits; support/ask.mts has what else it needs. */
export async function askNode(): Promise<OtherNode> {
	const type = (await packageUnderTest()).node('tallyfyGuestsAsk');
	return { type, name: 'test.tallyfyGuestsAsk', version: 1 };
}

export interface Poller {
	/** One poll on n8n-core's own context. Gives the items, none for null; raises what the poll raises. */
	poll: () => Promise<INodeExecutionData[]>;
	/** n8n's static data of the node as it is stored, as JSON. */
	stored: () => string;
	/** n8n is killed and started again: what was not stored is gone. */
	restart: () => void;
	/** The workflow is saved with other parameters, and active again. */
	change: (parameters: INodeParameters) => void;
}

/** n8n 2.41 gives every poll a copy of what is stored; older ones the same object for as long as the workflow is active. */
export const copiesForEveryPoll = 'runPollInStagingScope' in core;

/** Polls the trigger node as n8n does, which keeps the static data between two polls: see above, and `stored`. */
export async function pollerFor(options: Omit<RunOptions, 'input'>): Promise<Poller> {
	const node = await triggerNode();
	let { parameters } = options;
	let stored = '{}';
	let active: Awaited<ReturnType<typeof stage>> | undefined;
	const activate = async () => {
		const staged = await stage({ ...options, parameters, node });
		const data = staged.workflow.getStaticData('node', staged.nodes[1]);
		Object.assign(data, JSON.parse(stored) as IDataObject);
		return staged;
	};
	return {
		poll: async () => {
			const isActivation = active === undefined;
			active ??= await activate();
			const { workflow, nodes, additionalData, type } = active;
			const kept = workflow.getStaticData('node', nodes[1]);
			const data = copiesForEveryPoll ? (JSON.parse(stored) as IDataObject) : kept;
			const Context = core.PollContext as unknown as new (...given: unknown[]) => IPollFunctions;
			const given = [workflow, nodes[1], additionalData, 'trigger', 'activate'];
			const emits = [undefined, undefined, undefined, undefined, () => data];
			const items = await type.poll?.call(new Context(...given, ...emits));
			// Older ones store what polls without items leave only with the next items (n8n 2.8.4, active-workflow-manager).
			if (isActivation || items || copiesForEveryPoll) stored = JSON.stringify(data);
			return items?.[0] ?? [];
		},
		stored: () => stored,
		restart: () => (active = undefined),
		change: (next) => {
			parameters = next;
			active = undefined;
		},
	};
}
