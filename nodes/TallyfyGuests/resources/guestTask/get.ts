// Guest Task > Get
import { detailedTask } from '../../output/task';
import { sendForOne } from '../../transport/client';
import { outputField, outputOf } from '../fields';
import type { Operation } from '../operation';
import { guestOwners } from './owners';
import { taskLocator, taskSegment } from './task';

/** What comes with the task (facts 113). */
const EXTRAS = 'run,step,form_fields,assets,summary';

const output = outputField(
	'task',
	"Tallyfy's own object; it may hold links that open the task without a login",
	'The fields most workflows need, with the answers in the form by their labels, without links',
);

export const guestTaskGet: Operation = {
	value: 'get',
	name: 'Get',
	action: 'Get task with answers',
	description:
		'Get one task by its ID: its status, the answers in its form by label, its files, and whether it was approved',
	request: { method: 'GET', url: '/tasks/{task}' },
	segments: { task: taskSegment },
	run: async (client, request) => [
		await sendForOne(client, { ...request, qs: { ...request.qs, with: EXTRAS } }),
	],
	output: (client) =>
		outputOf(client, (task) => {
			const [guest, ...others] = guestOwners(task);
			return detailedTask(task, others.length > 0 ? undefined : guest);
		}),
	fields: [taskLocator, output],
};
