// Tasks in the sandbox, asked over plain HTTP: whether it behaves as contract/work.md says (numbers in brackets).
import { describe, expect, it } from 'vitest';
import type { Json } from '../../sandbox/organization.mts';
import { CONTRACT, loadContract } from '../../sandbox/server.mts';
import { useSandbox } from '../support/sandbox.mts';
import { DEADLINE, idleGuests, workOf } from '../support/sandboxWork.mts';

const sandbox = useSandbox({ guests: 40 });
const work = workOf(sandbox);
const { get, request, me, mailed, organization, owners, quirk, task, violations } = work;
const idle = () => idleGuests(organization()).map(({ email }) => email);
const list = async (query = '') => await get(`/tasks?${query}`);
const titles = (tasks: Json[]) => tasks.map(({ title }) => title).sort();
const NEW = 'new@x.example';

describe('the contract of work', () => {
	type Request = [status: number, path?: Record<string, string>, query?: string, body?: Json];

	async function requests(): Promise<Record<string, Request>> {
		const [email] = idle();
		const check = organization()
			.work.allTasks()
			.find((one) => one.task_type === 'approval' && one.status === 'not-started')!;
		const process = organization().work.processes.get(String(check.run_id))!;
		const [upload] = organization().work.tasksOf(process.id);
		const { id } = await task([email]);
		const [template] = organization().work.templates.values();
		const run = { runId: process.id };
		const ofRun = { ...run, taskId: check.id };
		const oneOff = { taskId: String(id) };
		const checklist = { checklistId: template.id };
		const [field] = template.prerun;
		const form = [{ label: 'Order', field_type: 'text', required: true }];
		const update = { title: 'Changed', deadline: DEADLINE, owners: owners(email) };
		const people = `guests=${encodeURIComponent(email)},b%40x.example&owners=${me()}`;
		const extras = 'run,step,form_fields,threads,summary';
		return {
			listTasks: [200, {}, `?${people}&status=active,overdue&with=${extras}&unassigned=false`],
			createTask: [201, {}, '', { ...update, task_type: 'approval', form_fields: form }],
			getTask: [200, { taskId: upload.id }, `?with=${extras}`],
			updateTask: [200, oneOff, '', { ...update, webhook: null }],
			remindTask: [200, oneOff],
			completeTask: [200, {}, '', { task_id: id }],
			reopenTask: [200, oneOff],
			listProcessTasks: [200, run, '?status=all&with=step,form_fields&sort=-position&per_page=100'],
			getProcessTask: [200, ofRun, '?with=ko-form-fields'],
			updateProcessTask: [200, ofRun, '', { owners: owners(email) }],
			remindProcessTask: [200, ofRun],
			completeProcessTask: [200, run, '', { task_id: check.id, is_approved: false }],
			reopenProcessTask: [200, ofRun],
			commentOnTask: [201, oneOff, '', { content: 'Page 3 is missing', state: 'open' }],
			listProcesses: [200, {}, '?q=client&status=active&with=checklist,tasks&sort=-created_at'],
			launchProcess: [
				201,
				{},
				'',
				{ checklist_id: template.id, name: 'X', prerun: { [field.id]: 'Y' } },
			],
			getProcess: [200, run, '?with=checklist.steps,tasks,tasks.form_fields,ko_form_fields'],
			updateProcess: [200, run, '', { name: 'Z', users: [me()], groups: [] }],
			listTemplates: [200, {}, '?q=on&with=steps&sort_by=-title'],
			getTemplate: [200, checklist, '?with=steps'],
			listTemplateSteps: [200, checklist],
			resetGuestLink: [201, { guestEmail: email }],
		};
	}

	it('is kept by every operation, in what is asked and in what is answered', async () => {
		const first = (await loadContract([CONTRACT])).router.getOperations();
		const known = first.map(({ operationId }) => operationId);
		const operations = (await loadContract()).router
			.getOperations()
			.filter(({ operationId }) => !known.includes(operationId));
		const table = await requests();
		const names = operations.map(({ operationId = '' }) => operationId);
		expect(new Set(names)).toEqual(new Set(Object.keys(table)));
		// In the order of the table: what is reopened was completed before.
		for (const name of Object.keys(table)) {
			const found = operations.find(({ operationId }) => operationId === name)!;
			const { method, path: pattern, responses = {} } = found;
			const [status, given = {}, query = '', body] = table[name];
			const path = pattern
				.replace('/organizations/{org}', '')
				.replace(/\{(\w+)\}/g, (_, key: string) => encodeURIComponent(given[key]));
			const answer = await request(method.toUpperCase(), path + query, body);
			expect(answer.status, `${name}: ${answer.text}`).toBe(status);
			expect(sandbox.current.requests.at(-1)?.operationId).toBe(name);
			expect([String(status) in responses, '2XX' in responses], name).toContain(true);
		}
		expect(sandbox.current.violations).toEqual([]);
		// Each operation's part of the contract is compiled when it is asked for the first time.
	});
});

