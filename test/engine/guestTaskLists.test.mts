import type { INodeParameters } from 'n8n-workflow';
import { describe, expect, it } from 'vitest';
import type { Guest, Json } from '../../sandbox/organization.mts';
import { byEmail } from '../support/guests.mts';
import { errorOf, useRuns, wordsOf } from '../support/runs.mts';
import { workOf } from '../support/sandboxWork.mts';

const { sandbox, run: runNode } = useRuns({ guests: 80 });
const work = workOf(sandbox);
const run = async (parameters: Record<string, unknown>, input: object[] = [{}], more = {}) =>
	await runNode({
		parameters: { resource: 'guestTask', operation: 'getAll', ...parameters } as INodeParameters,
		input: input as never,
		...more,
	});
const goOn = { onError: 'continueRegularOutput' };
const byLink = (value: unknown) => ({ __rl: true, mode: 'link', value });

/** The guest with this id, which tells the number of tasks: id % 26, but none where 3 divides it. */
const guestWithId = (id: number) =>
	[...work.organization().guests.values()].find((guest) => guest.id === id) as Guest;
const WITH_12 = 1000;
const WITH_13 = 1001;
const WITH_NONE = 1002;
const WITH_25 = 1013;
const tasksOf = (guest: Guest) => work.organization().tasks(guest);
const sorted = (ids: unknown[]) => [...ids].map(String).sort();
const idsOf = (guest: Guest) => sorted(tasksOf(guest).map(({ id }) => id));
const idsIn = (items: Array<{ json: Json }>) => sorted(items.map(({ json }) => json.id));
const sent = () =>
	sandbox.current.requests.map(({ path }) => {
		const url = new URL(path, 'http://x');
		const below = url.pathname.replace(/^.*\/organizations\/\w+/, '');
		return { path: below, query: Object.fromEntries(url.searchParams) };
	});
const paths = () => sent().map(({ path }) => path);

