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
import {
	describedRequest,
	openDoor,
	parametersOf,
	runOf,
	sendForOne,
	type Door,
} from '../transport/door';
import { failureFrom, refusal } from '../transport/failure';
import type { Segment } from '../transport/path';
import { Unsent } from '../transport/persist';
import type { ApiRequest } from '../transport/request';
import { stoppingError } from '../transport/send';
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

/** The hook of an operation. An item that fails says so, or stops the node; it never vanishes. */
export function throughDoor({ segments, run: send, output }: Operation) {
	return async function (
		this: IExecutePaginationFunctions,
		requestData: DeclarativeRestApiSettings.ResultOptions,
	): Promise<INodeExecutionData[]> {
		const item = this.getItemIndex();
		const run = runOf(this, String(requestData.options.baseURL));
		let door: Door | undefined;
		try {
			door = openDoor(this, requestData, run, patienceOf(parametersOf(this)));
			const shape = output?.(door);
			const request = describedRequest(requestData, door, segments);
			const records = send ? await send(door, request) : [await sendForOne(door, request)];
			const items = acceptable(records).map((record) =>
				linkedItem(shape ? shape(record) : record, item),
			);
			run.settle('done');
			return items;
		} catch (error) {
			if (error instanceof Unsent) {
				// Nobody will see this: the node has failed, with the error of the item that stopped it.
				run.settle(door?.hasWritten() ? 'begun' : 'unsent');
				return [];
			}
			const failure = failureFrom(error as Error);
			run.settle('failed');
			if (this.continueOnFail()) return [failedItem(failure, item)];
			run.stop();
			await run.settled();
			throw stoppingError(this.getNode(), run.stoppedBy(failure), item);
		}
	};
}
