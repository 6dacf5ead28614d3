// Guest Task > Reopen
import { simplifiedTask } from '../../output/task';
import type { Operation } from '../operation';
import {
	isCompleted,
	readTask,
	sendToTask,
	taskFromWriteResponse,
	taskLocator,
	taskSegment,
	withTask,
} from './task';

export const guestTaskReopen: Operation = {
	value: 'reopen',
	name: 'Reopen',
	action: 'Reopen task of guest',
	description:
		'Open a completed task again. Its guests are mailed, and their link to it works as before. An open task is returned as it is, with "alreadyOpen": true.',
	request: { method: 'DELETE', url: '/completed-tasks/{task}' },
	segments: { task: taskSegment },
	run: async (client, request) =>
		await withTask(client, request, async (task) => {
			if (!isCompleted(task)) return [{ ...simplifiedTask(task), alreadyOpen: true }];
			const verify = async () => {
				const now = await readTask(client, String(task.id));
				return isCompleted(now) ? undefined : { status: 200, body: { data: now } };
			};
			const sent = {
				...request,
				// A second time would mail the guests again (facts 148).
				idempotency: 'verifyFirst' as const,
				doubt: `The task ${String(task.id)} may have been opened again. Look at it before you run this item again.`,
				verify,
			};
			let response = await sendToTask(client, task, sent);
			// Refused, because the request whose answer was lost opened it after the read.
			if (response.status === 422 && response.answerLost) response = (await verify()) ?? response;
			const after = await taskFromWriteResponse(client, task, sent, response);
			const isStill = isCompleted(after);
			return [
				{
					...simplifiedTask(after),
					alreadyOpen: false,
					...(isStill ? { notStored: ['status'] } : {}),
				},
			];
		}),
	fields: [taskLocator],
};
