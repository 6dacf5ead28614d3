// Processes, templates and links of guests in the sandbox (numbers: facts in contract/work.md).
import { describe, expect, it } from 'vitest';
import type { Json } from '../../sandbox/organization.mts';
import { useSandbox } from '../support/sandbox.mts';
import { DEADLINE, idleGuests, workOf } from '../support/sandboxWork.mts';

const sandbox = useSandbox({ guests: 40 });
const work = workOf(sandbox);
const { get, mailed, me, organization, owners, quirk, request, violations } = work;
const NEW = 'new@x.example';
const [ONBOARDING, CONTRACT, AUDIT] = [0, 1, 2];
const template = (which: number) => [...organization().work.templates.values()][which];
const fieldOf = (type: string) =>
	template(ONBOARDING).prerun.find(({ field_type: one }) => one === type)!;
const kickOff = (more: Json = {}) => ({ [fieldOf('text').id]: 'Northwind', ...more });
const launch = async (which: number, more: Json = {}) =>
	await request('POST', '/runs', { checklist_id: template(which).id, ...more });
const tasksOf = async (run: Json, query = '') =>
	(await get(`/runs/${String(run.id)}/tasks?${query}`)).data;
const peopleOf = (task: Json) => {
	const { users, guests, groups } = task.owners as Record<'users', Json[]> & Json;
	return { users: users.map(({ id }) => id), guests, groups };
};

describe('launching', () => {
	it('makes a task of each step, the hidden ones too, for whom the steps and the form say', async () => {
		const people = { users: [], guests: [NEW], groups: [] };
		const prerun = kickOff({ [fieldOf('assignees_form').id]: people });
		const { status, data } = await launch(ONBOARDING, { name: 'Northwind', prerun });
		expect([status, data.prerun, data.status]).toEqual([201, prerun, 'active']);
		expect(data.progress).toEqual({ complete: 0, total: 2, percent: 0 });
		const tasks = await tasksOf(data);
		expect(tasks.map(({ status: one, step_id: step }) => [one, step])).toEqual([
			['not-started', template(ONBOARDING).steps[0].id],
			['not-started', template(ONBOARDING).steps[1].id],
			['auto-skipped', template(ONBOARDING).steps[2].id],
		]);
		expect(tasks.map(peopleOf)).toEqual([people, owners(), people]);
		expect(await mailed()).toEqual([`assigned ${NEW}`, `assigned ${organization().me.email}`]);
	});

	it('shows a hidden task when the one before is complete, and only then mails its guest (165)', async () => {
		const prerun = kickOff({ [fieldOf('assignees_form').id]: owners(NEW) });
		const { data } = await launch(ONBOARDING, { prerun });
		const [, check, welcome] = await tasksOf(data);
		organization().work.mails.clear();
		await request('POST', `/runs/${String(data.id)}/completed-tasks`, {
			task_id: check.id,
			is_approved: true,
		});
		expect((await get(`/tasks/${String(welcome.id)}`)).data.status).toBe('not-started');
		expect(await mailed()).toContain(`assigned ${NEW}`);
	});

	it('makes only those steps that a map names, without a word (159)', async () => {
		const [, check] = template(ONBOARDING).steps;
		const tasks = { [check.id]: { owners: owners(NEW), deadline: DEADLINE } };
		const { status, data } = await launch(ONBOARDING, { prerun: kickOff(), tasks });
		expect(status).toBe(201);
		const made = await tasksOf(data);
		expect(made.map(({ step_id: step }) => step)).toEqual([check.id]);
		expect(peopleOf(made[0])).toEqual(owners(NEW));
		expect(made[0]).toMatchObject({ deadline_set_by_hand: true });
	});

	it('falls back to the starter only where nobody is named and the step says so (160)', async () => {
		const [upload] = template(ONBOARDING).steps;
		const named = async (given: unknown) => {
			const tasks = { [upload.id]: { owners: given } };
			const { data } = await launch(ONBOARDING, { prerun: kickOff(), tasks });
			return peopleOf((await tasksOf(data))[0]);
		};
		const nobody = { users: [], guests: [], groups: [] };
		expect(await named(nobody)).toEqual(owners());
		expect(await named({ ...nobody, guests: [NEW] })).toEqual({ ...nobody, guests: [NEW] });
		const { data } = await launch(AUDIT);
		expect(peopleOf((await tasksOf(data))[0])).toEqual(nobody);
	});

	it('drops guests on top, strange keys of the form and lists, and keeps a name (161, 162, 163)', async () => {
		const { status, data } = await launch(AUDIT, {
			name: 'Named',
			guests: [NEW],
			prerun: { Client: 'x' },
		});
		expect([status, data.name, data.prerun]).toEqual([201, 'Named', []]);
		expect(organization().guests.has(NEW)).toBe(false);
		const listed = [{ [fieldOf('text').id]: 'Northwind' }];
		expect((await launch(ONBOARDING, { prerun: listed })).status).toBe(422);
		expect(violations()).toContain('launchProcess was asked against the contract');
		expect((await launch(AUDIT)).data.name).toMatch(/^Supplier audit - \d{4}-\d\d-\d\d$/);
	});

	it.each<[string, Json, Json]>([
		['a required field without an answer', { prerun: {} }, { prerun: ['Client is required'] }],
		[
			'a strange step',
			{ tasks: { ['0'.repeat(32)]: {} } },
			{ [`tasks.${'0'.repeat(32)}`]: [expect.any(String)] },
		],
	])('is refused for %s, and nothing is made (162)', async (_name, more, errors) => {
		const before = organization().work.allProcesses().length;
		const { status, body } = await launch(ONBOARDING, { prerun: kickOff(), ...more });
		expect([status, body.errors]).toEqual([422, errors]);
		expect(organization().work.allProcesses()).toHaveLength(before);
	});

	it('is refused for a value that does not fit its field, in the words of the field (141)', async () => {
		const prerun = kickOff({ [fieldOf('dropdown').id]: 'Gold' });
		const { status, body } = await launch(ONBOARDING, { prerun });
		expect([status, body.errors]).toEqual([
			422,
			{ [fieldOf('dropdown').id]: ['Plan must be id and text of one option'] },
		]);
	});

	it('invites the new guests of all steps or nobody, and is done although the answer is lost', async () => {
		const [upload, check] = template(ONBOARDING).steps;
		const tasks = {
			[upload.id]: { owners: owners(NEW) },
			[check.id]: { owners: owners('second@x.example') },
		};
		const before = organization().work.allProcesses().length;
		sandbox.current.misbehave({ limits: { invites: { guests: 1, windowMs: 3_600_000 } } });
		expect((await launch(ONBOARDING, { prerun: kickOff(), tasks })).status).toBe(429);
		expect(organization().guests.has(NEW)).toBe(false);
		sandbox.current.misbehave({ faults: [{ method: 'POST', drop: 'after' }] });
		await expect(launch(ONBOARDING, { prerun: kickOff(), tasks })).rejects.toThrow('fetch failed');
		expect(organization().work.allProcesses()).toHaveLength(before + 1);
		expect(organization().guests.has(NEW)).toBe(true);
	});
});

