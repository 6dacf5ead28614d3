// Who a task belongs to: members, guests and groups, always all three (facts 115, 134).
import type { IDataObject } from 'n8n-workflow';
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

/** The emails of the guests who own a task, as texts or objects that hold one (facts 115; guess G76). */
export function guestOwners({ owners }: IDataObject): string[] {
	if (!isObject(owners)) return [];
	return entriesOf(owners.guests)
		.map((guest) => (isObject(guest) ? guest.email : guest))
		.filter((email): email is string => typeof email === 'string');
}

/** Whether a guest owns a task; upper and lower case are the same (G24). */
export const isOwnedBy = (task: IDataObject, email: string): boolean =>
	guestOwners(task).some((owner) => owner.toLowerCase() === email.toLowerCase());

/**
 * The owners of a task that was read, members as numbers or as objects (facts 115).
 * @throws TallyfyError where they cannot be told: a change sends all of them, so those would be removed
 */
export function ownersOf(task: IDataObject): Owners {
	const { owners } = task;
	const users = isObject(owners) ? idsIn(owners.users ?? null) : [undefined];
	const members = users.filter((id) => id !== undefined);
	if (!isObject(owners) || members.length < users.length) {
		throw new TallyfyError({
			message: 'Tallyfy does not tell who the task is assigned to',
			description: 'Nothing was changed. Look at the task in Tallyfy, and assign it there.',
		});
	}
	const groups = entriesOf(owners.groups).map((group) =>
		String(isObject(group) ? group.id : group),
	);
	return { users: members, guests: guestOwners(task), groups };
}
