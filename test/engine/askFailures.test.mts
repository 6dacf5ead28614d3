// Ask a Tallyfy Guest, when it cannot ask, when nobody answers, and what it tells and keeps to itself.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Fault } from '../../sandbox/faults.mts';
import { SANDBOX_TOKEN } from '../../sandbox/server.mts';
import { useAskHost, type Asked, type AskOptions } from '../support/ask.mts';
import { credentialsFor, useSandbox } from '../support/sandbox.mts';
import { idleGuests, workOf } from '../support/sandboxWork.mts';

const sandbox = useSandbox({ guests: 30 });
const { organization, control } = workOf(sandbox);
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
const askEach = async (emails: string[], parameters: object = {}, more: Partial<AskOptions> = {}) =>
	await ask(
		{ guests: '={{ $json.email }}', ...parameters },
		emails.map((email) => ({ email })),
		more,
	);
const CONTINUE = { onError: 'continueRegularOutput' } as const;
const posts = () =>
	sandbox.current.requests.filter(({ method, path }) => method === 'POST' && /\/tasks$/.test(path));
/** Tasks that there are now because of such requests. */
const made = () => posts().filter(({ handled }) => handled === 201).length;
const failPost = (more: Partial<Fault>) =>
	sandbox.current.misbehave({ faults: [{ method: 'POST', path: '/tasks$', ...more }] });
const refusal = { status: 422, body: { message: 'SSO domain', errors: {} } };
const jsonOf = ({ items }: Pick<Asked, 'items'>) => items.map(({ json }) => json);

/** The signatures of all addresses that were sent, and the token: what must be in nothing that comes out. */
const secrets = () => [
	SANDBOX_TOKEN,
	...posts().map(({ body }) => new URL(String(body.webhook)).searchParams.get('signature')!),
];
const told: string[] = [];
beforeEach(() => {
	told.length = 0;
	for (const method of ['log', 'info', 'warn', 'error', 'debug'] as const) {
		vi.spyOn(console, method).mockImplementation((...texts) => void told.push(texts.join(' ')));
	}
});
afterEach(() => vi.restoreAllMocks());
/** Everything that a run lets out, but for the parameters, which n8n keeps as they were typed. */
const everything = ({ error, ...rest }: Asked) =>
	JSON.stringify([
		rest,
		{ ...error, node: undefined },
		error?.message,
		error?.stack,
		host.calls,
		told,
	]);
const expectNoSecret = (asked: Asked) => {
	const text = everything(asked);
	for (const secret of secrets()) expect(text.includes(secret)).toBe(false);
};

