// Guest Task > Complete, Reopen and Remind.
import { describe, expect, it } from 'vitest';
import { errorOf, wordsOf } from '../support/runs.mts';
import { useSandbox } from '../support/sandbox.mts';
import { tasksOf } from '../support/tasks.mts';

const sandbox = useSandbox({ guests: 40 });
const { run, runAll, idle, me, sent, writes, organization, oneOff, ofProcess, byTask, mailed } =
	tasksOf(sandbox);
const on = async (operation: string, task: unknown, more: Record<string, unknown> = {}) =>
	await run(operation, { task: byTask(), ...more }, [{ task }]);
const onAll = async (operation: string, tasks: unknown[], more: Record<string, unknown> = {}) =>
	await runAll(
		operation,
		{ task: byTask(), ...more },
		tasks.map((task) => ({ task })),
	);
const FIELD = { form_fields: [{ label: 'Order', field_type: 'text', required: true }] };
const mailedTo = async (kind: string) =>
	(await mailed()).filter((one) => one.startsWith(`${kind} `)).map((one) => one.split(' ')[1]);
/** With another member besides the member of the credential. */
const withOther = async (guest: string) => {
	const task = await oneOff([guest]);
	task.owners.users = [me(), 20002];
	return task;
};
const UNKNOWN = 'f'.repeat(32);

describe.each(['complete', 'reopen', 'remind'])('Guest Task > %s', (operation) => {
	it.each([
		['={{ "" }}', 'Task is empty'],
		['={{ $json.none }}', 'Task is empty'],
		['../users', 'Task is ../users, which is no ID'],
		['a b', 'Task is a b, which is no ID'],
		['={{ [1] }}', 'Task is no text'],
	])('refuses the task %j before anything is sent', async (task, message) => {
		const { error } = await run(operation, { task: byTask(task) });
		expect(error?.message).toBe(message);
		expect(error?.description).toMatch(/Guest Task > Get Many/);
		expect(sandbox.current.requests).toEqual([]);
	});

	it('says which task is unknown', async () => {
		const { error } = await on(operation, UNKNOWN);
		expect(error?.message).toContain(`no task ${UNKNOWN} in this organization`);
		expect(writes()).toEqual([]);
	});
});

