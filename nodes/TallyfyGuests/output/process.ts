// What becomes of a process of the API: a few flat fields.
import type { IDataObject } from 'n8n-workflow';
import { isoDate } from './dates';
import { recordName } from './names';

/** Progress in percent: in an object, or a bare number (contract, Process). */
function percentOf(progress: unknown): number | null {
	const percent =
		typeof progress === 'object' ? (progress as IDataObject | null)?.percent : progress;
	return typeof percent === 'number' ? percent : null;
}

/** Ten flat fields, most useful first, dates as ISO in UTC. */
export function simplifiedProcess(process: IDataObject): IDataObject {
	return {
		id: process.id ?? null,
		name: recordName(process),
		status: process.status ?? null,
		progress: percentOf(process.progress),
		templateId: process.checklist_id ?? null,
		templateName: recordName({ title: process.checklist_title }),
		startedBy: process.started_by ?? null,
		dueDate: isoDate(process.due_date ?? null),
		createdAt: isoDate(process.created_at ?? null),
		completedAt: isoDate(process.completed_at ?? null),
	};
}
