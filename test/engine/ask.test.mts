// Ask a Tallyfy Guest, from the task to the answers. The sandbox calls the address that stands in the task, as Tallyfy would.
import { describe, expect, it, vi } from 'vitest';
import type { Quirks } from '../../sandbox/faults.mts';
import { SANDBOX_TOKEN } from '../../sandbox/server.mts';
import { useAskHost, type Asked, type AskOptions } from '../support/ask.mts';
import { applicationCredentialsFor, credentialsFor, useSandbox } from '../support/sandbox.mts';
import { idleGuests, workOf } from '../support/sandboxWork.mts';

const sandbox = useSandbox({ guests: 30 });
const { control, organization, request } = workOf(sandbox);
const host = useAskHost();

const guestsOf = (count: number) =>
	idleGuests(organization())
		.slice(0, count)
		.map(({ email }) => email);
const ask = async (parameters: object, input: object[] = [{}], more: Partial<AskOptions> = {}) =>
	await host.ask({
		parameters: { message: 'Do you approve?', guests: guestsOf(1)[0], ...parameters } as never,
		credentials: credentialsFor(sandbox.current),
		input: input as never,
		...more,
	});
/** One question to each of so many guests. */
const askEach = async (count: number, parameters: object = {}, more: Partial<AskOptions> = {}) =>
	await ask(
		{ guests: '={{ $json.email }}', ...parameters },
		guestsOf(count).map((email, row) => ({ email, row })),
		more,
	);
const idsOf = ({ items }: Asked) => items.map(({ json }) => String(json.taskId));
const complete = async (id: string, more: object = { approved: true }) =>
	await control('POST', `/tasks/${id}/complete`, more);
const quirk = (quirks: Quirks) => sandbox.current.misbehave({ quirks });
const taskOf = (id: string) => organization().work.task(id)!;
const addressOf = (asked: Asked, at = 0) => String(taskOf(idsOf(asked)[at]).webhook);
const call = async (address: string, body = 'completed', method = 'POST') => {
	const response = await fetch(address, { method, body });
	return { status: response.status, body: await response.json() };
};
const called = async (count: number) =>
	await vi.waitFor(() => expect(host.calls.length).toBeGreaterThanOrEqual(count), 20_000);
const answersOf = async (asked: Asked) => {
	await vi.waitFor(() => expect(asked.resumed.length).toBeGreaterThan(0), 20_000);
	return asked.resumed[0].map(({ json }) => json);
};
const sent = (method: string, path: RegExp) =>
	sandbox.current.requests.filter((one) => one.method === method && path.test(one.path));
const tasksMade = () => sent('POST', /\/tasks$/);
const NOT_YET = { status: 200, body: { resumed: false } };
const GOES_ON = { status: 200, body: { resumed: true } };

