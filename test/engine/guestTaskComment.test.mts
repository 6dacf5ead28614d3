import { describe, expect, it } from 'vitest';
import { errorOf, wordsOf } from '../support/runs.mts';
import { useSandbox } from '../support/sandbox.mts';
import { tasksOf } from '../support/tasks.mts';

const sandbox = useSandbox({ guests: 40 });
const {
	run,
	runAll,
	idle,
	sent,
	bodies,
	organization,
	oneOff,
	ofProcess,
	byTask,
	mailed,
	request,
} = tasksOf(sandbox);
const WHOLE = { task: byTask(), text: 'Page 3 is missing.', visibility: 'guests' };
const comment = async (parameters: Record<string, unknown>, input?: object[]) =>
	await run('comment', { ...WHOLE, ...parameters }, input);
const commentAll = async (parameters: Record<string, unknown>, input: object[]) =>
	await runAll('comment', { ...WHOLE, ...parameters }, input);
const commentsOf = (task: { id: string; status: string }) =>
	organization().work.extrasOf(task as never).comments;
const ODD = ['a+b/c?d#e%f&g@x.test', 'Upper@Case.test', '{curly}|pipe`tick@x.test'];
const lost = (fault: object) =>
	sandbox.current.misbehave({ faults: [{ method: 'POST', path: '/comment$', ...fault }] });

