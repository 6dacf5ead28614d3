// The comparison of all guests, for all events but Guest Added alone: the whole list against the stored state, and single guests
// where the list may be old.
import type { IDataObject } from 'n8n-workflow';
import { guestField } from '../../output/guest';
import { guestRequest } from '../../resources/guest/locator';
import { TallyfyError } from '../../transport/errors';
import { mapConcurrently } from '../../transport/mapConcurrently';
import { readAllPages, type FetchPage } from '../../transport/pagination';
import type { ApiRequest, Send } from '../../transport/request';
import { isNotFound, recordOf } from '../../transport/response';
import { guestKey, guestStateOf, secondsOf } from '../guestState';
import { compareStates, inactiveSince, isoOf, priorState, type Change } from './events';
import type { KnownGuest, SnapshotState } from './snapshotState';

/** With more, the stored state would be megabytes. */
const MAX_GUESTS = 50_000;

/** How far lists may lag behind, in seconds. facts.md 39 gives no number (G11). */
export const LIST_LAG_S = 900;

/** How long a guest who is not in the list stays known, in seconds: a list may be wrong for hours (G13). */
export const KEEP_MISSING_S = 86_400;

/** One guest of the list, compared with the stored state. Dates are in seconds since 1970. */
export interface GuestDiff {
	/** What is known of the guest from now on. */
	known: KnownGuest;
	changes: Change[];
	/** Whether the guest must be read alone, because the list may be old. */
	unconfirmed: boolean;
	/** Whether the guest has become inactive, reported or not. */
	timePassed: boolean;
	/** When the guest was added; 0 where Tallyfy does not say. */
	created: number;
	/** The newest date of the guest that is not in the future. */
	newest: number;
	/** Only with changes, confirmed or not. */
	guest?: IDataObject;
}

/** Of a guest without changes. */
export const UNCHANGED = { changes: [], unconfirmed: false, timePassed: false };

export interface Snapshot {
	/** Guests in the list, by key. */
	diffs: Map<string, GuestDiff>;
	/** Guests who were known, are not in the list, and are not yet forgotten. */
	absent: Map<string, KnownGuest>;
	/** See `unseenSince`. */
	unseenSince: number;
}

export interface CompareOptions {
	/** The stored state; undefined at the first poll, which finds no changes. */
	before?: SnapshotState;
	/** Seconds since 1970 by n8n's clock, never less than at the last poll. */
	now: number;
	/** 0 without the event Guest Inactive. */
	inactiveDays: number;
	/** Whether guests whom the list may show as they were are read alone; else the list is believed. */
	confirms: boolean;
}

/**
 * Since when added guests may have been in no list until now, in seconds since 1970: lists lag, and one in which known guests
 * are missing may have been without new ones too, though it showed newer ones (G13).
 */
function unseenSince(before: SnapshotState | undefined): number {
	if (!before) return 0;
	let since = before.watermark;
	for (const { missed } of before.guests.values()) if (missed) since = Math.min(since, missed.seen);
	return since - LIST_LAG_S;
}

/** What happened to one guest since the last poll. `isConfirmed` says that the guest was read alone, which does not lag (G12). */
function diffGuest(
	guest: IDataObject,
	options: CompareOptions & { unseenSince: number },
	isConfirmed = false,
): GuestDiff {
	const { before, now, inactiveDays, confirms } = options;
	const seen = guestStateOf(guest);
	const created = secondsOf(guest.created_at);
	const dates = [created, seen.access, seen.completion, seen.disabledAt, seen.reactivatedAt];
	const newest = Math.max(0, ...dates.filter((date) => date <= now));
	if (!before) return { known: { state: seen }, created, newest, ...UNCHANGED };
	const entry = before.guests.get(guestKey(guest));
	// A guest added lately may be listed late; of other new guests, who may bring old dates along (G23), only what is newer than
	// all that was known counts. A date in the future says nothing.
	const isRecent = created >= options.unseenSince && created <= now;
	const base = entry?.state ?? priorState(seen, isRecent ? created : before.watermark);
	const { changes, state, unconfirmed } = compareStates(base, seen, isConfirmed || !confirms);
	if (!entry) changes.unshift({ event: 'guestAdded', at: created, before: null });
	// A guest added lately may have been missing in the lists of all polls since then.
	const lastSeen = entry || !isRecent ? before.polledAt : Math.min(created, before.polledAt);
	// After a change of Inactive Days the time counts from this poll on.
	const from = before.inactiveDays === inactiveDays ? (entry?.missed?.seen ?? lastSeen) : now;
	const inactive = inactiveDays ? inactiveSince(state, created, inactiveDays) : 0;
	const timePassed = inactive > from && inactive <= now;
	if (timePassed && !state.disabled) {
		const lastAccessedAt = isoOf(state.access);
		changes.push({ event: 'guestInactive', at: inactive, before: { lastAccessedAt } });
	}
	const diff = { known: { state }, changes, unconfirmed, timePassed, created, newest };
	return changes.length > 0 || unconfirmed ? { ...diff, guest } : diff;
}

