// The optional fields of a new guest (G45): one row each, from which come the form and the request (newGuest.ts).
import type { INodeProperties, NodePropertyTypes } from 'n8n-workflow';
import { apiName } from '../../output/guest';

type Kind = 'text' | 'url' | 'date' | 'source';

/** One optional field of a new guest. */
export interface ProfileField {
	name: string;
	label: string;
	kind: Kind;
	description: string;
	placeholder: string;
}

/** Name, label, kind, description, placeholder. Names are stored in workflows. In the order of the menu: alphabetical. */
const ROWS: Array<[string, string, Kind, string, string?]> = [
	[
		'companyName',
		'Company Name',
		'text',
		'The company the guest works for. At most 200 characters.',
		'e.g. Partner Co',
	],
	['companyUrl', 'Company URL', 'url', 'A full web address with https://'],
	[
		'contactUrl',
		'Contact URL',
		'url',
		'Where the guest is found elsewhere, e.g. in a CRM. A full web address.',
	],
	[
		'externalDateCreation',
		'External Date Creation',
		'date',
		'When the guest was created in the other system. Any ISO date; with a zone it is turned into UTC.',
	],
	[
		'externalSyncSource',
		'External Sync Source',
		'source',
		'The system the guest comes from. Tallyfy knows Salesforce only.',
	],
	[
		'firstName',
		'First Name',
		'text',
		'At most 200 characters. It cannot be changed here later.',
		'e.g. Nathan',
	],
	['imageUrl', 'Image URL', 'url', 'A picture of the guest. A full web address.'],
	[
		'lastName',
		'Last Name',
		'text',
		'At most 200 characters. It cannot be changed here later.',
		'e.g. Smith',
	],
	[
		'opportunityName',
		'Opportunity Name',
		'text',
		'The deal the guest belongs to. At most 200 characters.',
	],
	['opportunityUrl', 'Opportunity URL', 'url', 'Where the deal is found. A full web address.'],
	['phone1', 'Phone 1', 'text', 'At most 20 characters', 'e.g. +1-212-555-0123'],
	['phone2', 'Phone 2', 'text', 'At most 20 characters'],
	[
		'status',
		'Status',
		'text',
		'Free text stored with the guest. It does not enable or disable the guest.',
	],
	[
		'timezone',
		'Timezone',
		'text',
		"The guest's time zone, by its IANA name",
		'e.g. America/Chicago',
	],
];

/** `apiName` gives the name that the API has for a field. */
export const PROFILE = ROWS.map(
	([name, label, kind, description, placeholder = '']): ProfileField => ({
		name,
		label,
		kind,
		description,
		placeholder: placeholder || (kind === 'url' ? 'e.g. https://www.example.com' : ''),
	}),
);

const TYPES: Record<Kind, NodePropertyTypes> = {
	text: 'string',
	url: 'string',
	date: 'dateTime',
	source: 'options',
};

export const additionalFields: INodeProperties = {
	displayName: 'Additional Fields',
	name: 'additionalFields',
	type: 'collection',
	placeholder: 'Add field',
	default: {},
	options: PROFILE.map(({ name, label, kind, placeholder, description }) => ({
		displayName: label,
		name,
		type: TYPES[kind],
		default: kind === 'source' ? 'salesforce' : '',
		placeholder,
		description,
		...(kind === 'source' ? { options: [{ name: 'Salesforce', value: 'salesforce' }] } : {}),
		routing: { send: { type: 'body', property: apiName(name) } },
	})),
};

export const fieldsJson: INodeProperties = {
	displayName: 'Fields (JSON)',
	name: 'fieldsJson',
	type: 'json',
	default: '{}',
	placeholder: 'e.g. { "firstName": "Nathan", "companyName": "Partner Co" }',
	description:
		'The same fields as one JSON object, for mapping many at once. Additional Fields win where both name a field.',
};