describe('Ask a Tallyfy Guest', () => {
	it('makes one approval for the guest, waits, and goes on with a yes', async () => {
		const [email] = guestsOf(1);
		const asked = await ask({ description: '<b>Quote</b> 118', deadline: '2027-05-14T16:00:00Z' });
		expect([asked.error, asked.status, asked.waitTill?.getUTCFullYear()]).toEqual([
			undefined,
			'waiting',
			3000,
		]);
		expect(tasksMade().map(({ body }) => body)).toEqual([
			{
				title: 'Do you approve?',
				summary: '<b>Quote</b> 118',
				task_type: 'approval',
				deadline: '2027-05-14 16:00:00',
				owners: { users: [organization().me.id], guests: [email], groups: [] },
				webhook: expect.stringMatching(
					/\/webhook-waiting\/\d+\/2\?round=\d+-0&signature=[0-9a-f]{64}$/,
				) as string,
			},
		]);
		const [id] = idsOf(asked);
		expect(host.calls).toEqual([]);
		await complete(id);
		expect(await answersOf(asked)).toEqual([
			{
				answered: true,
				approved: true,
				answers: {},
				completedBy: email,
				completedAt: expect.stringMatching(/^20\d\d-.*Z$/) as string,
				taskId: id,
				guestEmail: email,
			},
		]);
		expect(host.calls).toEqual([GOES_ON]);
		expect(asked.resumed[0][0].pairedItem).toMatchObject({ item: 0 });
	});

	it('takes a no for an answer', async () => {
		const asked = await ask({});
		await complete(idsOf(asked)[0], { approved: false });
		expect(await answersOf(asked)).toMatchObject([{ answered: true, approved: false }]);
	});

	it('gives the answers of a form by their labels, of all types of fields, and its files', async () => {
		const [email] = guestsOf(1);
		const formFields = {
			field: [
				{ label: 'Name', fieldType: 'text', required: true },
				{ label: 'Why', fieldType: 'textarea' },
				{ label: 'From', fieldType: 'date' },
				{ label: 'Speed', fieldType: 'dropdown', options: 'Standard, Express' },
				{ label: 'Days', fieldType: 'multiselect', options: 'Mon\nTue\nWed' },
				{ label: 'Again', fieldType: 'radio', options: 'Yes, No' },
				{ label: 'Paper', fieldType: 'file' },
			],
		};
		const formFieldsJson = JSON.stringify([
			{ label: 'Prices', fieldType: 'table', columns: ['Item', 'Price'] },
			{ label: 'Who', fieldType: 'assignees_form' },
			{ label: 'Left out', fieldType: 'text' },
		]);
		const asked = await ask({ responseType: 'form', formFields, formFieldsJson });
		expect(asked.error).toBeUndefined();
		expect(tasksMade()[0].body).toMatchObject({ task_type: 'task' });
		const answers = {
			Name: 'Ada',
			Why: 'Because',
			From: '2027-01-02',
			Speed: { id: 2, text: 'Express' },
			Days: [
				{ id: 1, text: 'Mon', selected: true },
				{ id: 3, text: 'Wed', selected: true },
			],
			Again: 'No',
			Paper: [
				{ url: 'https://files.example/secret/quote.pdf', filename: 'quote.pdf', source: 'url' },
			],
			Prices: ['Bolt', '3'],
			Who: { users: [], guests: [email], groups: [] },
		};
		const { text } = await complete(idsOf(asked)[0], { answers });
		expect(JSON.parse(text)).toEqual({ ok: true });
		const [answered] = await answersOf(asked);
		expect(answered).toMatchObject({
			answered: true,
			approved: null,
			answers: {
				Name: 'Ada',
				Why: 'Because',
				From: expect.stringMatching(/^2027-01-02/) as string,
				Speed: 'Express',
				Days: ['Mon', 'Wed'],
				Again: 'No',
				Paper: ['quote.pdf'],
				Prices: { Item: 'Bolt', Price: '3' },
				Who: { members: [], guests: [email], groups: [] },
				'Left out': null,
			},
			files: [{ name: 'quote.pdf' }],
		});
		expect(JSON.stringify(answered)).not.toContain('files.example');
	});

	it('asks each item, and goes on when the last has answered, in the order of the items', async () => {
		const emails = guestsOf(4);
		const asked = await askEach(4);
		expect(asked.status).toBe('waiting');
		const ids = idsOf(asked);
		expect([tasksMade().length, new Set(ids).size]).toEqual([4, 4]);
		for (const [calls, at] of [2, 0, 3, 1].entries()) {
			expect(asked.resumed).toEqual([]);
			await complete(ids[at], { approved: at % 2 === 0 });
			await called(calls + 1);
		}
		const answers = await answersOf(asked);
		expect(
			answers.map(({ taskId, guestEmail, approved }) => [taskId, guestEmail, approved]),
		).toEqual(emails.map((email, at) => [ids[at], email, at % 2 === 0]));
		expect(asked.resumed[0].map(({ pairedItem }) => pairedItem)).toMatchObject(
			ids.map((_, item) => ({ item })),
		);
		expect(host.calls).toEqual([NOT_YET, NOT_YET, NOT_YET, GOES_ON]);
	});

	it('goes on with the first answer where that is enough; the others are told as unanswered, and stay', async () => {
		const asked = await askEach(3, { waitFor: 'first' });
		const ids = idsOf(asked);
		await complete(ids[1], { approved: false });
		const answers = await answersOf(asked);
		expect(answers.map(({ answered, approved, taskId }) => [answered, approved, taskId])).toEqual([
			[false, false, ids[0]],
			[true, false, ids[1]],
			[false, false, ids[2]],
		]);
		expect(ids.map((id) => taskOf(id).status)).toEqual(['not-started', 'completed', 'not-started']);
	});

	it('names the one of several guests of a task who completed it', async () => {
		const emails = guestsOf(3);
		const asked = await ask({ guests: emails.join(', ') });
		expect(tasksMade()).toHaveLength(1);
		await complete(idsOf(asked)[0], { guest: emails[2], approved: true });
		expect(await answersOf(asked)).toMatchObject([
			{ completedBy: emails[2], guestEmail: emails.join(', ') },
		]);
	});

	it('says the ID of a guest who cannot be found any more, and of a member who completed the task', async () => {
		const emails = guestsOf(2);
		const [one, other] = [await ask({ guests: emails.join() }), await ask({})];
		sandbox.current.misbehave({ faults: [{ path: '/guests/', status: 403, body: {} }] });
		const { id } = organization().guests.get(emails[0])!;
		await complete(idsOf(one)[0], { guest: emails[0], approved: true });
		expect(await answersOf(one)).toMatchObject([{ completedBy: `guest ${id}` }]);
		const task_id = idsOf(other)[0];
		await request('POST', '/completed-tasks', { task_id, is_approved: true });
		expect(await answersOf(other)).toMatchObject([
			{ completedBy: `member ${organization().me.id}` },
		]);
	});

	it('works with the credential of an application', async () => {
		const credentials = applicationCredentialsFor(sandbox.current);
		const asked = await ask({ authentication: 'application' }, [{}], { credentials });
		sandbox.current.revokeTokens();
		await complete(idsOf(asked)[0]);
		expect(await answersOf(asked)).toMatchObject([{ approved: true }]);
	});

	it('asks once where Execute Once is set, and lets one item out when the time is over', async () => {
		const input = guestsOf(3).map((email) => ({ email, approved: true }));
		const asked = await ask({ guests: '={{ $json.email }}' }, input, {
			settings: { executeOnce: true },
		});
		expect(tasksMade()).toHaveLength(1);
		expect((await asked.timeOver()).map(({ json }) => json)).toMatchObject([
			{ email: input[0].email, answered: false, approved: false },
		]);
		await complete(idsOf(asked)[0]);
		expect(await answersOf(asked)).toHaveLength(1);
	});
});