describe('Guest Task > Get Many by email', () => {
	it('asks the list of all tasks, without reading the guest or a code', async () => {
		const guest = guestWithId(WITH_25);
		const { items, error } = await run({
			guest: byEmail(` ${guest.email}\u200b`),
			returnAll: true,
		});
		expect(error).toBeUndefined();
		expect(idsIn(items)).toEqual(idsOf(guest));
		expect(sent()).toEqual([
			{
				path: '/tasks',
				query: {
					guests: guest.email,
					with: 'run,step',
					status: 'all',
					page: '1',
					per_page: '100',
				},
			},
		]);
	});

	it('reads no guest for 40 of them: one list each', async () => {
		const guests = [...work.organization().guests.values()].filter((one) => tasksOf(one).length);
		const input = guests.slice(0, 40).map(({ email }) => ({ email }));
		expect(input).toHaveLength(40);
		const { items, error } = await run({ guest: byEmail(), returnAll: true }, input);
		expect(error).toBeUndefined();
		expect(paths()).toEqual(Array.from({ length: 40 }, () => '/tasks'));
		input.forEach(({ email }, item) => {
			const linked = items.filter(
				({ pairedItem }) => (pairedItem as { item: number }).item === item,
			);
			expect(idsIn(linked)).toEqual(idsOf(guests[item]));
			expect(linked.every(({ json }) => json.guestEmail === email)).toBe(true);
		});
	});

	it.each([1, 12, 24, 25])(
		'asks for a page of %i for that limit, and for no other',
		async (limit) => {
			const { items } = await run({ guest: byEmail(guestWithId(WITH_25).email), limit });
			expect(items).toHaveLength(limit);
			expect(sent().map(({ query }) => [query.page, query.per_page])).toEqual([
				['1', String(limit)],
			]);
		},
	);

	it('returns 2,500 tasks, each once, and 150 for that limit', async () => {
		const guest = guestWithId(WITH_12);
		const [task] = tasksOf(guest);
		for (let index = 0; index < 2_488; index++) {
			const id = index.toString(16).padStart(32, '0');
			work
				.organization()
				.work.addTask({ ...task, id } as never, work.organization().work.extrasOf(task));
		}
		const { items } = await run({ guest: byEmail(guest.email), returnAll: true });
		expect(new Set(idsIn(items)).size).toBe(2_500);
		expect(items).toHaveLength(2_500);
		const limited = await run({ guest: byEmail(guest.email), limit: 150 });
		expect(limited.items.map(({ json }) => json.id)).toEqual(
			items.slice(0, 150).map(({ json }) => json.id),
		);
	}, 120_000);

	it('gives ten flat fields, most useful first, dates in one spelling, and names of process and step', async () => {
		const organization = work.organization();
		const [task] = organization.work
			.allTasks()
			.filter(
				({ step_id: step, status, owners }) => step && status === 'completed' && owners.guests[0],
			);
		const [email] = task.owners.guests;
		Object.assign(task, { deadline: '2026-12-01 17:00:00' });
		const { items } = await run({ guest: byEmail(email), returnAll: true });
		const found = items.find(({ json }) => json.id === task.id)?.json ?? {};
		const process = organization.work.processes.get(String(task.run_id));
		expect(Object.entries(found)).toEqual([
			['id', task.id],
			['title', task.title],
			['status', 'completed'],
			['deadline', '2026-12-01T17:00:00.000Z'],
			['processId', task.run_id],
			['processName', process?.name],
			['stepTitle', expect.any(String)],
			['isOneOff', false],
			['completedAt', expect.stringMatching(/^2026-.*Z$/)],
			['guestEmail', email],
		]);
	});

	it('has null for process and step of a one-off task', async () => {
		const guest = guestWithId(WITH_NONE);
		const { id } = await work.task([guest.email]);
		const { items } = await run({ guest: byEmail(guest.email) });
		expect(items.map(({ json }) => json)).toMatchObject([
			{ id, isOneOff: true, processId: null, processName: null, stepTitle: null },
		]);
	});

	it.each(['links', 'objects'])(
		'gives no link of a task, which are %s, but in raw output',
		async (shape) => {
			if (shape === 'objects') work.quirk({ taskUrls: 'objects' });
			const guest = guestWithId(WITH_12);
			const code = String(guest.link).split('/').at(-1) as string;
			const { items } = await run({ guest: byEmail(guest.email), returnAll: true });
			expect(items).toHaveLength(12);
			expect(JSON.stringify(items)).not.toContain(code);
			const raw = await run({ guest: byEmail(guest.email), limit: 1, output: 'raw' });
			expect(raw.items[0].json.owners).toMatchObject({ guests: [guest.email] });
			expect(JSON.stringify(raw.items)).toContain(code);
		},
	);

	it('takes odd addresses as they are, and reads by code where a comma would make two of one', async () => {
		const emails = ['a+b/c?d#e%f&g@x.test', '"a b"@x.test', "o'brien=1@x.test", '"a,b"@x.test'];
		for (const email of emails) {
			work.organization().create({ email });
			await work.task([email], { title: email });
		}
		sandbox.current.requests.length = 0;
		const { items, error } = await run(
			{ guest: byEmail(), filters: { kind: 'oneOff' } },
			emails.map((email) => ({ email })),
		);
		expect(error).toBeUndefined();
		expect(items.map(({ json }) => [json.title, json.guestEmail])).toEqual(
			emails.map((email) => [email, email]),
		);
		const asked = sent().flatMap(({ query }) => query.guests ?? []);
		expect(asked.sort()).toEqual(emails.slice(0, 3).sort());
		expect(paths().filter((path) => path.startsWith('/guests/'))).toHaveLength(2);
	});
});

