// Values of form fields: what people, expressions and agents give, and what Tallyfy stores, by type of the field (facts 141, 142).
import type { IDataObject } from 'n8n-workflow';
import { isoText, requestTimestamp } from '../../output/dates';
import type { KickOffField } from '../../output/template';
import { invalidParameter } from '../../transport/errors';
import { isObject } from '../../transport/request';
import { guestEmails } from '../guest/guestEmails';
import { memberIds } from '../member/memberIds';
import { dateIn, idIn, listIn } from '../values';

export const isBlank = (value: unknown) =>
	value === undefined || value === null || (typeof value === 'string' && value.trim() === '');

/** A value, or what it is the JSON of. @throws TallyfyError for what begins like JSON and is none */
export function parsed(value: unknown, label: string, start = /^[[{]/): unknown {
	const given = isoText(value);
	if (typeof given !== 'string' || !start.test(given.trim())) return given;
	try {
		return JSON.parse(given);
	} catch {
		const next = 'Correct the JSON. In an expression, hand over the list or the object itself.';
		throw invalidParameter(label, 'is not JSON', next);
	}
}

export const same = (one: string, other: string) =>
	one.trim().toLowerCase() === other.trim().toLowerCase();
/** Words for an error. */
export const listed = (texts: string[]) => (texts.length > 0 ? texts.join(', ') : 'none');

const optionOf = ({ options }: KickOffField, value: unknown) => {
	const { id, text } = isObject(value) ? value : { id: value, text: value };
	const byText = (is: (one: string, other: string) => boolean) =>
		options.find((option) => is(option.text, String(text)));
	const byId = options.find((option) => String(option.id) === String(id).trim());
	if (!isObject(value)) return byText((one, other) => one === other) ?? byText(same) ?? byId;
	if (id !== undefined && text !== undefined)
		return byId && same(byId.text, String(text)) ? byId : undefined;
	return id !== undefined ? byId : byText(same);
};

/** The choice that a value means, by its text or its ID. @throws TallyfyError that names the choices */
function choiceOf(field: KickOffField, value: unknown, label: string) {
	const option = optionOf(field, value);
	if (option) return option;
	const given = typeof value === 'string' ? value : JSON.stringify(value);
	const choices = listed(field.options.map(({ text }) => text));
	throw invalidParameter(label, `has no choice ${given}`, `Its choices are: ${choices}.`);
}

function scalarOf(value: unknown, label: string): string {
	const given = isoText(value);
	if (['string', 'number', 'boolean'].includes(typeof given)) return String(given).trim();
	const kind = Array.isArray(given) ? 'a list' : 'an object';
	throw invalidParameter(label, `is ${kind}`, 'Give one text.');
}

function listOf(value: unknown, label: string): unknown[] {
	const list = parsed(value, label);
	if (Array.isArray(list)) return list.filter((entry) => !isBlank(entry));
	return typeof list === 'string'
		? list
				.split(',')
				.map((entry) => entry.trim())
				.filter(Boolean)
		: [list];
}

/** Tables have one entry a column: from a list, or from an object by label of the column. */
function tableOf({ columns }: KickOffField, value: unknown, label: string): string[] {
	const given = parsed(value, label);
	const next = `Give one entry for each column: ${listed(columns)}.`;
	if (isObject(given)) {
		const strange = Object.keys(given).find((key) => !columns.some((column) => same(column, key)));
		if (strange !== undefined) throw invalidParameter(label, `has no column ${strange}`, next);
	}
	const entries = isObject(given)
		? columns.map((column) => Object.entries(given).find(([key]) => same(column, key))?.[1])
		: given;
	if (!Array.isArray(entries) || entries.length !== columns.length) {
		throw invalidParameter(label, `is not a list of ${columns.length} entries`, next);
	}
	const cells = entries.map((entry) => (isBlank(entry) ? '' : scalarOf(entry, label)));
	return cells.some((cell) => cell !== '') ? cells : [];
}

const PEOPLE =
	'Give emails of guests and IDs of members, or an object with the lists users, guests and groups.';

/** The people of an assignees_form: an object with three lists, or emails and member IDs in one list. */
function peopleOf(value: unknown, label: string): IDataObject | undefined {
	const given = parsed(value, label);
	let lists: IDataObject;
	if (isObject(given)) {
		const strange = Object.keys(given).find((key) => !['users', 'guests', 'groups'].includes(key));
		if (strange !== undefined) throw invalidParameter(label, `has no list ${strange}`, PEOPLE);
		lists = given;
	} else {
		const people = listOf(given, label);
		const isEmail = (one: unknown) => String(one).includes('@');
		lists = {
			guests: people.filter(isEmail),
			users: people.filter((one) => !isEmail(one)),
		} as IDataObject;
	}
	const groups = (listIn(lists.groups ?? []) ?? []) as unknown[];
	if (!Array.isArray(groups)) throw invalidParameter(label, 'has groups that are no list', PEOPLE);
	const all = {
		users: isBlank(lists.users) ? [] : memberIds(lists.users, label),
		guests: guestEmails(lists.guests, label),
		groups: groups.map((group) => idIn(group, label, PEOPLE)),
	};
	return Object.values(all).some(({ length }) => length > 0) ? all : undefined;
}

const FILES =
	'Give a list of objects: { "url": …, "filename": … } for a file on the web, or the whole asset of an upload to Tallyfy.';

/** Files are assets, or addresses with a name; a bare text brings an error of the server (facts 141). */
function filesOf(value: unknown, label: string): IDataObject[] {
	const given = parsed(value, label);
	const files = Array.isArray(given) ? given : [given];
	return files.map((file: unknown) => {
		if (!isObject(file) || ![file.id, file.url, file.full_url].some((one) => !isBlank(one))) {
			throw invalidParameter(
				label,
				isObject(file) ? 'is a file without url and id' : 'is no file',
				FILES,
			);
		}
		if (!isBlank(file.id) || isBlank(file.url)) return file;
		const name = String(file.url).split(/[?#]/)[0].split('/').at(-1);
		return { filename: name || 'file', source: 'url', ...file };
	});
}

function dateOf({ isDayOnly }: KickOffField, value: unknown, label: string): string {
	const text = isoText(value);
	const date = dateIn(text, label) as number;
	// Without a time of day the day is meant that was written, wherever that was (G87).
	const day = isDayOnly && typeof text === 'string' ? /^\d{4}-\d{2}-\d{2}/.exec(text.trim()) : null;
	return day ? `${day[0]} 00:00:00` : requestTimestamp(date);
}

type ToStored = (field: KickOffField, value: unknown, label: string) => unknown;
const text: ToStored = (_, value, label) => scalarOf(value, label);

/** By type of the field (facts 141). What is undefined or an empty list is no answer. */
const STORED: Record<string, ToStored> = {
	text,
	textarea: text,
	email: text,
	date: dateOf,
	radio: (field, value, label) => choiceOf(field, parsed(value, label, /^\{/), label).text,
	dropdown: (field, value, label) => {
		const { id, text: words } = choiceOf(field, parsed(value, label, /^\{/), label);
		return { id, text: words };
	},
	multiselect: (field, value, label) => {
		// A text that is a choice itself may hold commas.
		const whole = typeof value === 'string' && optionOf(field, value);
		const given = whole ? [value] : listOf(value, label);
		const chosen = given
			.filter((one) => !isObject(one) || one.selected !== false)
			.map((one) => choiceOf(field, one, label));
		// Without `selected` it is stored and shows as nothing (facts 142).
		return [...new Set(chosen)].map(({ id, text: words }) => ({ id, text: words, selected: true }));
	},
	table: tableOf,
	assignees_form: (_, value, label) => peopleOf(value, label),
	file: (_, value, label) => filesOf(value, label),
};

/** A value as Tallyfy stores it; undefined where it is no answer. Fields of an unknown type take what is given. */
export function storedValue(field: KickOffField, value: unknown, label: string): unknown {
	const convert = STORED[field.type];
	const stored = convert ? convert(field, value, label) : parsed(value, label);
	const isEmpty = isBlank(stored) || (Array.isArray(stored) && stored.length === 0);
	return isEmpty ? undefined : stored;
}