describe('A call to the address', () => {
	it.each(['bare', 'wrapped', 'empty', 'text'] as const)(
		'counts whatever it brings along: a payload that is %s',
		async (taskWebhookPayload) => {
			quirk({ taskWebhookPayload });
			const asked = await ask({});
			await complete(idsOf(asked)[0], { approved: false });
			expect(await answersOf(asked)).toMatchObject([{ answered: true, approved: false }]);
		},
	);

	it('that comes before the task is complete changes nothing, whatever it says', async () => {
		const asked = await ask({});
		const lie = JSON.stringify({ this_task: { status: 'completed', is_approved: true } });
		expect(await call(addressOf(asked), lie)).toEqual(NOT_YET);
		expect(await call(addressOf(asked), lie)).toEqual(NOT_YET);
		expect(asked.resumed).toEqual([]);
		await complete(idsOf(asked)[0]);
		expect(await answersOf(asked)).toMatchObject([{ approved: true }]);
	});

	it.each([
		['early', 2],
		['late', 1],
		['twice', 2],
		['three', 3],
	] as const)('wakes the workflow once where it comes %s', async (taskWebhook, count) => {
		quirk({ taskWebhook });
		const asked = await ask({});
		await complete(idsOf(asked)[0]);
		await answersOf(asked);
		await called(count);
		expect(asked.resumed).toHaveLength(1);
		expect(host.calls.filter(({ status }) => status === 200 || status === 409)).toEqual(host.calls);
	});

	it('that took its time to read the task, while another one woke the workflow, does not wake it again: n8n 1.123 would let it', async () => {
		quirk({ taskWebhook: 'never' });
		const asked = await ask({});
		const [id] = idsOf(asked);
		await complete(id);
		const reads = sent('GET', new RegExp(`/tasks/${id}`)).length;
		const held: Array<() => void> = [];
		sandbox.current.beforeEach(async () => {
			if (held.length === 0) await new Promise<void>((release) => held.push(release));
		});
		const slow = call(addressOf(asked));
		await vi.waitFor(() => expect(held).toHaveLength(1), 5_000);
		expect(await call(addressOf(asked))).toEqual(GOES_ON);
		vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 5 * 60_000 });
		try {
			held[0]();
			expect((await slow).status).toBe(409);
		} finally {
			vi.useRealTimers();
		}
		expect(asked.resumed).toHaveLength(1);
		expect(sent('GET', new RegExp(`/tasks/${id}`)).length).toBeGreaterThan(reads);
	});

	it('is taken by each of two waiting nodes, though they share execution and round', async () => {
		const executionId = '4711';
		const one = await ask({}, [{}], { executionId });
		const [oneId, oneAddress] = [idsOf(one)[0], addressOf(one)];
		await complete(oneId);
		await answersOf(one);
		expect((await call(oneAddress)).status).toBe(409);
		const other = await ask({}, [{}], { executionId, nodeId: '9' });
		await complete(idsOf(other)[0]);
		expect(await answersOf(other)).toMatchObject([{ taskId: idsOf(other)[0] }]);
	});

	it('of an earlier round of a loop wakes nothing, also when it is complete', async () => {
		const executionId = '4712';
		const first = await ask({}, [{}], { executionId });
		const address = addressOf(first);
		quirk({ taskWebhook: 'never' });
		await complete(idsOf(first)[0]);
		const second = await ask({}, [{}], { executionId, rounds: 1 });
		expect(addressOf(second)).not.toBe(address);
		await complete(idsOf(second)[0]);
		expect(await call(address)).toEqual(NOT_YET);
		expect(second.resumed).toEqual([]);
		expect(await call(addressOf(second))).toEqual(GOES_ON);
	});

	it('finds a completion that a read shows late, because no other call will come', async () => {
		const asked = await ask({});
		const [id] = idsOf(asked);
		quirk({ taskWebhook: 'never' });
		const reply = call(addressOf(asked));
		await vi.waitFor(() => expect(sent('GET', new RegExp(`/tasks/${id}`))).toHaveLength(1), 5_000);
		await complete(id);
		expect(await reply).toEqual(GOES_ON);
	});

	it.each([
		['is broken', { faults: [{ path: '/tasks/', status: 500, body: { message: 'Oops' } }] }],
		['is down', { faults: [{ path: '/tasks/', drop: 'before' as const }] }],
		['shows a web page', { faults: [{ path: '/tasks/', html: 404 }] }],
		['does not let us', { faults: [{ path: '/tasks/', status: 403, body: {} }] }],
	])('gets 503 while Tallyfy %s, and the next one wakes the workflow', async (_, behaviour) => {
		const asked = await ask({});
		sandbox.current.misbehave(behaviour);
		await complete(idsOf(asked)[0]);
		await called(1);
		expect(host.calls).toMatchObject([{ status: 503, body: { message: /^Not taken: / } }]);
		expect(asked.resumed).toEqual([]);
		sandbox.current.misbehave({});
		expect(await call(addressOf(asked))).toEqual(GOES_ON);
		expect(await answersOf(asked)).toMatchObject([{ approved: true }]);
	});

	it('gets 503 while the token is dead, without the token, and wakes the workflow with a new one', async () => {
		const credentials = credentialsFor(sandbox.current);
		const asked = await ask({}, [{}], { credentials });
		credentials.accessToken = 'dead-token-1';
		await complete(idsOf(asked)[0]);
		await called(1);
		expect(host.calls[0].status).toBe(503);
		expect(JSON.stringify(host.calls)).not.toContain('dead-token-1');
		credentials.accessToken = SANDBOX_TOKEN;
		expect(await call(addressOf(asked))).toEqual(GOES_ON);
	});

	it('that n8n missed can be made up for with the address in the task', async () => {
		const asked = await ask({});
		await host.stop();
		await complete(idsOf(asked)[0]);
		await vi.waitFor(() => expect(sandbox.current.deliveries.at(-1)?.error).toBeDefined(), 10_000);
		await host.listen();
		const { data } = await request('GET', `/tasks/${idsOf(asked)[0]}`);
		expect(await call(String(data.webhook))).toEqual(GOES_ON);
		expect(await answersOf(asked)).toMatchObject([{ answered: true }]);
	});

	it.each([
		['without a signature', (address: string) => address.split('&')[0]],
		['with another round', (address: string) => address.replace(/round=\d+-0/, 'round=1-9')],
		['with a parameter more', (address: string) => `${address}&approved=true`],
	])('%s is refused', async (_, change) => {
		quirk({ taskWebhook: 'never' });
		const asked = await ask({});
		await complete(idsOf(asked)[0]);
		expect((await call(change(addressOf(asked)))).status).toBe(401);
		expect(asked.resumed).toEqual([]);
	});
});

