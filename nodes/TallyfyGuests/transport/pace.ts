// How fast requests may go: shared by all items and executions in this process that use one token with one organization.
// Knows nothing of n8n; the clock and the sleep are handed in.

/** Requests in flight to begin with. */
const GENTLE_START = 4;
/** After a refusal, so many times the number in flight must be answered before one more is tried. */
const CAUTION = 8;
/** So many losses in a row, with not one answer between, mean that nobody is there. */
const NOBODY_THERE = 10;

export interface PaceLimits {
	/** Requests in flight at the most. */
	concurrency: number;
	requestsPerMinute?: number;
}

/** A request that asks to start. */
export interface Entry {
	/** On whose behalf: `dismiss` sends waiting requests of one owner away. */
	owner: object;
	limits: PaceLimits;
	/** Requests that the server limits together, apart from all others: `POST /guests`. */
	lane: string;
	/** Earliest start, in milliseconds since 1970. */
	notBefore?: number;
	/** Goes before those that were never tried. */
	again?: boolean;
}

/** Leave to be in flight; handed back when the answer is there. */
export interface Ticket {
	entry: Entry;
	number: number;
}

interface Waiting {
	entry: Entry;
	start: (ticket: Ticket | undefined) => void;
}

const EVERYBODY = '';

export class Pace {
	private allowed = GENTLE_START;
	private inFlight = 0;
	private started = 0;
	/** Tickets up to this number were in flight when the server last refused: they all mean the same refusal. */
	private knownRefusals = 0;
	private answeredSince = 0;
	private lossesInARow = 0;
	private nextStart = 0;
	private wake = Infinity;
	private waiting: Waiting[] = [];
	/** The highest concurrency among those who wait: with so many in flight nobody can start. */
	private widest = 0;
	/** Until when a lane waits, in milliseconds since 1970. */
	private readonly pauses = new Map<string, number>();
	private lastUsed = 0;

	constructor(
		private readonly now: () => number,
		private readonly sleep: (ms: number) => Promise<void>,
	) {}

	/** Waits for its turn. Gives undefined when the owner was dismissed meanwhile. */
	async enter(entry: Entry): Promise<Ticket | undefined> {
		return await new Promise((start) => {
			const last = this.waiting.at(-1);
			this.widest = Math.max(last ? this.widest : 0, entry.limits.concurrency);
			if (entry.again) this.waiting.unshift({ entry, start });
			else this.waiting.push({ entry, start });
			if (!last || entry.again || !this.holdsForAll(last.entry, entry)) this.startThoseWhoMay();
		});
	}

	/** The request was answered, refused (429), met trouble (5xx) or got no answer at all. */
	leave(ticket: Ticket, became: 'answered' | 'refused' | 'troubled' | 'lost'): void {
		this.inFlight--;
		this.lossesInARow = became === 'lost' ? this.lossesInARow + 1 : 0;
		if (became === 'answered') this.speedUp(ticket);
		if (became === 'refused' && ticket.number > this.knownRefusals) this.slowDown();
		this.startThoseWhoMay();
	}

	/** Nobody, or nobody of a lane, starts for so long. */
	pause(waitMs: number, lane: string = EVERYBODY): void {
		const now = this.now();
		// Lanes can be as many as guests.
		for (const [one, until] of this.pauses) if (until <= now) this.pauses.delete(one);
		this.pauses.set(lane, Math.max(now + waitMs, this.pauses.get(lane) ?? 0));
	}

	/** Whether losses have gone on for so long that more tries are a waste of time. */
	get nobodyThere(): boolean {
		return this.lossesInARow >= NOBODY_THERE;
	}

	/** Sends away the waiting requests of an owner: all of them, or those of one lane. */
	dismiss(owner: object, lane?: string): void {
		const leaves = ({ entry }: Waiting) =>
			entry.owner === owner && (lane === undefined || entry.lane === lane);
		const dismissed = this.waiting.filter(leaves);
		this.waiting = this.waiting.filter((waiting) => !leaves(waiting));
		for (const { start } of dismissed) start(undefined);
	}

	/** Whether it can be forgotten: nobody uses it, it makes nobody wait, and what it learned has grown old. */
	isStale(maxAgeMs: number): boolean {
		const busy = this.inFlight > 0 || this.waiting.length > 0;
		const pausing = [...this.pauses.values()].some((until) => until > this.now());
		return !busy && !pausing && this.now() - this.lastUsed > maxAgeMs;
	}

	/** One more for each answer until the server first refuses; after that, one more after many. */
	private speedUp({ entry }: Ticket): void {
		if (this.allowed >= entry.limits.concurrency) return;
		this.answeredSince++;
		if (this.knownRefusals === 0 || this.answeredSince >= this.allowed * CAUTION) {
			this.allowed++;
			this.answeredSince = 0;
		}
	}

	/**
	 * Half as many. A limit for a window of time does not ask for less than a gentle start; a refusal soon after the last one
	 * does.
	 */
	private slowDown(): void {
		const soon = this.started - this.knownRefusals < 4 * this.allowed;
		const least = soon ? 1 : Math.min(GENTLE_START, this.allowed);
		this.allowed = Math.max(least, Math.floor(this.allowed / 2));
		this.answeredSince = 0;
		this.knownRefusals = this.started;
	}

	private startThoseWhoMay(): void {
		const now = this.now();
		this.lastUsed = now;
		let soonest = this.pauses.get(EVERYBODY) ?? 0;
		if (soonest <= now) {
			soonest = Infinity;
			const bound = Math.min(this.allowed, this.widest);
			for (let at = 0; at < this.waiting.length && this.inFlight < bound; ) {
				const { entry, start } = this.waiting[at];
				const earliest = this.earliestStart(entry);
				if (earliest <= now && this.inFlight < entry.limits.concurrency) {
					this.waiting.splice(at, 1);
					this.start(entry, start, now);
				} else {
					if (earliest > now) soonest = Math.min(soonest, earliest);
					at++;
				}
			}
		}
		if (this.waiting.length > 0) this.wakeUpAt(soonest, now);
	}

	/** Whether what keeps the one waiting, keeps the newcomer too: thousands come at once, and most need not be looked at. */
	private holdsForAll({ limits, lane, notBefore = 0 }: Entry, newcomer: Entry): boolean {
		const alike =
			limits.concurrency === newcomer.limits.concurrency &&
			limits.requestsPerMinute === newcomer.limits.requestsPerMinute;
		return alike && Math.max(notBefore, this.pauses.get(lane) ?? 0) <= this.now();
	}

	private earliestStart({ lane, notBefore = 0, limits }: Entry): number {
		const spaced = limits.requestsPerMinute ? this.nextStart : 0;
		return Math.max(notBefore, spaced, this.pauses.get(lane) ?? 0);
	}

	private start(entry: Entry, start: Waiting['start'], now: number): void {
		this.inFlight++;
		this.started++;
		const { requestsPerMinute } = entry.limits;
		if (requestsPerMinute) {
			this.nextStart = Math.max(now, this.nextStart) + 60_000 / requestsPerMinute;
		}
		start({ entry, number: this.started });
	}

	private wakeUpAt(moment: number, now: number): void {
		if (moment >= this.wake) return;
		this.wake = moment;
		void this.sleep(moment - now).then(() => {
			if (this.wake === moment) this.wake = Infinity;
			this.startThoseWhoMay();
		});
	}
}
