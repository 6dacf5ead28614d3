// What happened to a guest, read from what was known and what is seen now. Pure: no lists, no requests, no clock.
import type { IDataObject } from 'n8n-workflow';
import { completedMore, disabledAgain, isNewer, latest, type GuestState } from './fingerprint';

/** The values of the parameter Events; saved workflows store them. */
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
	/** Seconds since 1970, by Tallyfy's clock; 0 where Tallyfy does not tell. */
	at: number;
	/** What was known of this before; null for a guest who was not there. */
	before: IDataObject | null;
}

export interface Comparison {
	changes: Change[];
	/** What is known from now on. */
	print: GuestState;
	/** Something looks different without a later moment that proves it new: the list may be old. */
	doubtful: boolean;
}

/** Seconds since 1970 as output items have dates; null for never. */
export function isoOf(seconds: number): string | null {
	return seconds ? new Date(seconds * 1000).toISOString() : null;
}

/**
 * What happened between two looks at one guest. Twice the same between them is once, because Tallyfy keeps only the last.
 * @param certain what is seen is not old: somebody has asked for this guest alone
 */
export function compared(known: GuestState, seen: GuestState, certain = false): Comparison {
	const changes: Change[] = [];
	const note = (event: EventName, at: number, before: IDataObject) =>
		changes.push({ event, at, before });
	const disabled = { disabled: known.disabled };
	if (seen.access > known.access) {
		const event = known.access ? 'guestReturned' : 'guestFirstAccess';
		note(event, seen.access, { lastAccessedAt: isoOf(known.access) });
	}
	const trusted = certain || isNewer(known, seen);
	const isMore = completedMore(known, seen);
	// More in the same second is more, or what there was before a task was opened again.
	if (isMore && trusted) {
		note('guestCompletedTask', seen.completion, {
			tasksCompleted: known.count,
			lastTaskCompletedAt: isoOf(known.completion),
		});
	}
	const wasDisabled = disabledAgain(known, seen);
	const wasEnabled = seen.reactivatedAt > known.reactivatedAt;
	if (wasDisabled) note('guestDisabled', seen.disabledAt, disabled);
	if (wasEnabled) note('guestEnabled', seen.reactivatedAt, disabled);
	const print = latest(known, seen);
	if (!trusted) Object.assign(print, { disabled: known.disabled, count: known.count });
	// Without a date of its own: Tallyfy may only take the mark away, or write it in a way that is no date.
	if (trusted && !wasDisabled && !wasEnabled && seen.disabled !== known.disabled) {
		note(seen.disabled ? 'guestDisabled' : 'guestEnabled', 0, disabled);
	}
	const doubtful = !trusted && (isMore || seen.disabled !== known.disabled);
	return { changes, print, doubtful };
}

/**
 * What counts as known of a guest who was not there before. Guests of other organizations are linked and not made anew
 * (contract, createGuest), and may bring a history: what is older than `since` happened elsewhere.
 */
export function broughtAlong(seen: GuestState, since: number): GuestState {
	const old = (moment: number) => (moment < since ? moment : 0);
	const done = seen.completion < since;
	return {
		access: old(seen.access),
		completion: old(seen.completion),
		count: done ? seen.count : 0,
		disabledAt: old(seen.disabledAt),
		reactivatedAt: old(seen.reactivatedAt),
		disabled: seen.disabled && seen.disabledAt < since,
	};
}

const DAY = 86_400;

/** When a guest has been away for so many days, in seconds since 1970; 0 if that cannot be said. */
export function inactiveFrom(print: GuestState, created: number, days: number): number {
	const last = print.access || created;
	return last ? last + Math.round(days * DAY) : 0;
}
