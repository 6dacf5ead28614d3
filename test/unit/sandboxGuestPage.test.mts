// The page behind a guest's link, and what hears of a task that is completed there (numbers: facts in contract/work.md).
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text as readText } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Json } from '../../sandbox/organization.mts';
import { useSandbox } from '../support/sandbox.mts';
import { DEADLINE, idleGuests, workOf } from '../support/sandboxWork.mts';

const sandbox = useSandbox({ guests: 40, localLinks: true });
const work = workOf(sandbox);
const { control, get, mailed, me, organization, owners, request, task } = work;
/** Had no tasks before the test. */
let address = '';
beforeEach(() => {
	address = idleGuests(organization())[0].email;
});
const email = () => address;
const guest = () => organization().guests.get(address)!;
const read = async (id: unknown) => (await get(`/tasks/${String(id)}?with=form_fields`)).data;

/** Opens a page as a browser without scripts. */
async function open(url: string): Promise<{ status: number; text: string }> {
	const response = await fetch(url);
	return { status: response.status, text: await response.text() };
}

/** Sends a form as a browser does, and follows where it leads. */
async function submit(id: unknown, fields: Array<[string, string]> = []) {
	const { accountUrl } = sandbox.current;
	const code = guest().link!.split('/').at(-1);
	const url = `${accountUrl}/guest/${code}/tasks/${String(id)}`;
	const response = await fetch(url, { method: 'POST', body: new URLSearchParams(fields) });
	return { status: response.status, url: response.url, text: await response.text() };
}

/** What arrived at the webhooks, by path. */
const arrived: Array<{ path?: string; payload: Json }> = [];
let listener: Server;
let listening = '';
beforeAll(async () => {
	listener = createServer((incoming, response) => {
		void readText(incoming).then((text) => {
			arrived.push({ path: incoming.url, payload: JSON.parse(text) as Json });
			response.end();
		});
	}).listen(0, '127.0.0.1');
	await once(listener, 'listening');
	listening = `http://127.0.0.1:${(listener.address() as AddressInfo).port}`;
});
beforeEach(() => {
	arrived.length = 0;
});
afterAll(async () => void (await once(listener.close(), 'close')));

const CHOICES = [
	{ id: 1, text: 'Standard' },
	{ id: 2, text: 'Express <b>' },
];
const COLUMNS = [
	{ id: 1, label: 'Item' },
	{ id: 2, label: 'Quantity' },
];
const TYPES = [
	...['text', 'textarea', 'date', 'dropdown', 'multiselect', 'radio', 'file', 'table'],
	'assignees_form',
];
/** A task with a field of each type, which are labelled like their types. */
async function withForm(more: Json = {}): Promise<{ id: string; ids: Record<string, string> }> {
	const form_fields = TYPES.map((type) => ({
		label: type,
		field_type: type,
		required: type === 'text',
		options: CHOICES,
		columns: COLUMNS,
	}));
	const data = await task([email()], { form_fields, ...more });
	const fields = (data.form_fields as { data: Json[] }).data;
	const ids = Object.fromEntries(fields.map((field) => [String(field.label), String(field.id)]));
	return { id: String(data.id), ids };
}

