// Guest Task > Complete
import type { IDataObject, INodeProperties } from 'n8n-workflow';
import { simplifiedTask } from '../../output/task';
import { invalidParameter, TallyfyError } from '../../transport/errors';
import { failedResponse } from '../../transport/response';
import type { Operation } from '../operation';
import { oneOf } from '../values';
import {
	isCompleted,
	readTask,
	sendToTask,
	taskFromWriteResponse,
	taskLocator,
	taskSegment,
	withTask,
} from './task';

const approval: INodeProperties = {
	displayName: 'Approval',
	name: 'approval',
	type: 'options',
	default: 'none',
	description: 'The answer of an approval task, which needs one; other tasks take none',
	options: [
		{ name: 'Approve', value: 'approve' },
		{ name: 'None', value: 'none', description: 'For tasks that are no approvals' },
		{ name: 'Reject', value: 'reject' },
	],
};

/** What the body says of it: needed for an approval, and ignored or misunderstood for other types (facts 145). */
const IS_APPROVED: Record<string, boolean | undefined> = { approve: true, reject: false };

/** @throws TallyfyError for an approval without an answer, and for an answer where there is no question */
function assertApprovalFits({ id, task_type: type }: IDataObject, answer: string): void {
	const isApproval = type === 'approval';
	if (isApproval === (answer !== 'none') || (type ?? null) === null) return;
	throw isApproval
		? invalidParameter(
				'Approval',
				`is None, but ${String(id)} is an approval task`,
				'Nothing was sent. Choose Approve or Reject.',
			)
		: invalidParameter(
				'Approval',
				`is ${answer}, but ${String(id)} is no approval task`,
				'Nothing was sent. Choose None.',
			);
}

const result = (task: IDataObject, alreadyComplete: boolean): IDataObject => ({
	...simplifiedTask(task),
	...(task.task_type === 'approval' ? { approved: task.is_approved ?? null } : {}),
	alreadyComplete,
});

export const guestTaskComplete: Operation = {
	value: 'complete',
	name: 'Complete',
	action: 'Complete task of guest',
	description:
		'Complete a task, or give the answer of an approval. Never twice: a task that is complete already is returned as it is, with "alreadyComplete": true. Form fields that are required must have been answered.',
	request: { method: 'POST', url: '/completed-tasks' },
	run: async (client, { method, url }) => {
		const id = taskSegment.check(client.parameter('task', ''));
		const answers = ['none', 'approve', 'reject'] as const;
		const answer = oneOf(client.parameter('approval', ''), 'Approval', answers, 'none');
		const subject = { noun: 'task', value: id, parameter: 'Task' };
		const request = { method, url, subject };
		return await withTask(client, request, async (task) => {
			if (isCompleted(task)) return [result(task, true)];
			assertApprovalFits(task, answer);
			const sent = {
				...request,
				body: { task_id: id, is_approved: IS_APPROVED[answer] },
				// A second time would send mails and webhooks again (facts 146).
				idempotency: 'never' as const,
				doubt: `The task ${id} may have been completed. Look at it before you run this item again.`,
				verify: async () => {
					const now = await readTask(client, id);
					if (isCompleted(now)) return { status: 200, body: { data: now } };
					if (task.everyone_must_complete !== true) return undefined;
					// It stays open until the last of them has completed it (G84), which says nothing about this one.
					throw new TallyfyError({ message: 'Others have to complete it too', description: '' });
				},
			};
			const response = await sendToTask(client, task, sent);
			if (response.status === 422) {
				throw new TallyfyError({
					...failedResponse(response),
					description:
						'Before a task can be completed, its required form fields have to be answered, by a guest or in Tallyfy, and its open problems resolved. Then run this item again.',
				});
			}
			const after = await taskFromWriteResponse(client, task, sent, response);
			const isOther = answer !== 'none' && (after.is_approved ?? null) !== IS_APPROVED[answer];
			return [{ ...result(after, false), ...(isOther ? { notStored: ['approval'] } : {}) }];
		});
	},
	fields: [taskLocator, approval],
};
