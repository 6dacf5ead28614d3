// What guests were before each change, so that lists can be served as they were a while ago (facts.md 39).
// Kept by organization.mts, asked for by the lists in handlers.mts.
import type { Guest, Json } from './organization.mts';

/** How far lists stay behind: so many changes, or so many milliseconds, whichever is more. */
export interface Lag {
	changes?: number;
	ms?: number;
}

interface Step {
	at: number;
	id: number;
	/** As the guest was; undefined when there was none with this id. */
	before?: Guest;
}

/** More than any test needs; without an end, a sandbox that runs for days would grow. */
const KEPT = 20_000;

export class GuestHistory {
	private steps: Step[] = [];
	private readonly remembered = new WeakMap<Guest, Json>();

	/** Notes a change that is about to happen. @param stats of the guest, as long as there is one */
	note(at: number, id: number, guest?: Guest, stats?: Json): void {
		const before = guest && structuredClone(guest);
		if (before && stats) this.remembered.set(before, stats);
		this.steps.push({ at, id, before });
		if (this.steps.length > 2 * KEPT) this.steps = this.steps.slice(-KEPT);
	}

	/** How many changes a list that lags does not show yet. */
	hidden({ changes = 0, ms = 0 }: Lag, now: number): number {
		let shown = Math.max(0, this.steps.length - changes);
		while (ms > 0 && shown > 0 && this.steps[shown - 1].at > now - ms) shown--;
		return this.steps.length - shown;
	}

	/** The guests as they were so many changes ago, in order of their ids; copies where they were different. */
	before(hidden: number, guests: Iterable<Guest>): Guest[] {
		const then = new Map([...guests].map((guest) => [guest.id, guest]));
		for (const { id, before } of this.steps.slice(this.steps.length - hidden).reverse()) {
			if (before) then.set(id, before);
			else then.delete(id);
		}
		return [...then.values()].sort((a, b) => a.id - b.id);
	}

	/** The stats of a guest that `before` gave; undefined for guests as they are now. */
	statsOf(guest: Guest): Json | undefined {
		return this.remembered.get(guest);
	}
}
