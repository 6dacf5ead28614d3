// Associated members: the field, and what people and expressions put into it.
import type { INodeProperties } from 'n8n-workflow';
import { refusal } from '../../transport/failure';
import { memberId } from '../member/id';

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
	const entries = listed(value);
	if (!Array.isArray(entries)) {
		throw refusal(
			MEMBERS_LABEL,
			entries === undefined ? 'is empty' : 'is not a list',
			'Give a list of member IDs, e.g. {{ [1001, 1002] }}, or an empty list to clear.',
		);
	}
	const ids = entries.map((entry) => {
		const id = memberId(entry);
		if (id !== undefined) return id;
		throw refusal(
			MEMBERS_LABEL,
			`holds ${JSON.stringify(entry) ?? 'nothing'}, which is no member ID`,
			'Member IDs are whole numbers, e.g. 20059. Pick members from the list to see theirs.',
		);
	});
	return [...new Set(ids)];
}

/** A list as it is, as JSON, or as a text with commas; one number is a list of one. Undefined when there is nothing. */
function listed(value: unknown): unknown {
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
