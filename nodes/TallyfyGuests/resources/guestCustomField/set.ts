// Guest Custom Field > Set
import type { GenericValue, IDataObject, INodeProperties } from 'n8n-workflow';
import { invalidParameter } from '../../transport/errors';
import type { ApiResponse } from '../../transport/request';
import { guestLocatorWithLink, withGuestCode } from '../guest/guestCode';
import type { Operation } from '../operation';
import { key, keySegment, assertFieldFound } from './key';
import { fieldsIn } from './values';

const value: INodeProperties = {
	displayName: 'Value',
	name: 'value',
	type: 'string',
	default: '',
	placeholder: 'e.g. EMEA',
	description:
		'Text is sent as text. For a field that takes a number, true or false, a list or a table, let an expression give just that, e.g. {{ 42 }} or {{ ["a", "b"] }}.',
};

/** What JSON makes of the parameter Value: the type that an expression gave, dates as ISO. Raises a Problem for nothing. */
function givenValue(given: unknown): GenericValue {
	const sent = JSON.parse(JSON.stringify(given) ?? 'null') as GenericValue;
	if (sent !== null && (typeof sent !== 'string' || sent.trim() !== '')) return sent;
	throw invalidParameter(
		'Value',
		'is empty',
		'To take the value away, use the operation Clear. If it comes from an expression, check that the input item has it.',
	);
}

/** The value that Tallyfy says it has now, and a word about it when it has none; the value sent, when it says nothing. */
function stored(answer: ApiResponse, name: string, sent: GenericValue): IDataObject {
	const field = answer.body ? fieldsIn(answer).find((entry) => entry.key === name) : undefined;
	const value = field ? (field.value as GenericValue) : sent;
	// Tallyfy may drop a value with a success (facts.md 7); an empty list means to have none.
	const lost = value === null && !(Array.isArray(sent) && sent.length === 0);
	return { key: name, value, ...(lost ? { notStored: ['value'] } : {}) };
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
		const way = await withGuestCode(client, { ...request, body: { value: sent } });
		const answer = assertFieldFound(await way.client.send(way.request), way);
		const name = String(request.subject?.value);
		return [stored(answer, name, sent)];
	},
	fields: [guestLocatorWithLink, key, value],
};