describe('Before anything is asked', () => {
	const past = { values: { limitType: 'atSpecifiedTime', maxDateAndTime: '2020-01-01T00:00:00' } };
	const field = (...rows: object[]) => ({ responseType: 'form', formFields: { field: rows } });
	it.each([
		[{ guests: '' }, 'Guests is empty', /at least one guest/],
		[{ guests: 'nobody' }, 'Guests is not an email: nobody', /./],
		[{ message: ' ' }, 'Message is empty', /Give the question/],
		[{ responseType: 'text' }, 'Response Type is text', /approval, form/],
		[{ responseType: 'form' }, 'Form Fields is empty', /at least one field/],
		[
			field({ label: 'Speed', fieldType: 'dropdown', options: '' }),
			'Form Fields has no options for "Speed", which could never be answered',
			/./,
		],
		[
			field({ label: 'Name', fieldType: 'text' }, { label: 'name', fieldType: 'date' }),
			'Form Fields has the label "name" twice',
			/told apart by their labels/,
		],
		[{ waitFor: 'some' }, 'Wait For is some', /all, first/],
		[{ deadline: 'soon' }, 'Deadline is not a date: soon', /ISO date/],
		[{ limitWaitTime: past }, /^Limit Wait Time > Max Date and Time is past: 2020-01-01/, /./],
		[
			{ limitWaitTime: { values: { resumeAmount: 0 } } },
			'Limit Wait Time > Amount is 0, so nobody could answer',
			/./,
		],
		[{ options: { members: 'me' } }, 'Members holds "me", which is no member ID', /./],
	])('refuses %j', async (parameters, message, next) => {
		const asked = await ask(parameters);
		expect(asked.error?.message).toMatch(message);
		expect(asked.error?.description).toMatch(next);
		expect([asked.status, sandbox.current.requests]).toEqual(['error', []]);
	});

	it('checks the guests of all items, so that one unknown email lets nobody be asked', async () => {
		const [one, two] = guestsOf(2);
		const emails = [one, 'new@langosh.test', two, 'other@langosh.test'];
		const stopped = await askEach(emails);
		expect(stopped.error?.message).toBe(
			'Guests names somebody who is no guest of this organization: new@langosh.test',
		);
		expect(stopped.error?.context?.itemIndex).toBe(1);
		const asked = await askEach(emails, {}, CONTINUE);
		expect(jsonOf(asked).map(({ message }) => message)).toEqual([
			'Not asked, because item 1 could not be',
			'Guests names somebody who is no guest of this organization: new@langosh.test',
			'Not asked, because item 1 could not be',
			'Guests names somebody who is no guest of this organization: other@langosh.test',
		]);
		expect([asked.status, posts()]).toEqual(['success', []]);
	});

	it('tells every item what is wrong with itself', async () => {
		const input = ['', 'x', guestsOf(1)[0]].map((email) => ({ email }));
		const asked = await ask({ guests: '={{ $json.email }}' }, input, CONTINUE);
		expect(jsonOf(asked)).toMatchObject([
			{ message: 'Guests is empty' },
			{ message: 'Guests is not an email: x' },
			{ message: 'Not asked, because item 0 could not be' },
		]);
		expect(jsonOf(asked)[2]).not.toHaveProperty('error.outcome');
		expect(sandbox.current.requests).toEqual([]);
	});

	it('adds guests where that is allowed', async () => {
		const email = 'new.guest@langosh.test';
		const asked = await ask({ guests: email, options: { createMissingGuests: true } });
		expect([asked.status, organization().guests.has(email)]).toEqual(['waiting', true]);
	});
});

describe('One task for each item', () => {
	it('is made though its answer is lost: it is looked for, not made again', async () => {
		failPost({ drop: 'after', times: 1 });
		const asked = await askEach(guestsOf(2));
		expect([asked.status, made()]).toEqual(['waiting', 2]);
		expect(new Set(jsonOf(asked).map(({ taskId }) => taskId)).size).toBe(2);
		await control('POST', `/tasks/${String(jsonOf(asked)[0].taskId)}/complete`, { approved: true });
		await control('POST', `/tasks/${String(jsonOf(asked)[1].taskId)}/complete`, { approved: true });
		await vi.waitFor(() => expect(asked.resumed).toHaveLength(1), 10_000);
	});

	it('is made for each of two items that ask the same', async () => {
		const [email] = guestsOf(1);
		const asked = await askEach([email, email]);
		expect([made(), new Set(jsonOf(asked).map(({ taskId }) => taskId)).size]).toEqual([2, 2]);
	});

	it('is made once by Retry On Fail too: the second try asks only who was not asked', async () => {
		failPost({ ...refusal, every: 2, times: 1 });
		const settings = { retryOnFail: true, maxTries: 2, waitBetweenTries: 0 };
		const asked = await askEach(guestsOf(3), {}, { settings });
		expect([asked.status, made(), posts().length]).toEqual(['waiting', 3, 4]);
		expect(jsonOf(asked).map(({ guestEmail, email }) => guestEmail === email)).toEqual([
			true,
			true,
			true,
		]);
	});

	it('is not tried again where nobody knows whether it was made', async () => {
		const faults = [{ method: 'POST', path: '/tasks$', drop: 'after' as const, times: 1 }];
		sandbox.current.misbehave({ faults, quirks: { taskLag: 100 } });
		const settings = { retryOnFail: true, maxTries: 2, waitBetweenTries: 0 };
		const asked = await ask({}, [{}], { settings });
		expect([asked.status, posts().length]).toEqual(['error', 1]);
		expect(asked.error?.description).toMatch(/^The task "Do you approve\?" may have been made/);
	});

	it('is made again for another question', async () => {
		failPost({ ...refusal, every: 2, times: 1 });
		const executionId = '815';
		const emails = guestsOf(2);
		const after = await askEach(emails, {}, { executionId });
		const another = { executionId, after };
		expect((await askEach(emails, { message: 'Really?' }, another)).status).toBe('waiting');
		expect(made()).toBe(3);
	});
});

