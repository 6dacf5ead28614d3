// What happened to a guest: compares the stored state of one guest with the state seen now. Pure: no lists, no requests.
import type { IDataObject } from 'n8n-workflow';
import type { GuestState } from '../guestState';

/** The values of the parameter Events; saved workflows store them. Items of one second come in this order. */
export const EVENTS = [
	'guestAdded',
	'guestFirstAccess',
	'guestReturned',
	'guestCompletedTask',
	'guestDisabled',
	'guestEnabled',
	'guestInactive',
] as const;
export type EventName = (typeof EVENTS)[number];

/** One thing that happened. */
export interface Change {
	event: EventName;
	/** Seconds since 1970, by Tallyfy's clock; 0 where Tallyfy does not say. */
	at: number;
	/** What was known of this before; null for a guest who is new. */
	before: IDataObject | null;
}

export interface Comparison {
	changes: Change[];
	/** What is known from now on. */
	state: GuestState;
	/** Something is different, but no later date proves that it is new: the list may be old. */
	unconfirmed: boolean;
}

/** Seconds since 1970 as dates are in output items; null for 0. */
export function isoOf(seconds: number): string | null {
	return seconds ? new Date(seconds * 1000).toISOString() : null;
}

/** A reopened task takes the date back (G21), so only a later date counts, or more tasks at the same date. */
function hasCompletedMore(known: GuestState, seen: GuestState): boolean {
	if (seen.completion !== known.completion) return seen.completion > known.completion;
	return seen.count > known.count;
}

/** A date from before the last enabling was taken away since: a list that lags still shows it. */
function wasDisabledSince(known: GuestState, seen: GuestState): boolean {
	return seen.disabledAt > known.disabledAt && seen.disabledAt >= known.reactivatedAt;
}

/** Whether a date in it is later than all that is known, so that it cannot be an old state. */
function isNewer(known: GuestState, seen: GuestState): boolean {
	const dates = ['access', 'completion', 'reactivatedAt'] as const;
	return dates.some((date) => seen[date] > known[date]) || wasDisabledSince(known, seen);
}

/** The later of each date, so that an old state in a list that lags is no news afterwards. `disabled` is as seen. */
export function mergeStates(known: GuestState, seen: GuestState): GuestState {
	const { completion, count } = hasCompletedMore(known, seen) ? seen : known;
	const access = Math.max(known.access, seen.access);
	const disabledAt = Math.max(known.disabledAt, seen.disabledAt);
	const reactivatedAt = Math.max(known.reactivatedAt, seen.reactivatedAt);
	return { access, completion, count, disabledAt, reactivatedAt, disabled: seen.disabled };
}

/**
 * What happened to a guest since the state `known`. The same thing twice between two polls is one change, because Tallyfy
 * keeps only the last.
 * @param confirmed the guest was read alone, and not from a list, which may be old
 */
export function compareStates(known: GuestState, seen: GuestState, confirmed = false): Comparison {
	const changes: Change[] = [];
	const add = (event: EventName, at: number, before: IDataObject) =>
		changes.push({ event, at, before });
	const disabled = { disabled: known.disabled };
	if (seen.access > known.access) {
		const event = known.access ? 'guestReturned' : 'guestFirstAccess';
		add(event, seen.access, { lastAccessedAt: isoOf(known.access) });
	}
	const isTrusted = confirmed || isNewer(known, seen);
	// More tasks in the second of the last one are new, or the count of an old list from before a task was reopened.
	const isMore = hasCompletedMore(known, seen);
	if (isMore && isTrusted) {
		const last = { tasksCompleted: known.count, lastTaskCompletedAt: isoOf(known.completion) };
		add('guestCompletedTask', seen.completion, last);
	}
	const wasDisabled = wasDisabledSince(known, seen);
	const wasEnabled = seen.reactivatedAt > known.reactivatedAt;
	if (wasDisabled) add('guestDisabled', seen.disabledAt, disabled);
	if (wasEnabled) add('guestEnabled', seen.reactivatedAt, disabled);
	const isOther = seen.disabled !== known.disabled;
	// Other marks than `details.disabled_at` may only be taken away, or have no date that can be read (G15).
	if (isTrusted && isOther && !wasDisabled && !wasEnabled) {
		add(seen.disabled ? 'guestDisabled' : 'guestEnabled', 0, disabled);
	}
	const merged = mergeStates(known, seen);
	const state = isTrusted ? merged : { ...merged, ...disabled, count: known.count };
	return { changes, state, unconfirmed: !isTrusted && (isMore || isOther) };
}

/**
 * The state to compare a new guest with. A guest of other organizations is linked and not made anew (contract, createGuest),
 * and brings dates along (G23): what is older than `since` happened there, and is no change here.
 */
export function priorState(seen: GuestState, since: number): GuestState {
	const ifOld = (date: number) => (date < since ? date : 0);
	return {
		access: ifOld(seen.access),
		completion: ifOld(seen.completion),
		count: seen.completion < since ? seen.count : 0,
		disabledAt: ifOld(seen.disabledAt),
		reactivatedAt: ifOld(seen.reactivatedAt),
		disabled: seen.disabled && seen.disabledAt < since,
	};
}

/** Since when a guest has not come back for so many days, in seconds since 1970; 0 where no date tells. */
export function inactiveSince({ access }: GuestState, created: number, days: number): number {
	const last = access || created;
	return last ? last + Math.round(days * 86_400) : 0;
}
