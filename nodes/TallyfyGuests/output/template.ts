// What becomes of a template of the API: its kick-off fields and its steps, by one shape, and a few fields to give away.
import type { IDataObject } from 'n8n-workflow';
import { includedIn, recordName } from './names';

/** One choice of a field (facts 126). */
export interface Choice {
	id: unknown;
	text: string;
}

/** A field of the kick-off form (facts 175). */
export interface KickOffField {
	/** The key of its value at launch; label and alias are for people (facts 163). */
	id: string;
	label: string;
	alias: string;
	type: string;
	required: boolean;
	options: Choice[];
	/** Labels of the columns of a table. */
	columns: string[];
	/** Whether a date field asks for no time of day. */
	isDayOnly: boolean;
}

const textOf = (value: unknown) =>
	typeof value === 'string' || typeof value === 'number' ? String(value) : '';

/** The records of a list, wrapped in `data` or bare (facts 176), in the order of their position; none where there is no list. */
function recordsIn(list: unknown): IDataObject[] {
	const inside = includedIn(list);
	const records = typeof inside === 'object' && inside !== null ? Object.values(inside) : [];
	const found = records.filter((one) => typeof one === 'object' && one !== null) as IDataObject[];
	const place = ({ position }: IDataObject) => Number(position) || 0;
	return found.sort((one, other) => place(one) - place(other));
}

/** The steps of a template that was read with them; undefined where they did not come. */
export function stepsOf({ steps, steps_count: count }: IDataObject): IDataObject[] | undefined {
	const found = recordsIn(steps);
	const isLost = includedIn(steps) === undefined || (found.length === 0 && Number(count) > 0);
	return isLost ? undefined : found;
}

/** The kick-off fields of a template. */
export const kickOffFieldsOf = ({ prerun }: IDataObject): KickOffField[] =>
	recordsIn(prerun).map((field) => ({
		id: textOf(field.id),
		label: textOf(field.label),
		alias: textOf(field.alias),
		type: textOf(field.field_type),
		required: field.required === true || field.required === 1,
		options: recordsIn(field.options).map(({ id, text }) => ({ id, text: textOf(text) })),
		columns: recordsIn(field.columns).map(({ label }) => textOf(label)),
		isDayOnly: field.collect_time === false,
	}));

function simplifiedField({ id, label, type, required, options, columns }: KickOffField) {
	const choices = options.map(({ text }) => text);
	return {
		id,
		label,
		type,
		required,
		options: choices,
		...(columns.length > 0 ? { columns } : {}),
	};
}

const simplifiedStep = ({ id, title, step_type: type, position, ...step }: IDataObject) => ({
	id: id ?? null,
	title: title ?? null,
	type: type ?? null,
	position: position ?? null,
	// True, unless it says otherwise (facts 177).
	allowGuests: step.allow_guest_owners !== false,
});

/** A few fields; kick-off fields and steps where the template came with them. */
export function simplifiedTemplate(template: IDataObject): IDataObject {
	const steps = stepsOf(template);
	return {
		id: template.id ?? null,
		title: recordName(template),
		summary: template.summary ?? null,
		status: template.status ?? null,
		stepsCount: template.steps_count ?? steps?.length ?? null,
		...('prerun' in template
			? { kickOffFields: kickOffFieldsOf(template).map(simplifiedField) }
			: {}),
		...(steps ? { steps: steps.map(simplifiedStep) } : {}),
	};
}
