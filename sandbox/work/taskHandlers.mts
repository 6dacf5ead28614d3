// What calls about tasks do and answer (contract/work.md 1.1 to 1.5).
import type { Handler, OperationRequest } from '../handlers.mts';
import { forbidden, invalid, notFound, reply, type Reply } from '../replies.mts';
import type { Json, Member } from '../organization.mts';
import { pageOf } from '../lists.mts';
import { addComment } from './comments.mts';
import { completeTask, isLocked, reopenTask, type Errors } from './completion.mts';
import { dateIn, inWorkingTime } from './deadlines.mts';
import { isListed, listIn, sortTasks } from './filters.mts';
import { isComplete, isHidden, type WorkTask } from './model.mts';
import { createTask, exceeds, taskErrors } from './newTask.mts';
import {
	admitGuests,
	newAssignments,
	ownersFrom,
	spendAssignments,
	type WorkContext,
} from './owners.mts';
import type { Shown } from './shown.mts';
import { checkValues, peopleIn } from './values.mts';

/** Keys that an update stores as they are (133). `status` is none of them (137). */
const PLAIN_KEYS = [
	...['title', 'webhook', 'prevent_guest_comment', 'position', 'max_assignable', 'top_secret'],
	'task_type',
];

const locked = () => reply(423, { error: true, message: 'This process has an open issue.' });

/** Owners, answers and the rest are checked first and stored together. */
function update(
	context: WorkContext,
	task: WorkTask,
	body: Json,
	caller: Member,
): Reply | undefined {
	const { work } = context;
	const { fields, answers: before } = work.extrasOf(task);
	const isOneOff = task.run_id === null;
	const errors: Errors = taskErrors(body, isOneOff ? ['title', 'deadline', 'owners'] : []);
	const checked = body.owners === undefined ? undefined : ownersFrom(context, body.owners);
	const { problems, answers } = checkValues(fields, body.taskdata, before);
	Object.assign(errors, checked?.errors, problems);
	if (checked && exceeds(checked.owners, body.max_assignable ?? task.max_assignable)) {
		errors.owners = ['Too many assignees.'];
	}
	const named = fields.flatMap(({ id, field_type: type }) =>
		type === 'assignees_form' ? (peopleIn(answers[id]) ?? []) : [],
	);
	for (const people of named) Object.assign(errors, ownersFrom(context, people).errors);
	if (Object.keys(errors).length) return invalid(errors);
	const owners = checked?.owners ?? task.owners;
	const added = owners.guests.filter((email) => !task.owners.guests.includes(email));
	const refused =
		spendAssignments(context, newAssignments(owners, task)) ??
		admitGuests(context, caller, [...added, ...named.flatMap(({ guests }) => guests)]);
	if (refused) return refused;
	work.recordChange(task);
	for (const key of PLAIN_KEYS) if (body[key] !== undefined) task[key] = body[key];
	const deadline = dateIn(body.deadline);
	if (deadline) task.deadline = inWorkingTime(deadline).toISOString();
	// Rules no longer move a deadline of a process's task that was set by hand (138).
	if (deadline && !isOneOff) task.deadline_set_by_hand = true;
	const startedAt = dateIn(body.started_at);
	if (startedAt) task.started_at = startedAt.toISOString();
	const extras = work.extrasOf(task);
	if (body.summary !== undefined) extras.summary = String(body.summary);
	extras.answers = answers;
	if (checked) work.setOwners(task, owners);
	return undefined;
}

