// A custom field of a guest: the parameter Key, what a refused change of a field means, and the fields in a response.
import type { IDataObject, INodeProperties } from 'n8n-workflow';
import { invalidParameter, TallyfyError } from '../../transport/errors';
import { isObject, type ApiResponse } from '../../transport/request';
import {
	failedResponse,
	isNotFound,
	isWebPage,
	recordIfAny,
	succeeded,
	unexpectedResponse,
} from '../../transport/response';
import { pathSegment, type PathSegment } from '../../transport/url';
import type { GuestCodeRequest } from '../guest/guestCode';

export const key: INodeProperties = {
	displayName: 'Key',
	name: 'key',
	type: 'string',
	required: true,
	default: '',
	placeholder: 'e.g. region',
	description:
		'The key of the custom field. An administrator defines the keys; Get Many lists them.',
};

function fieldKey(value: unknown): string {
	const isText = ['string', 'number', 'undefined'].includes(typeof value) || value === null;
	if (!isText) throw invalidParameter('Key', 'is not a text', 'Give one key, e.g. region.');
	const text = String(value ?? '').trim();
	if (text === '') {
		throw invalidParameter(
			'Key',
			'is empty',
			'Give the key of a custom field. If it comes from an expression, check that the input item has it.',
		);
	}
	pathSegment(text, 'Key');
	return text;
}

/** `{key}` in a path: the parameter Key. */
export const keySegment: PathSegment = { noun: 'custom field', parameter: 'Key', check: fieldKey };

/** What to do about a refusal by status, where only the key, its value or rights to it can be the reason. */
const NEXT_STEPS: Record<number, (name: string, email?: string) => string> = {
	// facts.md 29; contract, clearGuestCustomField. Which status means what is assumed (G34).
	403: (name) =>
		`Only administrators may change custom fields of guests, and Tallyfy manages some keys itself. Check that the owner of the token is an administrator, and that ${name} is not a key that Tallyfy manages.`,
	404: (name, email) =>
		`Check Key: Get Many lists the keys that there are, and ${name} may not be one of them.${email ? '' : ' Check Guest too: the link changes when an administrator resets it.'}`,
	422: (name) =>
		`Check Key and Value: Tallyfy takes only keys that an administrator defined for guests, and for ${name} only values of its type. Get Many lists the keys.`,
};

/** The response to a change of one custom field. @throws TallyfyError that names the key when it is no success */
export function assertFieldFound(
	response: ApiResponse,
	{ request: { subject }, email }: GuestCodeRequest,
): ApiResponse {
	if (succeeded(response)) {
		// Raises an error for a web page, which is no success of the API.
		recordIfAny(response);
		return response;
	}
	const isOther = response.status === 404 && !isNotFound(response);
	const ofKey = response.status === 404 && !isOther ? subject : undefined;
	const details = failedResponse(response, ofKey);
	if (!isWebPage(response.body) && !isOther) {
		const next = NEXT_STEPS[response.status]?.(String(subject?.value), email);
		details.description = next ?? details.description;
	}
	throw new TallyfyError(details);
}

const isMapOrList = (value: unknown) => typeof value === 'object' && value !== null;

/** What is in `data`, and there in `custom_fields`, the name of the map in other records (docs api/custom-fields:65). */
function unwrapped(body: unknown): unknown {
	return ['data', 'custom_fields'].reduce((inside, name) => {
		if (!isObject(inside) || !(name in inside)) return inside;
		return inside[name] === null ? {} : isMapOrList(inside[name]) ? inside[name] : inside;
	}, body);
}

function fieldOf(entry: unknown): IDataObject | undefined {
	if (!isObject(entry) || !('value' in entry)) return undefined;
	const name = entry.key ?? entry.name;
	return typeof name === 'string' ? { key: name, value: entry.value } : undefined;
}

/**
 * The fields in a success, `{ key, value }` each; `{ fields }` for what cannot be told apart. The envelope is not published
 * (contract, OpaqueEnvelope), so several are read (G33).
 * @throws TallyfyError for any other response
 */
export function fieldsIn(response: ApiResponse): IDataObject[] {
	if (!succeeded(response)) throw new TallyfyError(failedResponse(response));
	if (!isMapOrList(response.body)) throw unexpectedResponse(response, 'not with a JSON object');
	const inside = unwrapped(response.body);
	if (isObject(inside))
		return Object.entries(inside).map(([name, value]) => ({ key: name, value }));
	const fields = (inside as unknown[]).map(fieldOf);
	if (fields.every((field) => field !== undefined)) return fields;
	return [{ fields: inside as IDataObject[] }];
}
