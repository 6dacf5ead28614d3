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

/** What a record becomes. */
export type Shape = (record: IDataObject) => IDataObject;

/** What tells one record from another: guests and members have their email, tasks their id. */
function identity(record: IDataObject): string {
	return String(record.email || record.id || JSON.stringify(record));
}

/** A page after reading: who is on it, and what becomes of those who are kept. The API's own, larger records are gone. */
interface ReadPage {
	entries: Array<{ key: string; record?: IDataObject }>;
	total?: number;
}

/** Kept records in the order they came, none twice. */
class Collected {
	readonly records: IDataObject[] = [];
	private readonly seen = new Set<string>();

	/** How many different records have come, kept or not. */
	get count(): number {
		return this.seen.size;
	}

	/** Gives the number of records that were new. */
	add(entries: ReadPage['entries']): number {
		const before = this.count;
		for (const { key, record } of entries) {
			if (this.seen.has(key)) continue;
			this.seen.add(key);
			if (record) this.records.push(record);
		}
		return this.count - before;
	}
}

/** At most so many pages are asked for at a time; the pace may allow fewer. */
const SIDE_BY_SIDE = 64;

/** Does a number of things side by side, in order of their index. After a failure no more are begun. */
export async function sideBySide<T>(
	count: number,
	work: (index: number) => Promise<T>,
): Promise<T[]> {
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

interface Walk {
	ask: (page: number) => Promise<ReadPage>;
	wanted: number;
	/** One page after the other: nobody knows how many pages are needed. */
	oneByOne: boolean;
}

/**
 * One walk through the list. The first page tells `total` and how large the server's pages are, so the others are asked
 * for side by side. Pages after those are asked for one by one, as long as they bring something new.
 * @returns whether records went away meanwhile, so that others may have slipped past between two pages
 */
async function walk({ ask, wanted, oneByOne }: Walk, into: Collected): Promise<boolean> {
	const first = await ask(1);
	const size = first.entries.length;
	let { total } = first;
	let page = 1;
	let fresh = into.add(first.entries) || size;
	if (total !== undefined && size > 0 && !oneByOne) {
		const pages = Math.ceil(Math.min(total, wanted) / size);
		for (const next of await sideBySide(pages - 1, async (index) => await ask(index + 2))) {
			into.add(next.entries);
			total = next.total ?? total;
		}
		page = Math.max(pages, 1);
	}
	while (fresh > 0 && into.records.length < wanted && into.count < (total ?? Infinity)) {
		const next = await ask(++page);
		fresh = into.add(next.entries);
		total = next.total ?? total;
	}
	return first.total !== undefined && total !== undefined && total < first.total;
}

/**
 * All records of a list in the server's order, none twice, or the first `wanted` of them.
 *
 * Rule (contract, Pagination): ask for an explicit page size; a page that is empty or brings nothing new ends the walk, and
 * so does having `total` records. Nothing else is believed: `total_pages` may be 1 while pages are left (facts.md 37), and
 * the server may give smaller pages than it was asked for.
 * @param keep leaves out what the API cannot leave out itself; then a limit counts what is left
 * @param shape what a record becomes as soon as its page is there, so that memory grows with the answer only
 */
export async function allPages(
	ask: AskForPage,
	wanted = Infinity,
	keep?: Keep,
	shape: Shape = (record) => record,
): Promise<IDataObject[]> {
	const perPage = keep ? LARGEST_PAGE : Math.min(LARGEST_PAGE, wanted);
	const read = async (page: number): Promise<ReadPage> => {
		const { records, total } = await ask(page, perPage);
		const entries = records.map((record) => ({
			key: identity(record),
			record: !keep || keep(record) ? shape(record) : undefined,
		}));
		return { entries, total };
	};
	const oneByOne = keep !== undefined && wanted !== Infinity;
	let collected = new Collected();
	for (let walks = 1; walks <= WALKS; walks++) {
		const latest = walks === WALKS ? collected : new Collected();
		const shrank = await walk({ ask: read, wanted, oneByOne }, latest);
		collected = latest;
		if (!shrank || wanted !== Infinity) break;
	}
	const { records } = collected;
	return records.length > wanted ? records.slice(0, wanted) : records;
}
