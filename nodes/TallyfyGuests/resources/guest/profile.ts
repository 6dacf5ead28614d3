// The optional fields of a new guest: one row each, from which come the form, the body and the checks (profileBody).
import type { INodeProperties, NodePropertyTypes } from 'n8n-workflow';
import { apiName } from '../../output/guest';

type Kind = 'text' | 'url' | 'date' | 'source';

/** One optional field of a new guest. */
export interface ProfileField {
	name: string;
	label: string;
	kind: Kind;
	/** Longest text that the API takes (contract, GuestCreate). */
	longest?: number;
	placeholder?: string;
	description: string;
}

/** Names are stored in workflows; `apiName` gives the API's. In the order of the menu: alphabetical. */
export const PROFILE: ProfileField[] = [
	{
		name: 'companyName',
		label: 'Company Name',
		kind: 'text',
		longest: 200,
		placeholder: 'e.g. Partner Co',
		description: 'The company the guest works for. At most 200 characters.',
	},
	{
		name: 'companyUrl',
		label: 'Company URL',
		kind: 'url',
		description: 'A full web address with https://',
	},
	{
		name: 'contactUrl',
		label: 'Contact URL',
		kind: 'url',
		description: 'Where the guest is found elsewhere, e.g. in a CRM. A full web address.',
	},
	{
		name: 'externalDateCreation',
		label: 'External Date Creation',
		kind: 'date',
		description:
			'When the guest was created in the other system. Any ISO date; with a zone it is turned into UTC.',
	},
	{
		name: 'externalSyncSource',
		label: 'External Sync Source',
		kind: 'source',
		description: 'The system the guest comes from. Tallyfy knows Salesforce only.',
	},
	{
		name: 'firstName',
		label: 'First Name',
		kind: 'text',
		longest: 200,
		placeholder: 'e.g. Nathan',
		description: 'At most 200 characters. It cannot be changed here later.',
	},
	{
		name: 'imageUrl',
		label: 'Image URL',
		kind: 'url',
		description: 'A picture of the guest. A full web address.',
	},
	{
		name: 'lastName',
		label: 'Last Name',
		kind: 'text',
		longest: 200,
		placeholder: 'e.g. Smith',
		description: 'At most 200 characters. It cannot be changed here later.',
	},
	{
		name: 'opportunityName',
		label: 'Opportunity Name',
		kind: 'text',
		longest: 200,
		description: 'The deal the guest belongs to. At most 200 characters.',
	},
	{
		name: 'opportunityUrl',
		label: 'Opportunity URL',
		kind: 'url',
		description: 'Where the deal is found. A full web address.',
	},
	{
		name: 'phone1',
		label: 'Phone 1',
		kind: 'text',
		longest: 20,
		placeholder: 'e.g. +1-212-555-0123',
		description: 'At most 20 characters',
	},
	{
		name: 'phone2',
		label: 'Phone 2',
		kind: 'text',
		longest: 20,
		description: 'At most 20 characters',
	},
	{
		name: 'status',
		label: 'Status',
		kind: 'text',
		longest: 200,
		description: 'Free text stored with the guest. It does not enable or disable the guest.',
	},
	{
		name: 'timezone',
		label: 'Timezone',
		kind: 'text',
		placeholder: 'e.g. America/Chicago',
		description: "The guest's time zone, by its IANA name",
	},
];

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
		placeholder: placeholder ?? (kind === 'url' ? 'e.g. https://www.example.com' : ''),
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
