// Dates as the API writes them, in UTC and in whole seconds, and a form of them that can be compared.

/** What a caller may give as a date. */
export type DateLike = Date | string | number;

/** Every format in which pages of the API show dates (facts.md section 2, created_at). */
export const DATE_FORMATS: Array<(iso: string) => string> = [
	(iso) => `${iso.slice(0, 19)}Z`,
	(iso) => iso.slice(0, 19).replace('T', ' '),
	(iso) => iso,
	(iso) => `${iso.slice(0, 19)}.000000Z`,
	(iso) => `${iso.slice(0, 19)}+00:00`,
];

/** In whole seconds: `2026-11-01T12:00:00.000Z`. */
export function wholeSeconds(date: DateLike): string {
	return `${new Date(date).toISOString().slice(0, 19)}.000Z`;
}

/** As the API shows the date of a create or of a change of state: `2026-11-01 12:00:00`. */
export function dateTime(date: DateLike): string {
	return wholeSeconds(date).slice(0, 19).replace('T', ' ');
}

/** In one of the formats; the same number gives the same one. */
export function formatDate(date: DateLike, number: number): string {
	return DATE_FORMATS[number % DATE_FORMATS.length](wholeSeconds(date));
}

/** A date that this sandbox wrote, in any format, as text that sorts: `2026-11-01 12:00:00`; empty if it is no date. */
export function comparable(written: unknown): string {
	return typeof written === 'string' ? written.slice(0, 19).replace('T', ' ') : '';
}
