// What the sandbox does when tasks are made, changed, completed and commented on (numbers: facts in contract/work.md).
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Json } from '../../sandbox/organization.mts';
import { useSandbox } from '../support/sandbox.mts';
import { DEADLINE, fieldsOf, idleGuests, workOf } from '../support/sandboxWork.mts';

const sandbox = useSandbox({ guests: 40 });
const work = workOf(sandbox);
const {
	complete,
	create,
	get,
	mailed,
	me,
	organization,
	owners,
	read,
	request,
	task,
	update,
	violations,
} = work;
const idle = () => idleGuests(organization()).map(({ email }) => email);
const mine = () => organization().me.email;
const NEW = 'new@x.example';

describe('a new task', () => {
	it('makes a guest of an address that nobody knows, and mails everybody (129, 130)', async () => {
		const [email] = idle();
		expect((await create({}, [email, NEW])).status).toBe(201);
		expect(organization().guests.has(NEW)).toBe(true);
		expect(await mailed()).toEqual([`assigned ${mine()}`, `assigned ${email}`, `assigned ${NEW}`]);
	});

	it.each([
		['a member', () => organization().members[3].email],
		['an address at example.com', () => 'a@example.com'],
		['no address', () => 'nobody'],
	])('is refused for %s among the guests, and leaves nothing behind', async (_name, email) => {
		const before = organization().guests.size;
		const { status, body } = await create({}, [NEW, email()]);
		expect([status, body.errors]).toEqual([422, { 'owners.guests': [expect.any(String)] }]);
		expect([organization().guests.size, await mailed()]).toEqual([before, []]);
		violations();
	});

	it('spends an invite for each new address, and is refused when there are not enough (221)', async () => {
		sandbox.current.misbehave({ limits: { invites: { guests: 1, windowMs: 3_600_000 } } });
		const { status, body } = await create({}, [NEW, 'second@x.example']);
		expect([status, body.code]).toEqual([429, 'RATE_LIMIT_EXCEEDED']);
		expect(organization().guests.has(NEW)).toBe(false);
		expect((await create({}, [idle()[0]])).status).toBe(201);
	});

	it('is refused with 402 when a trial has no assignments left (132)', async () => {
		sandbox.current.misbehave({ limits: { assignments: 3 } });
		expect((await create({}, [idle()[0]])).status).toBe(201);
		const { status, body } = await create({}, [idle()[0]]);
		expect([status, body.message]).toEqual([402, expect.stringContaining('Trial limit')]);
	});

	it('drops offsets, and moves the deadline into working time (128)', async () => {
		const deadlines = {
			'2026-12-05 12:00:00': '2026-12-07 09:00:00',
			'2026-12-01 17:00:00': '2026-12-01 17:00:00',
			'2026-12-01 17:00:01': '2026-12-02 09:00:00',
			'2026-12-01 06:00:00': '2026-12-01 09:00:00',
			'2026-12-01T12:00:00+05:00': '2026-12-01 12:00:00',
		};
		for (const [sent, stored] of Object.entries(deadlines)) {
			const { data } = await create({ deadline: sent });
			expect(String(data.deadline).slice(0, 19).replace('T', ' '), sent).toBe(stored);
		}
		expect(violations()).toContain('createTask was asked against the contract');
	});

	it('needs title, type, deadline and owners, and of a field type and required (120, 126)', async () => {
		const { status, body } = await request('POST', '/tasks', { form_fields: [{ label: 'A' }] });
		expect([status, Object.keys(body.errors as Json).sort()]).toEqual([
			422,
			[
				'deadline',
				'form_fields.0.field_type',
				'form_fields.0.required',
				'owners',
				'task_type',
				'title',
			],
		]);
		violations();
	});

	it('is one task for each assignee if asked, and the answer is one of them (125)', async () => {
		const [group] = organization().work.groups;
		const [email] = idle();
		const sent = { users: [me()], guests: [NEW, email], groups: [group.id] };
		const { data } = await create({ owners: sent, separate_task_for_each_assignee: true });
		const { data: all } = await get(`/runs/${String(data.run_id)}/tasks`);
		const people = all.map(({ owners: given }) => {
			const { users, guests } = given as { users: Json[]; guests: string[] };
			return [...users.map(({ id }) => id), ...guests];
		});
		expect(people).toEqual([...group.members.map((id) => [id]), [NEW], [email]]);
		expect((await get('/checklists?q=misc')).data).toEqual([]);
		expect((await complete(data.id)).status).toBe(404);
	});

	it('is mailed to guests only when it begins (130)', async () => {
		vi.setSystemTime(Date.UTC(2026, 10, 2, 9));
		await create({ started_at: '2026-11-04 09:00:00' }, [NEW]);
		expect(await mailed()).toEqual([`assigned ${mine()}`]);
		vi.setSystemTime(Date.UTC(2026, 10, 4, 9, 1));
		expect(await mailed()).toEqual([`assigned ${mine()}`, `assigned ${NEW}`]);
	});
	afterEach(() => void vi.useRealTimers());
});

