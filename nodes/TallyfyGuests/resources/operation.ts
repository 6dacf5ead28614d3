// What an operation is, and how a list of them becomes a part of the node: the menu, the form, and the way through the door.
import {
	UnexpectedError,
	type DeclarativeRestApiSettings,
	type IDataObject,
	type IExecutePaginationFunctions,
	type IHttpRequestMethods,
	type INodeExecutionData,
	type INodeProperties,
	type INodePropertyOptions,
} from 'n8n-workflow';
import { failedItem, linkedItem } from '../output/pair';
import { describedRequest, openDoor, sendForOne, type Door } from '../transport/door';
import { failureFrom } from '../transport/errors';
import type { Segment } from '../transport/path';
import type { ApiRequest } from '../transport/request';
import { stoppingError } from '../transport/send';

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

/** The hook that n8n's engine calls for each input item. An item that fails says so, or stops the node; it never vanishes. */
function throughDoor({ segments, run, output }: Operation) {
	return async function (
		this: IExecutePaginationFunctions,
		requestData: DeclarativeRestApiSettings.ResultOptions,
	): Promise<INodeExecutionData[]> {
		const item = this.getItemIndex();
		try {
			const door = openDoor(this, requestData);
			const shape = output?.(door);
			const request = describedRequest(requestData, door, segments);
			const records = run ? await run(door, request) : [await sendForOne(door, request)];
			return records.map((record) => linkedItem(shape ? shape(record) : record, item));
		} catch (error) {
			const failure = failureFrom(error as Error);
			if (this.continueOnFail()) return [failedItem(failure, item)];
			throw stoppingError(this.getNode(), failure, item);
		}
	};
}

function menuEntry(operation: Operation): INodePropertyOptions {
	const { name, value, action, description, request } = operation;
	return {
		name,
		value,
		action,
		description,
		routing: { request, operations: { pagination: throughDoor(operation) } },
	};
}

/**
 * The fields of all operations, each once, in an order that suits every one of them: a field comes when nothing that some
 * operation shows above it is left.
 */
function inOneOrder(forms: INodeProperties[][]): INodeProperties[] {
	const order: INodeProperties[] = [];
	let left = forms.filter((form) => form.length > 0);
	while (left.length > 0) {
		const next = left
			.map(([first]) => first)
			.find((field) => left.every((form) => form.indexOf(field) <= 0));
		if (!next) {
			throw new UnexpectedError(
				`Operations disagree on the order of: ${left.map(([{ name }]) => name).join(', ')}`,
			);
		}
		order.push(next);
		left = left
			.map((form) => form.filter((field) => field !== next))
			.filter(({ length }) => length);
	}
	return order;
}

/**
 * The form of a resource. A field that several operations share is one parameter, shown for all of these: n8n evaluates a
 * parameter's expression once for every entry of its name in the description, for every item.
 */
function form(resource: string, operations: Operation[]): INodeProperties[] {
	return inOneOrder(operations.map(({ fields }) => fields)).map((field) => {
		const shown = operations.filter(({ fields }) => fields.includes(field));
		const show = {
			...field.displayOptions?.show,
			resource: [resource],
			operation: shown.map(({ value }) => value),
		};
		return { ...field, displayOptions: { ...field.displayOptions, show } };
	});
}

/** Everything the node's description needs of one resource: its Operation menu and its form. */
export function resourceProperties(resource: string, operations: Operation[]): INodeProperties[] {
	return [
		{
			displayName: 'Operation',
			name: 'operation',
			type: 'options',
			noDataExpression: true,
			displayOptions: { show: { resource: [resource] } },
			options: operations.map(menuEntry),
			default: 'getAll',
		},
		...form(resource, operations),
	];
}
