import type { INodeParameters } from 'n8n-workflow';
import { describe, expect, it } from 'vitest';
import type { Guest, Json } from '../../sandbox/organization.mts';
import type { WorkTask } from '../../sandbox/work/model.mts';
import { byEmail, byId } from '../support/guests.mts';
import { errorOf, useRuns, wordsOf } from '../support/runs.mts';
import { idleGuests, workOf } from '../support/sandboxWork.mts';

const { sandbox, run: runNode } = useRuns({ guests: 30 });
const work = workOf(sandbox);
const runner =
	(operation: string) =>
	async (parameters: Record<string, unknown>, input: object[] = [{}], more = {}) =>
		await runNode({
			parameters: { resource: 'guestTask', operation, ...parameters } as INodeParameters,
			input: input as never,
			onError: 'continueRegularOutput',
			...more,
		});
const [get, getLink] = ['get', 'getLink'].map(runner);
const byLink = (value: unknown) => ({ __rl: true, mode: 'link', value });
const misbehave = (faults: object[]) => sandbox.current.misbehave({ faults });
const sent = () =>
	sandbox.current.requests.map(({ method, path }) => {
		const url = new URL(path, 'http://x');
		return `${method} ${decodeURIComponent(url.pathname.replace(/^.*\/organizations\/\w+/, ''))}`;
	});
const stored = (id: unknown) => work.organization().work.task(String(id)) as WorkTask;
const codeOf = ({ link }: Guest) => String(link).split('/').at(-1) as string;
/** A one-off task for these guests; the requests about it are forgotten. */
const taskFor = async (guests: Guest[], more: Json = {}) => {
	const { id } = await work.task(
		guests.map(({ email }) => email),
		more,
	);
	sandbox.current.requests.length = 0;
	return String(id);
};
const people = (count: number) => idleGuests(work.organization()).slice(0, count);