describe('A guest whose list is empty', () => {
	it('is read, to tell a guest without tasks from no guest; once for all items', async () => {
		const { email } = guestWithId(WITH_NONE);
		const input = [{ email }, { email: 'no@x.test' }, { email }, { email: 'no@x.test' }];
		const { items } = await run({ guest: byEmail() }, input, goOn);
		expect(items.map(({ json, pairedItem }) => [json.message, pairedItem])).toEqual(
			[1, 3].map((item) => [
				'Resource not found: no guest no@x.test in this organization',
				{ item },
			]),
		);
		expect(errorOf(items[0])).toMatchObject({
			status: 404,
			description: 'Check Guest, or pick the guest from the list.',
		});
		expect(paths().filter((path) => path.startsWith('/guests/'))).toHaveLength(2);
	});

	it('is not read where tasks of theirs came that the filter leaves out', async () => {
		const guest = guestWithId(WITH_12);
		const filters = { kind: 'process', deadlineAfter: '2026-12-02' };
		const { items, error } = await run({ guest: byEmail(guest.email), filters });
		expect([items, error]).toEqual([[], undefined]);
		expect(paths()).toEqual(['/tasks']);
	});

	it('may be written otherwise in Tallyfy: then the list is asked with that address', async () => {
		const guest = guestWithId(WITH_12);
		const body = { data: { email: guest.email, link: null } };
		sandbox.current.misbehave({ faults: [{ path: '/guests/', status: 200, body }] });
		const email = guest.email.toUpperCase();
		const { items, error } = await run({ guest: byEmail(email), returnAll: true });
		expect(error).toBeUndefined();
		expect(idsIn(items)).toEqual(idsOf(guest));
		expect(items[0].json.guestEmail).toBe(email);
		expect(sent().map(({ query }) => query.guests)).toEqual([email, undefined, guest.email]);
	});
});

describe('A list of tasks that Tallyfy does not filter', () => {
	const soon = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString();
	const email = 'Jo@x.test';
	const open = {
		status: 'not-started',
		completed_at: null,
		deadline: soon(100),
		has_issues: false,
		is_oneoff_task: false,
		run_id: 'a',
		owners: { users: [1], guests: ['other@x.test', 'jO@X.test'], groups: [] },
	};
	const data = [
		{ id: 1, ...open },
		{ id: 2, ...open, deadline: soon(-1) },
		{ id: 3, ...open, deadline: soon(23) },
		{ id: 4, ...open, status: 'in-progress' },
		{ id: 5, ...open, status: 'in-progress', has_issues: true },
		{ id: 6, ...open, status: 'completed', completed_at: soon(-2), deadline: soon(-1) },
		{ id: 7, ...open, status: 'auto-skipped', run_id: 'b' },
		{ id: 8, ...open, is_oneoff_task: true, run_id: null, deadline: null },
	];
	const others = { users: [1], guests: ['jo@x.test.org', 'a.jo@x.test'], groups: [] };
	const body = {
		data: [...data, { id: 98, ...open, owners: others }, { id: 99, ...open, owners: null }],
		meta: { pagination: { total: 10 } },
	};

	it.each([
		['active', 'active', [1, 2, 3, 4, 5, 7, 8]],
		['any', undefined, [1, 2, 3, 4, 5, 6, 7, 8]],
		['complete', 'complete', [6]],
		['dueSoon', 'due-soon', [3]],
		['hasProblem', 'has-problem', [5]],
		['inProgress', 'in-progress', [4, 5]],
		['notStarted', 'not-started', [1, 2, 3, 8]],
		['overdue', 'overdue', [2]],
		['all', 'all', [1, 2, 3, 4, 5, 6, 7, 8]],
		['completed', 'complete', [6]],
		['due_soon', 'due-soon', [3]],
		['hasproblem', 'has-problem', [5]],
		['incomplete', 'active', [1, 2, 3, 4, 5, 7, 8]],
		['inprogress', 'in-progress', [4, 5]],
	])('is filtered here: status %s is asked for as %s', async (status, word, ids) => {
		const link = String(guestWithId(WITH_12).link);
		sandbox.current.misbehave({ faults: [{ path: '/tasks', status: 200, body }] });
		const { items } = await run({ guest: byEmail(email), returnAll: true, filters: { status } });
		expect(items.map(({ json }) => json.id)).toEqual(ids);
		expect(sent().map(({ query }) => query.status)).toEqual([word ?? 'all']);
		// This list is theirs by its address, whoever the owners are.
		const linked = await run({ guest: byLink(link), returnAll: true, filters: { status } });
		expect(linked.items.map(({ json }) => Number(json.id)).filter((id) => id < 98)).toEqual(ids);
		expect(sent().map(({ query }) => query.status)).toEqual([word ?? 'all', word]);
	});

	it.each([
		[{ kind: 'process' }, [1, 2, 3, 4, 5, 6, 7]],
		[{ kind: 'oneOff' }, [8]],
		[{ process: 'b' }, [7]],
		[{ deadlineAfter: soon(50) }, [1, 4, 5, 7]],
		[{ deadlineBefore: soon(24) }, [2, 3, 6]],
		[{ deadlineAfter: soon(-0.5), deadlineBefore: soon(24) }, [3]],
		[{ status: 'active', kind: 'any', process: '', deadlineBefore: soon(0) }, [2]],
		[
			{ status: null, kind: '', process: null, deadlineAfter: '', deadlineBefore: null },
			data.map(({ id }) => id),
		],
	])('is filtered here for %j too', async (filters, ids) => {
		sandbox.current.misbehave({ faults: [{ path: '/tasks', status: 200, body }] });
		const { items } = await run({ guest: byEmail(email), returnAll: true, filters });
		expect(items.map(({ json }) => json.id)).toEqual(ids);
	});

	it('is read again page by page where a limit met tasks of others', async () => {
		sandbox.current.misbehave({ faults: [{ path: '/tasks', status: 200, body }] });
		const { items } = await run({ guest: byEmail(email), limit: 10 });
		expect(items.map(({ json }) => json.id)).toEqual(data.map(({ id }) => id));
		expect(sent().map(({ query }) => query.per_page)).toEqual(['10', '100']);
	});
});

