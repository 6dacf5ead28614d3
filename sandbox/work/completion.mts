// Completing a task and opening it again, by whomever (contract/work.md 144 to 149).
import type { Guest, Member } from '../organization.mts';
import { isComplete, isHidden, type Process, type WorkTask } from './model.mts';
import { unanswered } from './values.mts';
import type { Work } from './work.mts';

/** Who completes a task: a member through the API, or a guest. */
export type Completer = { member: Member; override?: number } | { guest: Guest };

/** Errors by field, as a 422 has them. */
export type Errors = Record<string, string[]>;

/** An open issue of the process locks its tasks (143). */
export function isLocked(work: Work, { run_id: id }: WorkTask): boolean {
	return id !== null && work.processes.get(id)?.has_open_issue === true;
}

/** All tasks of a complete process are done, those apart that are hidden. */
export function isProcessComplete(work: Work, { id }: Process): boolean {
	const tasks = work.tasksOf(id).filter((task) => !isHidden(task));
	return tasks.length > 0 && tasks.every(isComplete);
}

/** A task that is complete already is completed again without a word (146). */
function problemsOf(work: Work, task: WorkTask, approved: unknown): Errors | undefined {
	const { fields, answers } = work.extrasOf(task);
	const missing = unanswered(fields, answers);
	if (missing.length) return { captures: missing.map((label) => `${label} is required`) };
	if (task.has_issues) return { task: ['This task has an open problem.'] };
	if (isHidden(task)) return { task: ['This task is hidden.'] };
	if (task.task_type === 'approval' && typeof approved !== 'boolean') {
		return { is_approved: ['The is approved field is required.'] };
	}
	return undefined;
}

/** @returns errors, if it cannot be completed */
export function completeTask(
	work: Work,
	task: WorkTask,
	by: Completer,
	approved?: unknown,
): Errors | undefined {
	const problems = problemsOf(work, task, approved);
	if (problems) return problems;
	work.recordChange(task);
	if (!isComplete(task)) task.completed_at = work.stamp();
	task.status = 'completed';
	// Ignored for tasks and mails (145).
	const isAnswer = ['approval', 'expiring', 'expiring_email'].includes(task.task_type);
	task.is_approved = isAnswer ? approved !== false : null;
	const completed = afterCompletion(work, task, by);
	work.listener({ event: 'task.completed', task, by: 'guest' in by ? by.guest : by.member });
	if (completed) work.listener({ event: 'process.completed', process: completed });
	return undefined;
}

/**
 * Notes who it was, shows what waited for the task, and mails; also when the task was complete before (146). Webhooks hear
 * nothing of it yet.
 * @returns the process that is complete by it
 */
export function afterCompletion(work: Work, task: WorkTask, by: Completer): Process | undefined {
	const isGuest = 'guest' in by;
	task.completer_guest_id = isGuest ? by.guest.id : null;
	task.completer_id = isGuest ? null : (by.override ?? by.member.id);
	const { starterId } = work.extrasOf(task);
	work.tell([...new Set([...work.membersOf(task), starterId])], 'completed', task);
	const process = task.run_id === null ? undefined : work.processes.get(task.run_id);
	if (process && task.step_id) work.reveal(process.id, task.step_id);
	if (!process || process.completed_at !== null || !isProcessComplete(work, process)) {
		return undefined;
	}
	work.recordProcess(process);
	process.completed_at = work.stamp();
	return process;
}

/** Back to in-progress; guests are told, and their link works again (148). */
export function reopenTask(work: Work, task: WorkTask): void {
	work.recordChange(task);
	task.status = 'in-progress';
	task.completed_at = null;
	afterReopening(work, task);
	for (const email of task.owners.guests) work.mails.send(email, 'reopened', task);
}

export function afterReopening(work: Work, task: WorkTask): void {
	task.completer_id = null;
	task.completer_guest_id = null;
	task.is_approved = null;
	const process = task.run_id === null ? undefined : work.processes.get(task.run_id);
	if (!process || process.completed_at === null) return;
	work.recordProcess(process);
	process.completed_at = null;
}
