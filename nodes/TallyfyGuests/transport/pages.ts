// Walking a list to its end, or to a limit. Pure: it decides which pages to ask for, and is handed the asking.
import type { IDataObject } from 'n8n-workflow';
import type { Page } from './answer';

/** The largest page that every list of the API is known to allow (contract, PerPage). */
export const LARGEST_PAGE = 100;

/** Asks for one page, counted from 1. */
export type AskForPage = (page: number, perPage: number) => Promise<Page>;

/** What tells one record from another: guests and members have their email, tasks their id. */
function identity(record: IDataObject): string {
	return String(record.email ?? record.id ?? JSON.stringify(record));
}

/**
 * All records of a list in the server's order, none twice, or the first `wanted` of them.
 *
 * Rule (contract, Pagination): ask for an explicit page size; a page that is empty or brings nothing new ends the walk, and
 * so does having `total` records. Nothing else is believed: `total_pages` may be 1 while pages are left (facts.md 37), and
 * the server may give smaller pages than it was asked for.
 */
export async function allPages(ask: AskForPage, wanted = Infinity): Promise<IDataObject[]> {
	const perPage = Math.min(LARGEST_PAGE, wanted);
	const records: IDataObject[] = [];
	const seen = new Set<string>();
	for (let page = 1; ; page++) {
		const { records: found, total } = await ask(page, perPage);
		const before = records.length;
		for (const record of found) {
			const key = identity(record);
			if (!seen.has(key)) {
				seen.add(key);
				records.push(record);
			}
		}
		const nothingNew = records.length === before;
		if (nothingNew || records.length >= Math.min(wanted, total ?? Infinity)) break;
	}
	return records.length > wanted ? records.slice(0, wanted) : records;
}
