// Whether a list of guests can be right, by what was known at the last poll. A list that has lost most guests for a while, or
// shows the same people with other IDs or dates (G13), must not start a workflow for each of them.
import { TallyfyError } from '../../transport/errors';
import { guestStateOf } from '../guestState';
import { LIST_LAG_S, UNCHANGED, type Snapshot } from './snapshot';
import type { SnapshotState } from './snapshotState';
import type { ListedGuest, WatermarkState } from './newGuests';

/** Fewer guests than this may come and go at any time. */
const FEW = 10;

/**
 * How many guests were in the list at the last poll (`known`), how many of those are not in it now (`lost`), and the guests who
 * were never seen before: added before the last poll (`old`), and since (`fresh`).
 */
function compare({ diffs }: Snapshot, before: SnapshotState) {
	const present = [...before.guests].filter(([, { missed }]) => !missed);
	const unknown = [...diffs].filter(([key]) => !before.guests.has(key));
	const since = before.watermark - LIST_LAG_S;
	const lost = present.filter(([key]) => !diffs.has(key)).length;
	const old = unknown.filter(([, { created }]) => created < since);
	const fresh = unknown.filter(([, { created }]) => created >= since);
	return { known: present.length, lost, old, fresh };
}

const formatted = (count: number) => count.toLocaleString('en-US');
const guests = (count: number) => `${formatted(count)} guests`;

/** Why the list of a snapshot cannot be right, as a sentence with numbers; undefined when it can. */
export function whyImplausible(snapshot: Snapshot, before: SnapshotState): string | undefined {
	const { known, lost, old } = compare(snapshot, before);
	if (known >= FEW && lost > known / 2) {
		return `Tallyfy lists ${formatted(known - lost)} of the ${guests(known)} known at the last poll`;
	}
	if (old.length >= FEW && old.length > known / 2) {
		return `Tallyfy lists ${guests(old.length)} who were added before the last poll and were not in its list, beside the ${guests(known)} known then`;
	}
	return undefined;
}

/**
 * Takes an implausible list as it is: guests who were never seen before become known without an event, but for those added
 * since the last poll; where these may be the lost ones under other IDs or dates, they get no event either.
 */
export function acceptSnapshot(snapshot: Snapshot, before: SnapshotState): void {
	const { known, lost, old, fresh } = compare(snapshot, before);
	const areReplacements = lost > known / 2 && fresh.length >= FEW;
	for (const [key, { guest = {}, created, newest }] of areReplacements ? [...old, ...fresh] : old) {
		const state = guestStateOf(guest);
		snapshot.diffs.set(key, { known: { state }, created, newest, ...UNCHANGED });
	}
}

/** Why Guest Added alone cannot trust the list, as a sentence with numbers: it has lost most guests. */
export function whyShrunk(before?: WatermarkState, total?: number): string | undefined {
	const last = before?.total ?? 0;
	if (last < FEW || total === undefined || total >= last / 2) return undefined;
	return `Tallyfy lists ${guests(total)} in all, after ${guests(last)} at the last poll`;
}

/**
 * Why the guests that Guest Added alone takes for new cannot be new, as a sentence with numbers; undefined when they can: then
 * the newest guests of before are still in the list, or it has grown.
 */
export function whyNotNew(
	added: Map<string, ListedGuest>,
	seen: Map<string, ListedGuest>,
	before?: WatermarkState,
	total?: number,
): string | undefined {
	if (added.size < FEW || before?.total === undefined || total === undefined) return undefined;
	const newest = [...before.since.keys()];
	const gone = newest.filter((key) => !seen.has(key)).length;
	if (gone <= newest.length / 2 || total - before.total >= added.size / 2) return undefined;
	return `Tallyfy lists ${guests(added.size)} as new, but ${guests(total)} in all, after ${guests(before.total)} at the last poll`;
}

/** At so many polls, and for so many seconds, a list must be implausible before it is taken as it is. */
const MIN_POLLS = 3;
const MIN_SECONDS = 3600;
const MAX_NODES = 1000;

/**
 * By node: the state that an implausible list was compared with, the first poll in seconds since 1970, and how many there were.
 * In this process, because n8n 2.41 throws away what a poll that fails writes to its static data
 * (poll-trigger-task-handler.js: only null and items commit it). After a restart the time counts anew.
 */
const implausible = new Map<string, { state: string; since: number; polls: number }>();

/**
 * Returns for a plausible list (`why` is undefined), and for one that has been implausible for long enough. `node` is unique in
 * this n8n, `state` is what the list was compared with or a hash of it, `now` is in seconds since 1970 by n8n's clock.
 * @throws TallyfyError that says why, until then
 */
export function assertPlausible(
	why: string | undefined,
	{ node, state, now }: { node: string; state: string; now: number },
): void {
	const last = implausible.get(node);
	implausible.delete(node);
	if (why === undefined) return;
	const first = last?.state === state && last.since <= now ? last : { state, since: now, polls: 0 };
	const polls = first.polls + 1;
	// Kept also when the list is taken: should the rest of this poll fail, the next one goes on.
	implausible.set(node, { ...first, polls });
	if (implausible.size > MAX_NODES) implausible.delete([...implausible.keys()][0]);
	if (polls >= MIN_POLLS && now - first.since >= MIN_SECONDS) return;
	throw new TallyfyError({
		message: why,
		description:
			'The list may be incomplete for a while, so this poll reports nothing and forgets nothing. If the list is right, do nothing: when it has been like this for an hour and at three polls, it is taken as it is, and guests who are new only because of it start nothing. If it is wrong, ask Tallyfy.',
	});
}
