// Walking a list to its end, or to a limit. Pure: it decides which pages to ask for, and is handed the asking.
import type { IDataObject } from 'n8n-workflow';
import type { Page } from './answer';

/** The largest page that every list of the API is known to allow (contract, PerPage). */
export const LARGEST_PAGE = 100;

/** How often a list that loses records while it is read is read again. */
const WALKS = 3;

/** Asks for one page, counted from 1. */
export type AskForPage = (page: number, perPage: number) => Promise<Page>;

/** Whether a record belongs into the result. */
export type Keep = (record: IDataObject) => boolean;

/** What tells one record from another: guests and members have their email, tasks their id. */
function identity(record: IDataObject): string {
	return String(record.email ?? record.id ?? JSON.stringify(record));
}

/** Records in the order they came, none twice. */
class Collected {
	readonly records: IDataObject[] = [];
	private readonly seen = new Set<string>();

	/** Gives the number of records that were new. */
	add(records: IDataObject[]): number {
		const before = this.records.length;
		for (const record of records) {
			const key = identity(record);
			if (!this.seen.has(key)) {
				this.seen.add(key);
				this.records.push(record);
			}
		}
		return this.records.length - before;
	}
}

/** At most so many pages are asked for at a time; the pace may allow fewer. */
const SIDE_BY_SIDE = 64;

/** Does a number of things side by side, in order of their index. After a failure no more are begun. */
async function sideBySide<T>(count: number, work: (index: number) => Promise<T>): Promise<T[]> {
	const results: T[] = [];
	let next = 0;
	let failed = false;
	const worker = async () => {
		while (next < count && !failed) {
			const index = next++;
			results[index] = await work(index).catch((error: Error) => {
				failed = true;
				return Promise.reject(error);
			});
		}
	};
	await Promise.all(Array.from({ length: Math.min(count, SIDE_BY_SIDE) }, worker));
	return results;
}

/**
 * One walk through the list. The first page tells `total` and how large the server's pages are, so the others are asked
 * for side by side. Pages after those are asked for one by one, as long as they bring something new.
 * @returns whether records went away meanwhile, so that others may have slipped past between two pages
 */
async function walk(ask: AskForPage, wanted: number, into: Collected): Promise<boolean> {
	const perPage = Math.min(LARGEST_PAGE, wanted);
	const first = await ask(1, perPage);
	into.add(first.records);
	let total = first.total;
	let page = 1;
	if (total !== undefined && first.records.length > 0) {
		const pages = Math.ceil(Math.min(total, wanted) / first.records.length);
		const rest = await sideBySide(pages - 1, async (index) => await ask(index + 2, perPage));
		for (const next of rest) {
			into.add(next.records);
			total = next.total ?? total;
		}
		page = pages;
	}
	let fresh = first.records.length;
	while (fresh > 0 && into.records.length < Math.min(wanted, total ?? Infinity)) {
		const next = await ask(++page, perPage);
		fresh = into.add(next.records);
		total = next.total ?? total;
	}
	return first.total !== undefined && total !== undefined && total < first.total;
}

/** The records of the first pages, up to the page on which enough are kept. */
async function untilEnough(ask: AskForPage, wanted: number, keep: Keep): Promise<IDataObject[]> {
	const collected = new Collected();
	let kept = 0;
	for (let page = 1; kept < wanted; page++) {
		const { records, total = Infinity } = await ask(page, LARGEST_PAGE);
		const fresh = collected.add(records);
		kept += collected.records.slice(-fresh || Infinity).filter(keep).length;
		if (fresh === 0 || collected.records.length >= total) break;
	}
	return collected.records;
}

/**
 * All records of a list in the server's order, none twice, or the first `wanted` of them.
 *
 * Rule (contract, Pagination): ask for an explicit page size; a page that is empty or brings nothing new ends the walk, and
 * so does having `total` records. Nothing else is believed: `total_pages` may be 1 while pages are left (facts.md 37), and
 * the server may give smaller pages than it was asked for.
 * @param keep leaves out what the API cannot leave out itself; then a limit counts what is left
 */
export async function allPages(
	ask: AskForPage,
	wanted = Infinity,
	keep?: Keep,
): Promise<IDataObject[]> {
	if (keep) {
		const found = wanted === Infinity ? await allPages(ask) : await untilEnough(ask, wanted, keep);
		return found.filter(keep).slice(0, wanted);
	}
	let collected = new Collected();
	for (let walks = 1; walks <= WALKS; walks++) {
		const latest = walks === WALKS ? collected : new Collected();
		const shrank = await walk(ask, wanted, latest);
		collected = latest;
		if (!shrank || wanted !== Infinity) break;
	}
	const { records } = collected;
	return records.length > wanted ? records.slice(0, wanted) : records;
}
