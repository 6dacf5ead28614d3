// Answers to the kick-off form of a template, by ID of the field (facts 163). Tallyfy drops keys that it does not know with a
// success (facts 162), so those are refused here.
import type { IDataObject, INodeProperties } from 'n8n-workflow';
import type { KickOffField } from '../../output/template';
import type { ItemClient } from '../../transport/client';
import { invalidParameter } from '../../transport/errors';
import { isObject } from '../../transport/request';
import { isBlank, listed, parsed, same, storedValue } from './kickOffValues';

const LABEL = 'Kick-Off Fields';
const JSON_LABEL = 'Kick-Off Fields (JSON)';

export const kickOff: INodeProperties = {
	displayName: LABEL,
	name: 'kickOff',
	type: 'resourceMapper',
	noDataExpression: true,
	default: { mappingMode: 'defineBelow', value: null },
	description:
		'Answers to the kick-off form of the template. Choices by their text; several as a JSON list; a table as a JSON list with one entry for each column; people as emails of guests and IDs of members; files as a JSON list of objects.',
	typeOptions: {
		loadOptionsDependsOn: ['template.value'],
		resourceMapper: {
			resourceMapperMethod: 'getKickOffFields',
			mode: 'add',
			fieldWords: { singular: 'kick-off field', plural: 'kick-off fields' },
			addAllFields: true,
			multiKeyMatch: false,
			supportAutoMap: false,
		},
	},
};

export const kickOffJson: INodeProperties = {
	displayName: JSON_LABEL,
	name: 'kickOffJson',
	type: 'json',
	default: '',
	placeholder: 'e.g. { "Client": "Northwind", "Plan": "Gold" }',
	description:
		'Answers to the kick-off form as one object, by label, alias or ID of the field. They go before those of Kick-Off Fields. Template > Get shows the fields and their choices.',
};

/** What was given for the form, before the template is known. */
export interface GivenAnswers {
	/** By ID of the field. */
	mapped: IDataObject;
	/** What n8n remembers of the fields that were mapped, for errors. */
	labels: Record<string, string>;
	/** By label, alias or ID. */
	json: IDataObject;
}

/** Reads the parameters Kick-Off Fields and Kick-Off Fields (JSON). @throws TallyfyError for what is no object */
export function givenAnswers({ parameter }: Pick<ItemClient, 'parameter'>): GivenAnswers {
	const mapper = parameter('kickOff', {});
	const { value, schema, mappingMode } = isObject(mapper) ? mapper : ({} as IDataObject);
	if (mappingMode === 'autoMapInputData') {
		const next = `Choose to map each field, or give the object in ${JSON_LABEL}.`;
		throw invalidParameter(LABEL, 'cannot be mapped automatically', next);
	}
	const known = (Array.isArray(schema) ? schema : []).filter(isObject);
	const labels = known.map(({ id, displayName }) => [String(id), String(displayName)]);
	const text = parameter('kickOffJson', '');
	const json = isBlank(text) ? {} : parsed(text, JSON_LABEL, /^/);
	if (json !== null && !isObject(json)) {
		const next = 'Give an object such as { "Client": "Northwind" }.';
		throw invalidParameter(JSON_LABEL, 'is not an object', next);
	}
	return {
		mapped: isObject(value) ? value : {},
		labels: Object.fromEntries(labels) as Record<string, string>,
		json: json ?? {},
	};
}

/** The field that a key of the JSON object means: an ID, a label or an alias. */
function fieldFor(key: string, fields: KickOffField[]): KickOffField {
	const ways: Array<(field: KickOffField) => boolean> = [
		({ id }) => id === key,
		({ label }) => label === key,
		({ label }) => same(label, key),
		({ alias }) => same(alias, key),
	];
	const found = ways.map((way) => fields.filter(way)).find(({ length }) => length > 0) ?? [];
	if (found.length === 1) return found[0];
	if (found.length > 1) {
		const next = `Give the ID instead: ${found.map(({ id }) => id).join(' or ')}.`;
		throw invalidParameter(JSON_LABEL, `names ${key}, and several fields have that label`, next);
	}
	throw invalidParameter(
		JSON_LABEL,
		`names a field that the template does not have: ${key}`,
		`Tallyfy would drop it without a word. Its fields are: ${listed(fields.map(({ label }) => label))}.`,
	);
}

/**
 * The answers as Tallyfy takes them, by ID of the field; those of the JSON object go first.
 * @throws TallyfyError that names the field, also for a required one without an answer
 */
export function answersOf(
	fields: KickOffField[],
	{ mapped, labels, json }: GivenAnswers,
): IDataObject {
	const given = new Map<KickOffField, { value: unknown; label: string }>();
	for (const [id, value] of Object.entries(mapped)) {
		if (isBlank(value)) continue;
		const field = fields.find((one) => one.id === id);
		if (!field) {
			const wrong = `holds a value for a field that the template does not have: ${labels[id] ?? id}`;
			const next = `Load the fields again in the node. Its fields are: ${listed(fields.map(({ label }) => label))}.`;
			throw invalidParameter(LABEL, wrong, next);
		}
		given.set(field, { value, label: `${LABEL} > ${field.label}` });
	}
	const named = new Set<KickOffField>();
	for (const [key, value] of Object.entries(json)) {
		const field = fieldFor(key, fields);
		if (named.has(field)) {
			throw invalidParameter(JSON_LABEL, `names the field ${field.label} twice`, 'Name it once.');
		}
		named.add(field);
		if (!isBlank(value)) given.set(field, { value, label: `${JSON_LABEL} > ${field.label}` });
	}
	const answers: IDataObject = {};
	for (const [field, { value, label }] of given) {
		const stored = storedValue(field, value, label);
		if (stored !== undefined) answers[field.id] = stored as IDataObject;
	}
	const missing = fields.filter(({ id, required }) => required && !(id in answers));
	if (missing.length > 0) {
		const names = missing.map(({ label }) => label).join(', ');
		throw invalidParameter(
			LABEL,
			`leaves out what the template requires: ${names}`,
			`Nothing was sent. Give a value there or in ${JSON_LABEL}.`,
		);
	}
	return answers;
}
