// When to come back. Pure; called by errors.

const MAX_WAIT_SECONDS = 7 * 24 * 3600;

/**
 * Reads a Retry-After header: whole seconds, or an HTTP date (RFC 9110, 10.2.3).
 * @param now milliseconds since 1970
 * @returns seconds from now, rounded up, 0 for a date in the past; undefined when missing or unreadable
 */
export function retryAfterSeconds(header: unknown, now: number): number | undefined {
	const text = String(Array.isArray(header) ? header[0] : (header ?? '')).trim();
	if (/^\d+(\.\d+)?$/.test(text)) return Math.min(Math.ceil(Number(text)), MAX_WAIT_SECONDS);
	// Date.parse takes nearly anything ("-5" is a year to it), so only what looks like a date may reach it.
	if (!/^[A-Za-z]{3,9},? /.test(text)) return undefined;
	const moment = Date.parse(text);
	if (Number.isNaN(moment)) return undefined;
	return Math.min(Math.max(0, Math.ceil((moment - now) / 1000)), MAX_WAIT_SECONDS);
}
