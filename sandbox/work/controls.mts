// `/sandbox/mails`, `/sandbox/templates`, `/sandbox/tasks` and `/sandbox/processes`: what tests see of work, and what happens without a request to
// the API. Added by server.mts; the other controls are in ../controls.mts.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Json } from '../organization.mts';
import type { Sandbox } from '../server.mts';
import { completeAsGuest } from './guestPage.mts';
import { templateOf } from './templates.mts';

/** What a guest does to a task. */
interface Order {
	/** Email; the first guest of the task, if left out. */
	guest?: string;
	/** By id of the field, or by its label. */
	answers?: Json;
	approved?: boolean;
}

const orderIn = (request: FastifyRequest) => (request.body ?? {}) as Order & { open?: boolean };

export function addWorkControls(server: FastifyInstance, sandbox: Sandbox): void {
	const found = <Thing,>(thing: Thing | undefined, reply: FastifyReply): thing is Thing => {
		if (thing === undefined) void reply.code(404);
		return thing !== undefined;
	};
	const idOf = (request: FastifyRequest) => (request.params as { id: string }).id;

	server.post('/sandbox/templates', async (request) => {
		const { work, me } = sandbox.organization;
		const { steps } = request.body as { steps: number };
		const made = templateOf(steps, me.id);
		work.templates.set(made.id, made);
		return { id: made.id };
	});

	server.get('/sandbox/mails', async () => sandbox.organization.work.mails.list());

	server.post('/sandbox/tasks/:id/complete', async (request, reply) => {
		const { organization } = sandbox;
		const { work } = organization;
		const task = work.task(idOf(request));
		const { guest: email = task?.owners.guests[0], answers = {}, approved } = orderIn(request);
		const guest = organization.guests.get(email ?? '');
		if (!found(task, reply) || !found(guest, reply)) return { ok: false };
		const { fields } = work.extrasOf(task);
		const byId = Object.entries(answers).map(([key, value]) => {
			const field = fields.find(({ id, label }) => id === key || label === key);
			return [field?.id ?? key, value] as const;
		});
		const given = Object.fromEntries(byId);
		const problems = completeAsGuest(organization, guest, task, given, approved);
		if (problems.length) void reply.code(422);
		return { ok: problems.length === 0, ...(problems.length && { problems }) };
	});

	// An open problem of the task blocks its completion (144); nobody needs the calls that report and resolve one.
	server.post('/sandbox/tasks/:id/problem', async (request, reply) => {
		const { work } = sandbox.organization;
		const task = work.task(idOf(request));
		if (!found(task, reply)) return { ok: false };
		work.recordChange(task);
		task.has_issues = orderIn(request).open ?? true;
		return { ok: true };
	});

	// An open issue of the process locks its tasks (143).
	server.post('/sandbox/processes/:id/issue', async (request, reply) => {
		const { work } = sandbox.organization;
		const process = work.processes.get(idOf(request));
		if (!found(process, reply)) return { ok: false };
		work.recordProcess(process);
		process.has_open_issue = orderIn(request).open ?? true;
		return { ok: true };
	});
}
