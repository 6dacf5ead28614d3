// The filters of Get Many: Tallyfy knows Search, and kept.ts applies the others.
import type { INodeProperties } from 'n8n-workflow';

const HERE = 'Tallyfy cannot filter by this, so the node does, page by page';

const date = (name: string, displayName: string, what: string): INodeProperties => ({
	displayName,
	name,
	type: 'dateTime',
	default: '',
	description: `Only guests ${what}. Without a zone the date is taken as UTC. ${HERE}.`,
});

export const filters: INodeProperties = {
	displayName: 'Filters',
	name: 'filters',
	type: 'collection',
	placeholder: 'Add filter',
	default: {},
	options: [
		{
			displayName: 'Company',
			name: 'company',
			type: 'string',
			default: '',
			placeholder: 'e.g. Partner Co',
			description: `Part of the company name, in any case. ${HERE}.`,
		},
		date('createdAfter', 'Created After', 'created at this moment or later'),
		date('createdBefore', 'Created Before', 'created before this moment'),
		date('lastAccessedAfter', 'Last Accessed After', 'who used their link at this moment or later'),
		date(
			'lastAccessedBefore',
			'Last Accessed Before',
			'whose last visit was before this moment; those who never came are left out',
		),
		{
			displayName: 'Never Accessed',
			name: 'neverAccessed',
			type: 'boolean',
			default: true,
			description: `Whether to return only guests who never used their link. ${HERE}.`,
		},
		{
			displayName: 'Search',
			name: 'search',
			type: 'string',
			default: '',
			placeholder: 'e.g. @partnerco.com',
			description: 'Part of an email. Tallyfy itself searches, so this saves requests.',
			routing: { send: { type: 'query', property: 'q' } },
		},
		{
			displayName: 'Status',
			name: 'status',
			type: 'options',
			default: 'active',
			description: `Which guests to return. ${HERE}.`,
			options: [
				{ name: 'Active', value: 'active' },
				{ name: 'Any', value: 'any' },
				{ name: 'Disabled', value: 'disabled' },
			],
		},
	],
};