describe('Guest Task > Complete', () => {
	const post = (fault: object) =>
		sandbox.current.misbehave({
			faults: [{ method: 'POST', path: '/completed-tasks$', ...fault }],
		});

	it('completes a one-off task, and sends no approval with it', async () => {
		const task = await oneOff([idle()[0]]);
		const { items, error } = await on('complete', ` ${task.id} `);
		expect(error).toBeUndefined();
		expect(writes().map(({ body }) => body)).toEqual([{ task_id: task.id }]);
		expect(items[0].json).toMatchObject({
			id: task.id,
			status: 'completed',
			alreadyComplete: false,
		});
		expect(items[0].json.completedAt).toMatch(/^\d{4}-.*Z$/);
		expect(sent()).toEqual([`GET /tasks/${task.id}`, 'POST /completed-tasks']);
	});

	it('completes a task of a process at its own address', async () => {
		const task = ofProcess();
		const { items } = await on('complete', task.id);
		expect(items[0].json).toMatchObject({ status: 'completed', processId: task.run_id });
		expect(items[0].json.processName).toMatch(/\w/);
		expect(sent().at(-1)).toBe(`POST /runs/${task.run_id}/completed-tasks`);
	});

	it('finds the address of a separate task, which is one-off and in a process', async () => {
		const task = await oneOff(idle().slice(0, 2), { separate_task_for_each_assignee: true });
		const { items, error } = await on('complete', task.id);
		expect(error).toBeUndefined();
		expect(items[0].json.status).toBe('completed');
	});

	it.each([
		['approve', true],
		['reject', false],
	])('answers an approval: %s', async (approval, approved) => {
		const task = await oneOff([], { task_type: 'approval' });
		const { items } = await on('complete', task.id, { approval });
		expect(writes()[0].body).toEqual({ task_id: task.id, is_approved: approved });
		expect(items[0].json).toMatchObject({ status: 'completed', approved });
		expect(items[0].json).not.toHaveProperty('notStored');
	});

	it.each([
		['approval', 'none', /^Approval is None, but \w+ is an approval task$/, /Approve or Reject/],
		['approval', '', /^Approval is None, but/, /Approve or Reject/],
		['task', 'approve', /^Approval is approve, but \w+ is no approval task$/, /Choose None/],
		['expiring', 'reject', /^Approval is reject, but/, /Choose None/],
	])('refuses a task of type %s with approval "%s"', async (task_type, approval, message, next) => {
		const task = await oneOff([], { task_type });
		const { error } = await on('complete', task.id, { approval });
		expect(error?.message).toMatch(message);
		expect(error?.description).toMatch(next);
		expect(error?.context?.itemIndex).toBe(0);
		expect(writes()).toEqual([]);
	});

	it('refuses an approval that does not exist before anything is sent', async () => {
		const { error } = await on('complete', UNKNOWN, { approval: 'perhaps' });
		expect(error?.message).toBe('Approval is perhaps');
		expect(sandbox.current.requests).toEqual([]);
	});

	it('gives a task that is complete as it is, also an approval without an answer, and sends nothing', async () => {
		const task = await oneOff([], { task_type: 'approval' });
		Object.assign(task, { status: 'completed', is_approved: true });
		const { items } = await on('complete', task.id);
		expect(items[0].json).toMatchObject({ alreadyComplete: true, approved: true });
		expect(writes()).toEqual([]);
	});

	it('completes one task of two items once', async () => {
		const task = await oneOff([]);
		const items = await onAll('complete', [task.id, task.id]);
		expect(items.map(({ json }) => json.alreadyComplete)).toEqual([false, true]);
		expect(writes()).toHaveLength(1);
	});

	it('gives the words of Tallyfy and the next step for what blocks it', async () => {
		const fields = await oneOff([], FIELD);
		const problem = await oneOff([]);
		problem.has_issues = true;
		const locked = ofProcess();
		organization().work.processes.get(String(locked.run_id))!.has_open_issue = true;
		const items = await onAll('complete', [fields.id, problem.id, locked.id]);
		expect(items.map(({ json }) => json.message)).toEqual([
			'The given data was invalid. captures: Order is required',
			'The given data was invalid. task: This task has an open problem.',
			'This process has an open issue.',
		]);
		for (const item of items.slice(0, 2)) {
			expect(errorOf(item)).toMatchObject({ status: 422 });
			expect(errorOf(item)?.description).toMatch(/required form fields have to be answered/);
			expect(errorOf(item)?.outcome).toBeUndefined();
		}
		expect(errorOf(items[2])?.description).toMatch(/Resolve the open issue/);
	});

	it.each([
		['a lost answer', { drop: 'after' as const }],
		['a 502', { status: 502, done: true }],
		['a 500', { status: 500, done: true }],
	])('looks at the task after %s, and does not complete it again', async (_, fault) => {
		const task = await oneOff([idle()[0]]);
		post(fault);
		const { items, error } = await on('complete', task.id);
		expect(error).toBeUndefined();
		expect(items[0].json).toMatchObject({ status: 'completed', alreadyComplete: false });
		expect(writes()).toHaveLength(1);
		expect(await mailedTo('completed')).toHaveLength(1);
	});

	it('says for certain that it is open when the look says so, and is not sent again', async () => {
		const task = await oneOff([]);
		post({ drop: 'before' });
		const [item] = await onAll('complete', [task.id]);
		expect(errorOf(item)).toBeDefined();
		expect(errorOf(item)?.outcome).toBeUndefined();
		expect(writes()).toHaveLength(1);
	});

	it('stays in doubt where others have to complete it too, and when the look fails', async () => {
		const task = await oneOff([], { everyone_must_complete: true });
		post({ drop: 'before' });
		const [shared] = await onAll('complete', [task.id]);
		expect(errorOf(shared)?.outcome).toBe('unknown');
		const alone = await oneOff([]);
		sandbox.current.misbehave({
			faults: [
				{ method: 'POST', drop: 'after' },
				{ method: 'GET', afterRequests: 2, status: 500, body: { message: 'Server Error' } },
			],
		});
		const [blind] = await onAll('complete', [alone.id]);
		expect(errorOf(blind)?.outcome).toBe('unknown');
		expect(wordsOf(blind)).toMatch(/may have been completed/);
	});

	it('says when another answer was stored', async () => {
		const task = await oneOff([], { task_type: 'approval' });
		const body = { data: { id: task.id, status: 'completed', owners: {}, is_approved: false } };
		post({ status: 200, body });
		const { items } = await on('complete', task.id, { approval: 'approve' });
		expect(items[0].json.notStored).toEqual(['approval']);
	});

	it('fails one item of many alone', async () => {
		const tasks = [await oneOff([]), await oneOff([], FIELD), await oneOff([])];
		const items = await onAll('complete', [...tasks.map(({ id }) => id), UNKNOWN]);
		expect(items.map((item) => errorOf(item) !== undefined)).toEqual([false, true, false, true]);
		expect(items.map(({ pairedItem }) => pairedItem)).toEqual(
			[0, 1, 2, 3].map((item) => ({ item })),
		);
	});
});

