// Form fields of a new task: the field Form Fields, the same as JSON, and the definitions that Tallyfy gets (facts 126).
import type { IDataObject, INodeProperties } from 'n8n-workflow';
import { invalidParameter } from '../../transport/errors';
import { isObject } from '../../transport/request';
import type { Parameters } from '../fields';
import { listIn, oneOf, yesOrNo } from '../values';

/** What people fill in, by Tallyfy's word for it: its nine types, `email` apart, which it takes and never shows (facts 126, 127). */
const TYPES: Record<string, string> = {
	assignees_form: 'Assignees',
	date: 'Date',
	dropdown: 'Dropdown',
	file: 'File',
	multiselect: 'Multiselect',
	radio: 'Radio',
	table: 'Table',
	text: 'Text',
	textarea: 'Text Area',
};

/** So many options a choice needs: without them it is accepted, and can never be answered (facts 126, 127). */
const CHOICES: Record<string, number> = { dropdown: 1, multiselect: 1, radio: 2 };

export const formFields: INodeProperties = {
	displayName: 'Form Fields',
	name: 'formFields',
	type: 'fixedCollection',
	placeholder: 'Add Field',
	typeOptions: { multipleValues: true, sortable: true },
	default: {},
	description: 'What to fill in before the task can be completed',
	options: [
		{
			name: 'field',
			displayName: 'Field',
			values: [
				{
					displayName: 'Label',
					name: 'label',
					type: 'string',
					default: '',
					placeholder: 'e.g. Purchase order',
					description: 'What people see beside the field, and the key of its answer',
				},
				{
					displayName: 'Type',
					name: 'fieldType',
					type: 'options',
					default: 'text',
					description: 'What can be filled in',
					options: Object.entries(TYPES).map(([value, name]) => ({ name, value })),
				},
				{
					displayName: 'Required',
					name: 'required',
					type: 'boolean',
					default: false,
					description: 'Whether the task cannot be completed without an answer',
				},
				{
					displayName: 'Options',
					name: 'options',
					type: 'string',
					default: '',
					typeOptions: { rows: 2 },
					placeholder: 'e.g. Standard, Express',
					description:
						'For Dropdown, Multiselect and Radio the choices, for Table its columns: one on each line, or with commas between them',
				},
			],
		},
	],
};

const JSON_LABEL = 'Form Fields (JSON)';
const EXAMPLE =
	'Give a list such as [{ "label": "Delivery", "fieldType": "radio", "required": true, "options": ["Standard", "Express"] }].';

export const formFieldsJson: INodeProperties = {
	displayName: JSON_LABEL,
	name: 'formFieldsJson',
	type: 'json',
	default: '',
	description:
		'The same as a list of objects with label, fieldType, required, options, columns (of a table) and guidance. Both are used, Form Fields first.',
};

/** A form field as requests have it. */
export interface FormField extends IDataObject {
	label: string;
	field_type: string;
	required: boolean;
	position: number;
}

/** The keys of Form Fields (JSON), and other spellings of them. */
const KEYS: Record<string, string> = {
	label: 'label',
	fieldType: 'fieldType',
	field_type: 'fieldType',
	type: 'fieldType',
	required: 'required',
	options: 'options',
	columns: 'columns',
	guidance: 'guidance',
};

const isBlank = (value: unknown) =>
	value === undefined || value === null || (typeof value === 'string' && value.trim() === '');

/** Texts from lines, a text with commas, or a list of texts or of objects that hold one; each once. */
function textsIn(value: unknown): string[] {
	const lines = typeof value === 'string' && /\n/.test(value.trim()) ? value.split('\n') : value;
	const given = listIn(lines) ?? [];
	const texts = (Array.isArray(given) ? given : [given]).map((entry: unknown) =>
		String((isObject(entry) ? (entry.text ?? entry.label) : entry) ?? '').trim(),
	);
	return [...new Set(texts)].filter((text) => text !== '');
}

