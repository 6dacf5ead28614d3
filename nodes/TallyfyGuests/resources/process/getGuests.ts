// Process > Get Guests: who of the guests works in a process, and how far they are.
import type { IDataObject } from 'n8n-workflow';
import { isoDate } from '../../output/dates';
import { recordName } from '../../output/names';
import { sendForList } from '../../transport/client';
import { TallyfyError } from '../../transport/errors';
import { failedResponse, isNotFound } from '../../transport/response';
import { guestOwners } from '../guestTask/owners';
import { isCompleted } from '../guestTask/task';
import type { Operation } from '../operation';
import { processLocator, processSegment } from './locator';

const timesOf = (tasks: IDataObject[], key: string) =>
	tasks
		.map((task) => isoDate(task[key]))
		.filter((at): at is string => typeof at === 'string')
		.sort();

/** One record for each guest who has a task of the process, in the order in which they come up. */
export function guestsOf(tasks: IDataObject[], processId: string): IDataObject[] {
	const byGuest = new Map<string, { email: string; tasks: IDataObject[] }>();
	for (const task of tasks) {
		for (const email of guestOwners(task)) {
			const key = email.toLowerCase();
			const known = byGuest.get(key) ?? { email, tasks: [] };
			byGuest.set(key, known);
			known.tasks.push(task);
		}
	}
	const processName = tasks.map(({ run }) => recordName(run)).find((name) => name !== null) ?? null;
	return [...byGuest.values()].map(({ email, tasks: own }) => {
		const completed = own.filter(isCompleted);
		// Tasks that rules hide are in the list too (facts 110), and nobody can do them.
		const open = own.filter((task) => !isCompleted(task) && task.status !== 'auto-skipped');
		return {
			email,
			openTasks: open.length,
			completedTasks: completed.length,
			openTaskTitles: open.map((task) => recordName(task)),
			nextDeadline: timesOf(open, 'deadline')[0] ?? null,
			lastCompletedAt: timesOf(completed, 'completed_at').at(-1) ?? null,
			processId,
			processName,
		};
	});
}

export const processGetGuests: Operation = {
	value: 'getGuests',
	name: 'Get Guests',
	action: 'Get guests of process',
	description:
		'List the guests who have tasks of one process, each with how many of them are open and done, and what is open. Tasks that rules hide are not counted.',
	request: { method: 'GET', url: '/runs/{process}/tasks' },
	segments: { process: processSegment },
	run: async (client, request) => {
		const send: typeof client.send = async (page) => {
			const response = await client.send(page);
			if (!isNotFound(response)) return response;
			throw new TallyfyError(failedResponse(response, request.subject));
		};
		const tasks = await sendForList({ send }, { ...request, qs: { ...request.qs, with: 'run' } });
		return guestsOf(tasks, String(request.subject?.value));
	},
	fields: [processLocator],
};
