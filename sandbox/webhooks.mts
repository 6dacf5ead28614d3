// What Tallyfy posts to the addresses that were left with it, and the posting. Used by server.mts and controls.mts.
// Shapes: tallyfy/documentation, integrations/webhooks/webhook-payload-structure.mdx (2026-08-12). Not published there,
// and made up here: who the completer is when a guest completes a task, and the whole of an organization's event.
import { wholeSeconds, comparable } from './dates.mts';
import type { Guest, Json, Member, Organization, Task } from './organization.mts';

/** One request to a webhook, and what came of it. */
export interface Delivery {
	/** Milliseconds since 1970. */
	at: number;
	to: string;
	headers: Record<string, string>;
	payload: unknown;
	/** Of the answer; left out when there was none. */
	status?: number;
	answer?: string;
	/** Why there was no answer. */
	error?: string;
}

export interface DeliveryOptions {
	/** On top of the usual ones; null leaves one out. */
	headers?: Record<string, string | null>;
	/** Instead of all watchers. */
	to?: string | string[];
}

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
	/** The task that was completed last, if left out; one is completed, if none is. */
	task?: Task;
	/** The guests who own the task; only the guest, if left out. */
	owners?: Guest[];
	/** Guests of other tasks in the same process: in `guest-links`, but no owners of this task. */
	others?: Guest[];
}

export interface ProcessPayloadOptions {
	/** 32 hex digits; a new process, if left out. */
	id?: string;
	/** Why it is posted: the process was launched, if left out, or all of its tasks are done. */
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

const iso = (at: string) => `${comparable(at).replace(' ', 'T')}Z`;
const newId = () => crypto.randomUUID().replaceAll('-', '');
const aliasOf = (title: unknown) =>
	String(title)
		.toLowerCase()
		.replace(/[^a-z0-9]+/g, '-');

const person = ({ id, email, first_name, last_name }: Guest | Member): Json => ({
	id,
	email,
	full_name: [first_name, last_name].filter(Boolean).join(' '),
});

/** PHP writes an empty map as an empty list. */
const map = (entries: Array<[string, unknown]>) =>
	entries.length ? Object.fromEntries(entries) : [];

const guestLinks = (guests: Guest[]) =>
	map(guests.map(({ email, link }) => [email, { link_for_guest: link }]));

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

/** Template and process of a task; a one-off task has neither. */
function aroundTask(organization: Organization, task: Task, complete: boolean): Json {
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

/** What stands around `this_task`, whatever happened to it. */
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
		...aroundTask(organization, task, !next),
		'guest-links': guestLinks([...new Set([...owners, ...others])]),
		next_task: next ? taskOf(organization, next, [guest]) : [],
	};
}

/** What a template's or step's webhook gets when a task of the guest was completed. */
export function taskCompletedPayload(
	organization: Organization,
	guest: Guest,
	options: TaskPayloadOptions = {},
): Json {
	const task =
		options.task ?? organization.lastCompletedTask(guest) ?? organization.completeTask(guest);
	return taskPayload(organization, guest, task, options);
}

/** What a template's webhook gets when a process with these guests was launched, or is complete. */
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
 * What a watcher of the organization gets. Only `event` is sure, and `task.id` in the contract's example; the rest stands
 * beside it as a template's webhook would get it.
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

/** Posts the payload to one address. Text goes as it is, everything else as JSON. Never throws. */
export async function post(
	to: string,
	payload: unknown,
	organizationId: string,
	given: DeliveryOptions['headers'] = {},
): Promise<Delivery> {
	const headers = new Headers({
		'content-type': 'application/json',
		'X-Tallyfy-orgID': organizationId,
	});
	for (const [name, value] of Object.entries(given)) {
		if (value === null) headers.delete(name);
		else headers.set(name, value);
	}
	const delivery: Delivery = {
		at: Date.now(),
		to,
		headers: Object.fromEntries(headers),
		payload,
	};
	try {
		const text = typeof payload === 'string' ? payload : JSON.stringify(payload);
		const response = await fetch(to, {
			method: 'POST',
			headers,
			// As bytes, since fetch adds a content type to text that has none.
			body: new TextEncoder().encode(text),
			redirect: 'manual',
			signal: AbortSignal.timeout(30_000),
		});
		delivery.status = response.status;
		delivery.answer = await response.text();
	} catch (error) {
		const { message, cause } = error as Error;
		delivery.error = cause instanceof Error ? `${message}: ${cause.message}` : message;
	}
	return delivery;
}