describe('Guest Task > Reopen', () => {
	const completed = async () => {
		const task = await oneOff([idle()[0]]);
		return Object.assign(task, { status: 'completed', completed_at: '2026-11-01T10:00:00Z' });
	};
	const drop = (fault: object) =>
		sandbox.current.misbehave({ faults: [{ method: 'DELETE', ...fault }] });

	it('opens a completed task again', async () => {
		const task = await completed();
		const { items } = await on('reopen', task.id);
		expect(items[0].json).toMatchObject({
			status: 'in-progress',
			completedAt: null,
			alreadyOpen: false,
		});
		expect(items[0].json).not.toHaveProperty('notStored');
		expect(sent().at(-1)).toBe(`DELETE /completed-tasks/${task.id}`);
		expect(await mailedTo('reopened')).toEqual(task.owners.guests);
	});

	it('opens a task of a process, and a separate one, at their address', async () => {
		const [separate, ofOne] = [
			await oneOff(idle().slice(0, 2), { separate_task_for_each_assignee: true }),
			ofProcess(),
		];
		for (const task of [separate, ofOne]) {
			task.status = 'completed';
			const { items, error } = await on('reopen', task.id);
			expect(error).toBeUndefined();
			expect(items[0].json.status).toBe('in-progress');
			expect(sent().some((one) => one.startsWith(`DELETE /runs/${task.run_id}/`))).toBe(true);
		}
	});

	it('gives an open task as it is, and sends nothing', async () => {
		const task = await oneOff([]);
		const { items } = await on('reopen', task.id);
		expect(items[0].json).toMatchObject({ id: task.id, alreadyOpen: true });
		expect(writes()).toEqual([]);
	});

	it.each([
		['a lost answer', { drop: 'after' as const, times: 1 }, 1],
		['a 502', { status: 502, done: true, times: 1 }, 1],
		['a lost request', { drop: 'before' as const, times: 1 }, 2],
		['a 429', { status: 429, headers: { 'retry-after': '1' }, times: 1 }, 2],
		['an outage', { status: 503, fromMs: 0, untilMs: 1500 }, 2],
	])('mails the guests once after %s', async (_, fault, least) => {
		const task = await completed();
		drop(fault);
		const { items, error } = await on('reopen', task.id);
		expect(error).toBeUndefined();
		expect(items[0].json.status).toBe('in-progress');
		expect(writes().length).toBeGreaterThanOrEqual(least);
		expect(await mailedTo('reopened')).toHaveLength(1);
	});

	it('says when it stayed complete', async () => {
		const task = await completed();
		drop({ status: 200, body: { data: { id: task.id, status: 'completed', owners: {} } } });
		const { items } = await on('reopen', task.id);
		expect(items[0].json.notStored).toEqual(['status']);
	});

	it('says that it may be done when nothing can be seen', async () => {
		const task = await completed();
		sandbox.current.misbehave({
			faults: [
				{ method: 'DELETE', drop: 'after' },
				{ method: 'GET', afterRequests: 2, status: 500, body: { message: 'Server Error' } },
			],
		});
		const [item] = await onAll('reopen', [task.id]);
		expect(errorOf(item)?.outcome).toBe('unknown');
		expect(writes()).toHaveLength(1);
	});

	it('is refused for a light member in the words of Tallyfy', async () => {
		const task = await completed();
		const body = { message: 'Light members cannot reopen tasks.' };
		drop({ status: 403, body });
		const { error } = await on('reopen', task.id);
		expect(error?.message).toBe(body.message);
	});
});

