// What people and expressions put into the fields of a new guest, checked and as the API takes it. Called by Create.
import type { IDataObject } from 'n8n-workflow';
import { apiName } from '../../output/guest';
import { isoText, parseTimestamp } from '../../output/dates';
import { invalidParameter } from '../../transport/errors';
import { isObject, withoutBlanks } from '../../transport/request';
import { PROFILE, type ProfileField } from './profile';

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
			throw invalidParameter(
				'Fields (JSON)',
				'is not JSON',
				'Give an object such as { "firstName": "Nathan" }. In an expression, hand over the object itself.',
			);
		}
	}
	if (given === null || given === undefined) return {};
	if (!isObject(given)) {
		throw invalidParameter(
			'Fields (JSON)',
			'is not an object',
			'Give an object such as { "firstName": "Nathan" }.',
		);
	}
	const body: IDataObject = {};
	for (const [key, entry] of Object.entries(given)) {
		if (key === 'email') {
			const other = String(entry ?? '').trim();
			if (other === '' || other.toLowerCase() === email.toLowerCase()) continue;
			throw invalidParameter(
				'Fields (JSON)',
				'names another email than Email',
				'Leave the email out of it.',
			);
		}
		const field = PROFILE.find(({ name }) => name === key || apiName(name) === key);
		if (!field) {
			const guesses = similar(key);
			throw invalidParameter(
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
		throw invalidParameter(
			label,
			`has ${length} characters`,
			`Tallyfy takes at most ${longest}. Shorten it.`,
		);
	}
	if (kind === 'url' && !/^https?:\/\/[^\s/?#]\S*$/i.test(text)) {
		throw invalidParameter(
			label,
			`is not a web address: ${text}`,
			'Give the full address, e.g. https://www.example.com.',
		);
	}
	if (kind === 'source' && text !== 'salesforce') {
		throw invalidParameter(
			label,
			`is ${text}`,
			'Tallyfy knows salesforce only. Leave it out otherwise.',
		);
	}
	return kind === 'date' ? requestDate(label, text) : text;
}

function textOf(label: string, value: unknown): string {
	const given = isoText(value);
	if (typeof given === 'string') return given.trim();
	if (typeof given === 'number' || typeof given === 'boolean') return String(given);
	if (given === null)
		throw invalidParameter(label, 'is an invalid date', 'Look at the expression behind it.');
	throw invalidParameter(
		label,
		`is ${Array.isArray(given) ? 'a list' : 'an object'}`,
		'Give one text.',
	);
}

/**
 * A date as the API takes it, `YYYY-MM-DD HH:MM:SS` (contract, RequestTimestamp). With a zone it becomes UTC; without one
 * the hours stay as they are.
 */
function requestDate(label: string, text: string): string {
	const moment = parseTimestamp(text);
	if (moment === undefined) {
		throw invalidParameter(
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