describe('When one item of several cannot be asked', () => {
	it('stops, waits for nothing, and names the tasks that exist', async () => {
		failPost({ ...refusal, every: 3, times: 1 });
		const asked = await askEach(guestsOf(3));
		expect([asked.status, made()]).toEqual(['error', 2]);
		expect(asked.error?.message).toBe('SSO domain');
		const ids = posts().flatMap(({ status, handled, body }) =>
			handled === 201 ? [[status, body]] : [],
		);
		expect(ids).toHaveLength(2);
		expect(asked.error?.description).toMatch(
			/ Nothing waits, but these tasks were made before that, and stay: [0-9a-f]{32}, [0-9a-f]{32}\.$/,
		);
		expectNoSecret(asked);
	});

	it.each(['continueRegularOutput', 'continueErrorOutput'] as const)(
		'says so in the items with %s, and those of tasks that exist have their ID',
		async (onError) => {
			failPost({ ...refusal, every: 3, times: 1 });
			const asked = await askEach(guestsOf(3), {}, { onError });
			const items = onError === 'continueErrorOutput' ? asked.errorItems : asked.items;
			expect([asked.status, items.length]).toEqual(['success', 3]);
			const failed = items.filter(({ json }) => json.message === 'SSO domain');
			expect(failed).toHaveLength(1);
			const others = items.filter((item) => item !== failed[0]);
			for (const { json } of others) {
				const { taskId, outcome } = json.error as { taskId: string; outcome: string };
				expect(organization().work.task(taskId)?.title).toBe('Do you approve?');
				expect([outcome, json.message]).toEqual([
					'unknown',
					expect.stringContaining(`The task ${taskId} was made, but nothing waits`),
				]);
			}
			expectNoSecret(asked);
		},
	);

	it('ends when all that was begun has ended, so that no task is made unseen', async () => {
		const faults = [
			{ method: 'POST', path: '/tasks$', ...refusal, times: 1 },
			{ method: 'POST', path: '/tasks$', latencyMs: 700 },
		];
		sandbox.current.misbehave({ faults });
		const asked = await askEach(guestsOf(4));
		const [, ids = ''] = /stay: (.*)\.$/.exec(String(asked.error?.description)) ?? [];
		await new Promise((wait) => setTimeout(wait, 1_000));
		expect(ids.split(', ')).toHaveLength(made());
		expect(made()).toBeGreaterThan(0);
	});

	it('begins no more of many', async () => {
		failPost(refusal);
		const [email] = guestsOf(1);
		await askEach(Array.from({ length: 40 }, () => email));
		expect(posts().length).toBeLessThanOrEqual(10);
	});
});

describe('When the time is over', () => {
	it.each([undefined, 'continueErrorOutput'] as const)(
		'all items come out as not answered, whatever was in them (On Error: %s)',
		async (onError) => {
			const emails = guestsOf(2);
			const input = emails.map((email) => ({ email, approved: true, answered: true, own: 1 }));
			const limitWaitTime = { values: { resumeAmount: 2, resumeUnit: 'hours' } };
			const before = Date.now();
			const asked = await ask({ guests: '={{ $json.email }}', limitWaitTime }, input, { onError });
			const hours = (asked.waitTill!.getTime() - before) / 3_600_000;
			expect(hours).toBeGreaterThanOrEqual(2);
			expect(hours).toBeLessThan(2.01);
			const over = await asked.timeOver();
			expect(over.map(({ json }) => json)).toEqual(
				emails.map((email, at) => ({
					email,
					own: 1,
					answered: false,
					approved: false,
					answers: {},
					completedBy: null,
					completedAt: null,
					taskId: jsonOf(asked)[at].taskId,
					guestEmail: email,
				})),
			);
			expect(organization().work.task(String(over[0].json.taskId))?.status).toBe('not-started');
		},
	);

	it('is the deadline of the task too, where none is given; without a limit that is in a week', async () => {
		const at = new Date(Date.now() + 86_400_000).toISOString();
		const limitWaitTime = { values: { limitType: 'atSpecifiedTime', maxDateAndTime: at } };
		await ask({ limitWaitTime });
		await ask({});
		const [first, second] = posts().map(({ body }) => Date.parse(`${String(body.deadline)}Z`));
		expect(Math.abs(first - Date.parse(at))).toBeLessThanOrEqual(1_000);
		expect(Math.abs(second - Date.now() - 7 * 86_400_000)).toBeLessThan(60_000);
	});
});

