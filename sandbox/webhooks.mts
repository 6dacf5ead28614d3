// The payloads that Tallyfy posts to webhooks. Used by controls.mts and by tests.
// Shapes: tallyfy/documentation, integrations/webhooks/webhook-payload-structure.mdx (2026-08-12). Not published, and
// made up here: who the completer is when a guest completes a task, and the whole of an organization's event.
import { wholeSeconds, comparable } from './dates.mts';
import type { Guest, Json, Member, Organization, Task } from './organization.mts';

/** The seven events of an organization's watcher (contract, webhooks.organizationEvent). */
export const ORGANIZATION_EVENTS = [
	'process.launched',
	'process.completed',
	'task.completed',
	'task.assigned',
	'task.comment_added',
	'task.issue_raised',
	'task.issue_resolved',
] as const;
export type OrganizationEventName = (typeof ORGANIZATION_EVENTS)[number];

export interface TaskPayloadOptions {
	/** Who completed the task: the guest, if left out, or a member. */
	by?: 'guest' | 'member';
	/** If left out, the task that was completed last; if there is none, completes one. */
	task?: Task;
	/** The guests who own the task; only the guest, if left out. */
	owners?: Guest[];
	/** Guests of other tasks of the same process: in `guest-links`, but not owners of this task. */
	others?: Guest[];
}

export interface ProcessPayloadOptions {
	/** 32 hex digits; a new process, if left out. */
	id?: string;
	/** What happened to the process: it was launched, if left out, or all of its tasks were completed. */
	what?: 'launched' | 'completed';
}

const TEMPLATE = {
	id: 'c0ffee00c0ffee00c0ffee00c0ffee00',
	title: 'Vendor Contract Review',
	alias: 'vendor-contract-review',
	summary: 'Steps for reviewing and signing a contract with a vendor',
};
const PROCESS_NAME = `${TEMPLATE.title} - ACME Corp`;
const FIELD = { alias: 'contract-value', label: 'Contract Value', value: '50000' };
const FIELD_ID = 'f1e1d000f1e1d000f1e1d000f1e1d000';
const STEP_ID = '57e9000057e9000057e9000057e90000';

export const iso = (at: string) => `${comparable(at).replace(' ', 'T')}Z`;
const newId = () => crypto.randomUUID().replaceAll('-', '');
export const aliasOf = (title: unknown) =>
	String(title)
		.toLowerCase()
		.replace(/[^a-z0-9]+/g, '-');

export const person = ({ id, email, first_name, last_name }: Guest | Member): Json => ({
	id,
	email,
	full_name: [first_name, last_name].filter(Boolean).join(' '),
});

/** An object; PHP writes an empty one as an empty list. */
export const phpObject = (entries: Array<[string, unknown]>) =>
	entries.length ? Object.fromEntries(entries) : [];

export const guestLinks = (guests: Guest[]) =>
	phpObject(guests.map(({ email, link }) => [email, { link_for_guest: link }]));

/** A task as `this_task` and `next_task` show it. */
function taskOf(organization: Organization, task: Task, owners: Guest[], completer?: Json): Json {
	const done = task.status === 'completed';
	return {
		id: task.id,
		title: task.title,
		alias: aliasOf(task.title),
		status: done ? 'completed' : 'not-started',
		summary: 'What there is to do',
		deadline: task.deadline,
		position: done ? 1 : 2,
		...(done && { completed_at: iso(String(task.completed_at)), completed_by: completer }),
		captures: done ? { [FIELD_ID]: FIELD } : [],
		owners: {
			users: [person(organization.me)],
			guests: owners.map(({ email }) => email),
		},
		...(done && { assets: [] }),
	};
}

/** A one-off task has neither. */
function templateAndProcess(organization: Organization, task: Task, complete: boolean): Json {
	if (task.is_oneoff_task) return { template: null, process: null };
	const process = {
		id: task.run_id,
		organization_id: organization.id,
		name: PROCESS_NAME,
		summary: TEMPLATE.summary,
		status: complete ? 'complete' : 'in-progress',
		progress: complete ? 100 : 60,
		created_at: task.created_at,
		ClientURL: `https://go.tallyfy.com/tracker/${String(task.run_id)}`,
		prerun: { [FIELD_ID]: FIELD.value },
		process_forms: { [STEP_ID]: { [FIELD_ID]: FIELD } },
		tags: [],
	};
	return { template: TEMPLATE, process };
}