describe("a guest's link", () => {
	it('opens the list of its tasks in both of its forms, and counts as a visit (181)', async () => {
		const data = await task([email()], { title: 'Sign <here> & now' });
		const link = guest().link!;
		expect(link.startsWith(`${sandbox.current.accountUrl}/guest-all-task/`)).toBe(true);
		const short = link.replace(/guest-all-task\/\w+/, 'guest');
		for (const url of [link, short]) {
			const { status, text } = await open(url);
			expect([status, text]).toEqual([200, expect.stringContaining('Sign &lt;here&gt; &amp; now')]);
			expect(text).toContain(`data-task="${String(data.id)}"`);
		}
		expect(guest().last_accessed_at).not.toBeNull();
		const [url] = ((await read(data.id)).owners as { taskUrls: string[] }).taskUrls;
		expect((await open(url)).text).toContain('<button type="submit">Complete</button>');
	});

	it('is dead after a reset, for a disabled guest, and for the tasks of others (136, 178, 179)', async () => {
		const { id } = await task([email()]);
		const link = guest().link!;
		const of = `${link}?task=${String(id)}`;
		expect((await open(of)).status).toBe(200);
		const body = { title: 'X', deadline: DEADLINE, owners: owners() };
		await request('PUT', `/tasks/${String(id)}`, body);
		expect([(await open(of)).status, (await open(link)).status]).toEqual([404, 200]);
		await control('POST', `/guests/${email()}/disable`);
		expect((await open(link)).status).toBe(404);
		await control('POST', `/guests/${email()}/enable`);
		expect((await open(link)).status).toBe(404);
		expect((await open(guest().link!)).status).toBe(200);
	});

	it('shows comments that are open to guests and no others (153)', async () => {
		const { id } = await task([email()]);
		await request('POST', `/tasks/${String(id)}/comment`, { content: 'For you', state: 'open' });
		await request('POST', `/tasks/${String(id)}/comment`, { content: 'For us' });
		const { text } = await open(`${guest().link}?task=${String(id)}`);
		expect(text).toContain('For you');
		expect(text).not.toContain('For us');
	});
});

describe('the form of a task', () => {
	it('stores what was filled in as the API would take it, and completes (114, 117, 141)', async () => {
		const { id, ids } = await withForm();
		const { status, url, text } = await submit(id, [
			[ids.text, 'PO-7 <x>'],
			[ids.textarea, 'two\r\nlines'],
			[ids.date, '2026-12-01'],
			[ids.dropdown, '2'],
			[ids.multiselect, '1'],
			[ids.multiselect, '2'],
			[ids.radio, '1'],
			[ids.file, 'https://files.example/a.pdf'],
			[`${ids.table}:0`, 'Laptop'],
			[`${ids.table}:1`, '3'],
			[ids.assignees_form, 'a@x.example, b@x.example'],
		]);
		expect([status, url]).toEqual([200, expect.stringContaining(`?done=${id}`)]);
		expect(text).toContain('<p role="status">Completed: Send the form</p>');
		const data = await read(id);
		expect(data).toMatchObject({ status: 'completed', completer_guest_id: guest().id });
		const fields = (data.form_fields as { data: Json[] }).data;
		expect(fields.map(({ field_value: value }) => value)).toEqual([
			'PO-7 <x>',
			'two\r\nlines',
			'2026-12-01',
			CHOICES[1],
			CHOICES.map((choice) => ({ ...choice, selected: true })),
			'Standard',
			[{ url: 'https://files.example/a.pdf', filename: 'a.pdf', source: 'url' }],
			['Laptop', '3'],
			{ users: [], guests: ['a@x.example', 'b@x.example'], groups: [] },
		]);
		expect(await mailed()).toEqual([`completed ${organization().me.email}`]);
		const page = await open(`${guest().link}?task=${id}`);
		expect(page.text).toContain('This task is completed.');
		expect(page.text).toContain('value="PO-7 &lt;x&gt;"');
		expect(page.text).not.toContain('<button');
	});

	it('says what is missing, and completes nothing (144)', async () => {
		const { id } = await withForm();
		const { status, text } = await submit(id);
		expect([status, text]).toEqual([422, expect.stringContaining('text is required')]);
		expect((await read(id)).status).toBe('not-started');
	});

	it('asks for a decision on an approval (145)', async () => {
		const { id } = await task([email()], { task_type: 'approval' });
		expect((await open(`${guest().link}?task=${String(id)}`)).text).toContain('Reject</button>');
		expect((await submit(id)).status).toBe(422);
		await submit(id, [['is_approved', 'false']]);
		expect(await read(id)).toMatchObject({ status: 'completed', is_approved: false });
	});

	it('is closed once the process is complete or locked, and never shows fields of type email (127, 149)', async () => {
		const { data } = await request('POST', '/runs', {
			checklist_id: [...organization().work.templates.values()][2].id,
		});
		const [one] = organization().work.tasksOf(String(data.id));
		const path = `/runs/${String(data.id)}`;
		await request('PUT', `${path}/tasks/${one.id}`, { owners: owners(email()) });
		await control('POST', `/processes/${String(data.id)}/issue`);
		expect((await submit(one.id)).status).toBe(409);
		await control('POST', `/processes/${String(data.id)}/issue`, { open: false });
		await request('POST', `${path}/completed-tasks`, { task_id: one.id });
		const { status, text } = await submit(one.id);
		expect([status, text]).toEqual([409, expect.stringContaining('This process is completed.')]);
		const form_fields = [{ label: 'Hidden', field_type: 'email', required: false }];
		const { id } = await task([email()], { form_fields });
		expect(work.violations()).toContain('createTask was asked against the contract');
		expect((await open(`${guest().link}?task=${String(id)}`)).text).not.toContain('Hidden');
	});
});

