// Which guests a payload concerns. Pure, and patient with shapes. Called by payload.
import type { IDataObject } from 'n8n-workflow';
import { memberName } from '../../output/member';
import { listIn } from '../../transport/response';
import { isObject } from '../../transport/request';

/** A guest whom an event concerns, with what the payload knows. */
export interface Concerned {
	email: string;
	firstName?: string;
	lastName?: string;
	/** The permanent link: a secret. */
	link?: string;
}

/** Who completed a task. No id: a guest's was once the code of the link (facts.md, section 2). */
export interface Completer {
	email: string;
	name: string | null;
	isGuest: boolean;
}

/** Guests by their email in lower case: one person is one guest. */
export type Guests = Map<string, Concerned>;

/** The first of these names that holds an object. Empty ones come as `[]`, which is none (PHP). */
export function part(from: IDataObject | undefined, ...names: string[]): IDataObject | undefined {
	return names.map((name) => from?.[name]).find(isObject);
}

/** A text without blanks around it; '' for everything else. */
export const words = (value: unknown): string => (typeof value === 'string' ? value.trim() : '');

function emailIn(value: unknown): string {
	const email = words(isObject(value) ? value.email : value);
	return email.lastIndexOf('@') > 0 ? email : '';
}

/** Adds a guest given as an email, or as an object that has one; passes over everything else. */
function addGuest(guests: Guests, given: unknown): void {
	const guest = isObject(given) && isObject(given.guest) ? given.guest : given;
	const email = emailIn(guest);
	const key = email.toLowerCase();
	if (email === '' || guests.has(key)) return;
	const [firstName, lastName] = isObject(guest)
		? [words(guest.first_name), words(guest.last_name)]
		: ['', ''];
	guests.set(key, { email, ...(firstName && { firstName }), ...(lastName && { lastName }) });
}

function listOf(value: unknown): unknown[] {
	if (Array.isArray(value)) return value;
	if (!isObject(value)) return [];
	const list = listIn(value.data ?? value);
	return Array.isArray(list) ? list : [value];
}

/** The guests among the owners of a task. */
export function ownersOf(task: IDataObject | undefined): Guests {
	const guests: Guests = new Map();
	const buckets = [part(task, 'owners')?.guests, task?.guests];
	for (const guest of buckets.flatMap(listOf)) addGuest(guests, guest);
	return guests;
}

/** The guests in the maps `guest-links` of these places: every guest of the process, with the link. */
export function linkedIn(...places: Array<IDataObject | undefined>): Guests {
	const guests: Guests = new Map();
	for (const links of places.map((place) => part(place, 'guest-links'))) {
		for (const [email, value] of Object.entries(links ?? {})) {
			addGuest(guests, email);
			const guest = guests.get(emailIn(email).toLowerCase());
			const link = words(isObject(value) ? value.link_for_guest : value);
			if (guest && link) guest.link = link;
		}
	}
	return guests;
}

/**
 * Who completed a task. The payload does not say whether that is a guest: those are known by their email.
 * @param known guests of the task and of the process
 */
export function completerIn(person: unknown, known: Guests[]): Completer | null {
	const email = emailIn(person);
	if (email === '') return null;
	const marked = isObject(person) && (person.is_guest === true || person.type === 'guest');
	const isGuest = marked || known.some((guests) => guests.has(email.toLowerCase()));
	return { email, name: (isObject(person) && memberName(person)) || null, isGuest };
}

/** Owners, and the completer where that is a guest; each with the link where one is known. */
export function everybody(owners: Guests, completer: unknown, links: Guests): Concerned[] {
	const guests: Guests = new Map(owners);
	if (completer) addGuest(guests, completer);
	return [...guests].map(([key, guest]) => {
		const link = links.get(key)?.link;
		return { ...guest, ...(link && { link }) };
	});
}
