// Whether an answer fits its field, and what of it is stored (contract/work.md 141 and 142). Kick-off forms and forms of
// tasks take the same.
import type { Json } from '../organization.mts';
import { dateIn } from './deadlines.mts';
import type { Field, Owners } from './model.mts';

const TEXT_LIMITS: Record<string, number> = { text: 200, textarea: 30_000 };

const isObject = (value: unknown): value is Json =>
	typeof value === 'object' && value !== null && !Array.isArray(value);
const isScalar = (value: unknown) => ['string', 'number', 'boolean'].includes(typeof value);

/** No answer; for a table that is an error, since only leaving its key out is allowed (142). */
const isEmpty = (value: unknown) =>
	value === null || value === '' || (Array.isArray(value) && value.length === 0);

/** Whether the choice is one of the field, number and text together. */
function isChoice(field: Field, value: unknown): boolean {
	if (!isObject(value)) return false;
	return (field.options ?? []).some(({ id, text }) => id === value.id && text === value.text);
}

/** The three lists of an answer that names people. */
export function peopleIn(value: unknown): Owners | undefined {
	if (!isObject(value)) return undefined;
	const { users = [], guests = [], groups = [] } = value;
	const areLists = [users, guests, groups].every((list) => Array.isArray(list));
	return areLists ? ({ users, guests, groups } as Owners) : undefined;
}

/** A whole asset, or where to get the file; a bare string is refused. */
const isFile = (value: unknown) =>
	isObject(value) && [value.id, value.url, value.full_url].some((one) => one !== undefined);

const CHECKS: Record<string, (field: Field, value: unknown) => string | undefined> = {
	text: (_field, value) =>
		isScalar(value) && String(value).length <= TEXT_LIMITS.text
			? undefined
			: 'must be a text of at most 200 characters',
	textarea: (_field, value) =>
		typeof value === 'string' && value.length <= TEXT_LIMITS.textarea
			? undefined
			: 'must be a text of at most 30000 characters',
	date: (_field, value) => (dateIn(value) ? undefined : 'must be a date'),
	radio: ({ options }, value) =>
		(options ?? []).some(({ text }) => text === value)
			? undefined
			: 'must be the text of an option',
	dropdown: (field, value) =>
		isChoice(field, value) ? undefined : 'must be id and text of one option',
	multiselect: (field, value) =>
		Array.isArray(value) && value.every((one) => isChoice(field, one))
			? undefined
			: 'must be a list of options, each with id and text',
	table: ({ columns }, value) =>
		Array.isArray(value) && value.length === (columns ?? []).length && value.every(isScalar)
			? undefined
			: 'must have one entry for each column',
	file: (_field, value) =>
		Array.isArray(value) && value.every(isFile) ? undefined : 'must be a list of files',
	assignees_form: (_field, value) =>
		peopleIn(value) ? undefined : 'must be the lists users, guests and groups',
	// Stored as it is, whatever it is (142).
	email: () => undefined,
};

/** Why an answer does not fit its field; undefined when it does. */
function problemOf(field: Field, value: unknown): string | undefined {
	if (isEmpty(value)) return field.field_type === 'table' ? 'must not be empty' : undefined;
	return CHECKS[field.field_type]?.(field, value);
}

export interface CheckedValues {
	/** By id of the field. */
	problems: Record<string, string[]>;
	/** The answers after the change. Null where one was cleared. */
	answers: Json;
}

/**
 * Puts the given values over those that are there. Keys that belong to no field vanish without a word (142, 162), and so does
 * anything that is not an object (163).
 */
export function checkValues(fields: Field[], given: unknown, before: Json = {}): CheckedValues {
	const problems: CheckedValues['problems'] = {};
	const answers = { ...before };
	for (const field of isObject(given) ? fields : []) {
		const value = (given as Json)[field.id];
		if (value === undefined) continue;
		const problem = problemOf(field, value);
		if (problem) problems[field.id] = [`${field.label} ${problem}`];
		else answers[field.id] = isEmpty(value) ? null : value;
	}
	return { problems, answers };
}

/** The required fields that have no answer, by label. */
export function unanswered(fields: Field[], answers: Json): string[] {
	return fields
		.filter(({ id, required }) => required && (answers[id] ?? null) === null)
		.map(({ label }) => label);
}