describe('Guest Task > Get', () => {
	const choices = [
		{ id: 1, text: 'Standard' },
		{ id: 2, text: 'Express' },
	];
	const form_fields = [
		{ label: 'Order', field_type: 'text', required: true },
		{ label: 'Order', field_type: 'textarea', required: false },
		{ label: 'Delivery', field_type: 'radio', required: false, options: choices },
		{ label: 'Level', field_type: 'dropdown', required: false, options: choices },
		{ label: 'Extras', field_type: 'multiselect', required: false, options: choices },
		{ label: 'Due', field_type: 'date', required: false },
		{ label: 'Contract', field_type: 'file', required: false },
		{ label: 'Left out', field_type: 'text', required: false },
	];
	const values = [
		'PO-1',
		'Two\nlines',
		'Express',
		choices[0],
		[{ ...choices[1], selected: true }],
		'2026-12-05 09:00:00',
		[{ id: 'asset-1', filename: 'contract.pdf', url: 'https://files.x.test/SECRET/contract.pdf' }],
	];
	const answered = async (guests: Guest[], more: Json = {}) => {
		const id = await taskFor(guests, { form_fields, summary: '<p>Send it</p>', ...more });
		const { fields, answers } = work.organization().work.extrasOf(stored(id));
		values.forEach((value, index) => (answers[fields[index].id] = value));
		return id;
	};

	it('gives the flat fields, answers by label, files, and whether it was approved, in one request', async () => {
		const [guest] = people(1);
		const id = await answered([guest], { task_type: 'approval' });
		await work.complete(id, { is_approved: false });
		sandbox.current.requests.length = 0;
		const { items, error } = await get({ task: byId(` ${id} `) });
		expect(error).toBeUndefined();
		expect(Object.entries(items[0].json)).toEqual([
			['id', id],
			['title', 'Send the form'],
			['status', 'completed'],
			['deadline', '2026-12-01T12:00:00.000Z'],
			['processId', null],
			['processName', null],
			['stepTitle', null],
			['isOneOff', true],
			['completedAt', expect.stringMatching(/Z$/)],
			['guestEmail', guest.email],
			['approved', false],
			['description', '<p>Send it</p>'],
			[
				'answers',
				{
					Order: 'PO-1',
					'Order (2)': 'Two\nlines',
					Delivery: 'Express',
					Level: 'Standard',
					Extras: ['Express'],
					Due: '2026-12-05T09:00:00.000Z',
					Contract: ['contract.pdf'],
					'Left out': null,
				},
			],
			['files', [{ id: 'asset-1', name: 'contract.pdf' }]],
		]);
		expect(JSON.stringify(items)).not.toMatch(/SECRET|guest-all-task|\/guest\//);
		expect(sent()).toEqual([`GET /tasks/${id}`]);
		const query = new URL(sandbox.current.requests[0].path, 'http://x').searchParams;
		expect(query.get('with')).toBe('run,step,form_fields,assets,summary');
	});

	it('gives names of process and step', async () => {
		const { work: all } = work.organization();
		const [task] = all.allTasks().filter(({ step_id: step }) => step);
		const { items } = await get({ task: byId(task.id) });
		expect(items[0].json).toMatchObject({
			processId: task.run_id,
			processName: all.processes.get(String(task.run_id))?.name,
			stepTitle: expect.stringMatching(/./),
		});
	});

	it('names the guest only where there is one', async () => {
		const id = await taskFor(people(2));
		const nobody = await taskFor([]);
		const { items } = await get({ task: byId('={{ $json.id }}') }, [{ id }, { id: nobody }]);
		expect(items.map(({ json }) => json.guestEmail)).toEqual([null, null]);
	});

	it("gives Tallyfy's own object as raw output", async () => {
		const [guest] = people(1);
		const id = await answered([guest]);
		const { items } = await get({ task: byId(id), output: 'raw' });
		expect(items[0].json).toMatchObject({
			id,
			owners: { guests: [guest.email], taskUrls: [expect.stringContaining(codeOf(guest))] },
			form_fields: {
				data: expect.arrayContaining([expect.objectContaining({ field_value: 'PO-1' })]),
			},
		});
	});

	it('goes on after items that failed, and says what is wrong with each', async () => {
		const id = await taskFor([]);
		const ids = ['0'.repeat(32), id, '', '../users', null];
		const { items } = await get(
			{ task: byId('={{ $json.id }}') },
			ids.map((one) => ({ id: one })),
		);
		expect(items.map(({ json }) => json.message ?? json.id)).toEqual([
			`Resource not found: no task ${'0'.repeat(32)} in this organization`,
			id,
			'Task is empty',
			'Task is ../users, which is no ID',
			'Task is empty',
		]);
		expect(errorOf(items[2])?.description).toMatch(/Guest Task > Get Many/);
		expect(items.map(({ pairedItem }) => pairedItem)).toEqual(ids.map((_, item) => ({ item })));
		expect(sent()).toHaveLength(2);
	});

	it.each([
		[{ output: 'selected' }, 'Output is selected'],
		[{ task: byId('a/b') }, 'Task is a/b, which is no ID'],
	])('refuses %j before any request', async (parameters, message) => {
		const { error } = await get({ task: byId('a'), ...parameters }, [{}, {}], {
			onError: 'stopWorkflow',
		});
		expect(error?.message).toContain(message);
		expect(sandbox.current.requests).toEqual([]);
	});

	it('reads again after a lost answer, and is in no doubt in an outage', async () => {
		const id = await taskFor([]);
		misbehave([{ drop: 'after', times: 1 }]);
		const again = await get({ task: byId(id) });
		expect(again.items[0].json.id).toBe(id);
		misbehave([{ status: 503 }]);
		const { items } = await get({ task: byId(id), pacing: { maxRetryWait: 1 } });
		expect(errorOf(items[0])?.outcome).toBeUndefined();
	});
});

describe('Guest Task > Get Link', () => {
	/** Puts these links into the task as it is read. */
	const withUrls = async (guests: Guest[], taskUrls: (id: string) => unknown) => {
		misbehave([]);
		const id = await taskFor(guests);
		const { data } = await work.get(`/tasks/${id}`);
		sandbox.current.requests.length = 0;
		const owners = { ...(data.owners as Json), taskUrls: taskUrls(id) };
		misbehave([{ path: '/tasks/', status: 200, body: { data: { ...data, owners } } }]);
		return id;
	};
	const AMBIGUOUS = /does not tell which of the links to the task \w+ is that of/;

	it('gives the only link of the only guest without reading the guest', async () => {
		const [guest] = people(1);
		const id = await taskFor([guest]);
		const { items, error } = await getLink({ task: byId(id), guest: byEmail(guest.email) });
		expect(error).toBeUndefined();
		expect(items[0].json).toEqual({
			taskId: id,
			email: guest.email,
			link: expect.stringContaining(`/guest/${codeOf(guest)}?task=${id}`),
		});
		expect(sent()).toEqual([`GET /tasks/${id}`]);
	});

	it("finds each guest's own by their code, and reads each guest once for all items", async () => {
		const guests = people(3);
		const ids = [await taskFor(guests), await taskFor(guests)];
		const input = ids.flatMap((id) => guests.map(({ email }) => ({ id, email })));
		const { items } = await getLink({ task: byId('={{ $json.id }}'), guest: byEmail() }, input);
		expect(items.map(({ json }) => json)).toEqual(
			ids.flatMap((id) =>
				guests.map((guest) => ({
					taskId: id,
					email: guest.email,
					link: expect.stringContaining(`/${codeOf(guest)}?task=${id}`),
				})),
			),
		);
		expect(sent().filter((one) => one.includes('/guests/'))).toHaveLength(3);
	});

	it('finds it by the email beside it, in upper or lower case, without reading the guest', async () => {
		sandbox.current.misbehave({ quirks: { taskUrls: 'objects' } });
		const guests = people(3);
		const id = await taskFor(guests);
		const email = guests[1].email.toUpperCase();
		const { items } = await getLink({ task: byId(id), guest: byEmail(email) });
		expect(items[0].json).toEqual({
			taskId: id,
			email,
			link: expect.stringContaining(codeOf(guests[1])),
		});
		expect(sent()).toEqual([`GET /tasks/${id}`]);
	});

	it('is given for a guest by link: by the code in it', async () => {
		const guests = people(2);
		const id = await taskFor(guests);
		const { items } = await getLink({ task: byId(id), guest: byLink(guests[1].link) });
		expect(items[0].json).toEqual({
			taskId: id,
			email: guests[1].email,
			link: expect.stringContaining(`/${codeOf(guests[1])}?`),
		});
		const alone = await taskFor([guests[0]]);
		await getLink({ task: byId(alone), guest: byLink(guests[0].link) });
		expect(sent()).toEqual([`GET /tasks/${alone}`]);
	});

	it('is not guessed where neither an email nor a code tells whose it is', async () => {
		const guests = people(2);
		const id = await withUrls(guests, () => ['https://x.test/t/1', 'https://x.test/t/2']);
		const { items } = await getLink({ task: byId(id), guest: byEmail(guests[0].email) });
		expect(items[0].json.message).toMatch(AMBIGUOUS);
		expect(errorOf(items[0])?.description).toMatch(/none is given\. Guest > Get Link gives/);
		expect(JSON.stringify(items)).not.toContain('x.test/t/');
	});

	it('is not guessed for the only guest where there are several links, or one of somebody else', async () => {
		const [guest, other] = people(2);
		const several = await withUrls([guest], () => ['https://x.test/t/1', 'https://x.test/t/2']);
		const first = await getLink({ task: byId(several), guest: byEmail(guest.email) });
		expect(first.items[0].json.message).toMatch(AMBIGUOUS);
		const strange = await withUrls([guest], () => [
			{ email: other.email, link: 'https://x.test/t' },
		]);
		const second = await getLink({ task: byId(strange), guest: byEmail(guest.email) });
		expect(second.items[0].json.message).toBe(
			`Tallyfy gives no link of ${guest.email} to the task ${strange}`,
		);
	});

	it.each<[string, (guests: Guest[], id: string) => unknown]>([
		[
			'a map by email',
			([a, b]) => ({ [a.email]: 'https://x.test/a', [b.email]: 'https://x.test/b' }),
		],
		[
			'a list of maps',
			([a, b]) => [{ [a.email]: 'https://x.test/a' }, { [b.email]: { url: 'https://x.test/b' } }],
		],
		[
			'objects in data',
			([a, b]) => ({
				data: [
					{ guest: a.email, href: 'https://x.test/a' },
					{ guest: b.email, url: 'https://x.test/b' },
				],
			}),
		],
		[
			'texts with a code',
			([a, b]) => [`https://x.test/a?code=${codeOf(a)}`, `https://x.test/b#/${codeOf(b)}`],
		],
		[
			'several with one code, of which one names the task',
			([a, b], id) => [
				`https://x.test/guest/${codeOf(b)}`,
				`https://x.test/guest/${codeOf(a)}`,
				`https://x.test/b/${id}/${codeOf(b)}`,
			],
		],
	])('is found in %s', async (_, taskUrls) => {
		const guests = people(2);
		const id = await withUrls(guests, (of) => taskUrls(guests, of));
		const { items } = await getLink({ task: byId(id), guest: byEmail(guests[1].email) });
		expect(items[0].json.link).toMatch(/^https:\/\/x\.test\/b/);
	});

	it('says so when there is none, with the next step', async () => {
		sandbox.current.misbehave({ quirks: { taskUrls: 'none' } });
		const [guest] = people(1);
		const id = await taskFor([guest]);
		const { items } = await getLink({ task: byId(id), guest: byEmail(guest.email) });
		expect(items[0].json.message).toBe(`Tallyfy gives no link of ${guest.email} to the task ${id}`);
		expect(errorOf(items[0])?.description).toMatch(
			/^Guest > Get Link gives .*\(Guest > Reset Link\)/,
		);
	});

	it('says so when the guest has no link, who could be told by nothing else', async () => {
		const guests = people(2);
		const id = await taskFor(guests);
		const { link } = guests[1];
		guests[0].link = null;
		const { items } = await getLink({ task: byId(id), guest: byEmail(guests[0].email) });
		expect(items[0].json.message).toMatch(AMBIGUOUS);
		expect(wordsOf(items[0])).not.toContain(String(link).split('/').at(-1));
	});

	it('is for guests of the task only: others are told so, and who is no guest at all', async () => {
		const [guest, other] = people(2);
		const id = await taskFor([guest]);
		const task = byId(id);
		const input = [{ email: other.email }, { email: guest.email }, { email: 'no@x.test' }];
		const { items } = await getLink({ task, guest: byEmail() }, input);
		expect(items.map(({ json }) => json.message ?? json.email)).toEqual([
			`${other.email} is not assigned to the task ${id}`,
			guest.email,
			'Resource not found: no guest no@x.test in this organization',
		]);
		expect(errorOf(items[0])?.description).toMatch(/^Check Task and Guest\./);
		const linked = await getLink({ task, guest: byLink(other.link) });
		expect(linked.items[0].json.message).toBe(
			`The guest with this link is not assigned to the task ${id}`,
		);
		expect(JSON.stringify(linked.items)).not.toContain(codeOf(other));
	});

	it.each(['a+b/c?d#e%f&g@x.test', '"a b"@x.test', '"a,b"@x.test'])('takes %s', async (email) => {
		const guest = work.organization().create({ email });
		const id = await taskFor([guest, ...people(1)]);
		const { items } = await getLink({ task: byId(id), guest: byEmail(` ${email}\u200b`) });
		expect(items[0].json).toEqual({
			taskId: id,
			email,
			link: expect.stringContaining(codeOf(guest)),
		});
	});

	it.each([
		[{ task: byId('={{ "" }}') }, 'Task is empty'],
		[{ task: byId('no id') }, 'Task is no id, which is no ID'],
		[{ guest: byEmail('../users@x.test') }, 'Guest cannot be part of an address'],
		[{ guest: byEmail('nobody') }, 'Guest is neither an email nor a permanent link'],
		[
			{ guest: byLink('https://x.test/') },
			"Guest is a web address, but not a guest's permanent link",
		],
	])('refuses %j before any request', async (parameters, message) => {
		const own = { task: byId('a'), guest: byEmail('a@x.test'), ...parameters };
		const { error } = await getLink(own, [{}, {}], { onError: 'stopWorkflow' });
		expect(error?.message).toContain(message);
		expect(sandbox.current.requests).toEqual([]);
	});

	it('says that there is no such task', async () => {
		const { items } = await getLink({ task: byId('0'.repeat(32)), guest: byEmail('a@x.test') });
		expect(items[0].json.message).toBe(
			`Resource not found: no task ${'0'.repeat(32)} in this organization`,
		);
	});

	it('reads again after a lost answer', async () => {
		const [guest] = people(1);
		const id = await taskFor([guest]);
		misbehave([{ drop: 'after', times: 1 }]);
		const { items } = await getLink({ task: byId(id), guest: byEmail(guest.email) });
		expect(items[0].json.taskId).toBe(id);
	});
});
