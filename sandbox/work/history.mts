// What records were before each change, so that lists can be served as they were a while ago (contract/work.md 110).

interface Change<T> {
	at: number;
	id: string;
	/** As it was; undefined when it was created. */
	before?: T;
}

/** More than any test needs; without an end, a sandbox that runs for days would grow. */
const KEPT = 20_000;

export class ChangeHistory<T extends { id: string }> {
	private changes: Array<Change<T>> = [];

	/** To be called before a change. @param record left out when it is about to be created */
	record(at: number, id: string, record?: T): void {
		this.changes.push({ at, id, before: record && structuredClone(record) });
		if (this.changes.length > 2 * KEPT) this.changes = this.changes.slice(-KEPT);
	}

	/** The records as they were so many changes, or so many milliseconds, ago, whichever is more. */
	before(lag: { changes?: number; ms?: number }, now: number, records: T[]): T[] {
		const { changes = 0, ms = 0 } = lag;
		let shown = Math.max(0, this.changes.length - changes);
		while (ms > 0 && shown > 0 && this.changes[shown - 1].at > now - ms) shown--;
		if (shown === this.changes.length) return records;
		const then = new Map(records.map((record) => [record.id, record]));
		for (const { id, before } of this.changes.slice(shown).reverse()) {
			if (before) then.set(id, before);
			else then.delete(id);
		}
		return [...then.values()];
	}
}
