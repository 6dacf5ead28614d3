// What the sandbox does wrong when it is told to: slow, limited, broken, or answering in ways that the documents leave open.

/** One kind of fault, and which requests it hits: those that meet all conditions; every request, if there are none. */
export interface Fault {
	method?: string;
	/** Regular expression on the path as it was sent. */
	path?: string;
	/** Only every nth of the requests that meet the other conditions. */
	every?: number;
	/** How many requests it hits at most; no limit, if left out. */
	times?: number;
	/** Ignores so many requests of any kind first. */
	afterRequests?: number;
	/** Begins so many milliseconds after the first request, of any kind, that is not ignored; at once, if left out. */
	fromMs?: number;
	/** Ends so many milliseconds after the same request; never, if left out. */
	untilMs?: number;

	latencyMs?: number;
	/** Answer with this status instead of doing what is asked. */
	status?: number;
	headers?: Record<string, string>;
	/** Empty, if left out. */
	body?: unknown;
	/** Answer with a web page and this status instead of doing what is asked. */
	html?: number;
	/** Close the connection without an answer, before or after doing what is asked. */
	drop?: 'before' | 'after';
	/** Keep the connection open and never answer, before or after doing what is asked. */
	hang?: 'before' | 'after';
	/** Do what is asked all the same, before answering with `status` or `html`. */
	done?: boolean;
}

/** What lists and records look like where the documents leave it open. */
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
	/** Lists of guests do not show the last so many changes; a single guest is always up to date (facts.md 39). */
	lag?: number;
	/** Lists of guests do not show changes of the last so many milliseconds, by the organization's clock. */
	lagMs?: number;
	/** A minus sign in `sort` is ignored; or `sort` is, and guests come in an order of no field (facts.md section 5). */
	sortMinus?: 'ignored' | 'unsorted';
	/** 'missing': the backend of organization webhooks has not been rolled out (contract, listWatchers). */
	watchers?: 'missing';
	/** Watchers come ten a page (true, the default), so many a page, all at once (false), or as an array without `data`. */
	watcherPages?: boolean | number | 'bare';
	/** The name under which watchers show their address (contract, Watcher). */
	watcherUrl?: 'webhook' | 'webhook_url' | 'url';
	/** Creating a guest who exists answers 201 and invites again, instead of 422 (facts.md section 2, unpublished). */
	existingGuest?: 'invited';
	/** Milliseconds that user tokens issued from now on are valid; three months, if left out. */
	userTokenLifeMs?: number;
	/** 'standard': no owner of a token is an administrator. */
	tokenOwner?: 'standard';
	/** Lists of tasks and of processes do not show the last so many changes; single reads always do (work.md 110). */
	taskLag?: number;
	/** Lists of tasks and of processes do not show the changes of the last milliseconds, by the organization's clock. */
	taskLagMs?: number;
	/** Guests have a link with `/guest/` right before the code (work.md 181); payloads of webhooks keep the other form. */
	guestLink?: 'guest';
	/** What `taskUrls` of a task has; its shape is not published (work.md 115). Links, if left out. */
	taskUrls?: 'objects' | 'none';
	/**
	 * When a task's own webhook is called: also when the task is made, a few seconds late, twice one after the other, three times
	 * at once, or never. Once at completion, if left out (work.md 203).
	 */
	taskWebhook?: 'early' | 'late' | 'twice' | 'three' | 'never';
	/** What it is called with: the task alone, in `data`, nothing, or a text. As the webhook of a step, if left out. */
	taskWebhookPayload?: 'bare' | 'wrapped' | 'empty' | 'text';
	/** Steps of a template come in `data` (contract, getTemplate). */
	templateSteps?: 'wrapped';
}

export interface Limits {
	/** So many requests in each window; then 429, with Retry-After unless it is `silent`. */
	burst?: { requests: number; windowMs: number; silent?: boolean };
	/** So many creations in each window; then 429 with RATE_LIMIT_EXCEEDED and Retry-After. */
	invites?: { guests: number; windowMs: number };
	/** So many comments in each window; then the same refusal (work.md 221). */
	comments?: { comments: number; windowMs: number };
	/** So many assignments of tasks in all, as in a trial organization; then 402 (work.md 132). */
	assignments?: number;
}

export interface Behaviour {
	faults: Fault[];
	quirks: Quirks;
	limits: Limits;
}

/** Counts requests in fixed windows. */
class FixedWindow {
	private until = 0;
	private count = 0;

	/** Counts one more, if it is allowed. @returns undefined, or the seconds until the next window */
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

/** Whether the fault takes the answer away or puts another in its place; one that is only slow does not. */
export function replacesAnswer({ status, html, drop, hang }: Fault): boolean {
	return (status ?? html ?? drop ?? hang) !== undefined;
}

/** Decides which faults and limits hit a request. */
export class FaultInjector {
	behaviour: Behaviour = { faults: [], quirks: {}, limits: {} };
	/** How many requests have met the conditions of each fault. */
	private matches = new WeakMap<Fault, number>();
	/** When the first request arrived that the fault did not ignore, in milliseconds since 1970. */
	private starts = new Map<Fault, number>();
	private requests = 0;
	private burst = new FixedWindow();
	private invites = new FixedWindow();
	private comments = new FixedWindow();
	private assigned = 0;

	/** Sets a new behaviour; everything counts from zero again. */
	set(behaviour: Partial<Behaviour>): void {
		this.behaviour = { faults: [], quirks: {}, limits: {}, ...behaviour };
		this.matches = new WeakMap();
		this.starts = new Map();
		this.requests = 0;
		this.burst = new FixedWindow();
		this.invites = new FixedWindow();
		this.comments = new FixedWindow();
		this.assigned = 0;
	}

	/** The faults that hit this request. */
	faultsOf(method: string, path: string, now = Date.now()): Fault[] {
		this.requests++;
		return this.behaviour.faults.filter((fault) => {
			if (this.requests <= (fault.afterRequests ?? 0)) return false;
			const started = this.starts.get(fault) ?? now;
			this.starts.set(fault, started);
			const elapsed = now - started;
			if (elapsed < (fault.fromMs ?? 0) || elapsed >= (fault.untilMs ?? Infinity)) return false;
			if (fault.method && fault.method !== method) return false;
			if (fault.path && !new RegExp(fault.path).test(path)) return false;
			const count = (this.matches.get(fault) ?? 0) + 1;
			this.matches.set(fault, count);
			if (count % (fault.every ?? 1) !== 0) return false;
			return count / (fault.every ?? 1) <= (fault.times ?? Infinity);
		});
	}

	/** When the last of the faults with `untilMs` ends, in milliseconds since 1970; undefined while none has begun to count. */
	overAt(): number | undefined {
		const ends = [...this.starts].flatMap(([{ untilMs }, started]) =>
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

	/** Seconds to wait before another comment. */
	commentWait(now = Date.now()): number | undefined {
		const { comments } = this.behaviour.limits;
		return comments && this.comments.take(comments.comments, comments.windowMs, now);
	}

	/** Counts assignments of tasks. @returns false if there are not so many left; then none is counted */
	takeAssignments(count: number): boolean {
		if (this.assigned + count > (this.behaviour.limits.assignments ?? Infinity)) return false;
		this.assigned += count;
		return true;
	}
}