describe('a process', () => {
	it('loses its members by an update that does not name them (169)', async () => {
		const { data } = await launch(AUDIT, { users: [me(), 20002] });
		expect(data.users).toEqual([me(), 20002]);
		const { data: renamed } = await request('PUT', `/runs/${String(data.id)}`, { name: 'Renamed' });
		expect(renamed).toMatchObject({ name: 'Renamed', users: [], groups: [] });
		expect(violations()).toContain("must have required property 'users'");
	});

	it('is complete with its last task, and is found by status, template and words (168)', async () => {
		const { data } = await launch(AUDIT, { name: 'Findable' });
		const [task] = await tasksOf(data);
		const found = async (query: string) =>
			(await get(`/runs?q=findable&${query}`)).data.map(({ name }) => name);
		expect(await found(`status=active&checklist_id=${template(AUDIT).id}`)).toEqual(['Findable']);
		expect(await found(`checklist_id=${template(CONTRACT).id}`)).toEqual([]);
		const path = `/runs/${String(data.id)}`;
		await request('POST', `${path}/completed-tasks`, { task_id: task.id });
		expect((await get(path)).data).toMatchObject({
			status: 'complete',
			progress: { complete: 1, total: 1, percent: 100 },
		});
		expect(await found('status=active')).toEqual([]);
		expect(await found('status=complete')).toEqual(['Findable']);
		await request('DELETE', `${path}/completed-tasks/${String(task.id)}`);
		expect((await get(path)).data).toMatchObject({ status: 'active', completed_at: null });
	});

	it('is there for every task that was made up with its guest, ten tasks a page', async () => {
		// The first ones have a process with forms.
		const guest = [...organization().guests.values()]
			.reverse()
			.find((one) => organization().tasks(one).length > 10)!;
		const [{ run_id: id }] = organization().tasks(guest);
		const { data, pagination } = await get(`/runs/${String(id)}/tasks`);
		expect([data.length, pagination.per_page]).toEqual([10, 10]);
		expect(pagination.total).toBeGreaterThan(10);
		const { data: run } = await get(`/runs/${String(id)}?with=checklist`);
		expect(run.checklist).toMatchObject({ data: { title: 'Vendor Contract Review' } });
		const all = await tasksOf({ id }, 'per_page=100');
		expect(new Set(all.flatMap((task) => peopleOf(task).guests))).toEqual(new Set([guest.email]));
	});

	it('lags in the list of its tasks only (110)', async () => {
		quirk({ taskLag: 1000 });
		const { data } = await launch(AUDIT, { name: 'Late' });
		expect(await tasksOf(data)).toEqual([]);
		expect((await get('/runs?q=late')).data).toEqual([]);
		expect((await get(`/runs/${String(data.id)}`)).data.name).toBe('Late');
	});
});

