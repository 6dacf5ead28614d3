// What an operation is, and the hook that takes an input item through it. Called by n8n's engine, once for each item.
import type {
	DeclarativeRestApiSettings,
	IDataObject,
	IExecutePaginationFunctions,
	IHttpRequestMethods,
	INodeExecutionData,
	INodeProperties,
} from 'n8n-workflow';
import { failedItem, linkedItem } from '../output/pair';
import { describedRequest, openDoor, sendForOne, type Door } from '../transport/door';
import { executionOf } from '../transport/executionOf';
import { failureFrom, NOT_SENT, refusal, withDoubt } from '../transport/failure';
import { parametersOf } from '../transport/parameters';
import type { Segment } from '../transport/path';
import type { ApiRequest } from '../transport/request';
import { stoppingError } from '../transport/send';
import { Cancelled } from '../transport/withRetry';
import { patienceOf } from './pacing';

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
	segments?: Record<string, Segment>;
	/** What is sent, when it is more than the described request for one record. Gives the records of the answer. */
	run?: (door: Door, request: ApiRequest) => Promise<IDataObject[]>;
	/** What a record becomes; reads its parameters once per item. The record itself, if left out. */
	output?: (door: Door) => (record: IDataObject) => IDataObject;
	fields: INodeProperties[];
}

/** n8n spreads the items of one input item in one call, which overflows its stack at about 125,000 (n8n-core 2.8 and 2.41). */
const MOST_ITEMS = 120_000;

/** Refuses what n8n could not take, with a way out, instead of its "Maximum call stack size exceeded". */
function acceptable(records: IDataObject[]): IDataObject[] {
	if (records.length <= MOST_ITEMS) return records;
	throw refusal(
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
		const { failure } = known
			? refusal(
					'Operation',
					`${String(this.getNodeParameter('operation', ''))} does not exist for ${resource}`,
					`Choose one of: ${known.join(', ')}. If a newer version of this package knows it, update the package.`,
				)
			: refusal(
					'Resource',
					`${resource} does not exist`,
					`Choose one of: ${Object.keys(resources).join(', ')}. If a newer version of this package knows it, update the package.`,
				);
		if (this.continueOnFail()) return [failedItem(failure, item)];
		throw stoppingError(this.getNode(), failure, item);
	};
}

/** Said of an item whose write succeeded, when what came after it failed. */
const DONE_BEFORE =
	'Tallyfy has accepted the change, and what failed came after that. Look in Tallyfy before you run this item again.';

/** The hook of an operation. An item that fails says so, or stops the node; it never vanishes. */
export function throughDoor({ segments, run: send, output }: Operation) {
	return async function (
		this: IExecutePaginationFunctions,
		requestData: DeclarativeRestApiSettings.ResultOptions,
	): Promise<INodeExecutionData[]> {
		const item = this.getItemIndex();
		const execution = executionOf(this);
		let door: Door | undefined;
		try {
			await execution.begin(item);
			door = await openDoor(
				this,
				requestData,
				execution,
				patienceOf(parametersOf(this, execution)),
			);
			const shape = output?.(door);
			const request = describedRequest(requestData, door, segments);
			const records = send ? await send(door, request) : [await sendForOne(door, request)];
			const items = acceptable(records).map((record) =>
				linkedItem(shape ? shape(record) : record, item),
			);
			execution.itemEnded(item, 'done');
			return items;
		} catch (error) {
			if (error instanceof Cancelled) {
				execution.itemEnded(item, door?.hasWritten() ? 'partly' : 'notSent');
				// Of a node that has failed already, with the error of the item that stopped it, nothing is shown. Otherwise n8n
				// began fewer items than it listed: it has failed too, or else this must be seen.
				return execution.cancelled ? [] : [failedItem(error.failure, item)];
			}
			const met = failureFrom(error as Error);
			const failure = door?.hasDone() ? withDoubt(met, DONE_BEFORE) : met;
			const isUnsent =
				!door?.hasSent() && (execution.cancelled || failure.description.includes(NOT_SENT));
			execution.itemEnded(item, failure.outcome ? 'doubtful' : isUnsent ? 'notSent' : 'failed');
			if (this.continueOnFail()) return [failedItem(failure, item)];
			execution.cancel();
			await execution.ended();
			throw stoppingError(this.getNode(), execution.stoppedBy(failure), item);
		}
	};
}