describe('the list of all tasks', () => {
	it('finds the tasks of several guests by their emails, ten a page (101, 103)', async () => {
		const [one, two] = [...organization().guests.values()].filter(
			(guest) => organization().tasks(guest).length > 9,
		);
		const both = organization().tasks(one).length + organization().tasks(two).length;
		const { data, pagination } = await list(`guests=${one.email},${two.email}`);
		expect([data.length, pagination.total, pagination.per_page]).toEqual([10, both, 10]);
		const { data: all } = await list(`guests=${one.email}&without_pagination=true`);
		expect(all.map(({ id }) => id).sort()).toEqual(
			organization()
				.tasks(one)
				.map(({ id }) => id)
				.sort(),
		);
		expect((await list('guests=nobody@x.example')).data).toEqual([]);
	});

	it('takes several words as any of them; a strange word filters nothing (107, 108)', async () => {
		const [email] = idle();
		const done = await task([email], { title: 'done' });
		await request('POST', '/completed-tasks', { task_id: done.id });
		await task([email], { title: 'open' });
		const late = await task([email], { title: 'late' });
		organization().work.task(String(late.id))!.deadline = '2026-01-01T12:00:00Z';
		const by = async (status: string) =>
			titles((await list(`guests=${email}&status=${status}`)).data);
		expect(await by('complete')).toEqual(['done']);
		expect(await by('active')).toEqual(['late', 'open']);
		expect(await by('overdue')).toEqual(['late']);
		expect(await by('complete,overdue')).toEqual(['done', 'late']);
		expect(await by('all,complete')).toEqual(['done']);
		expect(violations()).toContain('listTasks was asked against the contract');
		for (const strange of ['completed', 'hasproblem', 'stalled']) {
			expect(await by(strange), strange).toHaveLength(3);
		}
		expect(await by('complete,completed')).toEqual(['done']);
		violations();
	});

	it('leaves out hidden tasks by active-visible, and only those by their own name (108, 110)', async () => {
		const hidden = [...organization().work.processes.values()]
			.flatMap(({ id }) => organization().work.tasksOf(id))
			.find(({ status }) => status === 'auto-skipped')!;
		const by = async (status: string) =>
			(await get(`/runs/${hidden.run_id}/tasks?status=${status}`)).data.map(({ id }) => id);
		expect(await by('active')).toContain(hidden.id);
		expect(await by('active-visible')).not.toContain(hidden.id);
		expect(await by('auto-skipped')).not.toContain(hidden.id);
		expect(violations()).toContain('status');
	});

	it('filters by day of the deadline and of creation, without the day itself where told (104)', async () => {
		const [email] = idle();
		for (const day of [1, 2, 3]) {
			await task([email], { title: String(day), deadline: `2026-12-0${day} 12:00:00` });
		}
		const by = async (query: string) => titles((await list(`guests=${email}&${query}`)).data);
		expect(await by('deadline_on=2026-12-02&deadline_before=2026-12-01')).toEqual(['2']);
		expect(await by('deadline_before=2026-12-02')).toEqual(['1']);
		expect(await by('deadline_after=2026-12-02')).toEqual(['3']);
		expect(await by('deadline_start_range=2026-12-02&deadline_end_range=2026-12-03')).toEqual([
			'2',
			'3',
		]);
		const today = organization().now().toISOString().slice(0, 10);
		expect(await by(`created=${today}`)).toHaveLength(3);
		expect(await by('created=2020-01-01:2020-01-31')).toEqual([]);
	});

	it('keeps one-off tasks and those of processes apart, if asked', async () => {
		const guest = [...organization().guests.values()].find(
			(one) => organization().tasks(one).length > 9,
		)!;
		await task([guest.email], { title: 'one-off' });
		const by = async (query: string) => (await list(`guests=${guest.email}&${query}`)).data;
		expect(titles(await by('is_oneoff=true'))).toEqual(['one-off']);
		const { data } = await list(`guests=${guest.email}&is_oneoff=false&without_pagination=true`);
		expect(data).toHaveLength(organization().tasks(guest).length - 1);
	});

	it('shows members as objects and no summary, a single read numbers and the summary (115, 118)', async () => {
		const [email] = idle();
		const { id } = await task([email], { summary: 'As <b>usual</b>' });
		const [listed] = (await list(`guests=${email}`)).data;
		const { full_name } = organization().me;
		expect(listed.owners).toMatchObject({ users: [{ id: me(), full_name }], guests: [email] });
		expect(listed).not.toHaveProperty('summary');
		expect((await list(`guests=${email}&with=summary`)).data[0].summary).toBe('As <b>usual</b>');
		const { data: single } = await get(`/tasks/${String(id)}`);
		expect(single).toMatchObject({ owners: { users: [me()] }, summary: 'As <b>usual</b>' });
		const [url] = (single.owners as { taskUrls: string[] }).taskUrls;
		expect(url).toMatch(new RegExp(`^https://go.tallyfy.com/guest/\\w{40}\\?task=${String(id)}$`));
		quirk({ taskUrls: 'objects' });
		const { data: other } = await get(`/tasks/${String(id)}`);
		expect(other.owners).toMatchObject({ taskUrls: [{ email, link: url }] });
	});

	it('can stay behind by so many changes, a single read never (110)', async () => {
		const [email] = idle();
		const { id } = await task([email]);
		quirk({ taskLag: 1 });
		await request('POST', '/completed-tasks', { task_id: id });
		expect((await list(`guests=${email}`)).data[0].status).toBe('not-started');
		expect((await get(`/tasks/${String(id)}`)).data.status).toBe('completed');
		quirk({ taskLagMs: 60_000 });
		expect((await list(`guests=${email}`)).data).toEqual([]);
		quirk({});
		expect((await list(`guests=${email}`)).data[0].status).toBe('completed');
	});
});