describe('Guest Task > Comment', () => {
	it.each([
		['guests', 'open'],
		['members', 'hide-for-guests'],
	])('writes a comment for %s', async (visibility, state) => {
		const task = await oneOff([idle()[0]]);
		const { items, error } = await comment({ text: ' <b>Hi</b> @[20002] ', visibility }, [
			{ task: task.id },
		]);
		expect(error).toBeUndefined();
		const content = '<b>Hi</b> @[20002]';
		expect(bodies()).toEqual([{ content, state, label: 'comment' }]);
		const [made] = commentsOf(task);
		expect(items[0].json).toEqual({
			id: made.id,
			taskId: task.id,
			text: content,
			visibility,
			createdAt: expect.stringMatching(/^\d{4}-.*Z$/) as string,
		});
		expect(await mailed()).toHaveLength(1);
	});

	it('writes to a task of a process at the same address', async () => {
		const task = ofProcess();
		const { error } = await comment({}, [{ task: task.id }]);
		expect(error).toBeUndefined();
		expect(sent()).toEqual([`GET /tasks/${task.id}`, `POST /tasks/${task.id}/comment`]);
	});

	it.each([
		[{ text: '={{ " " }}' }, 'Text is empty', /Say something/],
		[{ text: '={{ $json.none }}' }, 'Text is empty', /Say something/],
		[{ text: '={{ ["a"] }}' }, 'Text is no text', /Say something/],
		[{ visibility: '={{ "" }}' }, 'Visibility is empty', /guests \(guests and members.*members \(/],
		[{ visibility: '={{ null }}' }, 'Visibility is empty', /guests \(guests and members/],
		[{ visibility: 'everyone' }, 'Visibility is everyone', /guests, members/],
		[{ task: byTask('..') }, 'Task is .., which is no ID', /Get Many/],
		[{ text: 'To +../users@x.test' }, 'Text cannot be part of an address', /without dots/],
	])('refuses %j before anything is sent', async (parameters, message, next) => {
		const { error } = await comment(parameters, [{ task: 'abc' }]);
		expect(error?.message).toBe(message);
		expect(error?.description).toMatch(next);
		expect(error?.context?.itemIndex).toBe(0);
		expect(sandbox.current.requests).toEqual([]);
	});

	it('refuses to assign somebody unknown with a plus sign, who would be invited', async () => {
		const task = await oneOff([]);
		const before = organization().guests.size;
		const { error } = await comment({ text: 'Ask +new@x.test, please' }, [{ task: task.id }]);
		expect(error?.message).toBe(
			'Text names somebody who is no guest of this organization: new@x.test',
		);
		expect(error?.description).toMatch(/Nothing was sent. A plus sign.*Leave the plus sign out/);
		expect(error?.description).not.toMatch(/Create Missing/);
		expect(bodies()).toEqual([]);
		expect(organization().guests.size).toBe(before);
	});

	it('assigns guests who are known, odd emails too, and reads none who has the task already', async () => {
		for (const email of ODD) organization().create({ email });
		const [owner] = idle();
		const task = await oneOff([owner]);
		const text = `+${owner} and ${ODD.map((email) => `+${email}`).join(' and ')}.`;
		const { error } = await comment({ text }, [{ task: task.id }]);
		expect(error).toBeUndefined();
		expect(task.owners.guests).toEqual([owner, ...ODD]);
		const read = sent().filter((one) => one.startsWith('GET /guests/'));
		expect(read.sort()).toEqual(
			ODD.map((email) => `GET /guests/${encodeURIComponent(email)}`).sort(),
		);
	});

	it('takes a plus sign inside of an email for what it is', async () => {
		const task = await oneOff([]);
		const { error } = await comment({ text: 'Write to jo+tallyfy@x.test' }, [{ task: task.id }]);
		expect(error).toBeUndefined();
		expect(task.owners.guests).toEqual([]);
	});

	it('says which task is unknown', async () => {
		const { error } = await comment({}, [{ task: 'f'.repeat(32) }]);
		expect(error?.message).toContain('no task ffff');
		expect(bodies()).toEqual([]);
	});

	it('says when Tallyfy hid what was meant for guests', async () => {
		const task = await oneOff([]);
		const body = { data: { id: 'x', content: 'Page 3 is missing.', state: 'hide-for-guests' } };
		lost({ status: 201, body });
		const { items } = await comment({}, [{ task: task.id }]);
		expect(items[0].json).toMatchObject({ visibility: 'members', notStored: ['visibility'] });
	});

	it('fails one item of many alone, and tells when the hourly limit ends', async () => {
		const task = await oneOff([]);
		sandbox.current.misbehave({ limits: { comments: { comments: 2, windowMs: 3_600_000 } } });
		const items = await commentAll({ text: '={{ $json.text }}' }, [
			{ task: task.id, text: 'a' },
			{ task: task.id, text: '' },
			{ task: task.id, text: 'b' },
			{ task: task.id, text: 'c' },
		]);
		expect(items.map((item) => errorOf(item)?.status ?? item.json.message ?? 'written')).toEqual([
			'written',
			'Text is empty',
			'written',
			429,
		]);
		expect(errorOf(items[3])?.retryAt).toMatch(/^\d{4}/);
	});
});

describe('A comment whose answer is lost', () => {
	it.each([
		['is found', { drop: 'after' as const, times: 1 }, 1],
		['is found after a 502', { status: 502, done: true, times: 1 }, 1],
		['is written when it never arrived', { drop: 'before' as const, times: 1 }, 2],
		['is written when an outage is over', { status: 503, fromMs: 0, untilMs: 1500 }, 2],
	])('%s, and is there once', async (_, fault, least) => {
		const task = await oneOff([idle()[0]]);
		lost(fault);
		const { items, error } = await comment({ text: 'Hi &amp; <i>bye</i>' }, [{ task: task.id }]);
		expect(error).toBeUndefined();
		const comments = commentsOf(task);
		expect(comments).toHaveLength(1);
		expect(items[0].json.id).toBe(comments[0].id);
		expect(bodies().length).toBeGreaterThanOrEqual(least);
	});

	it('is not taken for one that was there before, nor for that of another item', async () => {
		const task = await oneOff([]);
		const path = `/tasks/${task.id}/comment`;
		await request('POST', path, { content: WHOLE.text, state: 'open' });
		lost({ drop: 'after', every: 2 });
		const items = await commentAll({}, [{ task: task.id }, { task: task.id }, { task: task.id }]);
		expect(items.filter((item) => errorOf(item))).toEqual([]);
		const [, ...written] = commentsOf(task).map(({ id }) => id);
		expect(items.map(({ json }) => json.id)).toEqual(written);
		expect(written).toHaveLength(3);
	});

	it('stays in doubt, and is not written again, when another comment came at the same time', async () => {
		const task = await oneOff([]);
		sandbox.current.beforeEach((one) => {
			if (one.method !== 'POST') return;
			const [made] = [...commentsOf(task)];
			if (!made)
				commentsOf(task).push({ id: 'z', content: 'Other', author_type: 'member' } as never);
		});
		lost({ drop: 'before' });
		const [item] = await commentAll({}, [{ task: task.id }]);
		expect(errorOf(item)?.outcome).toBe('unknown');
		expect(wordsOf(item)).toMatch(/may have been written/);
		expect(bodies()).toHaveLength(1);
	});

	it('stays in doubt when the task cannot be read', async () => {
		const task = await oneOff([]);
		sandbox.current.misbehave({
			faults: [
				{ method: 'POST', drop: 'after' },
				{ method: 'GET', afterRequests: 2, status: 500, body: { message: 'Server Error' } },
			],
		});
		const [item] = await commentAll({}, [{ task: task.id }]);
		expect(errorOf(item)?.outcome).toBe('unknown');
		expect(bodies()).toHaveLength(1);
	});
});
