// Dates: the API's many spellings and any ISO input.

const CALENDAR =
	/^(\d{4})-?(\d{2})-?(\d{2})(?:[T ](\d{2})(?::?(\d{2})(?::?(\d{2})(?:[.,](\d{1,9}))?)?)?)?\s*(Z|[+-]\d{2}(?::?\d{2})?)?$/i;

/**
 * Reads a date as the API writes it (`2025-01-15 10:30:00`, `…T10:30:00.000000Z`, `…+00:00`) or as ISO 8601 has it
 * (extended or basic, with or without time and zone). Without a zone it is taken as UTC (contract, ResponseTimestamp; G19).
 * @returns milliseconds since 1970, or undefined when it is no date (also for 30 February)
 */
export function parseTimestamp(value: unknown): number | undefined {
	const match = typeof value === 'string' ? CALENDAR.exec(value.trim()) : null;
	if (!match) return undefined;
	const [year, month, day, hour, minute, second] = match
		.slice(1, 7)
		.map((part) => Number(part ?? 0));
	const milliseconds = Math.floor(Number(`0.${match[7] ?? 0}`) * 1000);
	// Not Date.UTC, which takes the years 0 to 99 for those of the 20th century.
	const date = new Date(0);
	date.setUTCFullYear(year, month - 1, day);
	date.setUTCHours(hour, minute, second, milliseconds);
	const rolledOver = date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day;
	if (rolledOver || minute > 59 || second > 59) return undefined;
	const offset = zoneOffset(match[8]);
	return offset === undefined ? undefined : date.getTime() - offset;
}

/** A date of n8n's expressions (Luxon's DateTime, the built-in Date) as ISO text, null if invalid; everything else as it is. */
export function isoText(value: unknown): unknown {
	const { toISO } = (value ?? {}) as { toISO?: () => string | null };
	if (typeof toISO === 'function') return toISO.call(value);
	if (!(value instanceof Date)) return value;
	return Number.isNaN(value.getTime()) ? null : value.toISOString();
}

/** A date in one spelling, ISO in UTC. What cannot be read as a date comes as it is. */
export function isoDate<T>(value: T): T | string {
	const at = parseTimestamp(value);
	return at === undefined ? value : new Date(at).toISOString();
}

/** A date, in milliseconds since 1970, as requests have it: `YYYY-MM-DD HH:MM:SS`, in UTC (facts 10, 128; G46). */
export const requestTimestamp = (ms: number): string =>
	new Date(ms).toISOString().slice(0, 19).replace('T', ' ');

/** Milliseconds that a zone such as `+02:00`, `-0530` or `Z` is ahead of UTC; undefined for no zone on earth. */
function zoneOffset(zone = 'Z'): number | undefined {
	if (zone.toUpperCase() === 'Z') return 0;
	const [hours, minutes] = [Number(zone.slice(1, 3)), Number(zone.slice(3).replace(':', ''))];
	if (hours > 14 || minutes > 59) return undefined;
	return (zone[0] === '-' ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}
