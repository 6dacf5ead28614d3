// Guest Custom Field > Set
import type { GenericValue, IDataObject, INodeProperties } from 'n8n-workflow';
import { invalidParameter } from '../../transport/errors';
import type { ApiResponse } from '../../transport/request';
import { guestLocatorWithLink, withGuestCode } from '../guest/guestCode';
import type { Operation } from '../operation';
import { assertFieldFound, fieldsIn, key, keySegment } from './customField';

const value: INodeProperties = {
	displayName: 'Value',
	name: 'value',
	type: 'string',
	default: '',
	placeholder: 'e.g. EMEA',
	description:
		'Text is sent as text. For a field that takes a number, true or false, a list or a table, let an expression give just that, e.g. {{ 42 }} or {{ ["a", "b"] }}.',
};

/** What JSON makes of the parameter Value: the type that an expression gave, dates as ISO. @throws TallyfyError for nothing */
function givenValue(given: unknown): GenericValue {
	const sent = JSON.parse(JSON.stringify(given) ?? 'null') as GenericValue;
	if (sent !== null && (typeof sent !== 'string' || sent.trim() !== '')) return sent;
	throw invalidParameter(
		'Value',
		'is empty',
		'To take the value away, use the operation Clear. If it comes from an expression, check that the input item has it.',
	);
}

/** The value that Tallyfy says it stored, with `notStored` when it stored none; the value sent, when it says nothing. */
function storedValue(response: ApiResponse, name: string, sent: GenericValue): IDataObject {
	const field = response.body ? fieldsIn(response).find((entry) => entry.key === name) : undefined;
	const stored = field ? (field.value as GenericValue) : sent;
	// Tallyfy may drop a value with a success (facts.md 7); an empty list means to have none (G35).
	const isDropped = stored === null && !(Array.isArray(sent) && sent.length === 0);
	return { key: name, value: stored, ...(isDropped ? { notStored: ['value'] } : {}) };
}

export const guestCustomFieldSet: Operation = {
	value: 'set',
	name: 'Set',
	action: 'Set custom field of guest',
	description: 'Give one custom field of a guest a value. The other fields stay as they are.',
	request: { method: 'PATCH', url: '/guests/{guestCode}/custom-fields/{key}' },
	segments: { key: keySegment },
	run: async (client, request) => {
		const sent = givenValue(client.parameter('value', ''));
		const coded = await withGuestCode(client, { ...request, body: { value: sent } });
		const response = assertFieldFound(await coded.client.send(coded.request), coded);
		return [storedValue(response, String(request.subject?.value), sent)];
	},
	fields: [guestLocatorWithLink, key, value],
};
