// The processes that run when the sandbox starts, launched as anybody would launch them.
import { FaultInjector } from '../faults.mts';
import type { Organization } from '../organization.mts';
import { completeTask } from './completion.mts';
import { launch } from './launch.mts';
import type { Template } from './model.mts';

/** Before any other task was completed, so that the last one of a guest stays what it was. */
const START = '2026-10-12T09:00:00Z';
const DUE = '2026-12-04T17:00:00Z';

/** Answers to the whole kick-off form of the first template. */
function answersTo({ prerun }: Template, client: string, guest: string): Record<string, unknown> {
	const answers: Record<string, unknown> = {
		text: client,
		textarea: 'First order',
		date: '2026-12-01 09:00:00',
		dropdown: { id: 2, text: 'Gold' },
		multiselect: [{ id: 1, text: 'Single sign-on', selected: true }],
		radio: 'Yearly',
		file: [
			{ url: 'https://files.example/certificate.pdf', filename: 'certificate.pdf', source: 'url' },
		],
		table: ['Laptop', '3'],
		assignees_form: { users: [], guests: [guest], groups: [] },
	};
	return Object.fromEntries(prerun.map(({ id, field_type: type }) => [id, answers[type]]));
}

/** Launches so many processes, each with a guest who had tasks before, so that guests without any stay without. */
export function launchSome(organization: Organization, count: number): void {
	const { work, me } = organization;
	const [template] = work.templates.values();
	const context = { organization, work, injector: new FaultInjector() };
	let left = count;
	for (const guest of organization.guests.values()) {
		if (left === 0) break;
		if (guest.details.disabled_at !== null || guest.id % 26 < 10 || guest.id % 3 === 0) continue;
		left--;
		const client = (guest.details.company_name as string | null) ?? guest.email;
		const name = `${template.title} - ${client}`;
		const prerun = answersTo(template, client, guest.email);
		const body = { checklist_id: template.id, name, prerun, users: [me.id], groups: [] };
		const process = launch(context, body, me);
		if (!('id' in process))
			throw new Error(`The sandbox cannot launch: ${JSON.stringify(process)}`);
		process.created_at = START;
		const tasks = work.tasksOf(process.id);
		for (const task of tasks) {
			Object.assign(task, { created_at: START, started_at: START, deadline: DUE });
		}
		// One of them has gone on: its last task is no longer hidden.
		if (left !== count - 1) continue;
		const [upload, check] = tasks;
		const { fields, answers } = work.extrasOf(upload);
		for (const { id, required } of fields) if (required) answers[id] = client;
		completeTask(work, upload, { guest });
		completeTask(work, check, { member: me }, true);
		for (const task of [upload, check]) task.completed_at = '2026-10-13T09:00:00Z';
	}
	work.mails.clear();
}
