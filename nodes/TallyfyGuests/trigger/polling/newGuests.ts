// Guest Added alone: reads the newest guests of the list, and no more of it than needed; and tells which of them are new.
import type { IDataObject } from 'n8n-workflow';
import { TallyfyError } from '../../transport/errors';
import { LARGEST_PAGE, MAX_PASSES, readAllPages } from '../../transport/pagination';
import type { Page } from '../../transport/response';
import { guestKey, KEY_LENGTH, secondsOf } from '../guestState';
import { LIST_LAG_S } from './snapshot';

/** Asks for one page of the list of guests, counted from 1; without `sort` oldest first. */
export type AskForSortedPage = (page: number, perPage: number, sort?: string) => Promise<Page>;

/** A guest, added in this second since 1970 by Tallyfy's clock. */
export type ListedGuest = { created: number; guest: IDataObject };

/** The order is taken from the dates, because what a minus sign does is not published (contract, listGuests). */
type Order = 'ascending' | 'descending';

/** The order of fewer guests than this may be an accident (G7). */
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
	/** Of the last page that had it. */
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
		private readonly floor: number | undefined,
		private readonly now: number,
	) {}

	private async page(page: number, sort = '-created_at'): Promise<Page> {
		const answer = await this.ask(page, LARGEST_PAGE, sort);
		this.total = answer.total ?? this.total;
		for (const guest of answer.records) {
			const created = secondsOf(guest.created_at);
			this.isDated = this.isDated === true || created > 0;
			if (created <= this.now) this.newest = Math.max(this.newest, created);
			const floor = this.floor ?? this.newest - LIST_LAG_S;
			if (created >= floor) this.guests.set(guestKey(guest), { created, guest });
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
			const isOld = Math.min(...dates) < (this.floor ?? this.newest - LIST_LAG_S);
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

/** With more keys than this the floor rises at once, because each poll reads the list down to it. */
const MANY_KEYS = 500;
const DAY_S = 86_400;

/** What is stored: all guests added before `floor` are known, and of the later ones those in `since`. In seconds since 1970. */
export interface WatermarkState {
	/** When the newest guest was added, but for those dated in the future. */
	watermark: number;
	/** Lists lag (G11), and guests share a second: guests added from here on are told apart by their keys. */
	floor: number;
	/** Keys of the guests added at the floor or later, with the second. */
	since: Map<string, number>;
	/** Guests in the list; undefined when Tallyfy did not say. */
	total?: number;
	/** How far the floor rises a day after `at` (n8n's clock): a list may hide guests for hours and show newer ones (G13). */
	rise?: { floor: number; at: number };
}

type Floors = Pick<WatermarkState, 'floor' | 'rise'>;

/** The floor rises a day after it was planned to. */
function floorsAfter(before: WatermarkState, target: number, now: number): Floors {
	const planned = before.rise ?? { floor: target, at: now };
	const isDue = now - planned.at >= DAY_S;
	const floor = Math.max(before.floor, isDue ? planned.floor : 0);
	const next = isDue ? { floor: target, at: now } : planned;
	// Not later than now: n8n's clock may have been wrong.
	const rise = { floor: next.floor, at: Math.min(next.at, now) };
	return rise.floor > floor ? { floor, rise } : { floor };
}

/**
 * The guests who were added since the state `before`, by key, and the next state. Without `before` no guest is new.
 * @param now seconds since 1970 by n8n's clock; guests dated later move neither watermark nor floor
 */
export function findNewGuests(
	seen: Map<string, ListedGuest>,
	before: WatermarkState | undefined,
	{ now, total }: { now: number; total?: number },
): { added: Map<string, ListedGuest>; state: WatermarkState } {
	const isNew = ([key, { created }]: [string, ListedGuest]) =>
		before !== undefined && created >= before.floor && !before.since.has(key);
	const all = new Map(before?.since);
	let watermark = before?.watermark ?? 0;
	for (const [key, { created }] of seen) {
		all.set(key, created);
		if (created <= now) watermark = Math.max(watermark, created);
	}
	const target = Math.min(watermark, now) - LIST_LAG_S;
	const floors: Floors =
		before && all.size <= MANY_KEYS
			? floorsAfter(before, target, now)
			: { floor: Math.max(before?.floor ?? 0, target) };
	const since = new Map([...all].filter(([, at]) => at >= floors.floor));
	const state = { watermark, ...floors, since, ...(total !== undefined && { total }) };
	return { added: new Map([...seen].filter(isNew)), state };
}

/** The state as text: floor; watermark, total and rise; then by second how long before the watermark it was, and its keys. */
export function encodeWatermark({ watermark, floor, since, total, rise }: WatermarkState): string {
	const bySecond = new Map<number, string[]>();
	for (const [key, at] of since) bySecond.set(at, [...(bySecond.get(at) ?? []), key]);
	const groups = [...bySecond]
		.sort(([one], [other]) => other - one)
		.map(([at, keys]) => `${(watermark - at).toString(36)}:${keys.sort().join('')}`);
	const header = [watermark, total, rise?.floor, rise?.at].map((one) => one?.toString(36) ?? '');
	return [floor.toString(36), header.join().replace(/,+$/, ''), ...groups].join(' ');
}

/**
 * The state of such a text, or undefined for one whose floor lies in the future: versions up to 0.1.0 took such a date of a
 * guest for the newest, and no guest was new until then. A day is allowed for a clock of n8n that is behind.
 * @param now seconds since 1970 by n8n's clock
 */
export function decodeWatermark(text: string, now = Infinity): WatermarkState | undefined {
	const [floorText, header, ...groups] = text.split(' ');
	const floor = parseInt(floorText, 36);
	if (floor > now + DAY_S) return undefined;
	// Versions up to 0.1.0 stored the watermark alone.
	const [watermark = 0, total, riseTo, riseAt] = header
		.split(',')
		.map((number) => (number ? parseInt(number, 36) : undefined));
	const since = new Map<string, number>();
	for (const group of groups) {
		const [ago, keys] = group.split(':');
		for (let at = 0; at < keys.length; at += KEY_LENGTH) {
			since.set(keys.slice(at, at + KEY_LENGTH), watermark - parseInt(ago, 36));
		}
	}
	const state = { watermark, floor, since, ...(total !== undefined && { total }) };
	return riseTo && riseAt ? { ...state, rise: { floor: riseTo, at: riseAt } } : state;
}