describe('an update', () => {
	it('empties the lists of owners that are not sent, and leaves owners alone without any (134)', async () => {
		const { id } = await task([idle()[0]]);
		await update(id, { owners: { users: [me()] } });
		expect((await read(id)).owners).toMatchObject({ users: [me()], guests: [], groups: [] });
		expect(violations()).toContain("must have required property 'guests'");
		const { data: launched } = await request('POST', '/runs', {
			checklist_id: [...organization().work.templates.values()][2].id,
			tasks: {},
		});
		const [{ id: other, run_id: run }] = organization().work.tasksOf(String(launched.id));
		const path = `/runs/${run}/tasks/${other}`;
		await request('PUT', path, { owners: owners(NEW) });
		await request('PUT', path, { title: 'Renamed' });
		expect((await read(other)).owners).toMatchObject({ users: [me()], guests: [NEW] });
		expect((await request('PUT', path, { deadline: DEADLINE })).data).toMatchObject({
			deadline_set_by_hand: true,
		});
	});

	it('mails those who are new and nobody else, and takes the task off the others (136)', async () => {
		const [one, two] = idle();
		const { id } = await task([one]);
		await update(id, { owners: owners(two) });
		expect(await mailed()).toEqual([`assigned ${two}`]);
		expect(organization().tasks(organization().guests.get(one)!)).toEqual([]);
	});

	it('of a one-off task needs title, deadline and owners; a completed one takes none (133, 137)', async () => {
		const { id } = await task([]);
		const { status, body } = await request('PUT', `/tasks/${String(id)}`, { summary: 'X' });
		expect([status, Object.keys(body.errors as Json)]).toEqual([
			422,
			['title', 'deadline', 'owners'],
		]);
		expect((await update(id, { status: 'completed' })).data.status).toBe('not-started');
		await complete(id);
		expect((await update(id)).status).toBe(422);
		violations();
	});

	const choices = [
		{ id: 1, text: 'One' },
		{ id: 2, text: 'Two' },
	];
	const columns = [
		{ id: 1, label: 'A' },
		{ id: 2, label: 'B' },
	];
	const people = { users: [], guests: [NEW], groups: [] };
	const values: Array<[type: string, good: unknown[], bad: unknown[]]> = [
		['text', ['short', 12], [{ value: 'x' }, 'x'.repeat(201)]],
		['textarea', ['x'.repeat(300)], [{ value: 'x' }, 12]],
		['email', ['a@b.example', { value: 'stored as it is' }], []],
		['date', ['2026-12-01', '2026-12-01 09:00:00'], ['soon', { value: '2026-12-01' }]],
		['radio', ['One'], ['Three', { id: 1, text: 'One' }]],
		['dropdown', [{ id: 2, text: 'Two' }], ['Two', { id: 2, text: 'One' }]],
		['multiselect', [[{ ...choices[0], selected: true }], [choices[0]]], [['One'], choices[0]]],
		['table', [['Laptop', '3']], [['Laptop'], 'Laptop']],
		['assignees_form', [people], [[NEW], NEW]],
		[
			'file',
			[[{ url: 'https://x.example/a', filename: 'a', source: 'url' }]],
			['https://x', ['a']],
		],
	];
	it.each(values)(
		'takes values of a field of type %s as it should (141)',
		async (type, good, bad) => {
			const field = { label: 'F', field_type: type, required: false, options: choices, columns };
			const { data } = await create({ form_fields: [field] });
			const id = String(fieldsOf(data)[0].id);
			for (const value of good) {
				const { status } = await update(data.id, { taskdata: { [id]: value } });
				expect([status, fieldsOf(await read(data.id))[0].field_value]).toEqual([200, value]);
			}
			for (const value of bad) {
				const { status, body } = await update(data.id, { taskdata: { [id]: value } });
				expect([status, body.errors], JSON.stringify(value)).toEqual([
					422,
					{ [id]: [expect.any(String)] },
				]);
			}
			const { status } = await update(data.id, {
				taskdata: { [id]: '', ['0'.repeat(32)]: 'lost' },
			});
			const kept = fieldsOf(await read(data.id))[0].field_value;
			// Empty clears, except for a table (142).
			expect([status, kept]).toEqual(type === 'table' ? [422, good.at(-1)] : [200, null]);
			expect(organization().guests.has(NEW)).toBe(type === 'assignees_form');
			violations();
		},
	);
});
