// What guests do in the sandbox, by method and over HTTP, and what lists and single guests then show.
import { describe, expect, it } from 'vitest';
import type { Quirks } from '../../sandbox/faults.mts';
import { comparable } from '../../sandbox/dates.mts';
import { ORGANIZATION_ID, type Guest, type Json } from '../../sandbox/organization.mts';
import { ask, useSandbox } from '../support/sandbox.mts';

const START = Date.UTC(2026, 10, 2, 8);
const SECOND = 1000;
let clock = START;
const OPTIONS = { guests: 40, now: () => new Date(clock) };

const sandbox = useSandbox(OPTIONS);
const organization = () => sandbox.current.organization;
const guests = () => [...organization().guests.values()];
const get = async (query: string) =>
	await ask('GET', `${sandbox.current.baseUrl}/organizations/${ORGANIZATION_ID}/guests${query}`);
const single = async (guest: Guest) =>
	(await get(`/${encodeURIComponent(guest.email)}?with=stats`)).data;
const listed = async (guest: Guest, query = 'with=stats') =>
	(await get(`?${query}`)).data.find(({ email }) => email === guest.email);
const emails = async (query = '') => (await get(`?${query}`)).data.map(({ email }) => email);
/** Out of the list: a guest who is read alone has no task numbers. */
const statsOf = async (guest: Guest) => (await listed(guest))!.stats as Json;
const control = async (method: string, path: string, body?: unknown) =>
	await ask(method, `${sandbox.current.accountUrl}/sandbox/guests${path}`, body);
const order = async (guest: Guest, what: string, body?: unknown) =>
	await control('POST', `/${encodeURIComponent(guest.email)}/${what}`, body);
const quirk = (quirks: Quirks) => sandbox.current.misbehave({ quirks });
/** Somebody without tasks: their number depends on the id alone. */
const idle = () => guests().find((guest) => organization().tasks(guest).length === 0)!;
const busy = () => guests().find((guest) => organization().tasks(guest).length > 9)!;

/** Months in milliseconds: nothing waits. */
const pass = (ms: number) => {
	clock += ms;
};

describe('a guest who opens the link', () => {
	it('has the moment on top and in details, in whole seconds', async () => {
		const [guest] = guests();
		organization().visit(guest, START + 999);
		const shown = await single(guest);
		expect(comparable(shown.last_accessed_at)).toBe('2026-11-02 08:00:00');
		expect(shown.details).toMatchObject({ last_accessed_at: shown.last_accessed_at });
		expect(Date.parse(String(shown.last_accessed_at)) % SECOND).toBe(0);
	});

	it('is written in every spelling that the API has, since no reader may want one', async () => {
		const spellings = new Set<string>();
		for (const guest of guests().slice(0, 20)) {
			organization().visit(guest, START + 999);
			expect(guest.last_accessed_at).not.toContain('999');
			spellings.add(String(guest.last_accessed_at).replace(/\d/g, '0'));
		}
		expect(spellings).toEqual(
			new Set([
				'0000-00-00T00:00:00Z',
				'0000-00-00 00:00:00',
				'0000-00-00T00:00:00.000Z',
				'0000-00-00T00:00:00.000000Z',
				'0000-00-00T00:00:00+00:00',
			]),
		);
	});

	it('moves in a sorted list that was kept, since the key of the sort has changed', async () => {
		const byVisit = 'sort=-last_accessed_at&per_page=1';
		const [guest, other] = guests();
		organization().visit(other);
		expect(await emails(byVisit)).toEqual([other.email]);
		pass(SECOND);
		organization().visit(guest);
		expect(await emails(byVisit)).toEqual([guest.email]);
	});
});

