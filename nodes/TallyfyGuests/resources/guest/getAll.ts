// Guest > Get Many
import { apiName } from '../../output/guest';
import { sendForList, type ItemClient } from '../../transport/client';
import { optionsField, limit, limitOf, returnAll } from '../fields';
import type { Operation } from '../operation';
import { oneOf } from '../values';
import { clientFilter, filters } from './filters';
import { guestOutput, includeStats, outputFields, outputMode } from './output';

const options = optionsField([
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
]);

const SORTABLE = ['createdAt', 'email', 'firstName', 'lastAccessedAt', 'lastName'];

/** The API's `sort`: a field, with a minus sign for the reverse order (contract, listMembers; G6 for guests); '' for none. */
function sortOf({ parameter }: ItemClient): string {
	const chosen = (name: string, label: string, values: string[]) =>
		oneOf(parameter(`options.${name}`, ''), `Options > ${label}`, values, '', apiName);
	const by = chosen('sortBy', 'Sort By', SORTABLE);
	const direction = chosen('sortDirection', 'Sort Direction', ['ascending', 'descending']);
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
		const predicate = clientFilter(client);
		return await sendForList(client, sorted, limitOf(client), predicate, guestOutput(client));
	},
	fields: [returnAll, limit, outputMode, outputFields, filters, options],
};
