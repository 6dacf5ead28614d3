// The answer of a guest: the item that a task becomes once it is complete.
import type { IDataObject } from 'n8n-workflow';
import { answersOf, filesOf } from '../output/answers';
import { isoDate } from '../output/dates';
import { guestOwners } from '../resources/guestTask/owners';
import { isCompleted } from '../resources/guestTask/task';

/** What is remembered of a question while the workflow waits. */
export interface Asked extends IDataObject {
	taskId: string;
	/** The emails that were asked. */
	guests: string[];
	isApproval: boolean;
}

/** Whether a task is gone, so that nobody can answer it any more: unknown, or archived (facts 151). */
export const isGone = (task?: IDataObject): boolean => !task || Boolean(task.archived_at);

/** What an item says that nobody has answered: while it waits, when the time is over, and of a task that is gone. */
export const unanswered = (asked?: Asked): IDataObject => ({
	answered: false,
	approved: false,
	...(asked
		? {
				answers: {},
				completedBy: null,
				completedAt: null,
				taskId: asked.taskId,
				guestEmail: asked.guests.join(', '),
			}
		: {}),
});

/** Who completed a task: the only guest of it by email, another by their ID, a member by theirs (facts 116, 117). */
function completedBy(task: IDataObject, { guests }: Asked): string | null {
	const { completer_guest_id: guestId, completer_id: memberId } = task;
	if (guestId ?? false) {
		const owners = guestOwners(task);
		const [only, ...others] = owners.length > 0 ? owners : guests;
		return others.length === 0 ? only : `guest ${String(guestId)}`;
	}
	return (memberId ?? false) ? `member ${String(memberId)}` : null;
}

/**
 * The answer in a task that was read with its form. A declined approval is an answer; a form has no yes or no (`approved` is
 * null then).
 */
export function answerOf(asked: Asked, task?: IDataObject): IDataObject {
	if (!task || isGone(task) || !isCompleted(task)) return unanswered(asked);
	const files = filesOf(task);
	return {
		answered: true,
		approved: asked.isApproval ? task.is_approved === true : null,
		answers: answersOf(task),
		...(files.length > 0 ? { files } : {}),
		completedBy: completedBy(task, asked),
		completedAt: isoDate(task.completed_at ?? null),
		taskId: asked.taskId,
		guestEmail: asked.guests.join(', '),
	};
}