describe('a guest who completes tasks', () => {
	it('has one task made when none is open, and it is counted', async () => {
		const guest = idle();
		expect(await statsOf(guest)).toMatchObject({ assigned_tasks: 0, tasks_completed: 0 });
		organization().completeTask(guest, new Date(START));
		const stats = await statsOf(guest);
		expect(stats).toMatchObject({ assigned_tasks: 0, tasks_completed: 1 });
		expect(comparable(stats.last_task_completed_at)).toBe('2026-11-02 08:00:00');
	});

	it('has an open one completed first, since it is not made for that', async () => {
		const guest = busy();
		const before = await statsOf(guest);
		const task = organization().completeTask(guest);
		expect(task.status).toBe('completed');
		const assigned = Number(before.assigned_tasks) - 1;
		const completed = Number(before.tasks_completed) + 1;
		expect(await statsOf(guest)).toMatchObject({
			assigned_tasks: assigned,
			tasks_completed: completed,
		});
	});

	it('shows the latest completion, in whatever order they were noted', async () => {
		const guest = idle();
		organization().completeTask(guest, '2026-11-03T10:00:00Z');
		organization().completeTask(guest, '2026-11-02T10:00:00Z');
		const { tasks_completed, last_task_completed_at } = await statsOf(guest);
		expect([tasks_completed, comparable(last_task_completed_at)]).toEqual([
			2,
			'2026-11-03 10:00:00',
		]);
	});

	it('has one-off tasks apart, since the stats keep them apart', async () => {
		const guest = idle();
		const ofProcess = organization().openTask(guest);
		organization().completeTask(guest, { oneOff: true, at: '2026-11-05T10:00:00Z' });
		const stats = await statsOf(guest);
		expect(stats).toMatchObject({
			assigned_tasks: 1,
			tasks_completed: 0,
			last_task_completed_at: null,
			one_off_tasks_completed: 1,
		});
		expect(ofProcess.status).toBe('active');
		expect(comparable(stats.last_one_off_task_completed_at)).toBe('2026-11-05 10:00:00');
	});

	it('goes back to the completion before when the last is reopened', async () => {
		const guest = idle();
		organization().completeTask(guest, '2026-11-02T10:00:00Z');
		const last = organization().completeTask(guest, '2026-11-03T10:00:00Z');
		expect(organization().reopenTask(guest)).toBe(last);
		expect(last).toMatchObject({ status: 'active', completed_at: null });
		const stats = await statsOf(guest);
		expect(stats).toMatchObject({ assigned_tasks: 1, tasks_completed: 1 });
		expect(comparable(stats.last_task_completed_at)).toBe('2026-11-02 10:00:00');
		expect(organization().completeTask(guest)).toBe(last);
	});
});

describe('the clock of the organization', () => {
	it('stamps everything, so that tests can play months at once', async () => {
		clock = Date.UTC(2027, 5, 1, 12, 0, 0, 900);
		const then = '2027-06-01 12:00:00';
		const guest = organization().create({ email: 'new@x.example' });
		organization().visit(guest);
		organization().completeTask(guest);
		organization().setDisabled(guest, true);
		const { created_at, last_accessed_at, details } = await single(guest);
		const { last_task_completed_at } = await statsOf(guest);
		const { disabled_at } = details as Json;
		for (const at of [created_at, last_accessed_at, last_task_completed_at, disabled_at]) {
			expect(comparable(at)).toBe(then);
		}
		clock = START;
	});

	it('gives way to a moment that is told, since what is found late happened before', async () => {
		const at = '2025-01-01T00:00:00Z';
		const guest = organization().create({ email: 'old@x.example' }, at);
		organization().setDisabled(guest, true, at);
		organization().setDisabled(guest, false, '2025-01-02T00:00:00Z');
		expect(await single(guest)).toMatchObject({
			created_at: '2025-01-01 00:00:00',
			details: { disabled_at: null, reactivated_at: '2025-01-02 00:00:00' },
		});
	});
});

describe('orders over HTTP', () => {
	const at = '2026-10-31T09:30:00Z';
	const written = '2026-10-31 09:30:00';

	it('make a guest visit, complete, reopen, and be switched off and on', async () => {
		const guest = idle();
		const done = { status: 200, body: { ok: true } };
		expect(await order(guest, 'visit', { at })).toMatchObject(done);
		expect(comparable((await single(guest)).last_accessed_at)).toBe(written);
		expect(await order(guest, 'complete-task', { at })).toMatchObject(done);
		expect(await order(guest, 'complete-task', { at, oneOff: true })).toMatchObject(done);
		expect(await statsOf(guest)).toMatchObject({ tasks_completed: 1, one_off_tasks_completed: 1 });
		expect(await order(guest, 'reopen-task')).toMatchObject(done);
		expect(await statsOf(guest)).toMatchObject({ assigned_tasks: 1 });
		expect(await order(guest, 'disable', { at })).toMatchObject(done);
		expect((await single(guest)).details).toMatchObject({ disabled_at: written });
		expect(await order(guest, 'enable')).toMatchObject(done);
		expect((await single(guest)).details).toMatchObject({ disabled_at: null });
	});

	it('add and remove a guest whose address needs encoding', async () => {
		const email = 'a#b+c/d@x.example';
		expect((await control('POST', '', { email, first_name: 'A', at })).body).toEqual({ ok: true });
		const guest = organization().guests.get(email)!;
		expect(await single(guest)).toMatchObject({ first_name: 'A', created_at: written });
		expect((await control('POST', '', { email })).status).toBe(409);
		const path = `/${encodeURIComponent(email)}`;
		expect((await control('DELETE', path)).body).toEqual({ ok: true });
		expect((await get(path)).status).toBe(404);
		expect((await control('DELETE', path)).status).toBe(404);
	});

	it('answer 404 for nobody, and where there is nothing to reopen', async () => {
		const nobody = { email: 'nobody@x.example' } as Guest;
		for (const what of ['visit', 'complete-task', 'reopen-task', 'disable', 'enable']) {
			expect((await order(nobody, what)).status, what).toBe(404);
		}
		expect((await order(idle(), 'reopen-task')).status).toBe(404);
	});

	it('appear in no log and no count of requests, since nobody asked the API', async () => {
		sandbox.current.forget();
		await order(idle(), 'visit');
		expect([sandbox.current.requests, sandbox.current.peakInFlight()]).toEqual([[], 0]);
	});
});

