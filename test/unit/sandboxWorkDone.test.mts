// What the sandbox does when tasks are completed, reminded of and commented on (numbers: facts in contract/work.md).
import { describe, expect, it } from 'vitest';
import type { Json } from '../../sandbox/organization.mts';
import { ask, useSandbox } from '../support/sandbox.mts';
import { fieldsOf, workOf } from '../support/sandboxWork.mts';

const sandbox = useSandbox({ guests: 40 });
const work = workOf(sandbox);
const {
	complete,
	control,
	create,
	get,
	mailed,
	me,
	organization,
	read,
	request,
	task,
	update,
	violations,
} = work;
const mine = () => organization().me.email;
const NEW = 'new@x.example';

describe('completing', () => {
	it('needs required fields, a decision on an approval, and no open problem (144, 145)', async () => {
		const form = [{ label: 'Order', field_type: 'text', required: true }];
		const { data } = await create({ task_type: 'approval', form_fields: form });
		const errors = async () => ((await complete(data.id)).body.errors ?? {}) as Json;
		expect(await errors()).toEqual({ captures: ['Order is required'] });
		await update(data.id, { taskdata: { [String(fieldsOf(data)[0].id)]: '4711' } });
		expect(Object.keys(await errors())).toEqual(['is_approved']);
		await control('POST', `/tasks/${String(data.id)}/problem`);
		expect(Object.keys(await errors())).toEqual(['task']);
		await control('POST', `/tasks/${String(data.id)}/problem`, { open: false });
		const { data: done } = await complete(data.id, { is_approved: false });
		expect(done).toMatchObject({ status: 'completed', is_approved: false, completer_id: me() });
	});

	it('mails again when it is done again, and stays as it was (146)', async () => {
		const { id } = await task([NEW]);
		const { data: first } = await complete(id, { override_user: 20002 });
		expect(first).toMatchObject({ completer_id: 20002, completer_guest_id: null });
		organization().work.task(String(id))!.completed_at = '2026-11-01T10:00:00Z';
		const { data: second } = await complete(id);
		expect(second.completed_at).toBe('2026-11-01T10:00:00Z');
		expect(await mailed()).toEqual([`completed ${mine()}`, `completed ${mine()}`]);
	});

	it('is undone for members and mailed to guests, once it was done (148)', async () => {
		const { id } = await task([NEW], { task_type: 'approval' });
		const reopen = async () => await request('DELETE', `/completed-tasks/${String(id)}`);
		expect((await reopen()).status).toBe(422);
		await complete(id, { is_approved: true });
		organization().work.mails.clear();
		const open = {
			status: 'in-progress',
			completed_at: null,
			completer_id: null,
			is_approved: null,
		};
		expect((await reopen()).data).toMatchObject(open);
		expect(await mailed()).toEqual([`reopened ${NEW}`]);
	});

	it('has no place where an open issue locks the process (143)', async () => {
		const [process] = organization().work.processes.values();
		const [{ id }] = organization().work.tasksOf(process.id);
		await control('POST', `/processes/${process.id}/issue`);
		expect((await get(`/runs/${process.id}`)).data.status).toBe('issue');
		const path = `/runs/${process.id}`;
		expect((await request('PUT', `${path}/tasks/${id}`, { title: 'X' })).status).toBe(423);
		expect((await request('POST', `${path}/completed-tasks`, { task_id: id })).status).toBe(423);
	});
});

describe('mails', () => {
	it('of a reminder go to everybody but the caller, although it is a GET (150)', async () => {
		const { id } = await task([NEW]);
		await update(id, { owners: { users: [me(), 20002], guests: [NEW], groups: [] } });
		organization().work.mails.clear();
		expect((await get(`/tasks/${String(id)}/email`)).status).toBe(200);
		const expected = [`reminder ${organization().members[1].email}`, `reminder ${NEW}`];
		expect(await mailed()).toEqual(expected);
		const faults = [{ path: '/email$', drop: 'after' as const, times: 1 }];
		sandbox.current.misbehave({ faults });
		await expect(get(`/tasks/${String(id)}/email`)).rejects.toThrow('fetch failed');
		expect(await mailed()).toEqual([...expected, ...expected]);
		await complete(id);
		expect((await get(`/tasks/${String(id)}/email`)).status).toBe(422);
	});

	it('are forgotten with the log, and say what they are about', async () => {
		const { data } = await create({}, []);
		const { text } = await control('GET', '/mails');
		const mail = {
			to: mine(),
			kind: 'assigned',
			about: data.id,
			title: 'X',
			at: expect.any(Number),
		};
		expect(JSON.parse(text)).toEqual([mail]);
		await ask('DELETE', `${sandbox.current.accountUrl}/sandbox/log`);
		expect(await mailed()).toEqual([]);
	});
});

describe('a comment', () => {
	const comment = async (id: unknown, body: Json) =>
		await request('POST', `/tasks/${String(id)}/comment`, body);

	it('is hidden from guests unless it is open (153)', async () => {
		const { id } = await task([]);
		expect((await comment(id, { content: 'A' })).data.state).toBe('hide-for-guests');
		expect((await comment(id, { content: 'B', state: 'open' })).data.state).toBe('open');
		expect((await comment(id, { content: 'C', state: 'guests' })).status).toBe(422);
		const { threads } = await read(id, 'threads');
		expect(threads).toMatchObject({ data: [{ content: 'A' }, { content: 'B', author_id: me() }] });
		violations();
	});

	it('mails members that it names, and gives the task to guests after a plus sign (154)', async () => {
		const { id } = await task([]);
		await comment(id, { content: `@[20002] ask +${NEW}, please. 2+2=4` });
		expect((await read(id)).owners).toMatchObject({ guests: [NEW] });
		expect(await mailed()).toEqual([
			`assigned ${NEW}`,
			`mentioned ${organization().members[1].email}`,
		]);
	});

	it('has an hourly limit (221)', async () => {
		const { id } = await task([]);
		sandbox.current.misbehave({ limits: { comments: { comments: 1, windowMs: 3_600_000 } } });
		expect((await comment(id, { content: 'A' })).status).toBe(201);
		const { status, body } = await comment(id, { content: 'B' });
		expect([status, body.code]).toEqual([429, 'RATE_LIMIT_EXCEEDED']);
	});
});