describe('one task', () => {
	it('is read by one path for both kinds, by the other only in its process (112)', async () => {
		const all = organization().work.allTasks();
		const { id, run_id: own } = all.find(({ step_id: step }) => typeof step === 'string')!;
		const process = { id: String(own) };
		const other = organization()
			.work.allProcesses()
			.find((one) => one.id !== own)!;
		expect((await get(`/tasks/${id}?with=run,step`)).data).toMatchObject({
			run: { data: { id: process.id } },
			step: { data: { title: expect.any(String) } },
		});
		expect((await get(`/runs/${process.id}/tasks/${id}`)).status).toBe(200);
		expect((await get(`/runs/${other.id}/tasks/${id}`)).status).toBe(404);
		expect((await get(`/tasks/${'0'.repeat(32)}`)).status).toBe(404);
	});

	it('is not there for the calls of one-off tasks when it has a process (147)', async () => {
		const [process] = organization().work.processes.values();
		const [{ id }] = organization().work.tasksOf(process.id);
		const body = { title: 'X', deadline: DEADLINE, owners: owners() };
		expect((await request('POST', '/completed-tasks', { task_id: id })).status).toBe(404);
		expect((await request('DELETE', `/completed-tasks/${id}`)).status).toBe(404);
		expect((await request('PUT', `/tasks/${id}`, body)).status).toBe(404);
	});

	it('comes into the list by guest code and into the stats of its guest', async () => {
		const [email] = idle();
		await task([email, NEW]);
		const guest = organization().guests.get(email)!;
		const code = guest.link!.split('/').at(-1);
		expect((await get(`/guests/${code}/tasks`)).data).toMatchObject([{ title: 'Send the form' }]);
		const stats = async () => (await get(`/guests?q=${email}&with=stats`)).data[0].stats;
		expect(await stats()).toMatchObject({ assigned_tasks: 1, one_off_tasks_completed: 0 });
		await work.control('POST', `/guests/${email}/complete-task`, { oneOff: true });
		expect(await stats()).toMatchObject({ assigned_tasks: 0, one_off_tasks_completed: 1 });
		expect(await mailed()).toEqual([`completed ${organization().me.email}`]);
		await request('DELETE', `/guests/${email}`);
		expect((await list(`guests=${NEW}`)).data[0].owners).toMatchObject({ guests: [NEW] });
	});
});