describe('lists that lag', () => {
	it('show guests as they were so many changes ago, single reads as they are (39)', async () => {
		const [guest, gone] = guests();
		const before = await listed(guest);
		quirk({ lag: 4, singleStats: 'filled' });
		organization().visit(guest);
		organization().completeTask(guest);
		organization().remove(gone);
		const added = organization().create({ email: 'new@x.example' });
		expect(await listed(guest)).toEqual(before);
		expect(await listed(gone)).toMatchObject({ email: gone.email });
		expect(await listed(added)).toBeUndefined();
		expect(await single(guest)).not.toMatchObject({ stats: before!.stats });
		expect(await single(added)).toMatchObject({ email: added.email });
		quirk({ lag: 3, singleStats: 'filled' });
		const visited = await listed(guest);
		expect(visited).toMatchObject({ last_accessed_at: guest.last_accessed_at });
		expect(visited!.stats).toEqual(before!.stats);
		quirk({ lag: 0, singleStats: 'filled' });
		expect((await listed(guest))!.stats).toEqual((await single(guest)).stats);
		expect(await emails()).toEqual(guests().map(({ email }) => email));
	});

	it('keep the order of guests who came in the same second, also of one who left', async () => {
		const added = ['a', 'b', 'c'].map((name) =>
			organization().create({ email: `${name}@x.example` }),
		);
		const before = await emails();
		expect(before.slice(-3)).toEqual(added.map(({ email }) => email));
		organization().remove(added[0]);
		quirk({ lag: 1 });
		expect(await emails()).toEqual(before);
	});

	it('catch up by the clock, change by change', async () => {
		clock = START;
		quirk({ lagMs: 10 * SECOND });
		const first = organization().create({ email: 'first@x.example' });
		pass(4 * SECOND);
		const second = organization().create({ email: 'second@x.example' });
		const seen = async () => [!!(await listed(first)), !!(await listed(second))];
		expect(await seen()).toEqual([false, false]);
		pass(6 * SECOND);
		expect(await seen()).toEqual([true, false]);
		pass(4 * SECOND);
		expect(await seen()).toEqual([true, true]);
		clock = START;
	});

	it('keep a guest who went and came back apart from the one before', async () => {
		const [old] = guests();
		organization().remove(old);
		const back = organization().create({ email: old.email });
		expect(await listed(old)).toMatchObject({ id: back.id });
		quirk({ lag: 1 });
		expect(await listed(old)).toBeUndefined();
		quirk({ lag: 2 });
		expect(await listed(old)).toMatchObject({ id: old.id, created_at: old.created_at });
		expect(await emails()).toHaveLength(40);
	});
});

describe('the order of lists', () => {
	it('ignores a minus by quirk, since nobody knows what it means (G6)', async () => {
		const ascending = await emails('sort=created_at');
		expect(await emails('sort=-created_at')).toEqual([...ascending].reverse());
		quirk({ sortMinus: 'ignored' });
		expect(await emails('sort=-created_at')).toEqual(ascending);
	});

	it('is none at all by quirk, but always the same', async () => {
		quirk({ sortMinus: 'unsorted' });
		const disorder = await emails('sort=created_at');
		expect(await emails('sort=-last_accessed_at')).toEqual(disorder);
		expect(await emails()).toEqual(disorder);
		const ascending = guests().map(({ email }) => email);
		expect(disorder).not.toEqual(ascending);
		expect(disorder).not.toEqual([...ascending].reverse());
		expect([...disorder].sort()).toEqual([...ascending].sort());
	});
});

describe('the hook before each request', () => {
	it('can take a guest away between two pages, so that one slips through', async () => {
		const everybody = await emails();
		sandbox.current.beforeEach(({ path }) => {
			if (path.includes('&page=2')) organization().remove(guests()[0]);
		});
		const pages = [await emails('per_page=20&page=1'), await emails('per_page=20&page=2')];
		const seen = pages.flat();
		expect(everybody.filter((email) => !seen.includes(email))).toEqual([everybody[20]]);
	});

	it('is waited for, and gone after a reset', async () => {
		const seen: string[] = [];
		sandbox.current.beforeEach(async ({ method, status }) => {
			await new Promise((resolve) => setTimeout(resolve, 5));
			seen.push(`${method} ${status}`);
			organization().create({ email: `hook${seen.length}@x.example` });
		});
		expect(await emails()).toContain('hook1@x.example');
		sandbox.current.reset(OPTIONS);
		expect(await emails()).toHaveLength(40);
		expect(seen).toEqual(['GET 0']);
	});
});
