// Reading a list: all of it, or up to a limit. Pure: it decides which pages to fetch, and is given the function that does.
// A list is whole, or reading it fails with numbers: nothing would show later that a record is missing.
import type { IDataObject } from 'n8n-workflow';
import { TallyfyError } from './errors';
import { mapConcurrently } from './mapConcurrently';
import type { Page } from './response';

/** The largest page that lists of the API allow (contract, PerPage); assumed of those of guests, members and watchers (G1). */
export const LARGEST_PAGE = 100;

/** How often a list is read until it is whole; reading a part of its pages again counts as that part. */
export const MAX_PASSES = 3;

/** So many pages of a total are believed at most; more are fetched one by one, as long as they bring something. */
const MAX_PAGES = 10_000;

/** Fetches one page, counted from 1. */
export type FetchPage = (page: number, perPage: number) => Promise<Page>;
/** Whether a record belongs into the result. */
export type Predicate = (record: IDataObject) => boolean;
/** What a record becomes. */
export type MapRecord = (record: IDataObject) => IDataObject;

export interface ReadOptions {
	limit?: number;
	/** Leaves out what the API cannot leave out itself; a limit counts what is left. */
	predicate?: Predicate;
	/** Applied as soon as a page is there, so that memory grows with the result only. */
	mapRecord?: MapRecord;
	/** Takes a list that changes while it is read as it came, with `isWhole: false`, and does not read it again. */
	acceptsChanges?: boolean;
	/** Reads several pages once more, until no new record comes: no total shows an addition and a removal between two responses. */
	confirms?: boolean;
}

export interface RecordList {
	/** In the API's order, none twice. */
	records: IDataObject[];
	/** False only with `acceptsChanges`: a record may be missing. */
	isWhole: boolean;
}

/** What tells one record from another. The email is a guest's key, but not every list has it, or an id (G5). */
const keyOf = ({ id, email, ...rest }: IDataObject): string =>
	JSON.stringify(id || email ? [id, email] : rest);

interface Entry {
	key: string;
	/** The mapped record; missing if the predicate left it out. */
	record?: IDataObject;
}

interface ReadPage {
	entries: Entry[];
	total?: number;
	requestedAt: number;
}

/**
 * The pages that have been read, and what they prove. Pages that were all read while the list had the same total fit
 * together: with as many different records as that total, none is missing, however the server sorts. It is not known in
 * which order the server answers requests side by side. So a page counts only if it was requested after the last response
 * with another total had come; the others are outdated.
 */
class Reader {
	private readonly pages = new Map<number, ReadPage>();
	/** Keys of all records on `pages`. */
	private readonly seen = new Set<string>();
	/** How many of them the predicate kept. */
	private kept = 0;
	/** Of earlier passes with the same total: records that change their places are found by several passes together. */
	private earlier = new Map<string, Entry>();
	/** Records on page 1. The server may give fewer than it is asked for. */
	private size = 0;
	/** A page that was empty, or brought nothing new: nothing is expected after it. */
	private end = Infinity;
	/** Counts requests and responses; what is "at" something is this number. */
	private counter = 0;
	/** In the response that came last, when that was, and when the last one with another total came. */
	private total?: number;
	private totalAt = 0;
	private changedAt = 0;
	private readonly totals = new Set<number>();

	constructor(
		private readonly fetchPage: FetchPage,
		private readonly options: ReadOptions,
		private readonly limit = options.limit ?? Infinity,
		private readonly perPage = options.predicate ? LARGEST_PAGE : Math.min(LARGEST_PAGE, limit),
	) {}

	/** Reads what is unknown or outdated; everything, if nothing is. Gives the part of the list that was read, from 0 to 1. */
	async pass(everything: boolean): Promise<number> {
		const before = this.counter;
		const lastRead = Math.max(0, ...this.pages.keys());
		if (lastRead > 0) this.dropOutdated(everything);
		else await this.read(1);
		// With a predicate it is not known how many pages a limit needs.
		const isOpen = this.options.predicate !== undefined && this.limit !== Infinity;
		const needed = isOpen ? 1 : Math.min(this.total ?? 0, this.limit);
		const last = Math.max(lastRead, Math.ceil(needed / (this.size || this.perPage)));
		const numbers = Array.from({ length: Math.min(last, MAX_PAGES) }, (_, index) => index + 1);
		const missing = numbers.filter((number) => !this.pages.has(number));
		await mapConcurrently(missing.length, async (index) => {
			if (missing[index] <= this.end) await this.read(missing[index]);
		});
		for (let number = 1; this.goesOnAfter(number); number++) {
			if (!this.pages.has(number + 1)) await this.read(number + 1);
		}
		const pages = [...this.pages.values()];
		return pages.filter(({ requestedAt }) => requestedAt > before).length / pages.length;
	}

	private async read(number: number): Promise<void> {
		const { predicate, mapRecord = (record: IDataObject) => record } = this.options;
		const requestedAt = ++this.counter;
		const page = await this.fetchPage(number, this.perPage);
		const entries = page.records.map((record) => ({
			key: keyOf(record),
			record: !predicate || predicate(record) ? mapRecord(record) : undefined,
		}));
		// After another page, so small a total can only count this page (G2, as in response.ts).
		const total = number > 1 && Number(page.total) <= entries.length ? undefined : page.total;
		if (total !== undefined) {
			if (total !== this.total) {
				this.changedAt = this.totalAt;
				this.earlier.clear();
			}
			[this.total, this.totalAt] = [total, ++this.counter];
			this.totals.add(total);
		}
		this.put(number, { entries, total, requestedAt });
	}