describe('webhooks', () => {
	/** Waits for what arrives, also on a busy machine. */
	const arrive = async (check: () => void) => await vi.waitFor(check, { timeout: 120_000 });
	const paths = () => arrived.map(({ path }) => path).sort();

	it("hear of a completion: the organization's watchers and the task's own, once each (199, 203)", async () => {
		organization().addWatcher(`${listening}/watcher`);
		const { id, ids } = await withForm({ webhook: `${listening}/task` });
		await submit(id, [[ids.text, 'PO-7']]);
		await arrive(() => expect(paths()).toEqual(['/task', '/watcher']));
		const [{ payload }] = arrived.filter(({ path }) => path === '/task');
		const value = { alias: 'text', label: 'text', value: 'PO-7' };
		expect(payload).toMatchObject({
			this_task: { id, status: 'completed', captures: { [ids.text]: value } },
			completer: { email: email() },
			'guest-links': { [email()]: { link_for_guest: guest().link } },
			next_task: [],
			process: null,
		});
		const [{ payload: event }] = arrived.filter(({ path }) => path === '/watcher');
		expect(event).toMatchObject({ event: 'task.completed', task: { id } });
		await request('DELETE', `/completed-tasks/${id}`);
		await request('POST', '/completed-tasks', { task_id: id });
		await arrive(() => expect(arrived).toHaveLength(4));
	});

	it("hear of a process: the template's, unless the step has one of its own (198)", async () => {
		const [, contract] = [...organization().work.templates.values()];
		contract.webhook = `${listening}/template`;
		contract.steps[0].webhook = `${listening}/step`;
		const prerun = { [contract.prerun[0].id]: '50000' };
		const tasks = { [contract.steps[0].id]: { owners: owners(email()) } };
		const { data } = await request('POST', '/runs', { checklist_id: contract.id, prerun, tasks });
		await arrive(() => expect(paths()).toEqual(['/template']));
		expect(arrived[0].payload).toMatchObject({ id: data.id, status: 'in-progress', prerun });
		const [one] = organization().work.tasksOf(String(data.id));
		await control('POST', `/tasks/${one.id}/complete`, { answers: { 'Contract Value': '60000' } });
		await arrive(() => expect(paths()).toEqual(['/step', '/template', '/template']));
		expect(arrived.find(({ path }) => path === '/step')!.payload).toMatchObject({
			this_task: { id: one.id },
			process: { id: data.id, status: 'complete' },
			template: { id: contract.id },
			launcher: { id: me() },
		});
		expect(arrived.at(-1)!.payload).toBeDefined();
	});
});

describe('the control that completes a task as its guest', () => {
	it('takes answers by label, and says what is wrong with them', async () => {
		const { id } = await withForm();
		const wrong = await control('POST', `/tasks/${id}/complete`, { answers: { radio: 'Slow' } });
		expect([wrong.status, wrong.body.problems]).toEqual([
			422,
			['radio must be the text of an option'],
		]);
		const answers = { text: 'PO-7', radio: 'Standard' };
		expect((await control('POST', `/tasks/${id}/complete`, { answers })).body).toEqual({
			ok: true,
		});
		expect((await read(id)).status).toBe('completed');
		expect((await control('POST', `/tasks/${'0'.repeat(32)}/complete`)).status).toBe(404);
	});
});
