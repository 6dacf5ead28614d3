// What becomes of a guest of the API: a few flat fields, chosen fields, or the API's own object.
import type { IDataObject } from 'n8n-workflow';
import { isoDate, parseTimestamp } from './dates';

/** Ten flat fields, most useful first, task numbers (G18) last. Never the link: anybody who has it acts as the guest. */
const SIMPLE = [
	'email',
	'firstName',
	'lastName',
	'companyName',
	'disabled',
	'lastAccessedAt',
	'createdAt',
	'associatedMembers',
];
const SIMPLE_STATS = ['assignedTasks', 'tasksCompleted'];

/** The API's name of a field: `lastKnownIp` is `last_known_ip`, `phone1` is `phone_1`. */
export function apiName(name: string): string {
	return name.replace(/[A-Z]|\d+/g, (part) => `_${part.toLowerCase()}`);
}

/** Our name of a field of the API: `phone_1` is `phone1`. */
export function ourName(key: string): string {
	return key.replace(/_([a-z0-9])/g, (_, next: string) => next.toUpperCase());
}

const objectOf = (value: unknown): IDataObject =>
	typeof value === 'object' && value !== null && !Array.isArray(value)
		? (value as IDataObject)
		: {};

/** `stats` come flat, wrapped in `data`, or as an empty list (contract, GuestStats; G16). */
function statsOf(guest: IDataObject): IDataObject {
	const stats = objectOf(guest.stats);
	return { ...stats, ...objectOf(stats.data) };
}

/** When the guest was disabled. Older clients have it by other names (contract, GuestDetails; G15). */
function disabledAtOf(guest: IDataObject): IDataObject[string] {
	const details = objectOf(guest.details);
	return details.disabled_at || details.disabled_on || guest.disabled_at || null;
}

/**
 * Whether the guest is disabled. `details.status` is free text and not this switch. That enabling clears the date is known of
 * `details.disabled_at` only (facts.md 23), so a later `reactivated_at` counts too (G15).
 */
export function isDisabled(guest: IDataObject): boolean {
	const details = objectOf(guest.details);
	const disabledAt = disabledAtOf(guest);
	if (!disabledAt) return false;
	const back = parseTimestamp(details.reactivated_at ?? guest.reactivated_at);
	return back === undefined || back <= (parseTimestamp(disabledAt) ?? Infinity);
}

const isDate = (name: string) => name.endsWith('At') || name === 'externalDateCreation';

/**
 * One field by our name, wherever the API keeps it: on top, in `details` (names, until 2026-03-01; G14), or in `stats`. Dates,
 * which the API spells in five ways, come as one: ISO in UTC. What cannot be read as a date comes as it is.
 */
export function guestField(guest: IDataObject, name: string): IDataObject[string] {
	if (name === 'disabled') return isDisabled(guest);
	const key = apiName(name);
	const value =
		name === 'disabledAt'
			? disabledAtOf(guest)
			: (guest[key] ?? objectOf(guest.details)[key] ?? statsOf(guest)[key] ?? null);
	return isDate(name) ? isoDate(value) : value;
}

/** The named fields, flat, the email always first. */
export function selectedGuest(guest: IDataObject, names: string[]): IDataObject {
	const chosen = new Set(['email', ...names]);
	return Object.fromEntries([...chosen].map((name) => [name, guestField(guest, name)]));
}

/** At most ten flat fields; task numbers only where they were asked for. */
export function simplifiedGuest(guest: IDataObject): IDataObject {
	return selectedGuest(guest, 'stats' in guest ? [...SIMPLE, ...SIMPLE_STATS] : SIMPLE);
}
