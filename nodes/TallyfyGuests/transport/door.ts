// The one door: every request of the action node goes through here, with what an operation may do on its way.
import {
	sleep,
	type DeclarativeRestApiSettings,
	type IDataObject,
	type IExecutePaginationFunctions,
	type IExecuteSingleFunctions,
	type IN8nHttpFullResponse,
	type INodeExecutionData,
} from 'n8n-workflow';
import { pageOf, recordOf, succeeded } from './answer';
import { addressOf, connectionOf, credentialTypeOf, type Connection } from './connections';
import type { Execution } from './execution';
import type { RequestOptions } from './executionOf';
import { parametersOf, type ReadParameter } from './parameters';
import { readAllPages, type MapRecord, type Predicate } from './pagination';
import { filledPath, organizationUrl, pathSegment, segmentNames, type Segment } from './path';
import { isWrite, type ApiResponse, type ApiRequest, type Send, type Subject } from './request';
import { answerOf } from './response';
import { sender, TIMEOUT_MS, type Perform } from './send';
import { Cancelled, withRetry, type RetryOptions } from './withRetry';

/** The way to Tallyfy for one input item. */
export interface Door {
	send: Send;
	/** Reads parameters of this item. */
	parameter: ReadParameter;
	/** Resolves when something may be sent for this item, which `send` waits for itself; raises `Cancelled` when nothing may. */
	ready: () => Promise<void>;
	/** The organization of the credential. */
	organization: string;
	/** `{base}/organizations/{org}`. */
	baseURL: string;
	/** Whether anything was sent for this item. */
	hasSent: () => boolean;
	/** Whether a write was sent for this item. */
	hasWritten: () => boolean;
	/** Whether Tallyfy answered a write for this item with success. */
	hasDone: () => boolean;
}

/** `postReceive` of the Resource parameter: hands the door the whole answer, whatever its status. */
export async function wholeAnswer(
	this: IExecuteSingleFunctions,
	_items: INodeExecutionData[],
	response: IN8nHttpFullResponse,
): Promise<INodeExecutionData[]> {
	const json = answerOf(response) as unknown as IDataObject;
	return [{ json, pairedItem: { item: this.getItemIndex() } }];
}

/** Where an execution's requests go, by the credential, which is the same for all items. */
interface Destination {
	connection: Connection;
	/** `{base}/organizations/{org}`, checked. */
	baseURL: string;
}

const destinations = new WeakMap<Execution, Promise<Destination>>();

async function destinationOf(
	context: IExecutePaginationFunctions,
	execution: Execution,
): Promise<Destination> {
	const type = credentialTypeOf(context.getNodeParameter('authentication', 'accessToken'));
	const credential = await context.getCredentials<IDataObject>(type);
	const typed = addressOf(credential);
	const connection = connectionOf(context.getNode(), type, typed, sleep);
	execution.connection = connection;
	return { connection, baseURL: organizationUrl(typed) };
}

/** Opens the door on the engine's own request function: authentication, proxy and certificates stay n8n's. */
export async function openDoor(
	context: IExecutePaginationFunctions,
	requestData: DeclarativeRestApiSettings.ResultOptions,
	execution: Execution,
	retryOptions: RetryOptions,
): Promise<Door> {
	let destination = destinations.get(execution);
	if (!destination) {
		destination = destinationOf(context, execution);
		destinations.set(execution, destination);
	}
	const { connection, baseURL } = await destination;
	const { options } = requestData;
	const parameter = parametersOf(context, execution);
	const { timeout } = (parameter('requestOptions', {}) ?? {}) as RequestOptions;
	const { hostname } = new URL(baseURL);
	// n8n 2.41 adds the host of the node's own description to a credential's allowed domains; ours is in the credential.
	const { allowedDomains } = options as { allowedDomains?: string };
	const domains = allowedDomains ? { allowedDomains: `${hostname}, ${allowedDomains}` } : {};
	let written = false;
	let done = false;
	let sent = false;
	const perform: Perform = async ({ timeoutMs = Infinity, ...request }) => {
		sent = true;
		written ||= isWrite(request as ApiRequest);
		// n8n writes the token into the headers it is given, so each request has its own.
		const headers = { ...options.headers };
		const own = {
			...options,
			...request,
			...domains,
			timeout: Math.min(timeout || TIMEOUT_MS, timeoutMs),
			headers,
		};
		const [item] = await context.makeRoutingRequest({ ...requestData, options: own });
		return item.json as unknown as ApiResponse;
	};
	const { credentialType } = connection;
	const credential = async () => await context.getCredentials<IDataObject>(credentialType);
	const from = { execution, connection };
	const once = sender(baseURL, perform, credential, from);
	const item = context.getItemIndex();
	const ready = async () => {
		if (!(await execution.maySend(item))) throw new Cancelled();
	};
	const send = withRetry(once, from, { ...retryOptions, ready });
	return {
		parameter,
		ready,
		send: async (request) => {
			const response = await send(request);
			done ||= isWrite(request) && succeeded(response);
			return response;
		},
		organization: baseURL.split('/').at(-1) ?? '',
		baseURL,
		hasSent: () => sent,
		hasWritten: () => written,
		hasDone: () => done,
	};
}

/**
 * The request that the description of an operation adds up to, its path filled from the parameters it names. A segment that
 * no parameter fills, such as a guest's code, stays for the operation to fill.
 */
export function describedRequest(
	{ options }: DeclarativeRestApiSettings.ResultOptions,
	door: Door,
	segments: Record<string, Segment> = {},
): ApiRequest {
	const template = options.url ?? '';
	const encoded: Record<string, string> = {};
	let subject: Subject | undefined;
	for (const name of segmentNames(template).filter((segment) => segment in segments)) {
		const { noun, parameter, check } = segments[name];
		const value = check(door.parameter(name));
		encoded[name] = pathSegment(value, parameter);
		subject = { noun, value, parameter };
	}
	return {
		method: options.method ?? 'GET',
		url: filledPath(template, encoded),
		qs: options.qs,
		body: options.body as IDataObject,
		subject,
	};
}

/** Sends a request that answers with one record. Raises a Problem when the answer is anything else. */
export async function sendForOne({ send }: Door, request: ApiRequest): Promise<IDataObject> {
	return recordOf(await send(request), request.subject);
}

/**
 * Sends a request that answers with a list, for all of it or the first `limit` records, of those that `predicate` keeps.
 * What `mapRecord` makes of a record is given instead of it: with long lists that saves memory.
 * @throws Problem when Tallyfy does not give as many records as it says that there are
 */
export async function sendForList(
	{ send }: Door,
	request: ApiRequest,
	limit?: number,
	predicate?: Predicate,
	mapRecord?: MapRecord,
): Promise<IDataObject[]> {
	const ask = async (page: number, per_page: number) =>
		pageOf(await send({ ...request, qs: { ...request.qs, page, per_page } }));
	return (await readAllPages(ask, { limit, predicate, mapRecord })).records;
}
