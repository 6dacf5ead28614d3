// What becomes of a request that makes a task without a template (contract/work.md 120 to 130).
import { forbidden, invalid, type Reply } from '../replies.mts';
import type { Json, Member } from '../organization.mts';
import { isProcessComplete, type Errors } from './completion.mts';
import { dateIn, inWorkingTime } from './deadlines.mts';
import { aliasOf, type Field, type Owners, type Process, type WorkTask } from './model.mts';
import {
	admitGuests,
	newAssignments,
	ownersFrom,
	spendAssignments,
	type WorkContext,
} from './owners.mts';
import { MISC } from './templates.mts';

const TASK_TYPES = ['task', 'approval', 'expiring', 'email', 'expiring_email'];
/** `email` is taken too, and never shown (127). */
const FIELD_TYPES = [
	...['text', 'textarea', 'date', 'dropdown', 'multiselect', 'radio', 'file', 'table'],
	...['assignees_form', 'email'],
];

/** A choice without options passes, and can never be answered (127). */
function fieldErrors(given: Json[]): Errors {
	const errors: Errors = {};
	given.forEach(({ label, field_type: type, required }, index) => {
		const where = `form_fields.${index}`;
		if (!label) errors[`${where}.label`] = ['The label field is required.'];
		if (!FIELD_TYPES.includes(String(type))) {
			errors[`${where}.field_type`] = ['The selected field type is invalid.'];
		}
		if (typeof required !== 'boolean') {
			errors[`${where}.required`] = ['The required field is required.'];
		}
	});
	return errors;
}

function fieldsFrom({ work }: WorkContext, given: Json[]): Field[] {
	const fields = given.map((one, index) => ({
		id: work.newId(),
		alias: aliasOf(String(one.label)),
		label: String(one.label),
		field_type: String(one.field_type),
		required: one.required === true,
		position: Number(one.position ?? index + 1),
		guidance: (one.guidance as string | undefined) ?? null,
		options: (one.options as Field['options'] | undefined) ?? null,
		columns: (one.columns as Field['columns'] | undefined) ?? null,
	}));
	return fields.sort((a, b) => a.position - b.position);
}

/** Errors of what tasks are made and changed with. */
export function taskErrors(body: Json, required: string[]): Errors {
	const errors: Errors = {};
	for (const key of required) {
		if (body[key] === undefined || body[key] === null || body[key] === '') {
			errors[key] = [`The ${key.replace('_', ' ')} field is required.`];
		}
	}
	if (String(body.title ?? '').length > 600) {
		errors.title = ['The title may not be greater than 600 characters.'];
	}
	if (body.task_type !== undefined && !TASK_TYPES.includes(String(body.task_type))) {
		errors.task_type = ['The selected task type is invalid.'];
	}
	for (const key of ['deadline', 'started_at']) {
		if (body[key] && !dateIn(body[key])) errors[key] = [`The ${key} is not a valid date.`];
	}
	return errors;
}

export function exceeds(owners: Owners, limit: unknown): boolean {
	return Number(limit ?? 0) > 0 && Object.values(owners).flat().length > Number(limit);
}

/** One list of owners for each assignee, groups expanded (125). */
function apart({ work }: WorkContext, owners: Owners): Owners[] {
	const groups = work.groups.filter(({ id }) => owners.groups.includes(id));
	const users = new Set([...owners.users, ...groups.flatMap(({ members }) => members)]);
	const guests = new Set([...owners.guests, ...groups.flatMap((group) => group.guests)]);
	return [
		...[...users].map((id) => ({ users: [id], guests: [], groups: [] })),
		...[...guests].map((email) => ({ users: [], guests: [email], groups: [] })),
	];
}

/** The process on the hidden template that tasks are in which were made one for each assignee. */
function fanOut({ work }: WorkContext, title: string, caller: Member): Process {
	return work.addProcess({
		id: work.newId(),
		increment_id: work.newIncrement(),
		checklist_id: MISC,
		checklist_title: 'MISC',
		name: title,
		summary: null,
		started_by: caller.id,
		owner_id: caller.id,
		prerun: {},
		users: [],
		groups: [],
		can_add_oot: true,
		has_open_issue: false,
		created_at: work.stamp(),
		completed_at: null,
		archived_at: null,
	});
}

/** The process that a task is to be added to; a refusal where it takes none (124). */
function processFor({ work }: WorkContext, id: unknown): Process | Reply | undefined {
	if (id === undefined) return undefined;
	const process = work.processes.get(String(id));
	if (!process) return invalid({ run_id: ['The selected run id is invalid.'] });
	const isOpen = process.can_add_oot && !isProcessComplete(work, process);
	return isOpen ? process : forbidden('Tasks cannot be added to this process.');
}

/** @returns the task, or the first of several (125), or why there is none */
export function createTask(context: WorkContext, body: Json, caller: Member): WorkTask | Reply {
	const { work } = context;
	const given = (Array.isArray(body.form_fields) ? body.form_fields : []) as Json[];
	const { owners, errors: ownerErrors } = ownersFrom(context, body.owners);
	const required = ['title', 'task_type', 'owners', 'deadline'];
	const errors = { ...taskErrors(body, required), ...ownerErrors, ...fieldErrors(given) };
	if (exceeds(owners, body.max_assignable)) errors.owners = ['Too many assignees.'];
	if (Object.keys(errors).length) return invalid(errors);
	const isApart = body.separate_task_for_each_assignee === true;
	const lists = isApart ? apart(context, owners) : [owners];
	if (lists.length === 0) return invalid({ owners: ['The owners field is required.'] });
	const target = processFor(context, body.run_id);
	if (target && !('id' in target)) return target;
	const count = lists.reduce((sum, one) => sum + newAssignments(one), 0);
	const refused = spendAssignments(context, count) ?? admitGuests(context, caller, owners.guests);
	if (refused) return refused;
	const process = target ?? (isApart ? fanOut(context, String(body.title), caller) : undefined);
	const runId = process ? process.id : null;
	const fields = fieldsFrom(context, given);
	const startedAt = dateIn(body.started_at);
	const tasks = lists.map((list) => {
		const task: WorkTask = {
			id: work.newId(),
			increment_id: work.newIncrement(),
			title: String(body.title),
			alias: aliasOf(String(body.title)),
			status: 'not-started',
			task_type: String(body.task_type),
			is_oneoff_task: true,
			run_id: runId,
			step_id: null,
			position: work.tasksOf(runId ?? '').length + 1,
			owners: list,
			deadline: inWorkingTime(dateIn(body.deadline) as Date).toISOString(),
			started_at: startedAt ? startedAt.toISOString() : null,
			webhook: (body.webhook as string | undefined) ?? null,
			max_assignable: Number(body.max_assignable ?? 0),
			prevent_guest_comment: body.prevent_guest_comment === true,
			everyone_must_complete: body.everyone_must_complete === true,
			can_complete_only_assignees: body.can_complete_only_assignees === true,
			is_soft_start_date: body.is_soft_start_date === true,
			top_secret: body.top_secret === true,
			starter_id: caller.id,
			created_at: work.stamp(),
			completed_at: null,
		};
		const summary = String(body.summary ?? body.description ?? '') || null;
		const extras = { summary, fields, answers: {}, comments: [], starterId: caller.id };
		work.addTask(task, extras);
		work.listener({ event: 'task.created', task });
		return task;
	});
	return tasks[0];
}