describe('What is told', () => {
	it('never is the address that wakes the workflow, whatever Tallyfy repeats of it', async () => {
		const executionId = '4242';
		const first = await ask({}, [{}], { executionId });
		const webhook = String(posts()[0].body.webhook);
		const body = {
			message: `Cannot call ${webhook} or ${encodeURIComponent(webhook)}`,
			errors: { webhook: [`${webhook.replaceAll('/', '\\/')} is wrong`], [webhook]: ['Wrong'] },
		};
		for (const status of [400, 403, 422, 500]) {
			failPost({ status, body });
			for (const onError of ['stopWorkflow', 'continueRegularOutput'] as const) {
				const asked = await ask({}, [{}], { executionId, onError });
				expect(everything(asked)).toMatch(/Cannot call \[hidden\]/);
				expectNoSecret(asked);
			}
		}
		expectNoSecret(first);
	});

	it('is what Tallyfy shows otherwise than it was sent, by the name of the parameter', async () => {
		const data = { id: 'a'.repeat(32), webhook: 'https://other.example', title: 'X' };
		failPost({ status: 201, body: { data }, done: true });
		const asked = await ask({});
		expect(jsonOf(asked)).toMatchObject([{ notStored: ['message', 'webhook'] }]);
		expect(asked.hints.join()).toContain('something else than was sent for: message, webhook');
		expectNoSecret(asked);
	});

	it('is that Tallyfy cannot call, while n8n has an address of its own machine only', async () => {
		const asked = await ask({});
		expect(asked.hints).toEqual([expect.stringMatching(/WEBHOOK_URL/)]);
		expectNoSecret(asked);
	});

	it('holds no secret when all goes well, from the question to the answer', async () => {
		const asked = await ask({});
		await control('POST', `/tasks/${String(jsonOf(asked)[0].taskId)}/complete`, { approved: true });
		await vi.waitFor(() => expect(asked.resumed).toHaveLength(1), 10_000);
		expect(secrets()).toHaveLength(2);
		expectNoSecret(asked);
	});

	it('is the whole question, where the title cannot hold it, without a link of the one who asks', async () => {
		const message = `Run this?\n\n<a href="https://evil.example">${'ä😀'.repeat(400)}</a>`;
		const asked = await ask({ message, description: '<i>More</i>' });
		expect(asked.error).toBeUndefined();
		const { title, summary } = posts()[0].body as { title: string; summary: string };
		expect(title).toMatch(/^Run this\? <a href=.*(ä|😀)…$/u);
		expect([599, 600]).toContain(title.length);
		expect(summary).toMatch(/^<p>Run this\?<br><br>&lt;a href=.*&lt;\/a&gt;<\/p>\n<i>More<\/i>$/s);
	});
});

describe('As the approval of the tool of an agent', () => {
	it('has what n8n looks for: the value sendAndWait, a webhook, and a default for every parameter', async () => {
		const { askNode } = await import('../support/engine.mts');
		const { description } = (await askNode()).type;
		const operation = description.properties.find(({ name }) => name === 'operation');
		expect(operation?.options).toMatchObject([{ value: 'sendAndWait' }]);
		expect(description.webhooks).toMatchObject([{ httpMethod: 'POST', restartWebhook: true }]);
		const names = description.properties.filter((one) => one.default === undefined);
		expect(names.map(({ name }) => name)).toEqual([]);
	});

	it('takes nulls for what an agent leaves out', async () => {
		const asked = await ask({
			message: 'The agent wants to use guest_disable',
			description: null,
			deadline: null,
			waitFor: null,
			responseType: null,
			limitWaitTime: null,
			options: null,
			formFields: null,
		});
		expect([asked.error, asked.status]).toEqual([undefined, 'waiting']);
	});
});
