// What becomes of a member of the API: a few flat fields, or a name to pick them by.
import type { IDataObject } from 'n8n-workflow';
import { isoDate } from './dates';

/** The name of a member, from wherever the API has it; '' when it has none. */
export function memberName({ full_name, first_name, last_name }: IDataObject): string {
	return String(full_name || [first_name, last_name].filter(Boolean).join(' '));
}

/** Ten flat fields, most useful first. */
export function simplifiedMember(member: IDataObject): IDataObject {
	const field = (name: string) => member[name] ?? null;
	return {
		id: field('id'),
		email: field('email'),
		fullName: memberName(member) || null,
		role: field('role'),
		status: field('status'),
		firstName: field('first_name'),
		lastName: field('last_name'),
		timezone: field('timezone'),
		createdAt: isoDate(field('created_at')),
		lastLoginAt: isoDate(field('last_login_at')),
	};
}
