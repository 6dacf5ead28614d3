// What is remembered of a guest between two polls: when things happened to them last. Pure; called by events and snapshot.
import type { IDataObject } from 'n8n-workflow';
import { guestField } from '../output/guest';
import { secondsOf } from './identity';

/** Moments in seconds since 1970; 0 for never, or unknown. */
export interface GuestState {
	/** The last visit. */
	access: number;
	/** When a task was completed last, and how many had been by then. */
	completion: number;
	count: number;
	disabledAt: number;
	reactivatedAt: number;
	/** Kept out now. */
	disabled: boolean;
}

const numberOf = (value: unknown) => Math.max(0, Math.floor(Number(value)) || 0);

/** What an answer of the API says about a guest. Without task numbers the completion is unknown. */
export function fingerprintOf(guest: IDataObject): GuestState {
	const moment = (name: string) => secondsOf(guestField(guest, name));
	const number = (name: string) => numberOf(guestField(guest, name));
	return {
		access: moment('lastAccessedAt'),
		completion: Math.max(moment('lastTaskCompletedAt'), moment('lastOneOffTaskCompletedAt')),
		count: number('tasksCompleted') + number('oneOffTasksCompleted'),
		disabledAt: moment('disabledAt'),
		reactivatedAt: moment('reactivatedAt'),
		disabled: guestField(guest, 'disabled') === true,
	};
}

/** Completed something that the other does not know of. A reopened task takes the moment back, so later ones count only. */
export function completedMore(known: GuestState, seen: GuestState): boolean {
	if (seen.completion !== known.completion) return seen.completion > known.completion;
	return seen.count > known.count;
}

/** Disabled since. A mark from before the last enabling is one that was taken away, out of a list that lags. */
export function disabledAgain(known: GuestState, seen: GuestState): boolean {
	return seen.disabledAt > known.disabledAt && seen.disabledAt >= known.reactivatedAt;
}

/** Something in it is later than all that is known: it is newer. */
export function isNewer(known: GuestState, seen: GuestState): boolean {
	const later = (['access', 'completion', 'reactivatedAt'] as const).some(
		(part) => seen[part] > known[part],
	);
	return later || disabledAgain(known, seen);
}

/** Both together: moments only go forward, so that what a lagging list shows again is not news. `disabled` is as seen. */
export function latest(known: GuestState, seen: GuestState): GuestState {
	const { completion, count } = completedMore(known, seen) ? seen : known;
	return {
		access: Math.max(known.access, seen.access),
		completion,
		count,
		disabledAt: Math.max(known.disabledAt, seen.disabledAt),
		reactivatedAt: Math.max(known.reactivatedAt, seen.reactivatedAt),
		disabled: seen.disabled,
	};
}

/** Numbers as text, `8,k3`: base 36, 0 as nothing, nothing at the end. */
export function encodeNumbers(numbers: number[]): string {
	return numbers
		.map((number) => (number ? number.toString(36) : ''))
		.join()
		.replace(/,+$/, '');
}

/** The numbers in such a text, as many as are asked for. */
export function decodeNumbers(text: string, count: number): number[] {
	const parts = text.split(',');
	return Array.from({ length: count }, (_, index) => parseInt(parts[index] || '0', 36));
}

/** How many numbers a fingerprint is. */
export const FINGERPRINT_SIZE = 6;

/** A fingerprint as numbers; what most guests do not have comes last. */
export function numbersOf(print: GuestState): number[] {
	const { access, completion, count, disabledAt, reactivatedAt, disabled } = print;
	return [access, completion, count, disabledAt, Number(disabled), reactivatedAt];
}

export function fromNumbers(numbers: number[]): GuestState {
	const [access, completion, count, disabledAt, disabled, reactivatedAt] = numbers;
	return { access, completion, count, disabledAt, reactivatedAt, disabled: disabled === 1 };
}
