// Dates as the API writes them, in whole seconds and in UTC, and back. Used by everything that happens in the organization.

/** What a caller may give for the time of something. */
export type Moment = Date | string | number;

/** Every spelling of a date that pages of the API show (facts.md section 2, created_at). */
export const SPELLINGS: Array<(iso: string) => string> = [
	(iso) => `${iso.slice(0, 19)}Z`,
	(iso) => iso.slice(0, 19).replace('T', ' '),
	(iso) => iso,
	(iso) => `${iso.slice(0, 19)}.000000Z`,
	(iso) => `${iso.slice(0, 19)}+00:00`,
];

/** The moment in whole seconds, `2026-11-01T12:00:00.000Z`. */
export function wholeSeconds(at: Moment): string {
	return `${new Date(at).toISOString().slice(0, 19)}.000Z`;
}

/** The moment as requests and creates show it: `2026-11-01 12:00:00`. */
export function stamp(at: Moment): string {
	return wholeSeconds(at).slice(0, 19).replace('T', ' ');
}

/** The moment in one of the spellings; the same number gives the same one. */
export function spelled(at: Moment, number: number): string {
	return SPELLINGS[number % SPELLINGS.length](wholeSeconds(at));
}

/** A moment that this sandbox wrote, in any spelling, so that two can be compared as text: `2026-11-01 12:00:00`. */
export function comparable(written: unknown): string {
	return typeof written === 'string' ? written.slice(0, 19).replace('T', ' ') : '';
}