function assertComparable(count: number): void {
	if (count <= MAX_GUESTS) return;
	const [all, most] = [count, MAX_GUESTS].map((number) => number.toLocaleString('en-US'));
	throw new TallyfyError({
		message: `This organization has ${all} guests, more than the ${most} that can be compared at each poll`,
		description:
			'Choose Guest Added as the only one of Events: it reads new guests only, however many there are. For the other events, list guests with Tallyfy Guests on a schedule.',
	});
}

/**
 * Reads the whole list and compares it with the stored state.
 * @throws TallyfyError for more guests than can be compared or fewer than Tallyfy says that there are; and what `ask` throws
 */
export async function takeSnapshot(ask: FetchPage, options: CompareOptions): Promise<Snapshot> {
	const { before, now } = options;
	const diffs = new Map<string, GuestDiff>();
	const comparing = { ...options, unseenSince: unseenSince(before) };
	let pages = 0;
	// A guest missing in the first list would be reported as added by the next poll. Later lists may miss some for a while.
	const reading = { acceptsChanges: before !== undefined, confirms: before === undefined };
	const read = async () =>
		await readAllPages(async (page, perPage) => {
			const { records, total } = await ask(page, perPage);
			if (records.length) pages = Math.max(pages, page);
			// The key is all that reading needs; with many guests the rest must not stay in memory.
			const keys = records.map((guest) => ({ id: guestKey(guest) }));
			keys.forEach(({ id }, at) => diffs.set(id, diffGuest(records[at], comparing)));
			assertComparable(Math.max(total ?? 0, diffs.size));
			return { records: keys, total };
		}, reading);
	let { isWhole } = await read();
	const snapshot = {
		diffs,
		absent: new Map<string, KnownGuest>(),
		unseenSince: comparing.unseenSince,
	};
	if (!before) return snapshot;
	const missing = () => [...before.guests].filter(([key]) => !diffs.has(key));
	const isGone = ({ missed }: KnownGuest) =>
		missed !== undefined && now - missed.since >= KEEP_MISSING_S;
	if (pages > 1 && missing().some(([, guest]) => isGone(guest))) ({ isWhole } = await read());
	const missed = { since: now, seen: before.polledAt };
	const absent = missing()
		.filter(([, guest]) => !(isWhole && isGone(guest)))
		.map(([key, guest]) => [key, { missed, ...guest }] as const);
	return { ...snapshot, absent: new Map(absent) };
}

/** The guest as a read of this guest alone has it; undefined for none. As listed, if the email cannot be part of an address. */
async function readGuest(send: Send, listed: IDataObject): Promise<IDataObject | undefined> {
	let request: ApiRequest;
	try {
		request = guestRequest(String(listed.email));
	} catch {
		return listed;
	}
	const response = await send({ ...request, qs: { with: 'stats' } });
	if (isNotFound(response)) return undefined;
	const { stats, ...guest } = recordOf(response);
	// Task numbers may be empty where one guest is read alone (contract, GuestStats; G17). Numbers that the list does not show
	// were never compared, and are no change.
	const isListed = guestField(listed, 'tasksCompleted') !== null;
	const numbers = isListed && guestStateOf({ stats }).count ? stats : listed.stats;
	return numbers === undefined ? guest : { ...guest, stats: numbers };
}

/**
 * Reads each guest with unconfirmed changes alone, one request each, and compares again. A guest who is gone or replaced by
 * now stays as known until the next list.
 */
export async function confirmChanges(snapshot: Snapshot, send: Send, options: CompareOptions) {
	const { diffs, unseenSince: since } = snapshot;
	const unconfirmed = [...diffs].filter(([, diff]) => diff.unconfirmed);
	await mapConcurrently(unconfirmed.length, async (index) => {
		const [key, { guest: listed = {} }] = unconfirmed[index];
		const guest = await readGuest(send, listed);
		if (!guest || guestKey(guest) !== key) return;
		diffs.set(key, diffGuest(guest, { ...options, unseenSince: since }, true));
	});
}

/** The state to store after a snapshot. */
export function stateAfter({ diffs, absent }: Snapshot, options: CompareOptions): SnapshotState {
	const { before, now: polledAt, inactiveDays } = options;
	const guests = new Map(absent);
	let watermark = before?.watermark ?? 0;
	for (const [key, { known, newest }] of diffs) {
		guests.set(key, known);
		watermark = Math.max(watermark, newest);
	}
	return { watermark, polledAt, inactiveDays, guests };
}