/** The payload of every event of a task. */
function taskPayload(
	organization: Organization,
	guest: Guest,
	task: Task,
	{ by = 'guest', owners = [guest], others = [] }: TaskPayloadOptions,
): Json {
	const completer = person(by === 'guest' ? guest : organization.me);
	const next = organization
		.tasks(guest)
		.find((one) => one.status !== 'completed' && one.id !== task.id);
	const done = task.status === 'completed';
	return {
		this_task: taskOf(organization, task, owners, completer),
		launcher: person(organization.me),
		...(done && { completer }),
		'process-tasks': Object.fromEntries(
			[task, next].flatMap((one) => (one ? [[aliasOf(one.title), one.id]] : [])),
		),
		'form-fields': done ? { [FIELD.alias]: FIELD.value } : [],
		...templateAndProcess(organization, task, !next),
		'guest-links': guestLinks([...new Set([...owners, ...others])]),
		next_task: next ? taskOf(organization, next, [guest]) : [],
	};
}

/** For the webhook of a template or a step: a task of the guest was completed. */
export function taskCompletedPayload(
	organization: Organization,
	guest: Guest,
	options: TaskPayloadOptions = {},
): Json {
	const task =
		options.task ?? organization.lastCompletedTask(guest) ?? organization.completeTask(guest);
	return taskPayload(organization, guest, task, options);
}

/** For the webhook of a template: a process with these guests was launched, or completed. */
export function processPayload(
	organization: Organization,
	guests: Guest[],
	{ id = newId(), what = 'launched' }: ProcessPayloadOptions = {},
): Json {
	const now = iso(wholeSeconds(organization.now()));
	const { me } = organization;
	const done = what === 'completed';
	return {
		id,
		increment_id: 1234,
		checklist_id: TEMPLATE.id,
		checklist_title: TEMPLATE.title,
		name: PROCESS_NAME,
		summary: TEMPLATE.summary,
		status: done ? 'complete' : 'in-progress',
		progress: done ? 100 : 0,
		whole_progress: done ? 100 : 0,
		started_by: me.id,
		owner_id: me.id,
		prerun: { [FIELD_ID]: FIELD.value },
		prerun_status: 'completed',
		prerun_completed_at: now,
		prerun_completed_by: me.id,
		prerun_length: 1,
		created_at: now,
		started_at: now,
		last_updated: now,
		completed_at: done ? now : null,
		collaborators: [me.id],
		late_tasks: 0,
		due_soon: false,
		due_date: null,
		users: [{ user_id: me.id, full_name: person(me).full_name }],
		groups: [],
		'process-tasks': { 'first-step': newId() },
		'ko-form-fields': { [FIELD.alias]: FIELD.value },
		'guest-links': guestLinks(guests),
		launcher: person(me),
	};
}

/**
 * For a watcher of the organization. The contract knows `event`, and `task.id` from an example; the rest is a guess: the same
 * payload as for the webhook of a template.
 */
export function organizationEvent(
	event: OrganizationEventName,
	organization: Organization,
	guest: Guest,
	options: TaskPayloadOptions & ProcessPayloadOptions = {},
): Json {
	if (event === 'process.launched' || event === 'process.completed') {
		const what = event === 'process.launched' ? 'launched' : 'completed';
		const guests = [...new Set([...(options.owners ?? [guest]), ...(options.others ?? [])])];
		const process = processPayload(organization, guests, { id: options.id, what });
		return { event, process, ...process };
	}
	const payload =
		event === 'task.completed'
			? taskCompletedPayload(organization, guest, options)
			: taskPayload(organization, guest, options.task ?? organization.openTask(guest), options);
	return { event, task: payload.this_task, ...payload };
}
