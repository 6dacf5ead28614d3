// How the sandbox misbehaves when it is told to: slow, limited, broken, and odd in ways the documents allow.

/** One kind of trouble. All conditions must hold; a rule without conditions hits every request. */
export interface Fault {
	method?: string;
	/** Regular expression on the path as it was sent. */
	path?: string;
	/** Only every nth request that fits. */
	every?: number;
	/** How often it happens before it is over; for ever, if left out. */
	times?: number;
	/** Its clock starts with the request after so many that the server saw with this behaviour; with the first, if left out. */
	afterRequests?: number;
	/** Begins so many milliseconds after its clock has started; at once, if left out. */
	fromMs?: number;
	/** Ends so many milliseconds after its clock has started; never, if left out. */
	untilMs?: number;

	latencyMs?: number;
	/** Answer with this status instead, before anything is done. */
	status?: number;
	headers?: Record<string, string>;
	/** Nothing at all, if left out. */
	body?: unknown;
	/** Answer with a web page and this status, before anything is done. */
	html?: number;
	/** Close the connection without an answer: before anything is done, or after it was. */
	drop?: 'before' | 'after';
	/** Take the request and never answer: before anything is done, or after it was. */
	hang?: 'before' | 'after';
	/** Do what is asked, then answer with `status` and `body` all the same. */
	done?: boolean;
}

/** What the sandbox's lists and guests look like, where the documents leave room. */
export interface Quirks {
	/** Largest page that lists give, whatever was asked for. */
	pageCap?: number;
	/** 'one': total_pages is always 1 (facts.md 37). */
	totalPages?: 'right' | 'one';
	/** Lists without `meta`. */
	meta?: boolean;
	links?: 'object' | 'list' | 'null' | 'missing';
	/** How `stats` come (contract, GuestStats). */
	stats?: 'flat' | 'wrapped' | 'empty' | 'list';
	/** 'filled': a read of one guest has the task numbers too; as documented, it has none (facts.md 34). */
	singleStats?: 'filled';
	/** 'ever': `assigned_tasks` counts completed tasks too; open ones alone, if left out (facts.md section 5). */
	assignedTasks?: 'ever';
	/** 'ignored': the list of a guest's tasks knows no word of the status filter, so that every task comes (guesses.md G32). */
	taskStatus?: 'ignored';
	/** Names in `details` instead of on top, as before 2026-03-01. */
	namesInDetails?: boolean;
	/** Lists of guests stay so many changes behind; single guests never do (facts.md 39). */
	lag?: number;
	/** Lists of guests stay so many milliseconds behind, by the organization's clock. */
	lagMs?: number;
	/** A minus sign in `sort` is ignored; or `sort` altogether, and guests come in a fixed disorder (guesses.md G6, G7). */
	sortMinus?: 'ignored' | 'unsorted';
	/** 'missing': the backend of organization webhooks has not been rolled out (contract, listWatchers). */
	watchers?: 'missing';
	/** Watchers come ten a page (true, as if left out), so many a page, all at once, or as an array without envelope. */
	watcherPages?: boolean | number | 'bare';
	/** The name under which watchers show their address (contract, Watcher). */
	watcherUrl?: 'webhook' | 'webhook_url' | 'url';
	/** Creating a guest who is there already is no 422: it invites again, with 201 (facts.md section 2, unpublished). */
	existingGuest?: 'invited';
	/** How long user tokens live that are issued from now on; three months, if left out. */
	userTokenLifeMs?: number;
	/** 'standard': the owner of every token is no administrator. */
	tokenOwner?: 'standard';
}

export interface Limits {
	/** So many requests in each window; then 429 with Retry-After, which a silent server leaves out. */
	burst?: { requests: number; windowMs: number; silent?: boolean };
	/** So many creations in each window; then 429 with RATE_LIMIT_EXCEEDED and Retry-After. */
	invites?: { guests: number; windowMs: number };
}

export interface Behaviour {
	faults: Fault[];
	quirks: Quirks;
	limits: Limits;
}

/** Counts requests in fixed windows. */
class Window {
	private until = 0;
	private count = 0;

	/** @returns seconds to wait, or undefined when there is room */
	take(allowed: number, windowMs: number, now: number): number | undefined {
		if (now >= this.until) {
			this.until = now + windowMs;
			this.count = 0;
		}
		if (this.count < allowed) {
			this.count++;
			return undefined;
		}
		return Math.max(1, Math.ceil((this.until - now) / 1000));
	}
}

/** Whether the answer to a request that is hit is lost or false; a slow one is neither. */
export function spoilsAnswer({ status, html, drop, hang }: Fault): boolean {
	return (status ?? html ?? drop ?? hang) !== undefined;
}

/** Decides what goes wrong with each request. */
export class Trouble {
	behaviour: Behaviour = { faults: [], quirks: {}, limits: {} };
	private hits = new WeakMap<Fault, number>();
	/** When the clocks of faults started, in milliseconds since 1970. */
	private clocks = new Map<Fault, number>();
	private seen = 0;
	private burst = new Window();
	private invites = new Window();

	/** Takes a new behaviour, counting from zero. */
	set(behaviour: Partial<Behaviour>): void {
		this.behaviour = { faults: [], quirks: {}, limits: {}, ...behaviour };
		this.hits = new WeakMap();
		this.clocks = new Map();
		this.seen = 0;
		this.burst = new Window();
		this.invites = new Window();
	}

	/** The faults that hit this request. */
	hitting(method: string, path: string, now = Date.now()): Fault[] {
		this.seen++;
		return this.behaviour.faults.filter((fault) => {
			if (this.seen <= (fault.afterRequests ?? 0)) return false;
			const started = this.clocks.get(fault) ?? now;
			this.clocks.set(fault, started);
			const elapsed = now - started;
			if (elapsed < (fault.fromMs ?? 0) || elapsed >= (fault.untilMs ?? Infinity)) return false;
			if (fault.method && fault.method !== method) return false;
			if (fault.path && !new RegExp(fault.path).test(path)) return false;
			const count = (this.hits.get(fault) ?? 0) + 1;
			this.hits.set(fault, count);
			if (count % (fault.every ?? 1) !== 0) return false;
			return count / (fault.every ?? 1) <= (fault.times ?? Infinity);
		});
	}

	/** When the last of the faults that have an end is over, in milliseconds since 1970; once their clocks have started. */
	overAt(): number | undefined {
		const ends = [...this.clocks].flatMap(([{ untilMs }, started]) =>
			untilMs === undefined ? [] : [started + untilMs],
		);
		return ends.length ? Math.max(...ends) : undefined;
	}

	/** Seconds to wait before another request. */
	burstWait(now = Date.now()): number | undefined {
		const { burst } = this.behaviour.limits;
		return burst && this.burst.take(burst.requests, burst.windowMs, now);
	}

	/** Seconds to wait before another guest can be invited. */
	inviteWait(now = Date.now()): number | undefined {
		const { invites } = this.behaviour.limits;
		return invites && this.invites.take(invites.guests, invites.windowMs, now);
	}
}
