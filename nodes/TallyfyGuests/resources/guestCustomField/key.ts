// The key of a custom field: the parameter, the segment of its path, and what refusals about one key mean.
import type { INodeProperties } from 'n8n-workflow';
import {
	recordIfAny,
	succeeded,
	isWebPage,
	isNotFound,
	failedResponse,
} from '../../transport/response';
import { TallyfyError, invalidParameter } from '../../transport/errors';
import { pathSegment, type PathSegment } from '../../transport/url';
import type { ApiResponse, Subject } from '../../transport/request';
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
	if (!isText) {
		throw invalidParameter('Key', 'is not a text', 'Give one key, e.g. region.');
	}
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

/** What to do about a refusal that only the key, its value or rights to it can be the reason of. */
function nextStep(status: number, name: string, { email }: GuestCodeRequest): string | undefined {
	if (status === 403) {
		// facts.md 29; contract, clearGuestCustomField.
		return `Only administrators may change custom fields of guests, and Tallyfy manages some keys itself. Check that the owner of the token is an administrator, and that ${name} is not a key that Tallyfy manages.`;
	}
	if (status === 404) {
		const link = email ? '' : ' Check Guest too: the link changes when an administrator resets it.';
		return `Check Key: Get Many lists the keys that there are, and ${name} may not be one of them.${link}`;
	}
	if (status === 422) {
		return `Check Key and Value: Tallyfy takes only keys that an administrator defined for guests, and for ${name} only values of its type. Get Many lists the keys.`;
	}
	return undefined;
}

/** The answer to a change of one custom field; raises a Problem that names the key when it is no success. */
export function assertFieldFound(answer: ApiResponse, way: GuestCodeRequest): ApiResponse {
	const { subject } = way.request;
	if (succeeded(answer)) {
		// What it holds is the caller's; a web page is nobody's.
		recordIfAny(answer);
		return answer;
	}
	const unknown = answer.status === 404 && isNotFound(answer);
	const failure = failedResponse(answer, unknown ? subject : undefined);
	const next =
		isWebPage(answer.body) || (answer.status === 404 && !unknown)
			? undefined
			: nextStep(answer.status, (subject as Subject).value, way);
	throw new TallyfyError(next ? { ...failure, description: next } : failure);
}
