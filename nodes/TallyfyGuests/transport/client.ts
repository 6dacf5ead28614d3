// The clients of Tallyfy: `itemClient` for an input item of the action node, `clientFor` and `withClient` for what n8n's
// declarative engine does not drive (list searches, polls, webhooks). Both send on n8n's own request functions, so signing
// in, proxy and certificates stay n8n's, and both with the same rate limiter, retries and errors.
import {
	sleep,
	type DeclarativeRestApiSettings,
	type FunctionsBase,
	type IDataObject,
	type IExecutePaginationFunctions,
	type IExecuteSingleFunctions,
	type IHttpRequestOptions,
	type IN8nHttpFullResponse,
	type INodeExecutionData,
} from 'n8n-workflow';
import { addressOf, connectionOf, credentialTypeOf, type Connection } from './connection';
import { detailsOf } from './errors';
import { Execution } from './execution';
import type { RequestOptions } from './executionOf';
import { readAllPages, type MapRecord, type Predicate } from './pagination';
import { parametersOf, type ReadParameter } from './parameters';
import { apiResponse, isWrite, type ApiRequest, type ApiResponse, type Send } from './request';
import { pageOf, recordOf, succeeded } from './response';
import { sender, stoppingError, TIMEOUT_MS, type Perform } from './send';
import { organizationUrl } from './url';
import { Cancelled, withRetry, type RetryOptions } from './withRetry';

/** What sends requests to one organization. */
export interface Client {
	/** Sends requests relative to the organization: when it is their turn, and again where that is safe. */
	send: Send;
	/** The organization of the credential. */
	organization: string;
	/** `{base}/organizations/{org}`. */
	baseURL: string;
}

/** The client of one input item. */
export interface ItemClient extends Client {
	/** Reads parameters of this item. */
	parameter: ReadParameter;
	/** Resolves when something may be sent for this item, which `send` waits for itself; raises `Cancelled` when nothing may. */
	ready: () => Promise<void>;
	/** Whether anything was sent for this item. */
	hasSent: () => boolean;
	/** Whether a write was sent for this item. */
	hasWritten: () => boolean;
	/** Whether Tallyfy answered a write for this item with success. */
	hasDone: () => boolean;
}

/** A client beside an execution, which can also ask for what is not the organization's. */
export interface BaseClient extends Client {
	/** Sends requests relative to Base URL, such as `/me`. */
	sendToBase: Send;
}

const ORGANIZATIONS = '/organizations/';
const organizationIn = (baseURL: string) =>
	baseURL.slice(baseURL.lastIndexOf(ORGANIZATIONS) + ORGANIZATIONS.length);

/** `postReceive` of the Resource parameter: gives the client the full response, whatever its status. */
export async function fullResponse(
	this: IExecuteSingleFunctions,
	_items: INodeExecutionData[],
	response: IN8nHttpFullResponse,
): Promise<INodeExecutionData[]> {
	const json = apiResponse(response) as unknown as IDataObject;
	return [{ json, pairedItem: { item: this.getItemIndex() } }];
}

/** Where an execution's requests go, by the credential, which is the same for all items. */
interface Destination {
	connection: Connection;
	/** `{base}/organizations/{org}`, checked. */
	baseURL: string;
}

async function destinationOf(
	context: Pick<FunctionsBase, 'getNode' | 'getCredentials'>,
	authentication: unknown,
	execution: Execution,
): Promise<Destination> {
	const type = credentialTypeOf(authentication);
	const typed = addressOf(await context.getCredentials<IDataObject>(type));
	const connection = connectionOf(context.getNode(), type, typed, sleep);
	execution.connection = connection;
	return { connection, baseURL: organizationUrl(typed) };
}

const destinations = new WeakMap<Execution, Promise<Destination>>();

/**
 * The client of an item.
 * @throws TallyfyError for a credential that cannot be used
 */