	private put(number: number, page: ReadPage): void {
		const before = this.seen.size;
		for (const { key, record } of page.entries) {
			if (record && !this.seen.has(key)) this.kept++;
			this.seen.add(key);
		}
		this.pages.set(number, page);
		if (number === 1) this.size = page.entries.length;
		if (this.seen.size === before) this.end = Math.min(this.end, number);
		else if (number >= this.end) this.end = Infinity;
	}

	/** Whether there may be more after this page: after a full one always, for totals can be too low. */
	private goesOnAfter(number: number): boolean {
		if (this.pages.has(number + 1)) return true;
		if (number >= this.end || this.isReached) return false;
		const count = this.pages.get(number)?.entries.length ?? 0;
		const isFull = count >= (number === 1 ? this.perPage : this.size);
		return isFull || (number - 1) * this.size + count < (this.total ?? Infinity);
	}

	private isOutdated({ total = this.total, requestedAt }: ReadPage): boolean {
		return total !== this.total || requestedAt < this.changedAt;
	}

	/** Drops outdated pages, or all. The records of pages that fit together are kept apart: the total has always been the same. */
	private dropOutdated(everything: boolean): void {
		const { hasChanged } = this;
		const current = [...this.pages].filter(([, page]) => !this.isOutdated(page));
		this.earlier = hasChanged ? new Map() : this.entries();
		this.pages.clear();
		this.seen.clear();
		this.kept = 0;
		if (everything || !hasChanged) return;
		for (const [number, page] of current) this.put(number, page);
	}

	/** In the order of the pages, none twice. */
	private entries(): Map<string, Entry> {
		const inOrder = [...this.pages].sort(([one], [other]) => one - other);
		const onPages = inOrder.flatMap(([, { entries }]) => entries);
		const others = [...this.earlier.values()].filter(({ key }) => !this.seen.has(key));
		return new Map([...onPages, ...others].map((entry) => [entry.key, entry]));
	}

	get isReached(): boolean {
		return this.kept >= this.limit;
	}

	/** Whether the total was another while pages were read that are in use. */
	get hasChanged(): boolean {
		return [...this.pages.values()].some((page) => this.isOutdated(page));
	}

	/** Whether no record can be missing. Without any total this cannot be told, and is believed (G3). */
	get isWhole(): boolean {
		if (this.total === undefined) return true;
		if (this.hasChanged) return false;
		return this.seen.size >= this.total || this.entries().size === this.total;
	}

	/** Whether there is one page only, or the last pass brought no record that an earlier one had not brought. */
	get isConfirmed(): boolean {
		return this.size === this.seen.size || [...this.seen].every((key) => this.earlier.has(key));
	}

	records(): IDataObject[] {
		const records = [...this.entries().values()].map(({ record }) => record);
		return records.filter((record) => record !== undefined).slice(0, this.limit);
	}

	/** Why the list is not whole. */
	failure(): TallyfyError {
		const shown = (number?: number) => number?.toLocaleString('en-US');
		const totals = [...this.totals];
		const count = shown(this.entries().size);
		if (this.hasChanged) {
			return new TallyfyError({
				message: `The list kept changing while it was read ${MAX_PASSES} times: Tallyfy said that there are ${shown(Math.min(...totals))} to ${shown(Math.max(...totals))}, reading brought ${count} different ones, and somebody may be missing`,
				description:
					'Run this again when fewer are added and removed. In Get Many, a search or a Limit leaves less to read.',
			});
		}
		return new TallyfyError({
			message: `Tallyfy says that there are ${shown(this.total)} in this list, but reading brought only ${count} different ones`,
			description: `Run this again. If the numbers stay like this, the server, or a proxy before it, does not give all pages: tell whoever runs it. Until then a lower Limit works in Get Many.`,
		});
	}
}

/**
 * Reads a list, all of it or the first `limit` records. Rule (contract, Pagination): ask for an explicit page size, and for
 * the other pages side by side, as many as `total` says. A page that is empty or brings nothing new ends the list.
 * `total_pages` is not believed: it may be 1 while pages are left (facts.md 37).
 * @throws TallyfyError, with numbers, when the list is not whole after MAX_PASSES; and what `fetchPage` throws
 */
export async function readAllPages(
	fetchPage: FetchPage,
	options: ReadOptions = {},
): Promise<RecordList> {
	const reader = new Reader(fetchPage, options);
	let list: RecordList | undefined;
	for (let passes = 0; passes < MAX_PASSES; ) {
		// From the third time on everything at once: what is requested together has the best chance to fit together.
		passes += await reader.pass(passes > 1);
		const isWhole = reader.isReached || reader.isWhole;
		if (!isWhole && !(options.acceptsChanges && reader.hasChanged)) continue;
		list = { records: reader.records(), isWhole };
		if (!options.confirms || reader.isConfirmed) return list;
	}
	if (list) return list;
	throw reader.failure();
}
