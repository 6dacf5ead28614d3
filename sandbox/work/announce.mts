// Who is posted to when something happens to tasks and processes (contract/work.md 198 to 203), and what.
import type { Json, Organization } from '../organization.mts';
import type { DeliveryOptions } from '../deliveries.mts';
import type { Quirks } from '../faults.mts';
import {
	aliasOf as alias,
	guestLinks,
	iso,
	person,
	phpObject,
	processPayload,
} from '../webhooks.mts';
import { isProcessComplete } from './completion.mts';
import { isComplete, isHidden, type Process, type WorkTask } from './model.mts';
import { callTaskWebhooks, callTooEarly } from './taskWebhook.mts';
import type { WorkEvent } from './work.mts';

const mapOrList = (map: Json) => phpObject(Object.entries(map));

function shownTask(organization: Organization, task: WorkTask): Json {
	const { summary, fields, answers } = organization.work.extrasOf(task);
	const done = isComplete(task);
	const captures = fields
		.filter(({ id }) => (answers[id] ?? null) !== null)
		.map(({ id, alias: name, label }) => [id, { alias: name, label, value: answers[id] }] as const);
	return {
		id: task.id,
		title: task.title,
		alias: alias(task.title),
		status: task.status === 'active' ? 'not-started' : task.status,
		summary,
		deadline: iso(task.deadline),
		position: task.position ?? 1,
		...(done && { completed_at: iso(String(task.completed_at)) }),
		owners: {
			users: organization.members.filter(({ id }) => task.owners.users.includes(id)).map(person),
			guests: task.owners.guests,
		},
		captures: done ? mapOrList(Object.fromEntries(captures)) : [],
		...(done && { assets: [] }),
	};
}

/** The payload of a completed task. Of a one-off task it is unpublished (199): here the same without process and template. */
export function taskPayload(organization: Organization, task: WorkTask, by: Json): Json {
	const { work } = organization;
	const process = task.run_id === null ? undefined : work.processes.get(task.run_id);
	const template = process && work.templates.get(process.checklist_id);
	const tasks = process ? work.tasksOf(process.id) : [task];
	const next = tasks.find((one) => !isComplete(one) && !isHidden(one));
	const answered = tasks.flatMap((one) => {
		const { fields, answers } = work.extrasOf(one);
		return fields.map(({ id, alias: name }) => [name, answers[id] ?? null] as const);
	});
	const completer = person(by as Parameters<typeof person>[0]);
	const starter = organization.members.find(({ id }) => id === work.extrasOf(task).starterId);
	return {
		this_task: { ...shownTask(organization, task), completed_by: completer },
		next_task: next ? shownTask(organization, next) : [],
		launcher: person(starter ?? organization.me),
		completer,
		'process-tasks': Object.fromEntries(tasks.map(({ title, id }) => [alias(title), id])),
		'form-fields': mapOrList(Object.fromEntries(answered)),
		template: template
			? { id: template.id, title: template.title, alias: template.alias, summary: template.summary }
			: null,
		process: process
			? {
					id: process.id,
					organization_id: organization.id,
					name: process.name,
					summary: process.summary,
					status: isProcessComplete(work, process) ? 'complete' : 'in-progress',
					created_at: process.created_at,
					ClientURL: `https://go.tallyfy.com/tracker/${process.id}`,
					prerun: mapOrList(process.prerun),
					tags: [],
				}
			: null,
		'guest-links': guestLinks([...new Set(tasks.flatMap((one) => work.guestsOf(one)))]),
	};
}

/** The task's own address, and that of its step or else of its template (198, 199). */
export function taskHooks({ work }: Organization, task: WorkTask): string[] {
	const process = work.processes.get(task.run_id ?? '');
	const template = work.templates.get(process?.checklist_id ?? '');
	const step = template?.steps.find(({ id }) => id === task.step_id);
	return [task.webhook, step?.webhook ?? template?.webhook].flatMap((url) => url ?? []);
}

function launchedOrDone(
	organization: Organization,
	process: Process,
	what: 'launched' | 'completed',
) {
	const { work } = organization;
	const tasks = work.tasksOf(process.id);
	const guests = [...new Set(tasks.flatMap((task) => work.guestsOf(task)))];
	const { id, name, checklist_id, checklist_title, summary, started_by, owner_id } = process;
	return {
		...processPayload(organization, guests, { id, what }),
		...{ name, checklist_id, checklist_title, summary, started_by, owner_id },
		prerun: mapOrList(process.prerun),
		'process-tasks': Object.fromEntries(tasks.map((task) => [alias(task.title), task.id])),
	};
}

/** Posts to watchers of the organization and to the addresses of task, step and template; one attempt each (203). */
export function announce(
	organization: Organization,
	happened: WorkEvent,
	deliver: (payload: unknown, options?: DeliveryOptions) => Promise<unknown>,
	quirks: Quirks = {},
): void {
	const { event } = happened;
	if (happened.event === 'task.created') {
		const { task } = happened;
		callTooEarly(
			taskPayload(organization, task, {}),
			taskHooks(organization, task),
			quirks,
			deliver,
		);
		return;
	}
	let payload: Json;
	let hooks: string[];
	if (happened.event === 'task.completed') {
		payload = taskPayload(organization, happened.task, happened.by);
		hooks = taskHooks(organization, happened.task);
		void deliver({ event, task: payload.this_task, ...payload });
		callTaskWebhooks(payload, hooks, quirks, deliver);
	} else {
		const { process } = happened;
		payload = launchedOrDone(
			organization,
			process,
			event === 'process.launched' ? 'launched' : 'completed',
		);
		hooks = [organization.work.templates.get(process.checklist_id)?.webhook].flatMap(
			(url) => url ?? [],
		);
		void deliver({ event, process: payload, ...payload });
		if (hooks.length) void deliver(payload, { to: hooks });
	}
}
