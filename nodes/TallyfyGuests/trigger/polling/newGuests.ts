// Reads the newest guests of the list, and no more of it than needed. It does not rely on the server to sort: what a minus sign
// does is not published (contract, listGuests), so the order is taken from the dates on the pages.
import type { IDataObject } from 'n8n-workflow';
import { TallyfyError } from '../../transport/errors';
import { LARGEST_PAGE, MAX_PASSES, readAllPages } from '../../transport/pagination';
import type { Page } from '../../transport/response';
import { guestKey, secondsOf } from '../guestState';
import { LIST_LAG_S } from './snapshot';
import type { ListedGuest } from './watermark';

/** Asks for one page of the list of guests, counted from 1; without `sort` oldest first. */
export type AskForSortedPage = (page: number, perPage: number, sort?: string) => Promise<Page>;

type Order = 'ascending' | 'descending';

/** The order of fewer guests than this may be an accident. */
const MIN_ORDERED = 10;

const datesOf = (records: IDataObject[]) =>
	records.map(({ created_at: created }) => secondsOf(created)).filter((date) => date > 0);

const isSorted = (dates: number[], order: Order) =>
	dates
		.slice(1)
		.every((date, at) => (order === 'descending' ? dates[at] >= date : dates[at] <= date));

/** The order of dates; undefined if they are in none, or all the same. */
export function orderOf(dates: number[]): Order | undefined {
	const [first = 0, last = 0] = [dates[0], dates.at(-1)];
	const order = first > last ? 'descending' : 'ascending';
	return first !== last && isSorted(dates, order) ? order : undefined;
}

/** Why a pass may have missed guests: the list became shorter meanwhile, or is in no order. */
type Failure = 'shrunk' | 'unordered';

class Reader {
	/** Guests who are not older than the floor, by key. */
	readonly guests = new Map<string, ListedGuest>();
	/** Of the last page that told it. */
	total?: number;
	/** When the newest guest was added, but for those in the future; 0 for no date. */
	private newest = 0;
	/** Whether any guest has a date; undefined without guests. */
	isDated?: boolean;
	/** Dates that were in order. */
	private ordered = 0;
	/** Guests on page 1. The server may give fewer than it is asked for. */
	private size = 0;

	constructor(
		private readonly ask: AskForSortedPage,
		private readonly givenFloor: number | undefined,
		private readonly now: number,
	) {}

	private get floor(): number {
		return this.givenFloor ?? this.newest - LIST_LAG_S;
	}

	private async page(page: number, sort = '-created_at'): Promise<Page> {
		const answer = await this.ask(page, LARGEST_PAGE, sort);
		this.total = answer.total ?? this.total;
		for (const guest of answer.records) {
			const created = secondsOf(guest.created_at);
			this.isDated = this.isDated === true || created > 0;
			if (created <= this.now) this.newest = Math.max(this.newest, created);
			if (created >= this.floor) this.guests.set(guestKey(guest), { created, guest });
		}
		return answer;
	}

	async readAll(): Promise<void> {
		await readAllPages(async (number) => {
			const page = await this.page(number, 'created_at');
			return { ...page, records: page.records.map((guest) => ({ id: guestKey(guest) })) };
		});
	}

	/** Reads from the newest guests towards the older ones, down to the floor. */
	async readNewest(): Promise<Failure | undefined> {
		this.ordered = 0;
		const first = await this.page(1);
		this.size = first.records.length;
		if (this.size === 0 || Number(first.total) <= this.size) return undefined;
		const order = orderOf(datesOf(first.records));
		if (order === 'descending') return await this.readOn(first, order, 2);
		if (order !== 'ascending' || first.total === undefined) return 'unordered';
		// The newest guests are on the last page.
		const pages = Math.ceil(first.total / this.size);
		const last = await this.page(pages);
		if (last.records.length === 0 || hasShrunk(first, last)) return 'shrunk';
		const ends = [...datesOf(first.records), ...datesOf(last.records)];
		return isSorted(ends, order) ? await this.readOn(last, order, pages - 1) : 'unordered';
	}

	/** @param from number of the page to read after `page`; then come the next, or in an ascending list those before */
	private async readOn(page: Page, order: Order, from: number): Promise<Failure | undefined> {
		for (let number = from; ; number += order === 'descending' ? 1 : -1) {
			const dates = datesOf(page.records);
			this.ordered += dates.length;
			const isOld = Math.min(...dates) < this.floor;
			const isLast = number < 1 || (number - 1) * this.size >= (page.total ?? Infinity);
			if ((isOld && this.ordered >= MIN_ORDERED) || isLast) return undefined;
			const next = await this.page(number);
			if (hasShrunk(page, next)) return 'shrunk';
			if (isSamePage(page, next)) return next.total === undefined ? undefined : 'unordered';
			if (next.records.length === 0) return undefined;
			const older = datesOf(next.records);
			// Not their ends: additions shift pages, so that two may overlap.
			if (!isSorted(older, order) || Math.min(...older) > Math.min(...dates)) return 'unordered';
			page = next;
		}
	}
}

/** False where a total is missing. */
const hasShrunk = (one: Page, next: Page) => Number(next.total) < Number(one.total);

/** A server that has no pages, or ignores their number, gives the same page again. */
const isSamePage = ({ records: [one] }: Page, { records: [next] }: Page) =>
	one !== undefined && next !== undefined && guestKey(one) === guestKey(next);

/**
 * The guests from the newest down to the floor, and perhaps more, by key; and how many Tallyfy says that there are.
 * @param floor seconds since 1970; without one it is LIST_LAG_S before the newest guest
 * @param now seconds since 1970 by n8n's clock: a guest dated later does not say how new the others are
 * @throws TallyfyError where no guest has a date, and where guests may be missing
 */
export async function readNewestGuests(
	ask: AskForSortedPage,
	floor: number | undefined,
	now = Infinity,
): Promise<Pick<Reader, 'guests' | 'total'>> {
	const reader = new Reader(ask, floor, now);
	let failure: Failure | undefined = 'shrunk';
	for (let passes = 1; passes <= MAX_PASSES && failure === 'shrunk'; passes++) {
		failure = await reader.readNewest();
	}
	if (failure) await reader.readAll();
	if (reader.isDated === false) {
		throw new TallyfyError({
			message: 'Tallyfy does not say when its guests were added',
			description:
				'Guest Added alone goes by that date. Choose another event in Events besides: then all guests are compared.',
		});
	}
	return reader;
}
