// What the polling mode stores of a guest, without email, link and guest code: a key, and when things happened last. Pure.
import type { IDataObject } from 'n8n-workflow';
import { parseTimestamp } from '../output/dates';
import { guestField } from '../output/guest';

/** Characters in a key. */
export const KEY_LENGTH = 11;

/** Mixes a text into 32 bits (FNV-1a, then spread). */
function mix(text: string, seed: number, prime: number): number {
	let hash = seed;
	for (let index = 0; index < text.length; index++) {
		hash = Math.imul(hash ^ text.charCodeAt(index), prime);
	}
	hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
	return (hash ^ (hash >>> 13)) >>> 0;
}

/** A text as 11 letters and digits (53 bits): two of 50,000 texts share them once in ten million times. */
export function shortHash(text: string): string {
	const high = mix(text, 0x811c9dc5, 0x01000193) >>> 6;
	const low = mix(text, 0x9e3779b9, 0x5bd1e995) >>> 5;
	return (high * 2 ** 27 + low).toString(36).padStart(KEY_LENGTH, '0');
}

/** A date of the API in whole seconds since 1970; 0 for what is no date. */
export function secondsOf(value: unknown): number {
	return Math.floor((parseTimestamp(value) ?? 0) / 1000);
}

/**
 * The key of a guest: email in lower case (G24), ID and date of creation. A guest who was deleted and added again has another
 * ID or date (G22), and counts as another guest. The link is not in it, because enabling (facts.md 23) and resetting (32a) make
 * a new one. Nor is an ID that is no number: that was the code of the link once (facts.md, section 2).
 */
export function guestKey({ email, id, created_at: created }: IDataObject): string {
	const number = /^\d+$/.test(String(id)) ? id : undefined;
	const parts = [String(email).toLowerCase(), String(number), secondsOf(created) || created];
	return shortHash(JSON.stringify(parts));
}

/** Dates are in seconds since 1970, of the last time (G20); 0 for never, or unknown. `count` is of completed tasks. */
export interface GuestState {
	access: number;
	completion: number;
	count: number;
	disabledAt: number;
	reactivatedAt: number;
	disabled: boolean;
}

/** The state of a guest. Without task numbers `completion` and `count` are 0. One-off tasks have numbers of their own (G18). */
export function guestStateOf(guest: IDataObject): GuestState {
	const date = (name: string) => secondsOf(guestField(guest, name));
	const count = (name: string) => Math.max(0, Math.floor(Number(guestField(guest, name))) || 0);
	return {
		access: date('lastAccessedAt'),
		completion: Math.max(date('lastTaskCompletedAt'), date('lastOneOffTaskCompletedAt')),
		count: count('tasksCompleted') + count('oneOffTasksCompleted'),
		disabledAt: date('disabledAt'),
		reactivatedAt: date('reactivatedAt'),
		disabled: guestField(guest, 'disabled') === true,
	};
}
