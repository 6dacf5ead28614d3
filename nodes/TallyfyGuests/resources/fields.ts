// Fields that operations of several resources have alike: Return All and Limit, Output, notices, and collections of options.
import type { INodeProperties } from 'n8n-workflow';
import type { ItemClient } from '../transport/client';
import { invalidParameter } from '../transport/errors';
import type { MapRecord } from '../transport/pagination';
import { oneOf } from './values';

export const returnAll: INodeProperties = {
	displayName: 'Return All',
	name: 'returnAll',
	type: 'boolean',
	default: false,
	description: 'Whether to return all results or only up to a given limit',
};

export const limit: INodeProperties = {
	displayName: 'Limit',
	name: 'limit',
	type: 'number',
	typeOptions: { minValue: 1 },
	default: 50,
	description: 'Max number of results to return',
	displayOptions: { show: { returnAll: [false] } },
};

/** Reads the parameters of one item, or of a trigger. */
export type Parameters = Pick<ItemClient, 'parameter'>;

/** How many records to give; undefined for all. @throws TallyfyError for a limit that is no whole number above 0 */
export function limitOf({ parameter }: Parameters): number | undefined {
	if (String(parameter('returnAll', false)) === 'true') return undefined;
	const value = parameter('limit', 50);
	const count = value === undefined || value === null || value === '' ? 50 : Number(value);
	if (Number.isInteger(count) && count >= 1) return count;
	const next = 'Give a whole number of 1 or more, or turn on Return All.';
	throw invalidParameter('Limit', `is ${JSON.stringify(value)}`, next);
}

/**
 * The field Output of a resource with two kinds of output.
 * @param noun what each record is, as in "How much of each task to return"
 * @param raw what there is to say of Tallyfy's own object
 */
export const outputField = (noun: string, raw: string, simplified: string): INodeProperties => ({
	displayName: 'Output',
	name: 'output',
	type: 'options',
	default: 'simplified',
	description: `How much of each ${noun} to return`,
	options: [
		{ name: 'Raw', value: 'raw', description: raw },
		{ name: 'Simplified', value: 'simplified', description: simplified },
	],
});

/** What a record becomes, by a field that `outputField` made. @throws TallyfyError for a value that does not exist */
export function outputOf(
	{ parameter }: Parameters,
	simplified: MapRecord,
	raw: MapRecord = (record) => record,
): MapRecord {
	const mode = oneOf(parameter('output', ''), 'Output', ['simplified', 'raw'], 'simplified');
	return mode === 'raw' ? raw : simplified;
}

/** A text to read before an operation is used. */
export const notice = (name: string, text: string): INodeProperties => ({
	displayName: text,
	name,
	type: 'notice',
	default: '',
});

const collectionField =
	(displayName: string, name: string, placeholder: string) =>
	(options: INodeProperties[]): INodeProperties => ({
		displayName,
		name,
		type: 'collection',
		placeholder,
		default: {},
		options,
	});

/** The field Options, with these options in it. */
export const optionsField = collectionField('Options', 'options', 'Add option');

/** The field Filters, with these filters in it. */
export const filtersField = collectionField('Filters', 'filters', 'Add filter');
