// Names of processes, steps and templates, alone and where they come with another record.

/** True for an object, false for lists, texts, null. */
export const isRecord = (value: unknown): value is Record<string, unknown> =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

/** What came with a record: out of the `data` that it is wrapped in (facts 113), or as it is. */
export function includedIn(value: unknown): unknown {
	return isRecord(value) && 'data' in value ? value.data : value;
}

/** The name or title of a record, also of one that came with another; null without one. May begin with U+FEFF (facts 167). */
export function recordName(record: unknown): string | null {
	const inside = includedIn(record);
	const name = isRecord(inside) ? (inside.name ?? inside.title) : undefined;
	return typeof name === 'string' && name !== '' ? name.replace(/^\ufeff/, '') : null;
}
