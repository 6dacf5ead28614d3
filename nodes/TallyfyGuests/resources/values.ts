// Values of parameters as people, expressions and agents give them, checked before any request leaves. Every refusal names the
// parameter by its label, and says what to give instead.
import type { IDataObject } from 'n8n-workflow';
import { isoText, parseTimestamp } from '../output/dates';
import type { ReadParameter } from '../transport/itemContext';
import { invalidParameter } from '../transport/errors';

const isMissing = (value: unknown) => value === undefined || value === null || value === '';

/**
 * One of some values; `fallback` for a blank one.
 * @param sameAs another spelling of a value that means the same
 * @throws TallyfyError for another value: without the filter that was meant, a list would hold too much
 */
export function oneOf<T extends string>(
	value: unknown,
	label: string,
	values: readonly T[],
	fallback: T | '' = '',
	sameAs: (known: T) => string = (known) => known,
): T | '' {
	const text = String(value ?? '').trim();
	if (text === '') return fallback;
	const found = values.find((known) => known === text || sameAs(known) === text);
	if (found !== undefined) return found;
	throw invalidParameter(label, `is ${text}`, `Choose one of: ${values.join(', ')}.`);
}

/** A text, without blanks around it; a number as text. @throws TallyfyError for a blank one, and for a list or an object */
export function textIn(value: unknown, label: string, next: string): string {
	const isText = ['string', 'number', 'boolean'].includes(typeof value);
	const text = isText ? String(value).trim() : '';
	if (text !== '') return text;
	throw invalidParameter(label, isText || isMissing(value) ? 'is empty' : 'is no text', next);
}

/** True or false, also as text, which is what expressions and agents give. @throws TallyfyError for anything else */
export function yesOrNo(value: unknown, label: string): boolean {
	const text = String(value ?? '')
		.trim()
		.toLowerCase();
	if (['', 'false', 'null'].includes(text)) return false;
	if (text === 'true') return true;
	throw invalidParameter(label, `is ${text}`, 'Give true or false.');
}

/** A number within bounds; undefined for a blank one. @throws TallyfyError for anything else */
export function numberIn(
	value: unknown,
	label: string,
	least: number,
	most = Infinity,
): number | undefined {
	if (isMissing(value)) return undefined;
	const number = Number(value);
	if (Number.isFinite(number) && number >= least && number <= most) return number;
	const next = most === Infinity ? `${least} or more` : `a number from ${least} to ${most}`;
	throw invalidParameter(label, `is ${JSON.stringify(value)}`, `Give ${next}.`);
}

/** A date in milliseconds since 1970; undefined for a blank one. @throws TallyfyError for what is no date */
export function dateIn(value: unknown, label: string): number | undefined {
	if (isMissing(value)) return undefined;
	const date = parseTimestamp(isoText(value));
	if (date !== undefined) return date;
	throw invalidParameter(
		label,
		`is not a date: ${String(value)}`,
		'Give an ISO date, e.g. 2025-05-15 or 2025-05-15T14:30:00Z.',
	);
}

/**
 * An ID as Tallyfy makes them, of letters and digits.
 * @param next what to do where it is none
 * @throws TallyfyError that names the parameter
 */
export function idIn(value: unknown, label: string, next: string): string {
	const text = typeof value === 'string' || typeof value === 'number' ? String(value).trim() : '';
	if (/^[\w-]+$/.test(text)) return text;
	const wrong =
		text === '' ? (isMissing(value) ? 'is empty' : 'is no text') : `is ${text}, which is no ID`;
	throw invalidParameter(label, wrong, next);
}

/** A list as it is, as JSON, or as a text with commas; one number is a list of one. Undefined when there is nothing. */
export function listIn(value: unknown): unknown {
	if (typeof value === 'number') return [value];
	if (typeof value !== 'string') return value ?? undefined;
	const text = value.trim();
	if (text === '') return undefined;
	if (!text.startsWith('[')) return text.split(',');
	try {
		return JSON.parse(text);
	} catch {
		return text;
	}
}

/** The values of a collection such as Filters; an empty object where there are none. */
export const collection = (parameter: ReadParameter, name: string): IDataObject =>
	(parameter(name, {}) ?? {}) as IDataObject;