/** @throws TallyfyError for a type that does not exist, or shows nothing */
function typeIn(value: unknown, label: string, where: string): string {
	if (String(value ?? '').trim() !== 'email') {
		return oneOf(value, `${label}: Type of ${where}`, Object.keys(TYPES), 'text');
	}
	throw invalidParameter(
		label,
		`makes ${where} an email, which Tallyfy accepts and never shows`,
		`Make it a text. Types are: ${Object.keys(TYPES).join(', ')}.`,
	);
}

/** One field, checked. @param label of the parameter that it is from */
function fieldFrom(row: IDataObject, at: number, label: string): Omit<FormField, 'position'> {
	const refuse = (wrong: string, next: string) => invalidParameter(label, wrong, next);
	const unknown = Object.keys(row).find((key) => !(key in KEYS));
	if (unknown !== undefined) {
		const known = [...new Set(Object.values(KEYS))].join(', ');
		const next = `Tallyfy would drop it without a word. Known are: ${known}.`;
		throw refuse(`has a key that Tallyfy does not know: ${unknown}`, next);
	}
	const given = Object.fromEntries(
		Object.entries(row)
			.filter(([, value]) => !isBlank(value))
			.map(([key, value]) => [KEYS[key], value]),
	);
	const name = isObject(given.label) || Array.isArray(given.label) ? '' : given.label;
	if (isBlank(name)) {
		throw refuse(`has no label for field ${at + 1}`, 'Give every field a label, or remove it.');
	}
	const text = String(name).trim();
	const type = typeIn(given.fieldType, label, `"${text}"`);
	const field = {
		label: text,
		field_type: type,
		required: yesOrNo(given.required, `${label}: Required of "${text}"`),
		...(isBlank(given.guidance) ? {} : { guidance: String(given.guidance) }),
	};
	if (type === 'table') {
		// That a table without columns is as useless as a choice without options is taken for granted (G82).
		const columns = textsIn(given.columns ?? given.options);
		if (columns.length > 0) {
			return { ...field, columns: columns.map((column, id) => ({ id: id + 1, label: column })) };
		}
		throw refuse(`has no columns for the table "${text}"`, 'Name its columns in Options.');
	}
	const least = CHOICES[type] ?? 0;
	if (least === 0) return field;
	const options = textsIn(given.options);
	if (options.length >= least) {
		return { ...field, options: options.map((option, id) => ({ id: id + 1, text: option })) };
	}
	throw refuse(
		`has ${options.length === 0 ? 'no options' : 'one option'} for "${text}", which could never be answered`,
		`A ${type} field needs ${least === 1 ? 'options' : 'two options or more'}: give them on lines of their own, or with commas between them.`,
	);
}

/** The list in Form Fields (JSON). */
function jsonRows(value: unknown): unknown[] {
	let given = value;
	if (typeof value === 'string') {
		if (value.trim() === '') return [];
		try {
			given = JSON.parse(value);
		} catch {
			throw invalidParameter(JSON_LABEL, 'is not JSON', EXAMPLE);
		}
	}
	if (isObject(given)) given = 'field' in given ? given.field : [given];
	if (given === null || given === undefined) return [];
	if (Array.isArray(given)) return given;
	throw invalidParameter(JSON_LABEL, 'is not a list of fields', EXAMPLE);
}

/** The fields of both parameters, in their order. @throws TallyfyError for what Tallyfy would drop, refuse or never show */
export function formFieldsOf({ parameter }: Parameters): FormField[] {
	const checked = (rows: unknown[], label: string) =>
		rows.map((row, at) => {
			if (isObject(row)) return fieldFrom(row, at, label);
			throw invalidParameter(label, `holds something that is no field: ${at + 1}`, EXAMPLE);
		});
	const rows = [parameter('formFields.field', []) ?? []].flat().filter((row) => !isBlank(row));
	const fields = [
		...checked(rows, 'Form Fields'),
		...checked(jsonRows(parameter('formFieldsJson', '')), JSON_LABEL),
	];
	const seen = new Set<string>();
	return fields.map((field, at) => {
		const name = String(field.label).toLowerCase();
		if (!seen.has(name)) {
			seen.add(name);
			return { ...field, position: at + 1 } as FormField;
		}
		const next = 'Answers are told apart by their labels: give each field its own.';
		throw invalidParameter('Form Fields', `has the label "${String(field.label)}" twice`, next);
	});
}