export async function itemClient(
	context: IExecutePaginationFunctions,
	requestData: DeclarativeRestApiSettings.ResultOptions,
	execution: Execution,
	retryOptions: RetryOptions,
): Promise<ItemClient> {
	let destination = destinations.get(execution);
	if (!destination) {
		const authentication = context.getNodeParameter('authentication', 'accessToken');
		destination = destinationOf(context, authentication, execution);
		destinations.set(execution, destination);
	}
	const { connection, baseURL } = await destination;
	const { options } = requestData;
	const parameter = parametersOf(context, execution);
	const { timeout } = (parameter('requestOptions', {}) ?? {}) as RequestOptions;
	// n8n 2.41 adds the host of the node's own description to a credential's allowed domains; ours is in the credential.
	const { allowedDomains } = options as { allowedDomains?: string };
	const domains = allowedDomains
		? { allowedDomains: `${new URL(baseURL).hostname}, ${allowedDomains}` }
		: {};
	const was = { sent: false, written: false, done: false };
	const perform: Perform = async ({ timeoutMs = Infinity, ...request }) => {
		was.sent = true;
		was.written ||= isWrite(request as ApiRequest);
		// n8n writes the token into the headers it is given, so each request has its own.
		const headers = { ...options.headers };
		const timeoutOfOne = Math.min(timeout || TIMEOUT_MS, timeoutMs);
		const own = { ...options, ...request, ...domains, timeout: timeoutOfOne, headers };
		const [item] = await context.makeRoutingRequest({ ...requestData, options: own });
		return item.json as unknown as ApiResponse;
	};
	const credential = async () =>
		await context.getCredentials<IDataObject>(connection.credentialType);
	const from = { execution, connection };
	const item = context.getItemIndex();
	const ready = async () => {
		if (!(await execution.maySend(item))) throw new Cancelled();
	};
	const send = withRetry(sender(baseURL, perform, credential, from), from, {
		...retryOptions,
		ready,
	});
	return {
		parameter,
		ready,
		send: async (request) => {
			const response = await send(request);
			was.done ||= isWrite(request) && succeeded(response);
			return response;
		},
		organization: organizationIn(baseURL),
		baseURL,
		hasSent: () => was.sent,
		hasWritten: () => was.written,
		hasDone: () => was.done,
	};
}

/** What n8n gives to list searches, polls, webhooks and their registration alike. */
export type ClientContext = FunctionsBase & {
	helpers: {
		httpRequestWithAuthentication(
			this: unknown,
			credentialType: string,
			options: IHttpRequestOptions,
		): Promise<unknown>;
	};
};

/**
 * A client for one list search, one poll, one registration.
 * @param authentication value of the parameter Authentication
 * @throws TallyfyError for a credential that cannot be used
 */
export async function clientFor(
	context: ClientContext,
	authentication: unknown,
	retryOptions: RetryOptions,
): Promise<BaseClient> {
	const execution = new Execution({ sleep });
	const { connection, baseURL } = await destinationOf(context, authentication, execution);
	const { credentialType } = connection;
	const perform: Perform = async ({ timeoutMs = Infinity, ...request }) => {
		const options: IHttpRequestOptions = {
			...request,
			headers: { Accept: 'application/json' },
			disableFollowRedirect: true,
			timeout: Math.min(TIMEOUT_MS, timeoutMs),
			returnFullResponse: true,
		};
		const { httpRequestWithAuthentication } = context.helpers;
		const response = await httpRequestWithAuthentication.call(context, credentialType, options);
		return apiResponse(response as IN8nHttpFullResponse);
	};
	const credential = async () => await context.getCredentials<IDataObject>(credentialType);
	const from = { execution, connection };
	const at = (address: string) =>
		withRetry(sender(address, perform, credential, from), from, retryOptions);
	return {
		send: at(baseURL),
		sendToBase: at(baseURL.slice(0, baseURL.lastIndexOf(ORGANIZATIONS))),
		organization: organizationIn(baseURL),
		baseURL,
	};
}

/** Does something with a client; what goes wrong becomes the error that n8n shows, in words for a person. */
export async function withClient<T>(
	context: ClientContext,
	authentication: unknown,
	retryOptions: RetryOptions,
	work: (client: BaseClient) => Promise<T>,
): Promise<T> {
	try {
		return await work(await clientFor(context, authentication, retryOptions));
	} catch (error) {
		throw stoppingError(context.getNode(), detailsOf(error as Error));
	}
}

/** Sends a request that answers with one record. Raises a TallyfyError when the answer is anything else. */
export async function sendForOne(
	{ send }: Pick<Client, 'send'>,
	request: ApiRequest,
): Promise<IDataObject> {
	return recordOf(await send(request), request.subject);
}

/**
 * Sends a request that answers with a list, for all of it or the first `limit` records, of those that `predicate` keeps.
 * What `mapRecord` makes of a record is given instead of it: with long lists that saves memory.
 * @throws TallyfyError when Tallyfy does not give as many records as it says that there are
 */
export async function sendForList(
	{ send }: Pick<Client, 'send'>,
	request: ApiRequest,
	limit?: number,
	predicate?: Predicate,
	mapRecord?: MapRecord,
): Promise<IDataObject[]> {
	const ask = async (page: number, per_page: number) =>
		pageOf(await send({ ...request, qs: { ...request.qs, page, per_page } }));
	return (await readAllPages(ask, { limit, predicate, mapRecord })).records;
}
