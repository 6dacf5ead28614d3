// Comments on tasks, and who hears of them (contract/work.md 152 to 156).
import { invalid, reply, type Reply } from '../replies.mts';
import type { Json, Member } from '../organization.mts';
import type { Comment, WorkTask } from './model.mts';
import {
	admitGuests,
	newAssignments,
	ownersFrom,
	spendAssignments,
	tooManyComments,
	type WorkContext,
} from './owners.mts';

/** Left out, guests do not see it (153). */
const HIDDEN = 'hide-for-guests';
const STATES = ['open', HIDDEN, 'collapsed'];
const LABELS = ['comment', 'problem', 'resolve', 'improvement', 'advice'];

const found = (pattern: RegExp, content: string) =>
	[...content.matchAll(pattern)].map(([, match]) => match);

/** `@[id]` tells a member; a plus sign directly before an email gives the task to that guest, new or not (154). */
export function addComment(
	context: WorkContext,
	task: WorkTask,
	body: Json,
	caller: Member,
): Reply {
	const { work, injector } = context;
	const { content, state = HIDDEN, label = 'comment' } = body;
	const errors: Record<string, string[]> = {};
	if (typeof content !== 'string' || content === '') {
		errors.content = ['The content field is required.'];
	}
	if (!STATES.includes(String(state))) errors.state = ['The selected state is invalid.'];
	if (!LABELS.includes(String(label))) errors.label = ['The selected label is invalid.'];
	const text = String(content);
	const guests = found(/(?:^|[\s>])\+([^\s@<>]+@[^\s@<>,;]*[^\s@<>,;.])/g, text);
	const { owners, errors: ownerErrors } = ownersFrom(context, {
		...task.owners,
		guests: [...task.owners.guests, ...guests],
	});
	Object.assign(errors, ownerErrors);
	if (Object.keys(errors).length) return invalid(errors);
	const wait = injector.commentWait();
	if (wait !== undefined) return tooManyComments(wait);
	const refused =
		spendAssignments(context, newAssignments(owners, task)) ?? admitGuests(context, caller, guests);
	if (refused) return refused;
	if (guests.length) work.setOwners(task, owners);
	work.tell(found(/@\[(\d+)\]/g, text).map(Number), 'mentioned', task);
	const at = work.stamp();
	const comment: Comment = {
		id: work.newId(),
		task_id: task.id,
		content: text,
		state: String(state),
		label: String(label),
		author_id: caller.id,
		author_type: 'member',
		resolve_id: null,
		created_at: at,
		updated_at: at,
		archived_at: null,
	};
	work.extrasOf(task).comments.push(comment);
	return reply(201, { data: comment });
}