describe('Filters of Guest Task > Get Many', () => {
	it.each([
		['complete', 16],
		['active', 9],
		['completed', 16],
		['any', 25],
	])('give what Tallyfy leaves: %s', async (status, count) => {
		const guest = guestWithId(WITH_25);
		const { items } = await run({
			guest: byEmail(guest.email),
			returnAll: true,
			filters: { status },
		});
		expect(items).toHaveLength(count);
	});

	it('ask for days around the moments of deadlines, which only widens, and keep the exact ones', async () => {
		const guest = guestWithId(WITH_NONE);
		for (const hour of ['09', '12', '15']) {
			await work.task([guest.email], { title: hour, deadline: `2026-12-01 ${hour}:00:00` });
		}
		const titles = async (filters: object) => {
			const { items, error } = await run({ guest: byEmail(guest.email), filters });
			expect(error).toBeUndefined();
			return items.map(({ json }) => json.title).sort();
		};
		expect(await titles({ deadlineAfter: '2026-12-01T12:00:00Z' })).toEqual(['12', '15']);
		expect(await titles({ deadlineBefore: '2026-12-01T13:00:00+01:00' })).toEqual(['09']);
		expect(
			await titles({ deadlineAfter: '2026-12-01', deadlineBefore: '2026-12-01T15:00:00Z' }),
		).toEqual(['09', '12']);
		expect(await titles({ deadlineBefore: '9999-12-31' })).toEqual(['09', '12', '15']);
		const days = sent()
			.filter(({ path }) => path === '/tasks')
			.map(({ query }) => [query.deadline_after, query.deadline_before])
			.filter(([after, before]) => after ?? before);
		expect(days).toEqual([
			['2026-11-29', undefined],
			[undefined, '2026-12-03'],
			['2026-11-29', '2026-12-03'],
		]);
	});

	it('take a date from an expression', async () => {
		const guest = guestWithId(WITH_12);
		const filters = { deadlineAfter: '={{ DateTime.fromISO("2026-12-01T17:00:00Z") }}' };
		const { items, error } = await run({ guest: byEmail(guest.email), returnAll: true, filters });
		expect([items.length, error]).toEqual([12, undefined]);
	});

	it('ask the list of a process for its tasks', async () => {
		const guest = guestWithId(WITH_13);
		const process = String(tasksOf(guest)[0].run_id);
		await work.task([guest.email]);
		sandbox.current.requests.length = 0;
		const filters = { process: ` ${process} `, kind: 'process', status: 'complete' };
		const { items, error } = await run({ guest: byEmail(guest.email), returnAll: true, filters });
		expect(error).toBeUndefined();
		expect(items).toHaveLength(8);
		expect(items[0].json).toMatchObject({ processId: process, processName: expect.any(String) });
		expect(sent()).toEqual([
			{
				path: `/runs/${process}/tasks`,
				query: {
					guests: guest.email,
					with: 'run,step',
					status: 'complete',
					page: '1',
					per_page: '100',
				},
			},
		]);
	});

	it('say that there is no such process', async () => {
		const { error } = await run({
			guest: byEmail(guestWithId(WITH_13).email),
			filters: { process: '0'.repeat(32) },
		});
		expect(error?.message).toContain(`no process ${'0'.repeat(32)} in this organization`);
		expect(error?.description).toMatch(/^Check Filters > Process ID\. /);
	});

	it.each([
		['oneOff', 1],
		['process', 13],
		['any', 14],
	])('tell tasks of processes from one-off tasks: %s', async (kind, count) => {
		const guest = guestWithId(WITH_13);
		await work.task([guest.email]);
		const { items } = await run({
			guest: byEmail(guest.email),
			returnAll: true,
			filters: { kind },
		});
		expect(items).toHaveLength(count);
	});

	it.each([
		[{ filters: { status: 'done' } }, 'Filters > Status is done', /Choose one of: active, any/],
		[{ filters: { status: 'undefined' } }, 'Filters > Status is undefined', /Choose one of/],
		[{ filters: { kind: 'both' } }, 'Filters > Kind is both', /any, process, oneOff/],
		[
			{ filters: { process: '../users' } },
			'Filters > Process ID is ../users, which is no ID',
			/Process > Get Many/,
		],
		[
			{ filters: { deadlineAfter: 'soon' } },
			'Filters > Deadline After is not a date: soon',
			/ISO date/,
		],
		[
			{ filters: { deadlineBefore: '31.12.2026' } },
			'Filters > Deadline Before is not a date: 31.12.2026',
			/ISO date/,
		],
		[
			{ filters: { deadlineAfter: '2026-12-02', deadlineBefore: '2026-12-02' } },
			'Filters > Deadline After is not earlier than Deadline Before',
			/Exchange/,
		],
		[{ limit: 0 }, 'Limit is 0', /whole number/],
		[{ output: 'selected' }, 'Output is selected', /Choose one of: simplified, raw/],
		[{ guest: byEmail('../users@x.test') }, 'Guest cannot be part of an address', /Give Guest/],
		[{ guest: byEmail('={{ "" }}') }, 'Guest is empty', /Give the email/],
	])('and others are refused before any request: %j', async (parameters, message, next) => {
		const input = [{ email: guestWithId(WITH_12).email }, {}];
		const guest = byEmail('={{ $json.email ?? "a@x.test" }}');
		const { error } = await run({ guest, ...parameters }, input);
		expect(error?.message).toContain(message);
		expect(error?.description).toMatch(next);
		expect(sandbox.current.requests).toEqual([]);
	});
});

