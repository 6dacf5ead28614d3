// Dates: the API's many spellings and any ISO input, read as one moment.

const CALENDAR =
	/^(\d{4})-?(\d{2})-?(\d{2})(?:[T ](\d{2})(?::?(\d{2})(?::?(\d{2})(?:[.,](\d{1,9}))?)?)?)?\s*(Z|[+-]\d{2}(?::?\d{2})?)?$/i;

/**
 * Reads a date as the API writes it (`2025-01-15 10:30:00`, `…T10:30:00.000000Z`, `…+00:00`) or as ISO 8601 has it
 * (extended or basic, with or without time and zone). Without a zone it is taken as UTC (contract, ResponseTimestamp).
 * @returns milliseconds since 1970, or undefined when it is no date (also for 30 February)
 */
export function momentOf(value: unknown): number | undefined {
	const match = typeof value === 'string' ? CALENDAR.exec(value.trim()) : null;
	if (!match) return undefined;
	const [year, month, day, hour, minute, second] = match
		.slice(1, 7)
		.map((part) => Number(part ?? 0));
	const milliseconds = Math.floor(Number(`0.${match[7] ?? 0}`) * 1000);
	const utc = Date.UTC(year, month - 1, day, hour, minute, second, milliseconds);
	const date = new Date(utc);
	const rolledOver = date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day;
	if (rolledOver || minute > 59 || second > 59) return undefined;
	return utc - zoneOffset(match[8]);
}

/** Milliseconds that a zone such as `+02:00`, `-0530` or `Z` is ahead of UTC. */
function zoneOffset(zone = 'Z'): number {
	if (zone.toUpperCase() === 'Z') return 0;
	const [hours, minutes] = [Number(zone.slice(1, 3)), Number(zone.slice(3).replace(':', ''))];
	return (zone[0] === '-' ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}
