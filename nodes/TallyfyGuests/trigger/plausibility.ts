// Whether a list of guests can be right, held against what was known at the last poll. A list that has lost most guests for a
// while, or shows the same people with other IDs or dates, must not make everybody new. Pure; called by polling.
import { fingerprintOf } from './fingerprint';
import type { SnapshotState } from './known';
import type { Arrival, Newest } from './newest';
import { LAG, type Look, type Snapshot } from './snapshot';

/** So few guests may come and go at any time. */
const FEW = 10;

/** More than half, and not few. */
const isMost = (part: number, whole: number) => part >= FEW && part > whole / 2;

interface Comparison {
	/** Guests who were in the list at the last poll. */
	known: number;
	/** How many of those are not in it now. */
	lost: number;
	/** Guests who were never seen before, although they were added before the last poll. */
	old: Array<[string, Look]>;
	/** Guests who were never seen before and were added since. */
	fresh: Array<[string, Look]>;
}

function compare({ looks }: Snapshot, before: SnapshotState): Comparison {
	const present = [...before.guests].filter(([, { missed }]) => !missed);
	const unknown = [...looks].filter(([identity]) => !before.guests.has(identity));
	const since = before.horizon - LAG;
	return {
		known: present.length,
		lost: present.filter(([identity]) => !looks.has(identity)).length,
		old: unknown.filter(([, { created }]) => created < since),
		fresh: unknown.filter(([, { created }]) => created >= since),
	};
}

const guests = (count: number) => `${count.toLocaleString('en-US')} guests`;

/** Why the list of a full comparison cannot be right, as a sentence with numbers; undefined when it can. */
export function whyImplausible(snapshot: Snapshot, before: SnapshotState): string | undefined {
	const { known, lost, old } = compare(snapshot, before);
	if (known >= FEW && lost > known / 2) {
		return `Tallyfy lists ${(known - lost).toLocaleString('en-US')} of the ${guests(known)} known at the last poll`;
	}
	if (isMost(old.length, known)) {
		return `Tallyfy lists ${guests(old.length)} who were added before the last poll and were not in its list, beside the ${guests(known)} known then`;
	}
	return undefined;
}

/**
 * Takes an implausible list as it is. Guests who were never seen before are known from now on without an event, but for those
 * who were added since the last poll; where those could be the lost ones with another ID or date, they get no event either.
 */
export function acceptSnapshot(snapshot: Snapshot, before: SnapshotState): void {
	const { known, lost, old, fresh } = compare(snapshot, before);
	const areReplacements = lost > known / 2 && fresh.length >= FEW;
	for (const [identity, look] of areReplacements ? [...old, ...fresh] : old) {
		const { guest = {}, created, newest } = look;
		const known = { print: fingerprintOf(guest) };
		const nothing = { changes: [], doubtful: false, timePassed: false };
		snapshot.looks.set(identity, { known, created, newest, ...nothing });
	}
}

/** Why Guest Added alone cannot trust the list, as a sentence with numbers: it has lost most guests. */
export function whyShrunk(
	before: Newest | undefined,
	total: number | undefined,
): string | undefined {
	const last = before?.total ?? 0;
	if (last < FEW || total === undefined || total >= last / 2) return undefined;
	return `Tallyfy lists ${guests(total)} in all, after ${guests(last)} at the last poll`;
}

/**
 * Why the guests that Guest Added alone takes for new cannot be new, as a sentence with numbers; undefined when they can. In
 * an import the newest guests of before are still there, or the list has grown.
 */
export function whyNotArrivals(
	added: Map<string, Arrival>,
	seen: Map<string, Arrival>,
	before: Newest | undefined,
	total: number | undefined,
): string | undefined {
	if (added.size < FEW || before?.total === undefined || total === undefined) return undefined;
	const newest = [...before.since.keys()];
	const gone = newest.filter((identity) => !seen.has(identity)).length;
	const grown = total - before.total;
	if (gone <= newest.length / 2 || grown >= added.size / 2) return undefined;
	return `Tallyfy lists ${guests(added.size)} as new, but ${guests(total)} in all, after ${guests(before.total)} at the last poll`;
}