/** Handlers by operationId of the contract. */
export function taskHandlers(context: WorkContext, shown: Shown): Record<string, Handler> {
	const { organization, work, injector } = context;
	const quirks = () => injector.behaviour.quirks;
	const lag = () => ({ changes: quirks().taskLag, ms: quirks().taskLagMs });

	type Work = (task: WorkTask, call: OperationRequest) => Reply;
	/** A task without a process: the paths that have none know no other (147). */
	const oneOff =
		(
			act: Work,
			idOf = ({ params, body }: OperationRequest) => params.taskId ?? body.task_id,
		): Handler =>
		(call) => {
			const task = work.task(String(idOf(call)));
			return task && task.run_id === null ? act(task, call) : notFound();
		};
	/** A task of the process that is in the path (112). */
	const ofProcess =
		(act: Work): Handler =>
		(call) => {
			const task = work.task(String(call.params.taskId ?? call.body.task_id));
			return task && task.run_id === call.params.runId ? act(task, call) : notFound();
		};
	const written = (task: WorkTask, more: Json = {}) =>
		reply(200, { data: { ...shown.task(task, 'write', ['form_fields']), ...more } });
	const changes = (task: WorkTask) => (task.run_id === null ? {} : { tasks_changed_by_rules: {} });

	const read: Work = (task, { query }) =>
		reply(200, { data: shown.task(task, 'single', listIn(query.with)) });

	const put: Work = (task, { body, caller }) => {
		if (isLocked(work, task)) return locked();
		if (isComplete(task)) return invalid({ task: ['A completed task cannot be updated.'] });
		return update(context, task, body, caller) ?? written(task);
	};

	const complete: Work = (task, { body, caller }) => {
		if (isLocked(work, task)) return locked();
		const mayComplete =
			!task.can_complete_only_assignees || work.membersOf(task).includes(caller.id);
		if (!mayComplete) return forbidden('Only assignees can complete this task.');
		const override = body.override_user === undefined ? undefined : Number(body.override_user);
		if (override !== undefined && !work.emailOf(override)) {
			return invalid({ override_user: ['The selected override user is invalid.'] });
		}
		const errors = completeTask(work, task, { member: caller, override }, body.is_approved);
		return errors ? invalid(errors) : written(task, changes(task));
	};

	const reopen: Work = (task, { caller }) => {
		if (caller.role === 'Light') return forbidden('Light members cannot reopen tasks.');
		if (isLocked(work, task)) return locked();
		if (!isComplete(task)) return invalid({ task: ['This task is not completed.'] });
		reopenTask(work, task);
		return written(task, changes(task));
	};

	/** Mails everybody but the caller, whatever they switched off (150). */
	const remind: Work = (task, { caller }) => {
		if (isComplete(task) || isHidden(task)) return invalid({ task: ['This task is not active.'] });
		const members = work.membersOf(task).filter((id) => id !== caller.id);
		work.tell(members, 'reminder', task);
		for (const email of task.owners.guests) work.mails.send(email, 'reminder', task);
		return reply(200, { data: shown.task(task, 'write') });
	};

	const listed = (tasks: WorkTask[], query: Json, fallback: string): Reply => {
		const nameOf = ({ run_id: id }: WorkTask) => work.processes.get(id ?? '')?.name;
		const found = work
			.laggingTasks(tasks, lag())
			.filter((task) => isListed(task, query, organization.now(), nameOf(task)));
		const sorted = sortTasks(found, query.sort, fallback);
		const extras = listIn(query.with);
		if (query.without_pagination === 'true') {
			return reply(200, { data: sorted.map((task) => shown.task(task, 'list', extras)) });
		}
		const page = pageOf(sorted, query, quirks(), 10);
		page.data = (page.data as WorkTask[]).map((task) => shown.task(task, 'list', extras));
		return reply(200, page);
	};

	return {
		listTasks: ({ query }) => listed(work.allTasks(), query, 'newest'),
		createTask: ({ body, caller }) => {
			const made = createTask(context, body, caller);
			if (!('id' in made)) return made;
			return reply(201, { data: shown.task(made, 'write', ['form_fields']) });
		},
		getTask: (call) => {
			const task = work.task(call.params.taskId);
			return task ? read(task, call) : notFound();
		},
		updateTask: oneOff(put),
		remindTask: oneOff(remind),
		completeTask: oneOff(complete),
		reopenTask: oneOff(reopen),

		listProcessTasks: ({ params, query }) =>
			work.processes.has(params.runId)
				? listed(work.tasksOf(params.runId), query, 'position')
				: notFound(),
		getProcessTask: ofProcess(read),
		updateProcessTask: ofProcess(put),
		remindProcessTask: ofProcess(remind),
		completeProcessTask: ofProcess(complete),
		reopenProcessTask: ofProcess(reopen),

		commentOnTask: ({ params, body, caller }) => {
			const task = work.task(params.taskId);
			return task ? addComment(context, task, body, caller) : notFound();
		},
	};
}
