// Guest Task > Remind
import type { IDataObject } from 'n8n-workflow';
import type { ItemClient } from '../../transport/client';
import { invalidParameter, TallyfyError } from '../../transport/errors';
import type { ApiRequest } from '../../transport/request';
import { recordIfAny } from '../../transport/response';
import type { Operation } from '../operation';
import { assertOpen, sendToTask, taskLocator, taskSegment, withTask } from './task';

/** Reminds of a task. Gives the error where people may have been mailed, so that no other item of the execution mails them. */
async function remindOnce(
	client: ItemClient,
	request: ApiRequest,
): Promise<IDataObject | TallyfyError> {
	const work = async (task: IDataObject) => {
		const { id, title, status } = task;
		assertOpen(task, 'nobody can be reminded of it');
		if (status === 'auto-skipped') {
			const next = 'Nothing was sent. Tallyfy reminds of active tasks only.';
			throw invalidParameter('Task', `${String(id)} is hidden by a rule`, next);
		}
		const sent = {
			...request,
			// A GET that mails people (facts 150).
			idempotency: 'never' as const,
			doubt: `The people of the task ${String(id)} may have been mailed. Nobody knows, so think twice before you run this item again.`,
		};
		recordIfAny(await sendToTask(client, task, sent), request.subject);
		return { reminded: true, taskId: id, title };
	};
	return await withTask(client, request, work).catch((error: Error) => {
		if (error instanceof TallyfyError && error.details.outcome === 'unknown') return error;
		throw error;
	});
}

export const guestTaskRemind: Operation = {
	value: 'remind',
	name: 'Remind',
	action: 'Remind assignees of task',
	description:
		'Mail a reminder to all guests and members of an open task, except the member of the credential, whatever mails they have switched off. Sent once and never repeated, also not after a lost answer or where several items name the task.',
	request: { method: 'GET', url: '/tasks/{task}/email' },
	segments: { task: taskSegment },
	run: async (client, request) => {
		// Several items may name one task, such as those of its guests: its people are mailed once.
		const work = async () => await remindOnce(client, request);
		const key = `remind ${String(request.subject?.value)}`;
		const done = await client.oncePerExecution(key, work);
		if (done instanceof Error) throw done;
		return [done];
	},
	fields: [taskLocator],
};
