// Who may be given a task, and what a new address among them brings about (contract/work.md 129, 131, 132, 134).
import type { FaultInjector } from '../faults.mts';
import { forbidden, reply, tooManyRequests, type Reply } from '../replies.mts';
import type { Json, Member, Organization } from '../organization.mts';
import type { Owners, WorkTask } from './model.mts';
import type { Work } from './work.mts';

/** What handlers of work need. */
export interface WorkContext {
	organization: Organization;
	work: Work;
	injector: FaultInjector;
}

/** Over an hourly limit of what is mailed to people outside (221). */
const tooMany = (wait: number, what: string): Reply =>
	tooManyRequests(
		{
			message: `You've reached the hourly limit for ${what} per hour per organization). Please try again later.`,
			code: 'RATE_LIMIT_EXCEEDED',
		},
		wait,
	);
export const tooManyComments = (wait: number) => tooMany(wait, 'Comment (120');

const ADDRESS = /^[^\s@]+@[^\s@]+$|^"[^"]+"@[^\s@]+$/;

/** Why an address cannot be a guest; undefined when it can, or is one already (129). */
function addressProblem(organization: Organization, email: string): string | undefined {
	if (organization.guests.has(email)) return undefined;
	if (!ADDRESS.test(email) || /@example\.com$/i.test(email)) {
		return `${email} must be a valid email address.`;
	}
	return organization.members.some((member) => member.email === email)
		? `${email} belongs to a member of your organization.`
		: undefined;
}

/** Three lists from what was sent: one that is missing counts as empty (134). Errors by name of the list. */
export function ownersFrom(
	{ organization, work }: WorkContext,
	given: unknown,
): { owners: Owners; errors: Record<string, string[]> } {
	const { users, guests, groups } = (given ?? {}) as Json;
	const list = (value: unknown) => [...new Set(Array.isArray(value) ? (value as unknown[]) : [])];
	const owners: Owners = {
		users: list(users).map(Number),
		guests: list(guests).map(String),
		groups: list(groups).map(String),
	};
	const errors: Record<string, string[]> = {};
	const isMember = (id: number) => organization.members.some((member) => member.id === id);
	if (!owners.users.every(isMember)) errors['owners.users'] = ['The selected users is invalid.'];
	const isGroup = (id: string) => work.groups.some((group) => group.id === id);
	if (!owners.groups.every(isGroup)) errors['owners.groups'] = ['The selected groups is invalid.'];
	const bad = owners.guests.flatMap((email) => addressProblem(organization, email) ?? []);
	if (bad.length) errors['owners.guests'] = bad;
	return { owners, errors };
}

/**
 * Makes guests of the addresses that nobody knows. Each spends an invite; whether it does on the real server is not said, and
 * neither is what a refusal in the middle leaves behind: here nothing, since all are counted before any is made.
 * @returns the refusal, when there is one
 */
export function admitGuests(
	{ organization, injector }: WorkContext,
	caller: Member,
	emails: string[],
): Reply | undefined {
	if (emails.length && caller.role === 'Light') {
		return forbidden('Light members cannot assign tasks to guests.');
	}
	const unknown = [...new Set(emails)].filter((email) => !organization.guests.has(email));
	for (let i = 0; i < unknown.length; i++) {
		const wait = injector.inviteWait();
		if (wait !== undefined) return tooMany(wait, 'Guest Invite (30');
	}
	for (const email of unknown) organization.create({ email });
	return undefined;
}

/** How many people get a task that they did not have. */
export function newAssignments(owners: Owners, task?: WorkTask): number {
	const had = new Set<unknown>(task ? Object.values(task.owners).flat() : []);
	return Object.values(owners)
		.flat()
		.filter((one) => !had.has(one)).length;
}

/** Takes so many of the assignments that a trial organization has in all. @returns the refusal (132) */
export function spendAssignments({ injector }: WorkContext, count: number): Reply | undefined {
	if (injector.takeAssignments(count)) return undefined;
	const message = 'Trial limit reached: your organization has used all of its task assignments.';
	return reply(402, { error: true, message, code: 'TRIAL_LIMIT_REACHED_YOUR' });
}