describe('Guest Task > Remind', () => {
	const mail = (fault: object) =>
		sandbox.current.misbehave({ faults: [{ path: '/email$', ...fault }] });

	it('mails all but the member of the credential', async () => {
		const [guest] = idle();
		const task = await withOther(guest);
		const { items, error } = await on('remind', task.id);
		expect(error).toBeUndefined();
		expect(items[0].json).toEqual({ reminded: true, taskId: task.id, title: 'Send the form' });
		const other = organization().members.find(({ id }) => id === 20002)?.email;
		expect(await mailedTo('reminder')).toEqual([other, guest]);
		expect(sent()).toEqual([`GET /tasks/${task.id}`, `GET /tasks/${task.id}/email`]);
	});

	it('reminds of a task of a process, and of a separate one, at their address', async () => {
		const separate = await oneOff(idle().slice(0, 2), { separate_task_for_each_assignee: true });
		for (const task of [separate, ofProcess()]) {
			const { items, error } = await on('remind', task.id);
			expect(error).toBeUndefined();
			expect(items[0].json.reminded).toBe(true);
			expect(sent()).toContain(`GET /runs/${task.run_id}/tasks/${task.id}/email`);
		}
	});

	it('mails once where several items name one task, also where the answer is lost', async () => {
		const [first, second] = idle();
		const task = await withOther(first);
		const unclear = await withOther(second);
		mail({ path: `${unclear.id}/email$`, drop: 'after' });
		const ids = [task, unclear, task, unclear, task].map(({ id }) => id);
		const batching = { batch: { batchSize: 2, batchInterval: 1 } };
		const items = await onAll('remind', ids, { requestOptions: { batching } });
		expect(items.map((item) => item.json.reminded ?? errorOf(item)?.outcome)).toEqual([
			true,
			'unknown',
			true,
			'unknown',
			true,
		]);
		expect(writes()).toHaveLength(2);
		expect((await mailedTo('reminder')).filter((email) => email === first)).toHaveLength(1);
	});

	it('refuses a completed task, and a hidden one, before anybody is mailed', async () => {
		const [done, hidden] = [await oneOff([]), await oneOff([])];
		done.status = 'completed';
		hidden.status = 'auto-skipped';
		const items = await onAll('remind', [done.id, hidden.id]);
		expect(items.map(({ json }) => json.message)).toEqual([
			`Task ${done.id} is complete, so nobody can be reminded of it`,
			`Task ${hidden.id} is hidden by a rule`,
		]);
		expect(writes()).toEqual([]);
	});

	it.each([
		['a lost answer', { drop: 'after' as const }, 1],
		['a lost request', { drop: 'before' as const }, 0],
		['a 502', { status: 502, done: true }, 1],
		['a 503', { status: 503 }, 0],
		['a 500', { status: 500 }, 0],
	])('is never repeated, also not after %s', async (_, fault, mails) => {
		const task = await withOther(idle()[0]);
		mail({ ...fault, times: 1 });
		const [item] = await onAll('remind', [task.id]);
		expect(errorOf(item)?.outcome).toBe('unknown');
		expect(wordsOf(item)).toMatch(/may have been mailed. Nobody knows/);
		expect(writes()).toHaveLength(1);
		expect(await mailedTo('reminder')).toHaveLength(2 * mails);
	});

	it('is sent again after a 429, which says that nobody was mailed', async () => {
		const task = await withOther(idle()[0]);
		mail({ status: 429, headers: { 'retry-after': '1' }, times: 1 });
		const { items } = await on('remind', task.id);
		expect(items[0].json.reminded).toBe(true);
		expect(await mailedTo('reminder')).toHaveLength(2);
	});

	it('mails nobody twice in an outage', async () => {
		const tasks = [await withOther(idle()[0]), await withOther(idle()[1]), await oneOff([])];
		sandbox.current.misbehave({
			faults: [{ drop: 'after', fromMs: 0, untilMs: 1500, afterRequests: 4 }],
		});
		await onAll(
			'remind',
			tasks.map(({ id }) => id),
		);
		const reminded = writes().map(({ path }) => path);
		expect(new Set(reminded).size).toBe(reminded.length);
	});

	it('does not take a web page for success', async () => {
		const task = await oneOff([]);
		mail({ html: 200 });
		const [item] = await onAll('remind', [task.id]);
		expect(item.json.message).toMatch(/with a web page instead of JSON/);
		expect(errorOf(item)?.outcome).toBe('unknown');
	});
});
