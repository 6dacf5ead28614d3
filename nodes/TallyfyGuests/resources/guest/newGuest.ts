// Adding a guest: the request that the parameters of Create and Create or Get add up to, and what makes it safe to repeat.
import type { IDataObject, INodeProperties } from 'n8n-workflow';
import { isoText, requestTimestamp } from '../../output/dates';
import { apiName } from '../../output/guest';
import type { BaseClient, ItemClient } from '../../transport/client';
import { invalidParameter } from '../../transport/errors';
import {
	isObject,
	withoutBlanks,
	type ApiRequest,
	type ApiResponse,
} from '../../transport/request';
import { succeeded } from '../../transport/response';
import { dateIn } from '../values';
import { emailAddress, findGuest } from './locator';
import { PROFILE, type ProfileField } from './profile';

export const email: INodeProperties = {
	displayName: 'Email',
	name: 'email',
	type: 'string',
	required: true,
	default: '',
	placeholder: 'e.g. nathan@example.com',
	description:
		'Address of the guest. Tallyfy checks that its mail domain exists, and refuses the address of a member.',
};

const LABEL = 'Fields (JSON)';
const EXAMPLE = 'Give an object such as { "firstName": "Nathan" }.';

/** Names that may have been meant: `phone` is like phone1 and phone2. */
function similarNames(name: string): string[] {
	const plain = (text: string) => text.toLowerCase().replace(/[^a-z0-9]/g, '');
	const given = plain(name);
	return PROFILE.map(({ name: known }) => known).filter((known) => {
		const candidate = plain(known);
		return given.length > 2 && (candidate.includes(given) || given.includes(candidate));
	});
}

/** An object, or the text of one. */
function jsonObject(value: unknown): IDataObject {
	let given = value;
	if (typeof value === 'string') {
		if (value.trim() === '') return {};
		try {
			given = JSON.parse(value);
		} catch {
			const next = `${EXAMPLE} In an expression, hand over the object itself.`;
			throw invalidParameter(LABEL, 'is not JSON', next);
		}
	}
	if (given === null || given === undefined) return {};
	if (isObject(given)) return given;
	throw invalidParameter(LABEL, 'is not an object', EXAMPLE);
}

/**
 * Reads Fields (JSON): values by the API's names.
 * @param address the parameter Email, which may stand in it once more
 * @throws TallyfyError for a name that the API would drop without a word
 */
export function parsedFields(value: unknown, address: string): IDataObject {
	const body: IDataObject = {};
	for (const [key, entry] of Object.entries(jsonObject(value))) {
		if (key === 'email') {
			const other = String(entry ?? '').trim();
			if (other === '' || other.toLowerCase() === address.toLowerCase()) continue;
			const wrong = 'names another email than Email';
			throw invalidParameter(LABEL, wrong, 'Leave the email out of it.');
		}
		const field = PROFILE.find(({ name }) => name === key || apiName(name) === key);
		if (!field) {
			const names = similarNames(key);
			const meant = names.length ? `Did you mean ${names.join(' or ')}? ` : '';
			throw invalidParameter(
				LABEL,
				`names a field that Tallyfy does not know: ${key}`,
				`${meant}Tallyfy would drop it without a word. Known are: ${PROFILE.map(({ name }) => name).join(', ')}.`,
			);
		}
		body[apiName(field.name)] = entry;
	}
	return body;
}

function textOf(label: string, value: unknown): string {
	const given = isoText(value);
	if (typeof given === 'string') return given.trim();
	if (typeof given === 'number' || typeof given === 'boolean') return String(given);
	if (given === null) {
		throw invalidParameter(label, 'is an invalid date', 'Look at the expression behind it.');
	}
	throw invalidParameter(
		label,
		`is ${Array.isArray(given) ? 'a list' : 'an object'}`,
		'Give one text.',
	);
}

/**
 * A value as the API takes it. A date is `YYYY-MM-DD HH:MM:SS` (contract, RequestTimestamp; G46): with a zone it becomes UTC,
 * without one the hours stay as they are. Lengths and addresses are for Tallyfy to judge (G45).
 */
function fieldValue({ label, kind }: ProfileField, value: unknown): string {
	const text = textOf(label, value);
	if (kind !== 'date') return text;
	return requestTimestamp(dateIn(text, label) as number);
}

/** The body of a create call: blank values left out. @throws TallyfyError that names the field */
export function profileBody(values: IDataObject): IDataObject {
	const filled = withoutBlanks(values);
	const fields = PROFILE.map((field) => [apiName(field.name), field] as const);
	return Object.fromEntries(
		fields
			.filter(([key]) => key in filled)
			.map(([key, field]) => [key, fieldValue(field, filled[key])]),
	);
}

/**
 * The request that adds a guest; a read by email tells whether it was done (G10).
 * @param label of the parameter that holds the email
 */
export function newGuestRequest(client: BaseClient, email: string, label: string): ApiRequest {
	return {
		method: 'POST',
		url: '/guests',
		body: { email },
		idempotency: 'verifyFirst',
		doubt: `The guest ${email} may have been added. Look in Tallyfy, or use Create or Get, before you run this item again.`,
		verify: async () => await findGuest(client, email, label),
	};
}

/** The request of this item. @throws TallyfyError for values that get lost */
export function createRequest(client: ItemClient, request: ApiRequest): ApiRequest {
	const address = emailAddress(client.parameter('email'), 'Email');
	const fields = parsedFields(client.parameter('fieldsJson', ''), address);
	const body = profileBody({ ...fields, ...withoutBlanks(request.body) });
	const added = newGuestRequest(client, address, 'Email');
	return { ...request, ...added, body: { ...added.body, ...body } };
}

/**
 * Sends a create request; reads the guest where a success holds none (G37). "Taken" (422, G42), after a response was lost, means
 * that the lost one added the guest, though the read before the repetition did not find the guest yet (facts.md 39, G12).
 */
export async function sendCreate(client: BaseClient, request: ApiRequest): Promise<ApiResponse> {
	const response = await client.send(request);
	const isEmptySuccess = succeeded(response) && !response.body;
	const isTaken = response.status === 422 && response.answerLost;
	return isEmptySuccess || isTaken ? ((await request.verify?.()) ?? response) : response;
}
