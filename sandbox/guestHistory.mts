// What guests were before each change, for lists that do not show the newest changes yet (facts.md 39). Used by
// organization.mts.
import type { Guest, Json } from './organization.mts';

/** What lists do not show yet: the last so many changes, or those of the last milliseconds, whichever are more. */
export interface Lag {
	changes?: number;
	ms?: number;
}

interface Change {
	at: number;
	id: number;
	/** A copy of the guest from before; undefined when it was created. */
	before?: Guest;
}

/** More than any test needs; a limit, because a sandbox can run for days. */
const MAX_CHANGES = 20_000;

export class GuestHistory {
	private changes: Change[] = [];
	private readonly statsBefore = new WeakMap<Guest, Json>();

	/** To be called before a change. @param guest undefined when it is about to be created */
	record(at: number, id: number, guest?: Guest, stats?: Json): void {
		const before = guest && structuredClone(guest);
		if (before && stats) this.statsBefore.set(before, stats);
		this.changes.push({ at, id, before });
		if (this.changes.length > 2 * MAX_CHANGES) this.changes = this.changes.slice(-MAX_CHANGES);
	}

	/** How many changes a list with this lag does not show yet. */
	hidden({ changes = 0, ms = 0 }: Lag, now: number): number {
		let shown = Math.max(0, this.changes.length - changes);
		while (ms > 0 && shown > 0 && this.changes[shown - 1].at > now - ms) shown--;
		return this.changes.length - shown;
	}

	/** The guests as they were so many changes ago, in order of their ids; copies where they were different. */
	before(changes: number, guests: Iterable<Guest>): Guest[] {
		const byId = new Map([...guests].map((guest) => [guest.id, guest]));
		for (const { id, before } of this.changes.slice(this.changes.length - changes).reverse()) {
			if (before) byId.set(id, before);
			else byId.delete(id);
		}
		return [...byId.values()].sort((a, b) => a.id - b.id);
	}

	/** The stats of a guest that `before` gave; undefined for guests as they are now. */
	statsOf(guest: Guest): Json | undefined {
		return this.statsBefore.get(guest);
	}
}
