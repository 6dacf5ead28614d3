// The processes with forms that run when the sandbox starts. Guests keep the tasks that were made up with them: one of those
// becomes the first step, so that lists and numbers of guests are the same with and without processes.
import type { Json, Organization } from '../organization.mts';
import { completeTask } from './completion.mts';
import { taskOfStep } from './launch.mts';
import { isComplete, type Process, type Step, type Template, type WorkTask } from './model.mts';

const START = '2026-10-12T09:00:00Z';
const DUE = '2026-12-04T17:00:00Z';

/** Answers to the whole kick-off form of the first template. */
function answersTo({ prerun }: Template, client: string, guest: string): Json {
	const certificate = {
		url: 'https://files.example/certificate.pdf',
		filename: 'certificate.pdf',
		source: 'url',
	};
	const answers: Json = {
		text: client,
		textarea: 'First order',
		date: '2026-12-01 09:00:00',
		dropdown: { id: 2, text: 'Gold' },
		multiselect: [{ id: 1, text: 'Single sign-on', selected: true }],
		radio: 'Yearly',
		file: [certificate],
		table: ['Laptop', '3'],
		assignees_form: { users: [], guests: [guest], groups: [] },
	};
	return Object.fromEntries(prerun.map(({ id, field_type: type }) => [id, answers[type]]));
}

/** Adds the task of a step, for the member who launched. */
function addStep({ work, me }: Organization, process: Process, step: Step, after?: string) {
	const task = {
		...taskOfStep(work, process, step, after),
		owners: { users: [me.id], guests: [], groups: [] },
		deadline: DUE,
		created_at: START,
		started_at: START,
		completed_at: null,
	};
	const fields = step.captures;
	const extras = { summary: null, fields, answers: {}, comments: [], after, starterId: me.id };
	return work.addTask(task, extras);
}

/** Gives so many guests who have tasks a process on the first template. The task of the first one's guest is complete. */
export function launchSome(organization: Organization, count: number): void {
	const { work, me } = organization;
	const [template] = work.templates.values();
	const [upload, check, welcome] = template.steps;
	let left = count;
	for (const guest of organization.guests.values()) {
		if (left === 0) break;
		// Those have ten tasks or more.
		if (guest.details.disabled_at !== null || guest.id % 26 < 10 || guest.id % 3 === 0) continue;
		const isFirst = left-- === count;
		const tasks = organization.tasks(guest) as WorkTask[];
		const task = tasks.find((one) => isComplete(one) === isFirst);
		const process = work.processes.get(tasks[0].run_id ?? '');
		if (!task || !process) continue;
		const client = (guest.details.company_name as string | null) ?? guest.email;
		Object.assign(process, {
			checklist_id: template.id,
			checklist_title: template.title,
			name: `${template.title} - ${client}`,
			prerun: answersTo(template, client, guest.email),
			can_add_oot: true,
		});
		const extras = work.extrasOf(task);
		task.step_id = upload.id;
		extras.fields = upload.captures;
		const second = addStep(organization, process, check);
		addStep(organization, process, welcome, check.id);
		if (!isFirst) continue;
		for (const { id, required } of upload.captures) if (required) extras.answers[id] = client;
		completeTask(work, second, { member: me }, true);
		second.completed_at = '2026-10-13T09:00:00Z';
	}
	work.mails.clear();
}
