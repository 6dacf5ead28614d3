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
import { connectionOf, credentialTypeOf, type Connection } from './connection';
import { detailsOf } from './errors';
import { Execution } from './execution';
import { parametersOf, type ReadParameter, type RequestOptions } from './itemContext';
import { readAllPages, type MapRecord, type Predicate } from './pagination';
import { apiResponse, isWrite, type ApiRequest, type ApiResponse, type Send } from './request';
import { pageOf, recordOf, succeeded } from './response';
import { sendOnce, stoppingError, TIMEOUT_MS, type Perform } from './send';
import { organizationAddress, type OrganizationAddress } from './url';
import { Cancelled, withRetry, type RetryOptions } from './withRetry';

/** What sends requests to one organization. */
export interface Client {
	/** Sends requests relative to the organization: when the rate limiter lets it, and again where that is safe. */
	send: Send;
	/** The organization of the credential. */
	organization: string;
	/** `{base}/organizations/{org}`. */
	baseURL: string;
}

/** A client that can also send what is not relative to the organization, for one item or for what has no items. */
export interface BaseClient extends Client {
	/** Sends requests relative to Base URL, such as `/me`. */
	sendToBase: Send;
	/** Does work once for all items of the execution that name the same key; again for the next item after a failure. */
	oncePerExecution: <T>(key: string, work: () => Promise<T>) => Promise<T>;
	/** Resolves when something may be sent for this item, which `send` waits for itself. @throws Cancelled when nothing may */
	ready: () => Promise<void>;
}

/** The client of one input item. */
export interface ItemClient extends BaseClient {
	/** Reads parameters of this item. */
	parameter: ReadParameter;
	/** Whether anything, or a write, was sent for this item, and whether a write succeeded. */
	hasSent: () => boolean;
	hasWritten: () => boolean;
	hasDone: () => boolean;
}

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
type Destination = OrganizationAddress & { connection: Connection };

async function destinationOf(
	context: Pick<FunctionsBase, 'getNode' | 'getCredentials'>,
	authentication: unknown,
	execution: Execution,
): Promise<Destination> {
	const type = credentialTypeOf(authentication);
	const { baseUrl, organizationId } = await context.getCredentials<IDataObject>(type);
	const address = organizationAddress(baseUrl, organizationId);
	const connection = connectionOf(context.getNode(), type, address.baseURL);
	execution.connection = connection;
	return { ...address, connection };
}

const destinations = new WeakMap<Execution, Promise<Destination>>();

/**
 * The client of an item. The method and path of each request replace those in `requestData`, which n8n made of the description.
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
	const { connection, base, baseURL, organization } = await destination;
	const { options } = requestData;
	const parameter = parametersOf(context, execution);
	const { timeout } = (parameter('requestOptions', {}) ?? {}) as RequestOptions;
	// n8n 2.41 adds the host of the node's own description to a credential's allowed domains; ours is in the credential.
	const { allowedDomains } = options as { allowedDomains?: string };
	const domains = allowedDomains
		? { allowedDomains: `${new URL(baseURL).hostname}, ${allowedDomains}` }
		: {};
	const was = { sent: false, written: false, done: false };
	const perform: Perform = async (request) => {
		was.sent = true;
		was.written ||= isWrite(request as ApiRequest);
		// n8n writes the token into the headers it is given, so each request has its own.
		const own = { ...options, ...request, ...domains, headers: { ...options.headers } };
		own.timeout = Math.min(timeout || TIMEOUT_MS, request.timeout ?? Infinity);
		const [item] = await context.makeRoutingRequest({ ...requestData, options: own });
		return item.json as unknown as ApiResponse;
	};
	const ready = async () => {
		if (!(await execution.maySend(context.getItemIndex()))) throw new Cancelled();
	};
	const sender = { execution, connection };
	const sendTo = (address: string): Send => {
		const once = sendOnce(context, address, perform, sender);
		const send = withRetry(once, sender, { ...retryOptions, ready });
		return async (request) => {
			const response = await send(request);
			was.done ||= isWrite(request) && succeeded(response);
			return response;
		};
	};
	return {
		parameter,
		ready,
		oncePerExecution: async (key, work) => {
			// Before another item's work is waited for: that one waits until the parameters of this item have been read.
			await ready();
			return await execution.once(key, work);
		},
		send: sendTo(baseURL),
		sendToBase: sendTo(base),
		organization,
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

/** What else there is to know for a client. */
interface ClientOptions {
	/** What requests hold and no error may show. */
	secrets?: string[];
	/** Where the caller cancels it, nothing more is sent. */
	execution?: Execution;
}

/**
 * A client for one list search, one poll, one registration, by the value of the parameter Authentication.
 * @throws TallyfyError for a credential that cannot be used
 */
export async function clientFor(
	context: ClientContext,
	authentication: unknown,
	retryOptions: RetryOptions,
	{ secrets, execution = new Execution({ sleep }) }: ClientOptions = {},
): Promise<BaseClient> {
	const destination = await destinationOf(context, authentication, execution);
	const { connection, base, baseURL, organization } = destination;
	const { credentialType } = connection;
	const perform: Perform = async (request) => {
		const { httpRequestWithAuthentication } = context.helpers;
		const response = await httpRequestWithAuthentication.call(context, credentialType, {
			...request,
			headers: { Accept: 'application/json' },
			disableFollowRedirect: true,
			timeout: Math.min(TIMEOUT_MS, request.timeout ?? Infinity),
			returnFullResponse: true,
		});
		return apiResponse(response as IN8nHttpFullResponse);
	};
	const sender = { execution, connection, secrets };
	const sendTo = (address: string) =>
		withRetry(sendOnce(context, address, perform, sender), sender, retryOptions);
	return {
		send: sendTo(baseURL),
		sendToBase: sendTo(base),
		oncePerExecution: async (key, work) => await execution.once(key, work),
		ready: async () => {},
		organization,
		baseURL,
	};
}

/** Does something with a client. @throws NodeApiError, the error that n8n shows, for whatever goes wrong */
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

type Sends = Pick<Client, 'send'>;

/** Sends a request for one record. @throws TallyfyError when the response is anything else */
export async function sendForOne({ send }: Sends, request: ApiRequest): Promise<IDataObject> {
	return recordOf(await send(request), request.subject);
}

/**
 * Sends requests for a list: all of its records or the first `limit`, of those that `predicate` keeps, as `mapRecord` makes
 * them of what came. With long lists that saves memory.
 * @throws TallyfyError when Tallyfy does not give as many records as it says that there are
 */
export async function sendForList(
	{ send }: Sends,
	request: ApiRequest,
	limit?: number,
	predicate?: Predicate,
	mapRecord?: MapRecord,
): Promise<IDataObject[]> {
	const fetchPage = async (page: number, per_page: number) =>
		pageOf(await send({ ...request, qs: { ...request.qs, page, per_page } }));
	return (await readAllPages(fetchPage, { limit, predicate, mapRecord })).records;
}
