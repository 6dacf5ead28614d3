// The full comparison: the whole list of guests against what was known. Called by polling for all events but Guest Added
// alone. It is handed the asking, so that it knows no n8n.
import type { IDataObject } from 'n8n-workflow';
import type { Page } from '../transport/response';
import { TallyfyError } from '../transport/errors';
import { readAllPages } from '../transport/pagination';
import { broughtAlong, compared, inactiveFrom, isoOf, type Change } from './events';
import { fingerprintOf, type GuestState } from './fingerprint';
import { guestKey, secondsOf } from './identity';
import type { SnapshotState, KnownGuestState } from './known';

/** Above this, the state of a workflow would be megabytes. */
const MOST_GUESTS = 50_000;

/** How long lists may lag behind, as far as we can tell (facts.md 39 gives no number), in seconds. */
export const LAG = 900;

/** How long guests who are not in the list are known, in seconds: a list may be wrong for hours. */
export const KEPT_MISSING = 86_400;

/** One page of the list of guests, oldest first. */
export type AskForGuests = (page: number, perPage: number) => Promise<Page>;

/** What a look at one guest gave. */
export interface Look {
	/** What is known of the guest from now on. */
	known: KnownGuestState;
	changes: Change[];
	/** Whether the list's word must be checked. */
	doubtful: boolean;
	/** The time to be inactive has come, reported or not. */
	timePassed: boolean;
	/** When the guest was added, in seconds since 1970; 0 where Tallyfy does not tell. */
	created: number;
	/** The newest moment in what Tallyfy said, but for those in the future, in seconds since 1970. */
	newest: number;
	/** Only where something happened, or may have. */
	guest?: IDataObject;
}

export interface Snapshot {
	/** By identity, everybody who is in the list. */
	looks: Map<string, Look>;
	/** Those who were known and are not in the list, and not yet forgotten. */
	absent: Map<string, KnownGuestState>;
}

/** What a poll looks for. */
export interface Poll {
	/** Seconds since 1970 by n8n's clock, never less than the last poll's. */
	now: number;
	/** 0 for no such event. */
	inactiveDays: number;
	/** Whether to ask for single guests where the list may be old; else it is believed. */
	checks: boolean;
}

function tooMany(total: number): TallyfyError {
	const count = total.toLocaleString('en-US');
	return new TallyfyError({
		message: `This organization has ${count} guests, more than the ${MOST_GUESTS.toLocaleString('en-US')} that can be compared at each poll`,
		description:
			'Choose Guest Added as the only one of Events: it reads new guests only, however many there are. For the other events, list guests with Tallyfy Guests on a schedule.',
	});
}

/**
 * What happened to one guest since the last poll.
 * @param certain the guest comes from a read of this guest alone, which does not lag
 */
export function lookAt(
	guest: IDataObject,
	identity: string,
	before: SnapshotState | undefined,
	{ now, inactiveDays, checks }: Poll,
	certain = false,
): Look {
	const seen = fingerprintOf(guest);
	const created = secondsOf(guest.created_at);
	const moments = [created, ...momentsIn(seen)];
	const newest = Math.max(0, ...moments.filter((moment) => moment <= now));
	if (!before) {
		const nothing = { changes: [], doubtful: false, timePassed: false };
		return { known: { print: seen }, created, newest, ...nothing };
	}
	const entry = before.guests.get(identity);
	// A guest made lately may come late, because lists lag; of others only what nobody could have seen before is news.
	// A date in the future tells nothing.
	const isRecent = created >= before.horizon - LAG && created <= now;
	const since = isRecent ? created : before.horizon;
	const base = entry?.print ?? broughtAlong(seen, since);
	const { changes, print, doubtful } = compared(base, seen, certain || !checks);
	if (!entry) changes.unshift({ event: 'guestAdded', at: created, before: null });
	// A guest added lately may have been hidden from all polls since then.
	const lastSeen = entry || !isRecent ? before.polledAt : Math.min(created, before.polledAt);
	// With another number of days every guest's time is another: it counts from now on.
	const from = before.inactiveDays === inactiveDays ? (entry?.missed?.seen ?? lastSeen) : now;
	const away = inactiveDays ? inactiveFrom(print, created, inactiveDays) : 0;
	const timePassed = away > from && away <= now;
	if (timePassed && !print.disabled) {
		const lastAccessedAt = isoOf(print.access);
		changes.push({ event: 'guestInactive', at: away, before: { lastAccessedAt } });
	}
	const known = { print };
	const keep = changes.length > 0 || doubtful ? { guest } : {};
	return { known, changes, doubtful, timePassed, created, newest, ...keep };
}

const momentsIn = ({ access, completion, disabledAt, reactivatedAt }: GuestState) => [
	access,
	completion,
	disabledAt,
	reactivatedAt,
];

/**
 * Reads the whole list and compares it. Without `before` there is nothing to compare with: nothing happened.
 * Raises a Problem for more guests than can be compared, or fewer than Tallyfy says that there are, and what `ask` raises;
 * then nothing is known anew.
 */
export async function takeSnapshot(
	ask: AskForGuests,
	before: SnapshotState | undefined,
	poll: Poll,
): Promise<Snapshot> {
	const looks = new Map<string, Look>();
	let pages = 0;
	// Later polls may miss somebody for a while, so they need not wait until nothing changes. At the first one nobody may be
	// missing: who is would be taken as added at the next.
	const options = { acceptsChanges: before !== undefined, confirms: before === undefined };
	const read = async (): Promise<boolean> => {
		pages = 0;
		const { isWhole } = await readAllPages(async (page, perPage) => {
			const { records, total } = await ask(page, perPage);
			if (records.length) pages = Math.max(pages, page);
			for (const guest of records) {
				const identity = guestKey(guest);
				looks.set(identity, lookAt(guest, identity, before, poll));
			}
			if (Math.max(total ?? 0, looks.size) > MOST_GUESTS) throw tooMany(total ?? looks.size);
			// All that reading needs; the rest of the guests can go.
			return { records: records.map((guest) => ({ id: guestKey(guest) })), total };
		}, options);
		return isWhole;
	};
	let isWhole = await read();
	if (!before) return { looks, absent: new Map() };
	const missing = () => [...before.guests].filter(([identity]) => !looks.has(identity));
	const isGone = ({ missed }: KnownGuestState) =>
		missed !== undefined && poll.now - missed.since >= KEPT_MISSING;
	if (pages > 1 && missing().some(([, guest]) => isGone(guest))) isWhole = await read();
	const fresh = { since: poll.now, seen: before.polledAt };
	const absent = missing()
		.filter(([, guest]) => !(isWhole && isGone(guest)))
		.map(([identity, guest]) => [identity, { missed: fresh, ...guest }] as const);
	return { looks, absent: new Map(absent) };
}

/** What is known after a snapshot. */
export function knownAfter(
	{ looks, absent }: Snapshot,
	before: SnapshotState | undefined,
	{ now, inactiveDays }: Poll,
): SnapshotState {
	const guests = new Map(absent);
	let horizon = before?.horizon ?? 0;
	for (const [identity, { known, newest }] of looks) {
		guests.set(identity, known);
		horizon = Math.max(horizon, newest);
	}
	return { horizon, polledAt: now, inactiveDays, guests };
}