describe('Guest Task > Get Many in trouble', () => {
	it('goes on after an item that failed', async () => {
		const { email } = guestWithId(WITH_12);
		const input = [{ email: 'no@x.test' }, { email }, { email: 'nobody' }];
		const { items } = await run({ guest: byEmail(), limit: 1 }, input, goOn);
		expect(items.map(({ json }) => json)).toMatchObject([
			{ error: { status: 404 } },
			{ guestEmail: email },
			{ message: 'Guest is neither an email nor a permanent link' },
		]);
	});

	it.each([
		['lost answers', [{ drop: 'after', times: 1 }]],
		['a 502', [{ status: 502, times: 1 }]],
		['a 429', [{ status: 429, headers: { 'retry-after': '1' }, times: 1 }]],
	])('reads again after %s', async (_, faults) => {
		const guest = guestWithId(WITH_12);
		sandbox.current.misbehave({ faults: faults as never });
		const { items, error } = await run({ guest: byEmail(guest.email), returnAll: true });
		expect([items.length, error]).toEqual([12, undefined]);
	});

	it('says what failed in an outage, with nothing in doubt', async () => {
		sandbox.current.misbehave({ faults: [{ status: 503 }] });
		const pacing = { maxRetryWait: 1 };
		const { items } = await run({ guest: byEmail('a@x.test'), pacing }, [{}], goOn);
		expect(errorOf(items[0])?.outcome).toBeUndefined();
		expect(wordsOf(items[0])).toMatch(/503/);
	});
});
