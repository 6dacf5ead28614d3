// What calls about processes and templates do and answer, and the one that resets a guest's link (contract/work.md 1.6 to 1.8).
import type { Handler } from '../handlers.mts';
import { forbidden, invalid, notFound, reply, type Reply } from '../replies.mts';
import type { Guest, Json, Member } from '../organization.mts';
import { pageOf, sorted } from '../lists.mts';
import { listIn } from './filters.mts';
import { launch } from './launch.mts';
import type { Process, Template } from './model.mts';
import type { WorkContext } from './owners.mts';
import { isLate, type Shown } from './shown.mts';
import { checkValues } from './values.mts';

const hasWords = (text: string, words: unknown) =>
	text.toLowerCase().includes(String(words ?? '').toLowerCase());

/** Handlers by operationId of the contract. */
export function processHandlers(
	context: WorkContext,
	shown: Shown,
	/** The caller as the owner of the token. */
	asOwner: (member: Member) => Member,
	shownGuest: (guest: Guest) => Json,
): Record<string, Handler> {
	const { organization, work, injector } = context;
	const quirks = () => injector.behaviour.quirks;

	const withProcess =
		(act: (process: Process, call: Parameters<Handler>[0]) => Reply): Handler =>
		(call) => {
			const process = work.processes.get(call.params.runId);
			return process ? act(process, call) : notFound();
		};
	const withTemplate =
		(act: (template: Template, call: Parameters<Handler>[0]) => Reply): Handler =>
		(call) => {
			const template = work.templates.get(call.params.checklistId);
			return template && !template.isHidden ? act(template, call) : notFound();
		};

	/** A word that is not among them adds no condition, as for tasks; nobody says so of processes. */
	const hasStatus = (process: Process, wanted: unknown): boolean => {
		const { status } = shown.process(process);
		const tasks = work.tasksOf(process.id);
		const fits: Record<string, () => boolean> = {
			active: () => status !== 'complete' && process.archived_at === null,
			complete: () => status === 'complete',
			problem: () => status === 'problem' || status === 'issue',
			issue: () => status === 'issue',
			improvement: () => tasks.some(({ has_improvement: has }) => has === true),
			archived: () => process.archived_at !== null,
			delayed: () =>
				tasks.some((task) => task.completed_at === null && isLate(task, organization.now())),
			starred: () => process.starred === true,
		};
		return fits[String(wanted)]?.() ?? true;
	};

	const isListed = (process: Process, query: Json): boolean => {
		const owners = listIn(query.owners);
		const groups = listIn(query.groups);
		const people = [
			process.owner_id,
			...work.tasksOf(process.id).flatMap((task) => work.membersOf(task)),
		];
		const { checklist_id: template, type, starred, archived = 'false' } = query;
		const isArchived = process.archived_at !== null;
		return (
			hasWords(process.name, query.q) &&
			(template === undefined || process.checklist_id === template) &&
			(owners.length === 0 || people.map(String).some((id) => owners.includes(id))) &&
			(groups.length === 0 || process.groups.some((id) => groups.includes(id))) &&
			(starred === undefined || (process.starred ?? false) === starred) &&
			(type === undefined || type === 'procedure') &&
			!['folder', 'tag', 'tag_ids'].some((name) => query[name] !== undefined) &&
			(archived === 'true' || isArchived === (archived === 'only')) &&
			hasStatus(process, query.status)
		);
	};

	return {
		listProcesses: ({ query }) => {
			const lag = { changes: quirks().taskLag, ms: quirks().taskLagMs };
			const found = work
				.laggingProcesses(work.allProcesses(), lag)
				.filter((process) => isListed(process, query));
			const inOrder = sorted(found, query, quirks()) as Process[];
			const extras = listIn(query.with);
			if (query.without_pagination === 'true') {
				return reply(200, { data: inOrder.map((process) => shown.process(process, extras)) });
			}
			const page = pageOf(inOrder, query, quirks(), 10);
			page.data = (page.data as Process[]).map((process) => shown.process(process, extras));
			return reply(200, page);
		},
		launchProcess: ({ body, caller }) => {
			const made = launch(context, body, caller);
			return 'id' in made ? reply(201, { data: shown.process(made) }) : made;
		},
		getProcess: withProcess((process, { query }) => {
			const data = shown.process(process, listIn(query.with));
			if (query.form_fields_values === true) {
				const fields = work.tasksOf(process.id).flatMap((task) => shown.fieldsOf(task));
				data.form_fields_values = fields.map(({ id, field_value: value }) => ({ id, value }));
			}
			return reply(200, { data });
		}),
		updateProcess: withProcess((process, { body }) => {
			const template = work.templates.get(process.checklist_id);
			const { problems, answers } = checkValues(
				template?.prerun ?? [],
				body.prerun,
				process.prerun,
			);
			const owner = body.owner_id ?? process.owner_id;
			if (!work.emailOf(Number(owner))) problems.owner_id = ['The selected owner id is invalid.'];
			if (Object.keys(problems).length) return invalid(problems);
			work.recordProcess(process);
			for (const key of ['name', 'summary', 'owner_id', 'starred', 'is_public']) {
				if (body[key] !== undefined) process[key] = body[key];
			}
			process.prerun = answers;
			// Left out is emptied, although the call is called partial (169).
			process.users = (body.users as number[] | undefined) ?? [];
			process.groups = (body.groups as string[] | undefined) ?? [];
			return reply(200, { data: shown.process(process) });
		}),

		listTemplates: ({ query }) => {
			const { archived = 'false', status, type, owner_id: owner } = query;
			const found = [...work.templates.values()].filter(
				(template) =>
					!template.isHidden &&
					(archived === 'true' || (template.archived_at !== null) === (archived === 'only')) &&
					hasWords(template.title, query.q) &&
					(status === undefined || template.status === status) &&
					(type === undefined || template.type === type) &&
					(owner === undefined || String(template.owner_id) === owner) &&
					!['folder', 'tag'].some((name) => query[name] !== undefined),
			);
			const asked = String(query.sort_by ?? '-last_updated');
			const inOrder = sorted(found, { sort: asked }, quirks()) as Template[];
			// Pinned ones come first, whatever the order (173).
			const pinnedFirst = [true, false].flatMap((pinned) =>
				inOrder.filter(({ is_pinned: is }) => is === pinned),
			);
			const extras = listIn(query.with);
			const page = pageOf(pinnedFirst, query, quirks(), 10);
			page.data = (page.data as Template[]).map((one) => shown.listedTemplate(one, extras));
			return reply(200, page);
		},
		getTemplate: withTemplate((template, { query }) =>
			reply(200, { data: shown.template(template, listIn(query.with).includes('steps')) }),
		),
		listTemplateSteps: withTemplate(({ steps }) => reply(200, { data: shown.steps(steps) })),

		resetGuestLink: ({ params, caller }) => {
			if (asOwner(caller).role !== 'Admin') return forbidden('Only administrators can do this');
			const guest = organization.guests.get(params.guestEmail);
			if (!guest) return notFound();
			organization.resetLink(guest);
			return reply(201, { data: shownGuest(guest) });
		},
	};
}
