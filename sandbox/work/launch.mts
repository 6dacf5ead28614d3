// Launching a process: what becomes of the kick-off form, of the steps and of those who are assigned (contract/work.md 158
// to 165). Everything is checked before anything is made.
import { invalid, notFound, type Reply } from '../replies.mts';
import type { Json, Member } from '../organization.mts';
import { dateIn, inWorkingTime } from './deadlines.mts';
import type { Errors } from './completion.mts';
import type { Owners, Process, Step, Template } from './model.mts';
import {
	admitGuests,
	newAssignments,
	ownersFrom,
	spendAssignments,
	type WorkContext,
} from './owners.mts';
import { checkValues, peopleIn, unanswered } from './values.mts';
import type { Work } from './work.mts';

/** What `tasks` says about a step. */
interface StepOrder {
	owners?: Owners;
	deadline?: Date;
	position?: number;
	maxAssignable?: number;
}

interface Plan {
	template: Template;
	prerun: Json;
	/** By id of the step; undefined when none was named. */
	orders?: Map<string, StepOrder>;
	starterId: number;
	ownerId: number;
}

const HOURS: Record<string, number> = { hours: 1, days: 24, weeks: 168 };
const isEmpty = (owners: Owners) => Object.values(owners).every((list) => list.length === 0);
const isMap = (value: unknown): value is Record<string, Json> =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

const unique = <Thing,>(things: Thing[]) => [...new Set(things)];

function joined(...all: Owners[]): Owners {
	return {
		users: unique(all.flatMap(({ users }) => users)),
		guests: unique(all.flatMap(({ guests }) => guests)),
		groups: unique(all.flatMap(({ groups }) => groups)),
	};
}

/** Puts the errors of one place under its name. */
function collect(errors: Errors, where: string, found: Errors): void {
	for (const [key, words] of Object.entries(found)) errors[`${where}.${key}`] = words;
}

/** A map that is not empty selects: steps that it does not name become no tasks (159). */
function ordersIn(context: WorkContext, template: Template, tasks: unknown, errors: Errors) {
	if (!isMap(tasks) || Object.keys(tasks).length === 0) return undefined;
	const orders = new Map<string, StepOrder>();
	for (const [stepId, order] of Object.entries(tasks)) {
		if (!template.steps.some(({ id }) => id === stepId)) {
			errors[`tasks.${stepId}`] = ['The selected step is invalid.'];
			continue;
		}
		const checked = order.owners === undefined ? undefined : ownersFrom(context, order.owners);
		if (checked) collect(errors, `tasks.${stepId}`, checked.errors);
		const deadline = dateIn(order.deadline);
		if (order.deadline !== undefined && !deadline) {
			errors[`tasks.${stepId}.deadline`] = ['The deadline is not a valid date.'];
		}
		const { position, max_assignable: maxAssignable } = order as Record<string, number | undefined>;
		orders.set(stepId, { owners: checked?.owners, deadline, position, maxAssignable });
	}
	return orders;
}

function planOf(context: WorkContext, body: Json, caller: Member): Plan | Reply {
	const { organization, work } = context;
	const errors: Errors = {};
	const template = work.templates.get(String(body.checklist_id));
	if (body.checklist_id === undefined) {
		return invalid({ checklist_id: ['The checklist id field is required.'] });
	}
	if (!template || template.isHidden || template.archived_at !== null) return notFound();
	if (String(body.name ?? '').length > 550) {
		errors.name = ['The name may not be greater than 550 characters.'];
	}
	for (const key of ['owner_id', 'user_id']) {
		const isMember = organization.members.some(({ id }) => id === Number(body[key]));
		if (body[key] !== undefined && !isMember) errors[key] = ['The selected member is invalid.'];
	}
	const { problems, answers } = checkValues(template.prerun, body.prerun);
	Object.assign(errors, problems);
	const missing = unanswered(template.prerun, answers);
	if (missing.length) errors.prerun = missing.map((label) => `${label} is required`);
	for (const { id, field_type: type } of template.prerun) {
		const people = type === 'assignees_form' ? peopleIn(answers[id]) : undefined;
		if (people) collect(errors, id, ownersFrom(context, people).errors);
	}
	const orders = ordersIn(context, template, body.tasks, errors);
	if (Object.keys(errors).length) return invalid(errors);
	const starterId = Number(body.user_id ?? caller.id);
	const ownerId = Number(body.owner_id ?? starterId);
	return { template, prerun: answers, orders, starterId, ownerId };
}

