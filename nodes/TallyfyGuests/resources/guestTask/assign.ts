// Guest Task > Assign
import type { INodeProperties } from 'n8n-workflow';
import { parseTimestamp, requestTimestamp } from '../../output/dates';
import { invalidParameter } from '../../transport/errors';
import {
	afterAdding,
	assertGuestsExist,
	createMissingOptions,
	guestEmails,
	guests,
	mayCreateGuests,
} from '../guest/guestEmails';
import { ownMemberId } from '../member/me';
import type { Operation } from '../operation';
import { listIn, oneOf } from '../values';
import { assignedTask, ownersNotStored, ownersOf } from './owners';
import {
	assertOpen,
	isOneOff,
	sendToTask,
	taskFromWriteResponse,
	taskLocator,
	taskSegment,
	withTask,
} from './task';

const assignMode: INodeProperties = {
	displayName: 'Mode',
	name: 'assignMode',
	type: 'options',
	default: 'add',
	description: 'What to do with the guests of the task; members and groups stay',
	options: [
		{ name: 'Add', value: 'add', description: 'Keep the guests and add these' },
		{ name: 'Remove', value: 'remove', description: 'Keep the guests without these' },
		{
			name: 'Replace',
			value: 'replace',
			description: 'Make these the only guests; an empty list takes all guests off',
		},
	],
};

/** The guests after the change, each once, whatever its upper and lower case (G24). */
export function changedGuests(mode: string, before: string[], given: string[]): string[] {
	const has = (list: string[], email: string) =>
		list.some((one) => one.toLowerCase() === email.toLowerCase());
	if (mode === 'remove') return before.filter((email) => !has(given, email));
	const kept = mode === 'add' ? before : before.filter((email) => has(given, email));
	return [...kept, ...given.filter((email) => !has(kept, email))];
}

export const guestTaskAssign: Operation = {
	value: 'assign',
	name: 'Assign',
	action: 'Assign guests to task',
	description:
		'Add guests to a task, take them off, or replace them. New ones are mailed, and the link of those who lose the task stops. Members and groups stay; a guest who would be alone gets the member of the credential beside them.',
	request: { method: 'PUT', url: '/tasks/{task}' },
	segments: { task: taskSegment },
	run: async (client, request) => {
		const modes = ['add', 'remove', 'replace'] as const;
		const mode = oneOf(client.parameter('assignMode', ''), 'Mode', modes, 'add');
		const value = client.parameter('guests', '');
		const given = guestEmails(value);
		const mayCreate = mayCreateGuests(client);
		// Only a list without entries: one with a blank entry is an expression that found nothing.
		const list = listIn(value);
		const isCleared = mode === 'replace' && Array.isArray(list) && list.length === 0;
		if (given.length === 0 && !isCleared) {
			const next =
				mode === 'replace'
					? 'Give the guests that the task shall have. To take all guests off, give an empty list: {{ [] }}.'
					: `Give the guests to ${mode}.`;
			throw invalidParameter('Guests', 'is empty', next);
		}
		return await withTask(client, request, async (task) => {
			assertOpen(task, 'nobody can be assigned');
			const before = ownersOf(task);
			const wanted = changedGuests(mode, before.guests, given);
			const isNew = (email: string) => !before.guests.includes(email);
			const added = wanted.filter(isNew);
			if (added.length === 0 && wanted.length === before.guests.length) {
				return [{ ...assignedTask(task), changed: false }];
			}
			const { users, groups } = before;
			const isAlone = wanted.length > 0 && users.length + groups.length === 0;
			const own = isAlone ? await ownMemberId(client) : undefined;
			const { emails, created } = await assertGuestsExist(client, added, mayCreate);
			const owners = {
				users: own === undefined ? users : [own],
				guests: [...wanted.filter((email) => !isNew(email)), ...emails],
				groups,
			};
			const due = parseTimestamp(task.deadline);
			const deadline = due === undefined ? undefined : requestTimestamp(due);
			// One-off tasks want these every time (facts 133). On a process's task a deadline would switch its rules off (facts 138).
			const needed = isOneOff(task) ? { title: task.title, deadline } : {};
			const sent = {
				...request,
				body: { ...needed, owners },
				doubt: `The guests of the task ${task.id} may have been changed. It is safe to run this item again.`,
			};
			return await afterAdding(created, async () => {
				const response = await sendToTask(client, task, sent);
				const after = await taskFromWriteResponse(client, task, sent, response);
				const notStored = ownersNotStored(owners, after);
				return [
					{
						...assignedTask(after),
						changed: true,
						...(own === undefined ? {} : { addedMember: own }),
						...(created.length > 0 ? { createdGuests: created } : {}),
						...(notStored.length > 0 ? { notStored } : {}),
					},
				];
			});
		});
	},
	fields: [taskLocator, assignMode, guests, createMissingOptions],
};
