// What a guest sees behind its link, and what *Complete* there does. Both forms of links lead here (contract/work.md 181).
import type { FastifyInstance, FastifyReply } from 'fastify';
import { codeOf, type Guest, type Json, type Organization } from '../organization.mts';
import type { Sandbox } from '../server.mts';
import { completeTask, isLocked, isProcessComplete } from './completion.mts';
import { htmlPage, taskForm, taskList, type Addresses } from './guestForm.mts';
import { isComplete, isHidden, type Field, type WorkTask } from './model.mts';
import { checkValues } from './values.mts';

type Values = Record<string, string[]>;

function addressesOf(guest: Guest): Addresses {
	const list = `/guest/${codeOf(guest)}`;
	return {
		list,
		formOf: ({ id }) => `${list}?task=${id}`,
		completionOf: ({ id }) => `${list}/tasks/${id}`,
	};
}

/** The whole form as values of the API (141). Fields that the page does not show are left out. */
function answersFrom(fields: Field[], given: Values): Json {
	const chosen = ({ id, options }: Field) =>
		(options ?? []).filter((option) => given[id]?.includes(String(option.id)));
	const one = ({ id }: Field) => given[id]?.[0];
	const readers: Record<string, (field: Field) => unknown> = {
		text: one,
		textarea: one,
		date: one,
		dropdown: (field) => chosen(field)[0] ?? '',
		multiselect: (field) => chosen(field).map((option) => ({ ...option, selected: true })),
		radio: (field) => chosen(field)[0]?.text ?? '',
		file: (field) => {
			const url = one(field);
			const filename = url?.split('/').at(-1);
			return url ? [{ url, filename, source: 'url' }] : [];
		},
		table: ({ id, columns }) => {
			const cells = (columns ?? []).map((_, index) => given[`${id}:${index}`]?.[0] ?? '');
			return cells.some((cell) => cell !== '') ? cells : undefined;
		},
		assignees_form: (field) => {
			const guests = (one(field) ?? '').split(/[\s,]+/).filter((email) => email !== '');
			return guests.length ? { users: [], guests, groups: [] } : '';
		},
	};
	return Object.fromEntries(fields.map((field) => [field.id, readers[field.field_type]?.(field)]));
}

/** Why the guest can only look; undefined when the task is open to it. */
function closedBecause({ work }: Organization, task: WorkTask): string | undefined {
	const process = work.processes.get(task.run_id ?? '');
	// Guests are locked out of a process that is complete (149).
	if (process && isProcessComplete(work, process)) return 'This process is completed.';
	if (isComplete(task)) return 'This task is completed.';
	return isLocked(work, task) ? 'This process has an open issue.' : undefined;
}

/** Stores the answers and completes. @returns what is wrong with them */
export function completeAsGuest(
	{ work }: Organization,
	guest: Guest,
	task: WorkTask,
	answers: Json,
	approved?: boolean,
): string[] {
	const extras = work.extrasOf(task);
	const checked = checkValues(extras.fields, answers, extras.answers);
	const problems = Object.values(checked.problems).flat();
	if (problems.length) return problems;
	work.recordChange(task);
	extras.answers = checked.answers;
	return Object.values(completeTask(work, task, { guest }, approved) ?? {}).flat();
}

export function addGuestPage(server: FastifyInstance, sandbox: Sandbox): void {
	type Params = { code: string; org?: string; task?: string };
	const send = (reply: FastifyReply, status: number, title: string, body: string) =>
		reply.code(status).type('text/html; charset=utf-8').send(htmlPage(title, body));
	const noLink = (reply: FastifyReply) =>
		send(reply, 404, 'This link does not work', '<p>Ask for a new one.</p>');

	/** The guest of a link that works: the link of a disabled guest is dead (179). */
	const guestOf = ({ code, org }: Params): Guest | undefined => {
		const { organization } = sandbox;
		const guest = organization.guestOfCode(code);
		const isHere = org === undefined || org === organization.id;
		return isHere && guest?.details.disabled_at === null ? guest : undefined;
	};
	const tasksOf = (guest: Guest) =>
		(sandbox.organization.tasks(guest) as WorkTask[]).filter((task) => !isHidden(task));

	const show = async (
		request: { params: unknown; query: unknown },
		reply: FastifyReply,
	): Promise<FastifyReply> => {
		const { organization } = sandbox;
		const guest = guestOf(request.params as Params);
		if (!guest) return noLink(reply);
		organization.visit(guest);
		const { task: wanted, done } = request.query as { task?: string; done?: string };
		const tasks = tasksOf(guest);
		const addresses = addressesOf(guest);
		if (wanted === undefined) {
			const completed = tasks.find(({ id }) => id === done);
			return send(reply, 200, 'Your tasks', taskList(tasks, addresses, completed));
		}
		const task = tasks.find(({ id }) => id === wanted);
		if (!task) return noLink(reply);
		const closed = closedBecause(organization, task);
		const form = taskForm(task, organization.work.extrasOf(task), addresses, { closed });
		return send(reply, 200, task.title, form);
	};
	server.get('/guest-all-task/:org/:code', show);
	server.get('/guest/:code', show);

	server.post('/guest/:code/tasks/:task', async (request, reply) => {
		const { organization } = sandbox;
		const params = request.params as Params;
		const guest = guestOf(params);
		const task = guest && tasksOf(guest).find(({ id }) => id === params.task);
		if (!guest || !task) return noLink(reply);
		const addresses = addressesOf(guest);
		const extras = organization.work.extrasOf(task);
		const closed = closedBecause(organization, task);
		if (closed) return send(reply, 409, task.title, taskForm(task, extras, addresses, { closed }));
		const given: Values = {};
		for (const [name, value] of new URLSearchParams(String(request.body ?? ''))) {
			(given[name] ??= []).push(value);
		}
		const [said] = given.is_approved ?? [];
		const approved = said === undefined ? undefined : said === 'true';
		const answers = answersFrom(extras.fields, given);
		const problems = completeAsGuest(organization, guest, task, answers, approved);
		if (problems.length === 0) return reply.redirect(`${addresses.list}?done=${task.id}`, 303);
		return send(reply, 422, task.title, taskForm(task, extras, addresses, { problems }));
	});
}
