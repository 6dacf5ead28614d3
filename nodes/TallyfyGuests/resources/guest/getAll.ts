// Guest > Get Many
import type { INodeProperties } from 'n8n-workflow';
import { apiName } from '../../output/guest';
import { sendForList, type ItemClient } from '../../transport/client';
import { invalidParameter } from '../../transport/errors';
import { limit, returnAll, limitOf } from '../limit';
import type { Operation } from '../operation';
import { includeStats } from './fields';
import { filters } from './filters';
import { clientFilter } from './kept';
import { guestOutput, outputFields, outputMode } from './output';

const SORTABLE = ['createdAt', 'email', 'firstName', 'lastAccessedAt', 'lastName'];

const options: INodeProperties = {
	displayName: 'Options',
	name: 'options',
	type: 'collection',
	placeholder: 'Add option',
	default: {},
	options: [
		includeStats,
		{
			displayName: 'Sort By',
			name: 'sortBy',
			type: 'options',
			default: 'createdAt',
			description:
				'The field Tallyfy sorts by. It documents Created At only, and may ignore another one.',
			options: [
				{ name: 'Created At', value: 'createdAt' },
				{ name: 'Email', value: 'email' },
				{ name: 'First Name', value: 'firstName' },
				{ name: 'Last Accessed At', value: 'lastAccessedAt' },
				{ name: 'Last Name', value: 'lastName' },
			],
		},
		{
			displayName: 'Sort Direction',
			name: 'sortDirection',
			type: 'options',
			default: 'ascending',
			description: 'Tallyfy sorts, and promises the descending order for members only',
			options: [
				{ name: 'Ascending', value: 'ascending' },
				{ name: 'Descending', value: 'descending' },
			],
		},
	],
};

/** One of the values of an option, also in the API's spelling; '' for none. Raises a Problem for others. */
function chosen(given: unknown, label: string, values: string[]): string {
	const text = String(given ?? '').trim();
	const value = values.find((known) => known === text || apiName(known) === text);
	if (text === '' || value) return value ?? '';
	throw invalidParameter(
		`Options > ${label}`,
		`is ${text}`,
		`Choose one of: ${values.join(', ')}.`,
	);
}

/** The API's `sort`: a field, with a minus sign for the reverse order (contract, listMembers); nothing if none was chosen. */
function sortOf(client: ItemClient): string {
	const by = chosen(client.parameter('options.sortBy', ''), 'Sort By', SORTABLE);
	const direction = chosen(client.parameter('options.sortDirection', ''), 'Sort Direction', [
		'ascending',
		'descending',
	]);
	if (!by && !direction) return '';
	return `${direction === 'descending' ? '-' : ''}${apiName(by || 'createdAt')}`;
}

export const guestGetAll: Operation = {
	value: 'getAll',
	name: 'Get Many',
	action: 'Get many guests',
	description:
		'List guests of the organization: all of them, or those who match a search, a status, a company or dates',
	request: { method: 'GET', url: '/guests' },
	run: async (client, request) => {
		const sorted = { ...request, qs: { ...request.qs, sort: sortOf(client) } };
		return await sendForList(
			client,
			sorted,
			limitOf(client),
			clientFilter(client),
			guestOutput(client),
		);
	},
	fields: [returnAll, limit, outputMode, outputFields, filters, options],
};
