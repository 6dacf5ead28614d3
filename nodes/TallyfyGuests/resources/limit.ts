// Return All and Limit: the two fields of every list, and what they mean.
import type { INodeProperties } from 'n8n-workflow';
import type { ItemClient } from '../transport/client';
import { invalidParameter } from '../transport/errors';

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

/** How many records to give: undefined for all. Raises a Problem for a limit that is no whole number above 0. */
export function limitOf(client: ItemClient): number | undefined {
	if (String(client.parameter('returnAll', false)) === 'true') return undefined;
	const value = client.parameter('limit', 50);
	const wanted = value === undefined || value === null || value === '' ? 50 : Number(value);
	if (!Number.isInteger(wanted) || wanted < 1) {
		throw invalidParameter(
			'Limit',
			`is ${JSON.stringify(value)}`,
			'Give a whole number of 1 or more, or turn on Return All.',
		);
	}
	return wanted;
}
