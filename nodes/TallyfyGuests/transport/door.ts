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
import { accountOf, credentialTypeOf } from './account';
import { pageOf, recordOf } from './answer';
import { readAllPages, type MapRecord, type Predicate } from './pagination';
import { filledPath, organizationUrl, pathSegment, segmentNames, type Segment } from './path';
import { persistent, type Patience } from './persist';
import { isObject, type Answer, type ApiRequest, type Send, type Subject } from './request';
import { answerOf } from './response';
import { Run } from './run';
import { secretsIn } from './secrets';
import { sender, type Perform } from './send';

/** The way to Tallyfy for one input item. */
export interface Door {
	send: Send;
	/** The value of a parameter for this item, resolved; `fallback` where it is not set. */
	parameter: (name: string, fallback?: unknown) => unknown;
	/** The organization of the credential. */
	organization: string;
	/** Whether something has been written for this item. */
	hasWritten: () => boolean;
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

/** By what n8n hands to all items of one execution of a node. */
const runs = new WeakMap<object, Run>();
const joined = new WeakMap<Run, Set<number>>();

/** What this item shares with the others of its execution. n8n's Retry On Fail comes back with the same items: a new run. */
export function runOf(context: IExecutePaginationFunctions, baseURL: string): Run {
	const execution = context.getExecuteData();
	const item = context.getItemIndex();
	let run = runs.get(execution);
	if (!run || joined.get(run)?.has(item)) {
		run = startRun(context, baseURL);
		runs.set(execution, run);
		joined.set(run, new Set());
	}
	joined.get(run)?.add(item);
	return run;
}

function startRun(context: IExecutePaginationFunctions, baseURL: string): Run {
	const type = credentialTypeOf(context.getNodeParameter('authentication', 'accessToken'));
	const { data } = context.getExecuteData();
	const [items] = Object.values(data)[0] ?? [];
	const run = new Run(items?.length ?? 1, accountOf(context.getNode(), type, baseURL, sleep));
	context.getExecutionCancelSignal()?.addEventListener('abort', () => run.stop(), { once: true });
	return run;
}

/** Opens the door on the engine's own request function: authentication, proxy and certificates stay n8n's. */
export function openDoor(
	context: IExecutePaginationFunctions,
	requestData: DeclarativeRestApiSettings.ResultOptions,
	run: Run,
	patience: Patience,
): Door {
	const { options } = requestData;
	const baseURL = organizationUrl(String(options.baseURL ?? ''));
	let written = false;
	const perform: Perform = async (request) => {
		written ||= request.method !== 'GET';
		// n8n writes the token into the headers it is given, so each request has its own.
		const own = { ...options, ...request, headers: { ...options.headers } };
		const [item] = await context.makeRoutingRequest({ ...requestData, options: own });
		return item.json as unknown as Answer;
	};
	const { credentialType } = run.account;
	const secrets = async () => secretsIn(await context.getCredentials<IDataObject>(credentialType));
	const once = sender(baseURL, perform, secrets, run);
	return {
		parameter: parametersOf(context),
		send: persistent(once, run, patience),
		organization: baseURL.split('/').at(-1) ?? '',
		hasWritten: () => written,
	};
}

/**
 * Reads parameters of this item, resolved. The value of a locator is taken out here: n8n's own extraction fails for a
 * parameter whose conditions an agent's null does not meet.
 */
export function parametersOf(context: IExecutePaginationFunctions): Door['parameter'] {
	return (name, fallback) => {
		const value: unknown = context.getNodeParameter(name, fallback);
		return isObject(value) && value.__rl ? value.value : value;
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
