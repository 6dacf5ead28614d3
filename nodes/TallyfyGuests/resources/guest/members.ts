// Associated members: the field, and what people and expressions put into it.
import type { INodeProperties } from 'n8n-workflow';
import { refusal } from '../../transport/failure';

export const associatedMembers: INodeProperties = {
	displayName: 'Associated Member Names or IDs',
	name: 'associatedMembers',
	type: 'multiOptions',
	default: [],
	description:
		'The members who look after this guest. Choose from the list, or specify IDs using an <a href="https://docs.n8n.io/code/expressions/">expression</a>.',
	typeOptions: { loadOptionsMethod: 'getMembers' },
};

export const MEMBERS_LABEL = 'Associated Members';

/** Member ids from a list, a JSON list, or a text with commas. Raises a Problem for what is no whole number above 0. */
export function memberIds(value: unknown): number[] {
	let entries: unknown = value;
	if (typeof value === 'string') {
		const text = value.trim().replace(/^\[|\]$/g, '');
		entries = text === '' ? undefined : text.split(',');
		if (value.trim() === '[]') entries = [];
	} else if (typeof value === 'number') entries = [value];
	if (!Array.isArray(entries)) {
		throw refusal(
			MEMBERS_LABEL,
			value === '' || value === undefined || value === null ? 'is empty' : 'is not a list',
			'Give a list of member IDs, e.g. {{ [1001, 1002] }}, or an empty list to clear.',
		);
	}
	const ids = entries.map((entry) => {
		const id = typeof entry === 'string' && entry.trim() !== '' ? Number(entry) : entry;
		if (Number.isSafeInteger(id) && (id as number) > 0) return id as number;
		throw refusal(
			MEMBERS_LABEL,
			`holds ${JSON.stringify(entry) ?? 'nothing'}, which is no member ID`,
			'Member IDs are whole numbers, e.g. 20059. Pick members from the list to see theirs.',
		);
	});
	return [...new Set(ids)];
}
