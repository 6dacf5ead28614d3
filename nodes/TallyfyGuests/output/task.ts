// What becomes of a guest's task of the API: a few flat fields, or the API's own object.
import type { IDataObject } from 'n8n-workflow';
import { answersOf, filesOf } from './answers';
import { isoDate } from './dates';
import { recordName } from './names';

/** Fields by the API's names. Never `owners`: its taskUrls open the task for anybody (G31). */
const SIMPLE: Record<string, string> = {
	id: 'id',
	title: 'title',
	status: 'status',
	deadline: 'deadline',
	processId: 'run_id',
	processName: 'run',
	stepTitle: 'step',
	isOneOff: 'is_oneoff_task',
	completedAt: 'completed_at',
};

const isDate = (name: string) => name.endsWith('At') || name === 'deadline';

/**
 * At most ten flat fields, dates as ISO in UTC. The names of process and step are there if they came with the task
 * (`with=run,step`).
 * @param guestEmail whose task it is, where that is known
 */
export function simplifiedTask(task: IDataObject, guestEmail?: string): IDataObject {
	const fields = Object.entries(SIMPLE).map(([name, key]) => {
		const value = task[key] ?? null;
		if (key === 'run' || key === 'step') return [name, recordName(value)];
		return [name, isDate(name) ? isoDate(value) : value];
	});
	return { ...Object.fromEntries(fields), ...(guestEmail ? { guestEmail } : {}) } as IDataObject;
}

/** One task with what was done: the fields above, the answers in its form, its files, and whether it was approved. */
export function detailedTask(task: IDataObject, guestEmail?: string): IDataObject {
	return {
		...simplifiedTask(task),
		guestEmail: guestEmail ?? null,
		approved: task.is_approved ?? null,
		description: task.summary ?? null,
		answers: answersOf(task),
		files: filesOf(task),
	};
}
