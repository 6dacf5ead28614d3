// Who a task belongs to: members, guests and groups, always all three (facts 115, 134).
import type { IDataObject } from 'n8n-workflow';
import { simplifiedTask } from '../../output/task';
import { TallyfyError } from '../../transport/errors';
import { isObject } from '../../transport/request';
import { idsIn } from '../member/memberIds';

/** The owners of a task, as requests have them. */
export interface Owners extends IDataObject {
	/** IDs of members. */
	users: number[];
	/** Emails. */
	guests: string[];
	/** IDs of groups. */
	groups: string[];
}

/** The entries of a list, wrapped in `data` or bare. */
export const entriesOf = (list: unknown): unknown[] => {
	const inside = isObject(list) && 'data' in list ? list.data : list;
	return Object.values((inside ?? []) as object) as unknown[];
};

/** Emails in a list of guests, as texts or objects that hold one (facts 115; guess G76); undefined for any other entry. */
const emailsIn = (list: unknown): Array<string | undefined> =>
	entriesOf(list)
		.map((guest) => (isObject(guest) ? guest.email : guest))
		.map((email) => (typeof email === 'string' && email.includes('@') ? email : undefined));

/** IDs in a list of groups, as texts, numbers or objects that hold one; undefined for any other entry. */
const groupsIn = (list: unknown): Array<string | undefined> =>
	entriesOf(list)
		.map((group) => (isObject(group) ? group.id : group))
		.map((id) => (['string', 'number'].includes(typeof id) ? String(id) : undefined));

/** The emails of the guests who own a task. */
export function guestOwners({ owners }: IDataObject): string[] {
	return isObject(owners) ? emailsIn(owners.guests).filter((email) => email !== undefined) : [];
}

/** Whether a guest owns a task; upper and lower case are the same (G24). */
export const isOwnedBy = (task: IDataObject, email: string): boolean =>
	guestOwners(task).some((owner) => owner.toLowerCase() === email.toLowerCase());

/** The people in three lists, as requests have them; undefined where a list is missing, or an entry cannot be told. */
export function knownOwners(lists: Record<keyof Owners, unknown>): Owners | undefined {
	const { users, guests, groups } = lists;
	if ([users, guests, groups].includes(undefined)) return undefined;
	const found = {
		users: idsIn(users),
		guests: emailsIn(guests),
		groups: groupsIn(groups),
	};
	const isKnown = Object.values(found).every((list) => !list.includes(undefined));
	return isKnown ? (found as Owners) : undefined;
}

/**
 * The owners of a task that was read, members as numbers or as objects (facts 115).
 * @throws TallyfyError where they cannot be told: a change sends all of them, so those would be removed
 */
export function ownersOf({ owners }: IDataObject): Owners {
	const { users, guests, groups } = isObject(owners) ? owners : ({} as IDataObject);
	const known = knownOwners({ users, guests, groups });
	if (known) return known;
	throw new TallyfyError({
		message: 'Tallyfy does not tell who the task is assigned to',
		description: 'Nothing was changed. Look at the task in Tallyfy, and assign it there.',
	});
}

/** The members who own a task, as far as they can be told. */
const memberOwners = ({ owners }: IDataObject): number[] =>
	isObject(owners) ? idsIn(owners.users ?? null).filter((id) => id !== undefined) : [];

/** A task with those who own it: never as links (G31). */
export function assignedTask(task: IDataObject): IDataObject {
	const guests = guestOwners(task);
	const only = guests.length === 1 ? guests[0] : undefined;
	return { ...simplifiedTask(task, only), guests, members: memberOwners(task) };
}

/** Which of the sent lists did not come back as they were sent, by the names of our parameters. */
export function ownersNotStored(sent: Owners, task: IDataObject): string[] {
	const isSame = (one: unknown[], other: unknown[]) => textOf(one) === textOf(other);
	return [
		...(isSame(sent.guests, guestOwners(task)) ? [] : ['guests']),
		...(isSame(sent.users, memberOwners(task)) ? [] : ['members']),
	];
}

/** A list of people in one spelling, whatever their order; upper and lower case are the same (G24). */
const textOf = (people: unknown[]): string =>
	JSON.stringify(people.map((one) => String(one).toLowerCase()).sort());

/** Whether a task has just these owners. */
export const hasOwners = (task: IDataObject, owners: Owners): boolean => {
	const found = ownersOf(task);
	return (['users', 'guests', 'groups'] as const).every(
		(list) => textOf(found[list]) === textOf(owners[list]),
	);
};
