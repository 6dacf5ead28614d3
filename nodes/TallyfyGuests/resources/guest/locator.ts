// The parameter Guest: its field, the check of its email, and the request for the guest behind it. The email is the key of
// every call about a guest.
import type { IDataObject, INodeProperties } from 'n8n-workflow';
import { sendForOne, type ItemClient } from '../../transport/client';
import { invalidParameter, TallyfyError } from '../../transport/errors';
import type { ApiRequest, ApiResponse, Send } from '../../transport/request';
import { failedResponse, isNotFound, recordIfAny, succeeded } from '../../transport/response';
import { pathSegment, type PathSegment } from '../../transport/url';

export const guestLocator: INodeProperties = {
	displayName: 'Guest',
	name: 'guest',
	type: 'resourceLocator',
	required: true,
	default: { mode: 'list', value: '' },
	description: 'The guest to work on',
	modes: [
		{
			displayName: 'From List',
			name: 'list',
			type: 'list',
			placeholder: 'Select a guest...',
			typeOptions: { searchListMethod: 'searchGuests', searchable: true },
		},
		{
			displayName: 'By Email',
			name: 'email',
			type: 'string',
			placeholder: 'e.g. nathan@example.com',
			hint: 'The email exactly as in Tallyfy; +, / and # in it are fine',
		},
	],
};

export const ifNotFound: INodeProperties = {
	displayName: 'If Not Found',
	name: 'ifNotFound',
	type: 'options',
	default: 'error',
	description: 'What to do when no guest of the organization has this email',
	options: [
		{
			name: 'Fail the Item',
			value: 'error',
			description: 'The node stops, or does what On Error in its settings says',
		},
		{
			name: 'Go on With an Item That Says So',
			value: 'empty',
			description: 'Get returns an empty item, Delete one with "deleted": false',
		},
	],
};

/** Whether If Not Found lets the item go on when no guest has the email. */
export const mayBeMissing = ({ parameter }: Pick<ItemClient, 'parameter'>): boolean =>
	parameter('options.ifNotFound', 'error') === 'empty';

/** White space, and characters without a width, which tables and web pages bring along. */
const INVISIBLE = /[\s\u200b-\u200f\u2060]/;

/** Without invisible characters at both ends. One by one: a pattern for the end takes forever on long white space. */
function trimmed(text: string): string {
	let [from, to] = [0, text.length];
	while (from < to && INVISIBLE.test(text[from])) from++;
	while (from < to && INVISIBLE.test(text[to - 1])) to--;
	return text.slice(from, to);
}

/**
 * The address, trimmed and otherwise as given: `+ / ? # % &` are legal in it, and upper case is kept. Everything else about it
 * is for Tallyfy to judge.
 * @throws TallyfyError for what is no single address, or cannot be part of a path
 */
export function emailAddress(value: unknown, parameter: string): string {
	const refuse = (wrong: string, next: string) => invalidParameter(parameter, wrong, next);
	if (Array.isArray(value)) {
		throw refuse(
			'is a list',
			'Give one email. To work on several guests, give the node one input item for each (the Split Out node makes them).',
		);
	}
	if (value !== undefined && value !== null && typeof value !== 'string') {
		const kind = typeof value === 'object' ? 'an object' : `a ${typeof value}`;
		throw refuse(`is ${kind}, not an email`, 'Give the email as text, e.g. {{ $json.email }}.');
	}
	const email = trimmed(value ?? '');
	if (email === '') {
		throw refuse(
			'is empty',
			'Give the email of a guest. If it comes from an expression, check that the input item has it.',
		);
	}
	const at = email.lastIndexOf('@');
	if (at < 1 || at === email.length - 1) {
		throw refuse(`is not an email: ${email}`, 'Give the full address, e.g. nathan@example.com.');
	}
	// Every address becomes part of a path sooner or later; one that cannot is refused here, with the name of its parameter.
	pathSegment(email, parameter);
	return email;
}

/** `{guest}` in a path: the parameter Guest. */
export const guestSegment: PathSegment = {
	noun: 'guest',
	parameter: 'Guest',
	check: (value) => emailAddress(value, 'Guest'),
};

/** The request that reads the guest with this address. @param parameter label of the parameter that holds the address */
export function guestRequest(email: string, parameter = 'Guest'): ApiRequest {
	const url = `/guests/${pathSegment(email, parameter)}`;
	return { method: 'GET', url, subject: { noun: 'guest', value: email, parameter } };
}

/** The response that holds the guest; undefined when there is none. @throws TallyfyError when that cannot be told */
export async function findGuest(
	{ send }: { send: Send },
	email: string,
	parameter?: string,
): Promise<ApiResponse | undefined> {
	const request = guestRequest(email, parameter);
	const response = await send(request);
	if (isNotFound(response)) return undefined;
	if (succeeded(response)) return response;
	throw new TallyfyError(failedResponse(response, request.subject));
}

/**
 * The guest in the response to a write; read once more if it holds none, because what it holds is not published (contract,
 * enableGuest; G37).
 * @throws TallyfyError when the response is no success
 */
export async function guestFromWriteResponse(
	client: ItemClient,
	{ subject }: ApiRequest,
	response: ApiResponse,
): Promise<IDataObject> {
	const guest = recordIfAny(response, subject);
	if (typeof guest?.email === 'string') return guest;
	return await sendForOne(client, guestRequest(String(subject?.value), subject?.parameter));
}
