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
	/** Parameters whose values Tallyfy showed otherwise than they were sent. */
	notStored?: string[];
}

/** Whether nothing more will come: the task is complete, unknown, or archived (facts 151), so that nobody can answer it. */
export const isOver = (task?: IDataObject): boolean =>
	!task || isCompleted(task) || Boolean(task.archived_at);

/** What an item says of the question, answered or not. */
const questionIn = ({ taskId, guests, notStored }: Asked): IDataObject => ({
	taskId,
	guestEmail: guests.join(', '),
	...(notStored ? { notStored } : {}),
});

/** What an item says that nobody has answered: while it waits, when the time is over, and of a task that is gone. */
export const unanswered = (asked: Asked): IDataObject => ({
	answered: false,
	approved: false,
	answers: {},
	completedBy: null,
	completedAt: null,
	...questionIn(asked),
});

/** The emails of the guests who may have completed a task: it may have been given to others (facts 189). */
export function askedGuests(task: IDataObject, { guests }: Asked): string[] {
	const owners = guestOwners(task);
	return owners.length > 0 ? owners : guests;
}

/** The ID of the guest who completed a task; undefined where it was nobody, or a member (facts 116, 117). */
export function guestIdIn({ completer_guest_id: id }: IDataObject): string | undefined {
	return (id ?? '') === '' ? undefined : String(id);
}

/** Who completed a task: a guest by email, where that can be told, and a member by ID. */
function completedBy(task: IDataObject, asked: Asked, email?: string): string | null {
	const guestId = guestIdIn(task);
	const { completer_id: memberId } = task;
	if (guestId !== undefined) {
		const [only, ...others] = askedGuests(task, asked);
		return email ?? (others.length === 0 ? only : `guest ${guestId}`);
	}
	return (memberId ?? '') === '' ? null : `member ${String(memberId)}`;
}

/**
 * The answer in a task that was read with its form. A declined approval is an answer; a form has no yes or no (`approved` is
 * null then).
 * @param task as it was read; undefined for one that is gone
 * @param email of the guest who completed it, if that is known
 */
export function answerOf(asked: Asked, task?: IDataObject, email?: string): IDataObject {
	if (!task || !isCompleted(task)) return unanswered(asked);
	const files = filesOf(task);
	return {
		answered: true,
		approved: asked.isApproval ? task.is_approved === true : null,
		answers: answersOf(task),
		...(files.length > 0 ? { files } : {}),
		completedBy: completedBy(task, asked, email),
		completedAt: isoDate(task.completed_at ?? null),
		...questionIn(asked),
	};
}
