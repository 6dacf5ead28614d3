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
import { executionOf, parametersOf } from '../transport/itemContext';
import { detailsOf, NOT_SENT, invalidParameter, withDoubt } from '../transport/errors';
import { fillPath, pathSegment, segmentNames, type PathSegment } from '../transport/url';
import type { ApiRequest, Subject } from '../transport/request';
import { stoppingError } from '../transport/send';
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
		const known = resources[resource]?.map(({ value }) => value);
		const { details } = known
			? invalidParameter(
					'Operation',
					`${String(this.getNodeParameter('operation', ''))} does not exist for ${resource}`,
					`Choose one of: ${known.join(', ')}. If a newer version of this package knows it, update the package.`,
				)
			: invalidParameter(
					'Resource',
					`${resource} does not exist`,
					`Choose one of: ${Object.keys(resources).join(', ')}. If a newer version of this package knows it, update the package.`,
				);
		if (this.continueOnFail()) return [failedItem(details, item)];
		throw stoppingError(this.getNode(), details, item);
	};
}

/** Said of an item whose write succeeded, when what came after it failed. */
const DONE_BEFORE =
	'Tallyfy has accepted the change, and what failed came after that. Look in Tallyfy before you run this item again.';

/** The hook of an operation. An item that fails says so, or stops the node; it never vanishes. */
export function operationHook({ segments, run: send, output }: Operation) {
	return async function (
		this: IExecutePaginationFunctions,
		requestData: DeclarativeRestApiSettings.ResultOptions,
	): Promise<INodeExecutionData[]> {
		const item = this.getItemIndex();
		const execution = executionOf(this);
		let client: ItemClient | undefined;
		try {
			await execution.begin(item);
			client = await itemClient(
				this,
				requestData,
				execution,
				retryOptionsOf(parametersOf(this, execution)),
			);
			const shape = output?.(client);
			const request = describedRequest(requestData, client, segments);
			const records = send ? await send(client, request) : [await sendForOne(client, request)];
			const items = acceptable(records).map((record) =>
				linkedItem(shape ? shape(record) : record, item),
			);
			execution.itemEnded(item, 'done');
			return items;
		} catch (error) {
			if (error instanceof Cancelled) {
				execution.itemEnded(item, client?.hasWritten() ? 'partly' : 'notSent');
				// Of a node that has failed already, with the error of the item that stopped it, nothing is shown. Otherwise n8n
				// began fewer items than it listed: it has failed too, or else this must be seen.
				return execution.cancelled ? [] : [failedItem(error.details, item)];
			}
			const met = detailsOf(error as Error);
			const failure = client?.hasDone() ? withDoubt(met, DONE_BEFORE) : met;
			const isUnsent =
				!client?.hasSent() && (execution.cancelled || failure.description.includes(NOT_SENT));
			execution.itemEnded(item, failure.outcome ? 'doubtful' : isUnsent ? 'notSent' : 'failed');
			if (this.continueOnFail()) return [failedItem(failure, item)];
			execution.cancel();
			await execution.ended();
			throw stoppingError(this.getNode(), execution.stoppedBy(failure), item);
		}
	};
}