describe('templates', () => {
	it('come ten a page, pinned ones first, without forms and without archived ones (173)', async () => {
		const { data, pagination } = await get('/checklists');
		expect([data.length, pagination.total]).toEqual([10, 12]);
		expect(data[0]).toMatchObject({ title: 'Client onboarding', is_pinned: true, steps_count: 3 });
		expect(data[0]).not.toHaveProperty('prerun');
		expect((await get('/checklists?q=OLD')).data).toEqual([]);
		expect((await get('/checklists?q=old&archived=only')).data).toMatchObject([
			{ title: 'Old intake' },
		]);
	});

	it('have every type of field in the kick-off form and in a step, by ids (126, 175, 176)', async () => {
		const types = [
			...['text', 'textarea', 'date', 'dropdown', 'multiselect', 'radio', 'file', 'table'],
			'assignees_form',
		];
		const path = `/checklists/${template(ONBOARDING).id}`;
		const { data } = await get(`${path}?with=steps`);
		expect((data.prerun as Json[]).map(({ field_type: type }) => type)).toEqual(types);
		const { data: steps } = await get(`${path}/steps`);
		expect(data.steps).toEqual(steps);
		const { data: captures } = steps[0].captures as { data: Json[] };
		expect(captures.map(({ field_type: type }) => type)).toEqual(types);
		quirk({ templateSteps: 'wrapped' });
		expect((await get(`${path}?with=steps`)).data.steps).toEqual({ data: steps });
		expect((await get(path)).data).not.toHaveProperty('steps');
		expect((await get(`/checklists/${'0'.repeat(32)}`)).status).toBe(404);
	});
});

describe('the link of a guest', () => {
	const linkOf = async (email: string) => String((await get(`/guests/${email}`)).data.link);
	const codeIn = (link: string) => link.split('/').at(-1);

	it('is another after a reset, and the old one finds nobody (178)', async () => {
		const [{ email }] = idleGuests(organization());
		const before = await linkOf(email);
		const { status, data } = await request('PUT', `/guests/${email}/reset-link`);
		expect([status, data.link]).toEqual([201, await linkOf(email)]);
		expect(data.link).not.toBe(before);
		expect((await get(`/guests/${codeIn(before)}/tasks`)).status).toBe(404);
		expect((await get(`/guests/${codeIn(String(data.link))}/tasks`)).status).toBe(200);
		quirk({ tokenOwner: 'standard' });
		expect((await request('PUT', `/guests/${email}/reset-link`)).status).toBe(403);
	});

	it('is another when a disabled guest is enabled, and the same when there was nothing to do (179)', async () => {
		const [{ email }] = idleGuests(organization());
		const before = await linkOf(email);
		await request('PUT', `/guests/${email}/enable`);
		expect(await linkOf(email)).toBe(before);
		await request('DELETE', `/guests/${email}/disable`);
		const { data } = await request('PUT', `/guests/${email}/enable`);
		expect(data.link).not.toBe(before);
		expect(data.details).toMatchObject({ disabled_at: null, disabled_by: me() });
	});

	it('has two forms, with the same code (181)', async () => {
		const [{ email }] = idleGuests(organization());
		const long = await linkOf(email);
		quirk({ guestLink: 'guest' });
		expect(await linkOf(email)).toBe(`https://go.tallyfy.com/guest/${codeIn(long)}`);
		const { data } = await request('PUT', `/guests/${email}/reset-link`);
		expect(data.link).toMatch(/\/guest\/\w{40}$/);
	});
});
