// Guest Task > Remind
import { invalidParameter } from '../../transport/errors';
import { recordIfAny } from '../../transport/response';
import type { Operation } from '../operation';
import { assertOpen, sendToTask, taskLocator, taskSegment, withTask } from './task';

export const guestTaskRemind: Operation = {
	value: 'remind',
	name: 'Remind',
	action: 'Remind assignees of task',
	description:
		'Mail a reminder to all guests and members of an open task, except the member of the credential, whatever mails they have switched off. Sent once and never repeated, also not after a lost answer.',
	request: { method: 'GET', url: '/tasks/{task}/email' },
	segments: { task: taskSegment },
	run: async (client, request) =>
		await withTask(client, request, async (task) => {
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
			return [{ reminded: true, taskId: id, title }];
		}),
	fields: [taskLocator],
};
