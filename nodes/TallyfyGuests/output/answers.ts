// Answers in the form of a task, by the labels that people see, and the files of a task. Pure, and without addresses: the link
// of a file may open it for anybody.
import type { IDataObject } from 'n8n-workflow';
import { isoDate } from './dates';
import { includedIn, isRecord } from './names';

/** The entries of a list, also of one that came as a map or in `data`; a single value is a list of one. */
function entriesIn(value: unknown): unknown[] {
	const inside = includedIn(value) ?? [];
	if (Array.isArray(inside)) return inside;
	const isMap = isRecord(inside) && Object.keys(inside).every((key) => /^\d+$/.test(key));
	return isMap ? Object.values(inside) : [inside];
}

/** Values by name, none lost: a second one of a name is called `name (2)`. */
function byName(entries: Array<[name: string, value: unknown]>): IDataObject {
	const named = new Map<string, unknown>();
	for (const [name, value] of entries) {
		let own = name;
		for (let count = 2; named.has(own); count++) own = `${name} (${count})`;
		named.set(own, value);
	}
	return Object.fromEntries(named) as IDataObject;
}

const first = (record: Record<string, unknown>, keys: string[]): unknown =>
	keys.map((key) => record[key]).find((value) => (value ?? '') !== '') ?? null;

/** What a file is called; the end of its address, where there is nothing else. */
function fileName(file: unknown): unknown {
	const name = isRecord(file) ? first(file, ['filename', 'name', 'title']) : null;
	const address = isRecord(file) ? first(file, ['url', 'full_url']) : file;
	return (
		name ??
		(String(address ?? '')
			.split(/[?#]/)[0]
			.split('/')
			.at(-1) ||
			null)
	);
}

/** A choice as its text; other values as they are. */
const textOf = (value: unknown): unknown =>
	isRecord(value) ? first(value, ['text', 'label', 'value', 'name', 'id']) : value;

/** The entries of a list that are chosen: Tallyfy may list those too that are not (facts 142, G79). */
const chosenIn = (value: unknown) =>
	entriesIn(value).filter((entry) => !isRecord(entry) || entry.selected !== false);

/** A table has one entry for each column (facts 141); several rows are a list of such (G79). */
function tableOf(value: unknown, columns: unknown): unknown {
	const cells = entriesIn(value);
	if (cells.length > 0 && cells.every(Array.isArray)) {
		return cells.map((row) => tableOf(row, columns));
	}
	const cellOf = (cell: unknown) => (isRecord(cell) ? first(cell, ['value', 'text']) : cell);
	const labels = entriesIn(columns).map((column, at) => String(textOf(column) ?? at + 1));
	if (labels.length < cells.length) return cells.map(cellOf);
	return byName(labels.map((label, at) => [label, cellOf(cells[at]) ?? null]));
}

/** People as requests name them: members and groups by ID, guests by email. */
function peopleOf(value: unknown): unknown {
	if (!isRecord(value)) return null;
	const list = (name: string, key: string) =>
		entriesIn(value[name]).map((one) => (isRecord(one) ? (one[key] ?? null) : one));
	return {
		members: list('users', 'id'),
		guests: list('guests', 'email'),
		groups: list('groups', 'id'),
	};
}

type Field = Record<string, unknown>;

/** By type of the field; others are texts, numbers or choices. */
const READERS: Partial<Record<string, (value: unknown, field: Field) => unknown>> = {
	assignees_form: peopleOf,
	date: isoDate,
	file: (value) => entriesIn(value).map(fileName),
	multiselect: (value) => chosenIn(value).map(textOf),
	table: (value, { columns }) => tableOf(value, columns),
};

function answerOf(field: Field): unknown {
	const { field_type: type, field_value: value } = field;
	if ((value ?? '') === '') return null;
	const read = READERS[String(type)];
	if (read) return read(value, field);
	return Array.isArray(value) ? chosenIn(value).map(textOf) : textOf(value);
}

const fieldsOf = ({ form_fields: fields }: IDataObject) => entriesIn(fields).filter(isRecord);

/** The answers in the form of a task that was read with `form_fields` (facts 114): null where there is none. */
export function answersOf(task: IDataObject): IDataObject {
	const labelOf = (field: Field) => String(first(field, ['label', 'alias', 'id']) ?? 'field');
	return byName(fieldsOf(task).map((field) => [labelOf(field), answerOf(field)]));
}

/** Name and ID of the files of a task that was read with `assets` and `form_fields`, each once. */
export function filesOf(task: IDataObject): IDataObject[] {
	const answered = fieldsOf(task)
		.filter(({ field_type: type }) => type === 'file')
		.flatMap(({ field_value: value }) => entriesIn(value));
	const files = [...entriesIn(task.assets), ...answered].map((file) => ({
		id: isRecord(file) ? (file.id ?? null) : null,
		name: fileName(file),
	}));
	return [
		...new Map(files.map((file) => [String(file.id ?? file.name), file])).values(),
	] as IDataObject[];
}
