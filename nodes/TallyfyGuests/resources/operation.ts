// What an operation is, and the hook that takes an input item through it. Called by n8n's engine, once for each item.
import type {
	DeclarativeRestApiSettings,
	IDataObject,
	IExecutePaginationFunctions,
	IHttpRequestMethods,
	INodeExecutionData,
	INodeProperties,
} from 'n8n-workflow';
import { failedItem, linkedItem } from '../output/items';
import { itemClient, sendForOne, type ItemClient } from '../transport/client';
import { detailsOf, invalidParameter, NOT_SENT, withDoubt } from '../transport/errors';
import { executionOf, parametersOf } from '../transport/itemContext';
import type { ApiRequest, Subject } from '../transport/request';
import { stoppingError } from '../transport/send';
import { fillPath, pathSegment, segmentNames, type PathSegment } from '../transport/url';
import { Cancelled } from '../transport/withRetry';
import { retryOptionsOf } from './pacing';

/** One operation of a resource: its menu entry, its call and its form. */
export interface Operation {
	/** Stored in saved workflows: never change it. The file is named like it. */
	value: string;
	name: string;
	/** A full phrase: in the node panel and for AI agents it stands alone. */
	action: string;
	description: string;
	/** `url` is a template, `/guests/{guest}`, relative to the organization; never an expression. */
	request: { method: IHttpRequestMethods; url: string };
	/** What fills each segment of the template. */
	segments?: Record<string, PathSegment>;
	/** What is sent, when it is more than the described request for one record. Gives the records of the answer. */
	run?: (client: ItemClient, request: ApiRequest) => Promise<IDataObject[]>;
	/** What a record becomes; reads its parameters once per item. The record itself, if left out. */
	output?: (client: ItemClient) => (record: IDataObject) => IDataObject;
	fields: INodeProperties[];
}

/**
 * The request that the description of an operation adds up to, its path filled from the parameters it names. A segment that
 * no parameter fills, such as a guest's code, stays for the operation to fill.
 */
function describedRequest(
	{ options }: DeclarativeRestApiSettings.ResultOptions,
	client: ItemClient,
	segments: Record<string, PathSegment> = {},
): ApiRequest {
	const template = options.url ?? '';
	const encoded: Record<string, string> = {};
	let subject: Subject | undefined;
	for (const name of segmentNames(template).filter((segment) => segment in segments)) {
		const { noun, parameter, check } = segments[name];
		const value = check(client.parameter(name));
		encoded[name] = pathSegment(value, parameter);
		subject = { noun, value, parameter };
	}
	return {
		method: options.method ?? 'GET',
		url: fillPath(template, encoded),
		qs: options.qs,
		body: options.body as IDataObject,
		subject,
	};
}

/** n8n spreads the items of one input item in one call, which overflows its stack at about 125,000 (n8n-core 2.8 and 2.41). */
const MOST_ITEMS = 120_000;

/** Refuses what n8n could not take, with a way out, instead of its "Maximum call stack size exceeded". */
function acceptable(records: IDataObject[]): IDataObject[] {
	if (records.length <= MOST_ITEMS) return records;
	throw invalidParameter(
		'Return All',
		`brings ${records.length} items, more than n8n can take from one input item`,
		'Split the list, for example by dates: Created After and Created Before in Filters.',
	);
}

/**
 * The hook of an operation that does not exist, as in a workflow written by a program, or saved by a newer version: n8n would
 * ask for the organization instead, and pass it on as an item.
 */
export function unknownOperation(resources: Record<string, Operation[]>) {
	return async function (this: IExecutePaginationFunctions): Promise<INodeExecutionData[]> {
		const item = this.getItemIndex();
		const resource = String(this.getNodeParameter('resource', ''));
		const operations = resources[resource]?.map(({ value }) => value);
		const [parameter, wrong] = operations
			? [
					'Operation',
					`${String(this.getNodeParameter('operation', ''))} does not exist for ${resource}`,
				]
			: ['Resource', `${resource} does not exist`];
		const known = (operations ?? Object.keys(resources)).join(', ');
		const next = `Choose one of: ${known}. If a newer version of this package knows it, update the package.`;
		const { details } = invalidParameter(parameter, wrong, next);
		if (this.continueOnFail()) return [failedItem(details, item)];
		throw stoppingError(this.getNode(), details, item);
	};
}

/** For an item whose write succeeded, when what came after it failed. */
const DONE_BEFORE =
	'Tallyfy has accepted the change, and what failed came after that. Look in Tallyfy before you run this item again.';

/**
 * The hook of an operation: gives the items of one input item. An item that fails becomes an item that says so, or stops the
 * node; it never vanishes.
 * @throws NodeApiError where On Error says to stop
 */
export function operationHook({ segments, run, output }: Operation) {
	return async function (
		this: IExecutePaginationFunctions,
		requestData: DeclarativeRestApiSettings.ResultOptions,
	): Promise<INodeExecutionData[]> {
		const item = this.getItemIndex();
		const execution = executionOf(this);
		let client: ItemClient | undefined;
		try {
			await execution.begin(item);
			const retryOptions = retryOptionsOf(parametersOf(this, execution));
			client = await itemClient(this, requestData, execution, retryOptions);
			const mapRecord = output?.(client);
			const request = describedRequest(requestData, client, segments);
			const records = run ? await run(client, request) : [await sendForOne(client, request)];
			const items = acceptable(records).map((record) =>
				linkedItem(mapRecord ? mapRecord(record) : record, item),
			);
			execution.itemEnded(item, 'done');
			return items;
		} catch (error) {
			if (error instanceof Cancelled) {
				execution.itemEnded(item, client?.hasWritten() ? 'partly' : 'notSent');
				// When an item stopped the node, n8n shows the error of that item only. Otherwise n8n has begun fewer items than it
				// listed, and goes on: then this one says that it was not sent.
				return execution.cancelled ? [] : [failedItem(error.details, item)];
			}
			const known = detailsOf(error as Error);
			const details = client?.hasDone() ? withDoubt(known, DONE_BEFORE) : known;
			const isUnsent =
				!client?.hasSent() && (execution.cancelled || details.description.includes(NOT_SENT));
			execution.itemEnded(item, details.outcome ? 'unknown' : isUnsent ? 'notSent' : 'failed');
			if (this.continueOnFail()) return [failedItem(details, item)];
			execution.cancel();
			await execution.ended();
			throw stoppingError(this.getNode(), execution.stoppedBy(details), item);
		}
	};
}
