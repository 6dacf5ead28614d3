import { describe, expect, it } from 'vitest';
import type { Organization } from '../../sandbox/organization.mts';
import { errorOf, wordsOf } from '../support/runs.mts';
import { useSandbox } from '../support/sandbox.mts';
import { tasksOf } from '../support/tasks.mts';

const sandbox = useSandbox({ guests: 40 });
const {
	run,
	runAll,
	idle,
	me,
	sent,
	bodies,
	organization,
	oneOff,
	ofProcess,
	byTask,
	mailed,
	request,
} = tasksOf(sandbox);
const ODD = ['a+b/c?d#e%f&g@x.test', '"a b"@x.test', 'Upper@Case.test'];
const assign = async (parameters: Record<string, unknown>, input?: object[]) =>
	await run('assign', { task: byTask(), ...parameters }, input);
const assignAll = async (parameters: Record<string, unknown>, input: object[], more?: object) =>
	await runAll('assign', { task: byTask(), ...parameters }, input, more);
const group = (of: Organization) => of.work.groups[0].id;
const put = (fault: object) => ({ method: 'PUT', path: '/tasks/', ...fault });

describe('Guest Task > Assign', () => {
	it.each([
		['add', (a: string, b: string, c: string) => [a, b, c]],
		['remove', (a: string, b: string) => [a].filter((one) => one !== b)],
		['replace', (_: string, b: string, c: string) => [b, c]],
	])('%ss guests, and sends all three lists, title and deadline', async (assignMode, expected) => {
		const [a, b, c] = idle();
		const task = await oneOff([a, b]);
		task.owners.groups.push(group(organization()));
		const { items, error } = await assign(
			{ assignMode, guests: assignMode === 'remove' ? b.toUpperCase() : `${b}, ${c}` },
			[{ task: task.id }],
		);
		expect(error).toBeUndefined();
		const guests = expected(a, b, c);
		const owners = { users: [me()], guests, groups: [group(organization())] };
		expect(bodies()).toEqual([{ title: 'Send the form', deadline: '2026-12-01 12:00:00', owners }]);
		expect(items[0].json).toMatchObject({ id: task.id, guests, members: [me()], changed: true });
		expect(items[0].json).not.toHaveProperty('notStored');
		expect(JSON.stringify(items)).not.toMatch(/guest-all-task|\/guest\//);
		expect(task.owners).toEqual(owners);
	});

	it('sends to a task of a process its people only, because a deadline would switch its rules off', async () => {
		const task = ofProcess();
		const [added] = idle();
		const guests = [...task.owners.guests, added];
		const { items, error } = await assign({ guests: added }, [{ task: task.id }]);
		expect(error).toBeUndefined();
		expect(sent().at(-1)).toBe(`PUT /runs/${task.run_id}/tasks/${task.id}`);
		const users = task.owners.users.length > 0 ? task.owners.users : [me()];
		expect(bodies()).toEqual([{ owners: { users, guests, groups: task.owners.groups } }]);
		expect(items[0].json).toMatchObject({ guests, isOneOff: false });
		expect(items[0].json.processName).toMatch(/\w/);
		expect(task.deadline_set_by_hand).toBeUndefined();
	});

	it('finds the address of a separate task, which is one-off and in a process', async () => {
		const [a, b, c] = idle();
		const task = await oneOff([a, b], { separate_task_for_each_assignee: true });
		const { items, error } = await assign({ guests: c }, [{ task: task.id }]);
		expect(error).toBeUndefined();
		expect(items[0].json.guests).toContain(c);
	});

	it('adds the member of the credential where guests would be alone, and says so', async () => {
		const [a, b] = idle();
		const task = await oneOff([a]);
		task.owners.users = [];
		const { items } = await assign({ guests: b }, [{ task: task.id }]);
		expect(items[0].json).toMatchObject({ addedMember: me(), members: [me()], guests: [a, b] });
	});

	it.each([
		['add', 'A guest who is there already'],
		['remove', 'Somebody who is not there, and nowhere else'],
		['replace', 'The same guests'],
	])('writes nothing when nothing would change: %s', async (assignMode) => {
		const [a] = idle();
		const task = await oneOff([a]);
		const guests = assignMode === 'remove' ? 'nobody@nowhere.test' : a.toUpperCase();
		const { items, error } = await assign({ assignMode, guests }, [{ task: task.id }]);
		expect(error).toBeUndefined();
		expect(items[0].json).toMatchObject({ changed: false, guests: [a] });
		expect(sent()).toEqual([`GET /tasks/${task.id}`]);
	});

	it('takes all guests off with an empty list, and only with that', async () => {
		const task = await oneOff([idle()[0]]);
		const { items } = await assign({ assignMode: 'replace', guests: '={{ [] }}' }, [
			{ task: task.id },
		]);
		expect(items[0].json).toMatchObject({ guests: [], members: [me()] });
		for (const guests of ['', '={{ null }}', '={{ $json.none }}']) {
			const { error } = await assign({ assignMode: 'replace', guests }, [{ task: task.id }]);
			expect(error?.message).toBe('Guests is empty');
			expect(error?.description).toMatch(/give an empty list/);
		}
		expect(bodies()).toHaveLength(1);
	});

	it('refuses somebody unknown before the write, and invites nobody', async () => {
		const task = await oneOff([]);
		const { error } = await assign({ guests: 'new@x.test' }, [{ task: task.id }]);
		expect(error?.message).toBe(
			'Guests names somebody who is no guest of this organization: new@x.test',
		);
		expect(bodies()).toEqual([]);
	});

	it('adds somebody unknown as a guest first where that is asked for, and names them when the task fails', async () => {
		const task = await oneOff([]);
		const on = { options: { createMissingGuests: true } };
		const { items } = await assign({ guests: 'new@x.test', ...on }, [{ task: task.id }]);
		expect(items[0].json).toMatchObject({ createdGuests: ['new@x.test'], guests: ['new@x.test'] });
		sandbox.current.misbehave({ faults: [put({ status: 403, body: { message: 'No.' } })] });
		const [item] = await assignAll({ guests: ['b@x.test', 'c@x.test'], ...on }, [
			{ task: task.id },
		]);
		expect(item.json.message).toBe('b@x.test, c@x.test were added as guests, but No.');
		expect(errorOf(item)).toMatchObject({ status: 403, outcome: 'unknown' });
	});

	it('creates nobody to remove them', async () => {
		const [a] = idle();
		const task = await oneOff([a]);
		const before = organization().guests.size;
		await assign(
			{
				assignMode: 'remove',
				guests: [a, 'new@x.test'],
				options: { createMissingGuests: true },
			},
			[{ task: task.id }],
		);
		expect(organization().guests.size).toBe(before);
		expect(task.owners.guests).toEqual([]);
	});

	it('takes odd emails to every address and body as they are', async () => {
		for (const email of ODD) organization().create({ email });
		const task = await oneOff([]);
		const { items } = await assign({ guests: ODD }, [{ task: task.id }]);
		expect(items[0].json.guests).toEqual(ODD);
		await assign({ assignMode: 'remove', guests: ODD }, [{ task: task.id }]);
		expect(task.owners.guests).toEqual([]);
	});

	it.each([
		[{ guests: '' }, 'Guests is empty', /Give the guests to add/],
		[{ guests: ',', assignMode: 'replace' }, 'Guests is empty', /empty list: {{ \[\] }}/],
		[{ guests: '={{ [""] }}', assignMode: 'replace' }, 'Guests is empty', /empty list/],
		[{ guests: '../users@x.test' }, 'Guests cannot be part of an address', /without dots/],
		[{ guests: 'a@x.test', assignMode: 'swap' }, 'Mode is swap', /add, remove, replace/],
		[{ guests: 'a@x.test', task: byTask('={{ "" }}') }, 'Task is empty', /Get Many/],
		[
			{ guests: 'a@x.test', task: byTask('../runs') },
			'Task is ../runs, which is no ID',
			/Get Many/,
		],
		[
			{ guests: 'a@x.test', options: { createMissingGuests: 'x' } },
			'Create Missing Guests is x',
			/./,
		],
	])('refuses %j before anything is sent', async (parameters, message, next) => {
		const { error } = await assign(parameters, [{ task: 'abc' }]);
		expect(error?.message).toBe(message);
		expect(error?.description).toMatch(next);
		expect(error?.context?.itemIndex).toBe(0);
		expect(sandbox.current.requests).toEqual([]);
	});

	it('refuses a completed task before the write', async () => {
		const [a, b] = idle();
		const task = await oneOff([a]);
		task.status = 'completed';
		const { error } = await assign({ guests: b }, [{ task: task.id }]);
		expect(error?.message).toBe(`Task ${task.id} is complete, so nobody can be assigned`);
		expect(error?.description).toMatch(/Guest Task > Reopen/);
		expect(bodies()).toEqual([]);
	});

	it('says which task is unknown, and gives the words of Tallyfy for a locked process', async () => {
		const [a] = idle();
		const unknown = await assign({ guests: a }, [{ task: 'f'.repeat(32) }]);
		expect(unknown.error?.message).toContain(`no task ${'f'.repeat(32)} in this organization`);
		const task = ofProcess();
		organization().work.processes.get(String(task.run_id))!.has_open_issue = true;
		const { error } = await assign({ guests: a }, [{ task: task.id }]);
		expect(error?.message).toBe('This process has an open issue.');
		expect(error?.description).toBe('Resolve the open issue of the process in Tallyfy first.');
	});

	it('lets several items about one task wait for each other, so that none undoes another', async () => {
		const guests = idle().slice(0, 8);
		const task = await oneOff([]);
		const items = await assignAll(
			{ guests: '={{ $json.guest }}' },
			guests.map((guest) => ({ guest, task: task.id })),
		);
		expect(items.filter((item) => errorOf(item))).toEqual([]);
		expect([...task.owners.guests].sort()).toEqual([...guests].sort());
	});

	it('fails one item of many alone', async () => {
		const [a, b] = idle();
		const one = await oneOff([]);
		const two = await oneOff([]);
		const items = await assignAll({ guests: '={{ $json.guest }}' }, [
			{ task: one.id, guest: a },
			{ task: 'f'.repeat(32), guest: a },
			{ task: two.id, guest: 'unknown@x.test' },
			{ task: two.id, guest: b },
		]);
		expect(items.map((item) => errorOf(item) !== undefined)).toEqual([false, true, true, false]);
		expect([one.owners.guests, two.owners.guests]).toEqual([[a], [b]]);
	});

	it('sends nothing where the task does not tell all who have it', async () => {
		const [a, b] = idle();
		const task = await oneOff([a]);
		const data = { id: task.id, title: 'X', owners: { users: [me()], groups: [] } };
		sandbox.current.misbehave({ faults: [{ path: '/tasks/', status: 200, body: { data } }] });
		const { error } = await assign({ guests: b }, [{ task: task.id }]);
		expect(error?.message).toBe('Tallyfy does not tell who the task is assigned to');
		expect(bodies()).toEqual([]);
	});

	it('says who is missing in what came back', async () => {
		const [a, b] = idle();
		const task = await oneOff([a]);
		const body = {
			data: { id: task.id, title: 'X', owners: { users: [], guests: [a], groups: [] } },
		};
		sandbox.current.misbehave({ faults: [put({ status: 200, body })] });
		const { items } = await assign({ guests: b }, [{ task: task.id }]);
		expect(items[0].json).toMatchObject({ guests: [a], notStored: ['guests', 'members'] });
	});

	it('reads the task again where the answer does not hold it', async () => {
		const [a, b] = idle();
		const task = await oneOff([a]);
		sandbox.current.misbehave({ faults: [put({ status: 204, done: true })] });
		const { items, error } = await assign({ guests: b }, [{ task: task.id }]);
		expect(error).toBeUndefined();
		expect(items[0].json).toMatchObject({ guests: [a, b] });
		expect(items[0].json).not.toHaveProperty('notStored');
	});

	it.each([
		['a lost answer', { drop: 'after' as const, times: 2 }],
		['a lost request', { drop: 'before' as const, times: 1 }],
		['a 502', { status: 502, done: true, times: 1 }],
		['a 429', { status: 429, headers: { 'retry-after': '1' }, times: 1 }],
		['an outage', { status: 503, fromMs: 0, untilMs: 2000 }],
	])('is repeated after %s, which changes nothing, and mails once', async (_, fault) => {
		const [a, b] = idle();
		const task = await oneOff([a]);
		sandbox.current.misbehave({ faults: [put(fault)] });
		const { items, error } = await assign({ guests: b }, [{ task: task.id }]);
		expect(error).toBeUndefined();
		expect(items[0].json.guests).toEqual([a, b]);
		expect(await mailed()).toEqual([`assigned ${b}`]);
	});

	it('says that it may be done when no answer comes for as long as it may wait', async () => {
		const task = await oneOff([]);
		sandbox.current.misbehave({ faults: [put({ drop: 'after' })] });
		const [item] = await assignAll({ guests: idle()[0], pacing: { maxRetryWait: 1 } }, [
			{ task: task.id },
		]);
		expect(errorOf(item)?.outcome).toBe('unknown');
		expect(wordsOf(item)).toMatch(/may have been changed. It is safe to run this item again/);
	});

	it('is not changed by what a trial refuses', async () => {
		const task = await oneOff([]);
		sandbox.current.misbehave({ limits: { assignments: 0 } });
		const { error } = await assign({ guests: idle()[0] }, [{ task: task.id }]);
		expect(error?.message).toMatch(/^Trial limit reached/);
		expect(error?.httpCode).toBe('402');
		expect(bodies()).toHaveLength(1);
		void request;
	});
});
