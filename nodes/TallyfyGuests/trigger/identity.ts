// What tells one guest from another in the state that n8n stores: a short hash, so that no email, link or code is in it.
import type { IDataObject } from 'n8n-workflow';
import { parseTimestamp } from '../output/dates';

/** Length of every identity. */
export const IDENTITY_LENGTH = 11;

/** Mixes a text into 32 bits (FNV-1a, then spread). */
function mixed(text: string, seed: number, prime: number): number {
	let hash = seed;
	for (let index = 0; index < text.length; index++) {
		hash = Math.imul(hash ^ text.charCodeAt(index), prime);
	}
	hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
	return (hash ^ (hash >>> 13)) >>> 0;
}

/** A text as 11 letters and digits (53 bits): two of 50,000 texts share them once in ten million times. */
export function shortHash(text: string): string {
	const high = mixed(text, 0x811c9dc5, 0x01000193) >>> 6;
	const low = mixed(text, 0x9e3779b9, 0x5bd1e995) >>> 5;
	return (high * 2 ** 27 + low).toString(36).padStart(IDENTITY_LENGTH, '0');
}

/** A moment of the API in whole seconds since 1970; 0 for what is none. */
export function secondsOf(value: unknown): number {
	const moment = parseTimestamp(value);
	return moment === undefined ? 0 : Math.floor(moment / 1000);
}

/** Who a guest is. A guest who was deleted and added again has another ID or date, and is another guest. */
export function guestKey(guest: IDataObject): string {
	const { email, id, created_at: created } = guest;
	return shortHash(
		JSON.stringify([String(email).toLowerCase(), String(id), secondsOf(created) || created]),
	);
}
