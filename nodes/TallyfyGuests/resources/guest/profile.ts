// The optional fields of a new guest: one row each, from which come the form, the body and the checks.
import type { IDataObject, INodeProperties, NodePropertyTypes } from 'n8n-workflow';
import { apiName } from '../../output/guest';
import { momentOf } from '../../output/moment';
import { refusal } from '../../transport/failure';
import { isObject, withoutBlanks } from '../../transport/request';

type Kind = 'text' | 'url' | 'date' | 'source';

interface ProfileField {
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

/** Names that people may have meant: `phone` is like phone1 and phone2. */
function similar(name: string): string[] {
	const plain = (text: string) => text.toLowerCase().replace(/[^a-z0-9]/g, '');
	const given = plain(name);
	return PROFILE.map(({ name: known }) => known).filter((known) => {
		const candidate = plain(known);
		return given.length > 2 && (candidate.includes(given) || given.includes(candidate));
	});
}

/** Reads Fields (JSON): an object, or its text. Gives values by the API's names; refuses names that the API would drop. */
export function parsedFields(value: unknown, email: string): IDataObject {
	let given = value;
	if (typeof value === 'string') {
		if (value.trim() === '') return {};
		try {
			given = JSON.parse(value);
		} catch {
			throw refusal(
				'Fields (JSON)',
				'is not JSON',
				'Give an object such as { "firstName": "Nathan" }. In an expression, hand over the object itself.',
			);
		}
	}
	if (given === null || given === undefined) return {};
	if (!isObject(given)) {
		throw refusal(
			'Fields (JSON)',
			'is not an object',
			'Give an object such as { "firstName": "Nathan" }.',
		);
	}
	const body: IDataObject = {};
	for (const [key, entry] of Object.entries(given)) {
		if (key === 'email') {
			if (['', email].includes(String(entry ?? '').trim())) continue;
			throw refusal(
				'Fields (JSON)',
				'names another email than Email',
				'Leave the email out of it.',
			);
		}
		const field = PROFILE.find(({ name }) => name === key || apiName(name) === key);
		if (!field) {
			const guesses = similar(key);
			throw refusal(
				'Fields (JSON)',
				`names a field that Tallyfy does not know: ${key}`,
				`${guesses.length ? `Did you mean ${guesses.join(' or ')}? ` : ''}Tallyfy would drop it without a word. Known are: ${PROFILE.map(({ name }) => name).join(', ')}.`,
			);
		}
		body[apiName(field.name)] = entry;
	}
	return body;
}

function checkedValue({ label, kind, longest }: ProfileField, value: unknown): string {
	const text = textOf(label, value);
	const length = [...text].length;
	if (longest && length > longest) {
		throw refusal(
			label,
			`has ${length} characters`,
			`Tallyfy takes at most ${longest}. Shorten it.`,
		);
	}
	if (kind === 'url' && !/^https?:\/\/[^\s/?#]+\.?[^\s]*$/i.test(text)) {
		throw refusal(
			label,
			`is not a web address: ${text}`,
			'Give the full address, e.g. https://www.example.com.',
		);
	}
	if (kind === 'source' && text !== 'salesforce') {
		throw refusal(label, `is ${text}`, 'Tallyfy knows salesforce only. Leave it out otherwise.');
	}
	return kind === 'date' ? requestDate(label, text) : text;
}

function textOf(label: string, value: unknown): string {
	if (typeof value === 'string') return value.trim();
	if (typeof value === 'number' || typeof value === 'boolean') return String(value);
	// Dates of n8n's expressions: Luxon's DateTime and the built-in Date.
	const date = value as { toISO?: () => string | null; toISOString?: () => string };
	if (typeof date?.toISO === 'function') return date.toISO() ?? 'an invalid date';
	if (value instanceof Date && !Number.isNaN(value.getTime())) return value.toISOString();
	throw refusal(label, `is ${Array.isArray(value) ? 'a list' : 'an object'}`, 'Give one text.');
}

/**
 * A date as the API takes it, `YYYY-MM-DD HH:MM:SS` (contract, RequestTimestamp). With a zone it becomes UTC; without one
 * the hours stay as they are.
 */
function requestDate(label: string, text: string): string {
	const moment = momentOf(text);
	if (moment === undefined) {
		throw refusal(
			label,
			`is not a date: ${text}`,
			'Give an ISO date, e.g. 2025-05-15 or 2025-05-15T14:30:00Z.',
		);
	}
	return new Date(moment).toISOString().slice(0, 19).replace('T', ' ');
}

/** The body of a create call: blank values left out, the others checked. Raises a Problem that names the field. */
export function profileBody(values: IDataObject): IDataObject {
	const filled = withoutBlanks(values);
	const body: IDataObject = {};
	for (const field of PROFILE) {
		const key = apiName(field.name);
		if (key in filled) body[key] = checkedValue(field, filled[key]);
	}
	return body;
}