/**
 * Owners that were sent replace the step's own; nobody sent falls back to those, and then to whoever launches, where the step
 * says so. Somebody alone there, a guest too, pushes the starter out (160).
 */
function ownersOf(step: Step, { template, prerun, orders, starterId }: Plan): Owners {
	const sent = orders?.get(step.id)?.owners;
	if (sent && !isEmpty(sent)) return sent;
	const { assigneesFrom } = template.rules[step.id] ?? {};
	const named = assigneesFrom ? peopleIn(prerun[assigneesFrom]) : undefined;
	const own = { users: step.assignees, guests: step.guests, groups: step.groups };
	const owners = named ? joined(own, named) : own;
	if (!isEmpty(owners) || !step.assign_run_starter) return owners;
	return { users: [starterId], guests: [], groups: [] };
}

function dueDate(step: Step, order: StepOrder | undefined, from: Date): string {
	const { value, unit } = step.deadline;
	const usual = new Date(from.getTime() + value * (HOURS[unit] ?? 24) * 3_600_000);
	return inWorkingTime(order?.deadline ?? usual).toISOString();
}

/** What a task has from its step when the process starts; `after` is the step that it waits for. */
export const taskOfStep = (work: Work, process: Process, step: Step, after?: string) => ({
	id: work.newId(),
	increment_id: work.newIncrement(),
	title: step.title,
	alias: step.alias,
	status: after === undefined ? 'not-started' : 'auto-skipped',
	task_type: step.step_type,
	is_oneoff_task: false,
	run_id: process.id,
	step_id: step.id,
	position: step.position,
});

/** @returns the process, or why there is none */
export function launch(context: WorkContext, body: Json, caller: Member): Process | Reply {
	const { organization, work } = context;
	const plan = planOf(context, body, caller);
	if ('status' in plan) return plan;
	const { template, orders, prerun, starterId, ownerId } = plan;
	const steps = template.steps.filter(({ id }) => orders === undefined || orders.has(id));
	const owners = steps.map((step) => ownersOf(step, plan));
	const people = joined(...owners, ...Object.values(prerun).flatMap((one) => peopleIn(one) ?? []));
	const assignments = owners.reduce((sum, one) => sum + newAssignments(one), 0);
	const refused =
		spendAssignments(context, assignments) ?? admitGuests(context, caller, people.guests);
	if (refused) return refused;

	const now = organization.now();
	const name = String(body.name ?? `${template.title} - ${now.toISOString().slice(0, 10)}`);
	const process = work.addProcess({
		id: work.newId(),
		increment_id: work.newIncrement(),
		checklist_id: template.id,
		checklist_title: template.title,
		name,
		summary: (body.summary as string | undefined) ?? null,
		started_by: starterId,
		owner_id: ownerId,
		prerun,
		users: (body.users as number[] | undefined) ?? [],
		groups: (body.groups as string[] | undefined) ?? [],
		can_add_oot: true,
		has_open_issue: false,
		created_at: work.stamp(),
		completed_at: null,
		archived_at: null,
	});
	steps.forEach((step, index) => {
		const order = orders?.get(step.id);
		const { after } = template.rules[step.id] ?? {};
		const task = {
			...taskOfStep(work, process, step, after),
			checklist_id: template.id,
			position: order?.position ?? step.position,
			owners: owners[index],
			deadline: dueDate(step, order, now),
			deadline_set_by_hand: order?.deadline !== undefined,
			max_assignable: order?.maxAssignable ?? 0,
			webhook: null,
			created_at: work.stamp(),
			started_at: work.stamp(),
			completed_at: null,
		};
		const summary = step.summary as string | null;
		const fields = step.captures;
		work.addTask(task, { summary, fields, answers: {}, comments: [], after, starterId });
	});
	work.listener({ event: 'process.launched', process });
	return process;
}
