// Lists of member IDs: as people and expressions give them, and as the API may write them.
import { invalidParameter } from '../../transport/errors';
import { isObject } from '../../transport/request';
import { listIn } from '../values';
import { memberId } from './locator';

/**
 * Member IDs from a list, a JSON list, or a text with commas, each once.
 * @param label of the parameter
 * @throws TallyfyError for what is no whole number above 0
 */
export function memberIds(value: unknown, label: string): number[] {
	const entries = listIn(value);
	if (!Array.isArray(entries)) {
		throw invalidParameter(
			label,
			entries === undefined ? 'is empty' : 'is not a list',
			'Give a list of member IDs, e.g. {{ [1001, 1002] }}, or an empty list to clear.',
		);
	}
	const ids = entries.map((entry) => {
		const id = memberId(entry);
		if (id !== undefined) return id;
		throw invalidParameter(
			label,
			`holds ${JSON.stringify(entry) ?? 'nothing'}, which is no member ID`,
			'Member IDs are whole numbers, e.g. 20059. Pick members from the list to see theirs.',
		);
	});
	return [...new Set(ids)];
}

/** Ids as the API may write a list: of numbers, texts or objects, as a map, in `data`, or as text (G25). */
export function idsIn(list: unknown): Array<number | undefined> {
	if (list === null) return [];
	if (typeof list === 'number') return [memberId(list)];
	if (typeof list === 'string') {
		const text = list.replace(/[[\]\s"]/g, '');
		return text === '' ? [] : text.split(',').map(memberId);
	}
	if (isObject(list) && 'data' in list) return idsIn(list.data);
	return Object.values(list as object).map((entry: unknown) =>
		memberId(isObject(entry) ? entry.id : entry),
	);
}
