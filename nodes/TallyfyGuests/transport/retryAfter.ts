// When the server says to come back. Pure; used to wait, and to tell people.

/** A longer wait is taken for this one, in seconds. */
const LONGEST_S = 7 * 24 * 3600;

/**
 * Reads a Retry-After header: whole seconds, or an HTTP date (RFC 9110, 10.2.3).
 * @param now milliseconds since 1970
 * @returns seconds from now, rounded up, 0 for a date in the past, a week at the most; undefined when missing or unreadable
 */
export function retryAfterSeconds(header: unknown, now: number): number | undefined {
	const text = String(Array.isArray(header) ? header[0] : (header ?? '')).trim();
	if (/^\d+(\.\d+)?$/.test(text)) return Math.min(Math.ceil(Number(text)), LONGEST_S);
	// Date.parse takes nearly anything ("-5" is a year to it), so only what looks like a date may reach it.
	if (!/^[A-Za-z]{3,9},? /.test(text)) return undefined;
	const date = Date.parse(text);
	if (Number.isNaN(date)) return undefined;
	return Math.min(Math.max(0, Math.ceil((date - now) / 1000)), LONGEST_S);
}
