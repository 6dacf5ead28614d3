// Reading the newest guests of the list, and no more of it than needed. Called by polling. It does not trust the server to
// sort: the pages themselves show their order (contract, listGuests: what a minus sign does is not published).
import type { IDataObject } from 'n8n-workflow';
import type { Page } from '../transport/response';
import { TallyfyError } from '../transport/errors';
import { LARGEST_PAGE, MAX_PASSES, readAllPages } from '../transport/pagination';
import { guestKey, secondsOf } from './identity';
import type { Arrival } from './newest';

/** One page of the list of guests in the named order. */
export type AskInOrder = (sort: string, page: number, perPage: number) => Promise<Page>;

type Order = 'ascending' | 'descending';

/** So many guests in a row are no accident: then the order is believed. */
const EVIDENCE = 10;

const momentsOf = (records: IDataObject[]) =>
	records.map(({ created_at: created }) => secondsOf(created)).filter((second) => second > 0);

const isSorted = (moments: number[], order: Order) =>
	moments.every((moment, at) => {
		if (at === 0) return true;
		return order === 'descending' ? moments[at - 1] >= moment : moments[at - 1] <= moment;
	});

/** The order of moments; undefined if they are in none, or do not show it. */
export function orderOf(moments: number[]): Order | undefined {
	const first = moments[0] ?? 0;
	const last = moments.at(-1) ?? 0;
	const order = first > last ? 'descending' : 'ascending';
	return first !== last && isSorted(moments, order) ? order : undefined;
}

/** Why a walk cannot be believed: the list became shorter meanwhile, or is in no order. */
type Broken = 'shrunk' | 'disordered';

/** One reading of the list: who is not too old, by identity. */
class Reading {
	readonly seen = new Map<string, Arrival>();
	/** The newest guest's second, of those not in the future; 0 where none has one. */
	newest = 0;
	/** Whether any guest has a date. */
	isDated = false;
	/** Whether there is anybody at all. */
	isEmpty = true;
	/** How many moments have been in order. */
	private read = 0;
	/** Of a page, as the server gives them. */
	private size = 0;

	constructor(
		private readonly ask: AskInOrder,
		private readonly floorFor: (newest: number) => number,
		private readonly now: number,
	) {}

	async page(page: number, sort = '-created_at'): Promise<Page> {
		const answer = await this.ask(sort, page, LARGEST_PAGE);
		this.isEmpty &&= answer.records.length === 0;
		for (const guest of answer.records) {
			const created = secondsOf(guest.created_at);
			this.isDated ||= created > 0;
			if (created <= this.now) this.newest = Math.max(this.newest, created);
			// The others can go, and their memory.
			if (created >= this.floorFor(this.newest)) this.seen.set(guestKey(guest), { created, guest });
		}
		return answer;
	}

	/** Reads the whole list. Raises a Problem when somebody may be missing. */
	async everything(): Promise<void> {
		await readAllPages(async (number) => {
			const { records, total } = await this.page(number, 'created_at');
			return { records: records.map((guest) => ({ id: guestKey(guest) })), total };
		});
	}

	/** Reads from the newest guests towards the older ones, until one is too old. */
	async walk(): Promise<Broken | undefined> {
		this.read = 0;
		const first = await this.page(1);
		const { total } = first;
		this.size = first.records.length;
		if (this.size === 0 || (total !== undefined && total <= this.size)) return undefined;
		const order = orderOf(momentsOf(first.records));
		if (order === 'descending') return await this.onward(first, order, 2);
		// The newest are at the other end.
		if (order !== 'ascending' || total === undefined) return 'disordered';
		const pages = Math.ceil(total / this.size);
		const last = await this.page(pages);
		if (last.records.length === 0 || shrank(first, last)) return 'shrunk';
		const ends = [...momentsOf(first.records), ...momentsOf(last.records)];
		return isSorted(ends, order) ? await this.onward(last, order, pages - 1) : 'disordered';
	}

	/** @param from number of the page to read after `first`; then come the next, or in an ascending list those before */
	private async onward(first: Page, order: Order, from: number): Promise<Broken | undefined> {
		let page = first;
		for (let number = from; ; number += order === 'descending' ? 1 : -1) {
			const moments = momentsOf(page.records);
			this.read += moments.length;
			const isOld = Math.min(...moments) < this.floorFor(this.newest);
			const isLast = number < 1 || (number - 1) * this.size >= (page.total ?? Infinity);
			if ((isOld && this.read >= EVIDENCE) || isLast) return undefined;
			const next = await this.page(number);
			if (shrank(page, next)) return 'shrunk';
			if (repeats(page, next)) return next.total === undefined ? undefined : 'disordered';
			if (next.records.length === 0) return undefined;
			const older = momentsOf(next.records);
			// Not page by page: additions shift pages, so that two of them may overlap.
			const goesOn = isSorted(older, order) && Math.min(...older) <= Math.min(...moments);
			if (!goesOn) return 'disordered';
			page = next;
		}
	}
}

const shrank = (one: Page, next: Page) =>
	one.total !== undefined && next.total !== undefined && next.total < one.total;

/** Whether a page is the one before once more: a server that knows no pages, or ignores their number. */
const repeats = ({ records: [one] }: Page, { records: [next] }: Page) =>
	one !== undefined && next !== undefined && guestKey(one) === guestKey(next);

/**
 * Everybody from the newest guest down to the floor, and perhaps more. Raises a Problem where no guest has a date.
 * @param floorFor the second down to which the list must be read, when its newest guest so far is of that second
 * @param now seconds since 1970 by n8n's clock: a guest dated later does not say how new the others are
 */
export async function readNewest(
	ask: AskInOrder,
	floorFor: (newest: number) => number,
	now = Infinity,
): Promise<Map<string, Arrival>> {
	const reading = new Reading(ask, floorFor, now);
	let broken: Broken | undefined = 'shrunk';
	for (let walks = 1; walks <= MAX_PASSES && broken === 'shrunk'; walks++) {
		broken = await reading.walk();
	}
	if (broken) await reading.everything();
	if (!reading.isDated && !reading.isEmpty) {
		throw new TallyfyError({
			message: 'Tallyfy does not say when its guests were added',
			description:
				'Guest Added alone goes by that date. Choose another event in Events besides: then all guests are compared.',
		});
	}
	return reading.seen;
}