describe('A task that is gone', () => {
	const NOT_FOUND = { error: true, message: 'Resource not found', code: 'RESOURCE_NOT_FOUND' };
	/** A read of this task from now on; no call comes by itself. */
	const gone = async (how: string, ...ids: string[]) => {
		const faults = ids.map(async (id) => {
			const path = `/tasks/${id}`;
			if (how === 'deleted') return { path, status: 404, body: NOT_FOUND };
			const { data } = await request('GET', `${path}?with=form_fields,assets`);
			const body = { data: { ...data, archived_at: '2026-12-01 12:00:00' } };
			return { path, status: 200, body };
		});
		const quirks = { taskWebhook: 'never' as const };
		sandbox.current.misbehave({ faults: await Promise.all(faults), quirks });
	};

	it.each(['deleted', 'archived'])(
		'because it was %s counts as unanswered, and holds up nobody',
		async (how) => {
			const asked = await askEach(2);
			const ids = idsOf(asked);
			await gone(how, ids[0]);
			await complete(ids[1]);
			expect(await call(addressOf(asked, 1))).toEqual(GOES_ON);
			expect(await answersOf(asked)).toMatchObject([
				{ answered: false, approved: false, taskId: ids[0] },
				{ answered: true, approved: true, taskId: ids[1] },
			]);
		},
	);

	it('holds up nobody either where the first answer is waited for, and there are no others', async () => {
		const asked = await askEach(2, { waitFor: 'first' });
		const ids = idsOf(asked);
		await gone('archived', ids[0]);
		expect(await call(addressOf(asked, 1))).toEqual(NOT_YET);
		await gone('deleted', ...ids);
		expect(await call(addressOf(asked, 1))).toEqual(GOES_ON);
		expect(await answersOf(asked)).toMatchObject([{ answered: false }, { answered: false }]);
	});

	it('keeps the answer that it had when it was archived', async () => {
		quirk({ taskWebhook: 'never' });
		const asked = await ask({});
		const [id] = idsOf(asked);
		await complete(id);
		await gone('archived', id);
		expect(await call(addressOf(asked))).toEqual(GOES_ON);
		expect(await answersOf(asked)).toMatchObject([{ answered: true, approved: true }]);
	});
});
