import { beforeEach, describe, expect, it } from 'vitest';
import type { Fault } from '../../sandbox/faults.mts';
import type { Json } from '../../sandbox/organization.mts';
import { startSandbox } from '../../sandbox/server.mts';
import {
	addTemplate,
	launchedIn,
	launches,
	launchOf,
	rowsOf,
	sentTo,
	titled,
} from '../support/processes.mts';
import { errorOf, freshCredentials, pause, runToEnd, useRuns, wordsOf } from '../support/runs.mts';

const { sandbox, run, known } = useRuns({ guests: 6 });
const organization = () => sandbox.current.organization;
const NAME = 'Onboarding Northwind';
const audit = () => titled(organization(), 'Supplier audit');
const named = () => launchedIn(organization(), NAME);
const LAUNCH = { method: 'POST', path: '/runs$' };

const launchIt = async (more: Record<string, unknown> = {}, input: Json[] = [{}]) =>
	await run({
		parameters: launchOf(audit(), { name: NAME, pacing: { maxRetryWait: 5 }, ...more }),
		input: input as never,
		onError: 'continueRegularOutput',
	});

describe('A launch whose answer was lost', () => {
	// The sandbox gives the same IDs after each reset: processes of two tests differ by their date only, in whole seconds.
	beforeEach(async () => await pause(1_000 - (Date.now() % 1_000)));

	it('is found, and not sent again', async () => {
		sandbox.current.misbehave({ faults: [{ ...LAUNCH, drop: 'after', times: 1 }] });
		const { items } = await launchIt();
		expect(items[0].json.processId).toBe(named()[0].id);
		expect(named()).toHaveLength(1);
		expect(launches(sandbox.current)).toHaveLength(1);
	});

	it('is sent again when it is not there', async () => {
		sandbox.current.misbehave({ faults: [{ ...LAUNCH, drop: 'before', times: 1 }] });
		const { items } = await launchIt();
		expect(items[0].json.processId).toBe(named()[0].id);
		expect(launches(sandbox.current)).toHaveLength(2);
	});

	it('is found by later looks where the list lags behind', async () => {
		sandbox.current.misbehave({
			faults: [{ ...LAUNCH, drop: 'after', times: 1 }],
			quirks: { taskLagMs: 2_000 },
		});
		const { items } = await launchIt();
		expect(items[0].json.processId).toBe(named()[0].id);
		expect(named()).toHaveLength(1);
	});

	it('is not sent a second time where the list lags behind for long', async () => {
		sandbox.current.misbehave({
			faults: [{ ...LAUNCH, drop: 'after', times: 1 }],
			quirks: { taskLagMs: 20_000 },
		});
		const { items } = await launchIt();
		expect(items[0].json.processId).toBe(named()[0].id);
		expect(named()).toHaveLength(1);
	});

	it.each(['before', 'after'] as const)(
		'is not taken for one of the same name that was there before (lost %s)',
		async (drop) => {
			await launchIt();
			await pause(1_100);
			const [old] = named();
			sandbox.current.misbehave({ faults: [{ ...LAUNCH, drop, times: 1 }] });
			const { items } = await launchIt();
			expect(named()).toHaveLength(2);
			expect([old.id, items[0].json.processId]).toEqual(named().map(({ id }) => id));
		},
	);

	it('is not taken for another item of the same name: two items make two processes', async () => {
		sandbox.current.misbehave({ faults: [{ ...LAUNCH, drop: 'after', every: 1, times: 2 }] });
		const { items } = await launchIt({}, [{}, {}]);
		const ids = items.map(({ json }) => json.processId);
		expect(named().map(({ id }) => id)).toEqual(ids);
		expect(new Set(ids).size).toBe(2);
	});

	it('is never repeated where Tallyfy makes the name, by which it could not be found', async () => {
		audit().default_process_name_format = '{title}';
		sandbox.current.misbehave({ faults: [{ ...LAUNCH, drop: 'after' }] });
		const { items } = await launchIt({ name: '' });
		expect(errorOf(items[0])?.outcome).toBe('unknown');
		expect(wordsOf(items[0])).toMatch(/may have been launched/);
		expect(launches(sandbox.current)).toHaveLength(1);
	});

	it('is in doubt when several could be it', async () => {
		sandbox.current.misbehave({ faults: [{ ...LAUNCH, drop: 'after', times: 1 }] });
		sandbox.current.beforeEach(({ method }) => {
			if (method !== 'POST' || named().length > 0) return;
			const [process] = organization().work.allProcesses();
			const at = new Date(Date.now() + 1000).toISOString();
			const twin = { ...process, id: 'a'.repeat(32), name: NAME, checklist_id: audit().id };
			organization().work.addProcess({ ...twin, created_at: at });
		});
		const { items } = await launchIt();
		expect(errorOf(items[0])?.outcome).toBe('unknown');
		expect(wordsOf(items[0])).toMatch(/Several processes .* same time.*may have been launched/);
		expect(named()).toHaveLength(2);
	});
});

describe('Whatever happens to the launch', () => {
	const words = { message: 'Server Error' };
	const faults: Array<[string, Fault]> = [
		['hangs after', { hang: 'after' }],
		['hangs before', { hang: 'before' }],
		['lost after, for ever', { drop: 'after' }],
		...[500, 502, 503, 504, 524].flatMap(
			(status): Array<[string, Fault]> => [
				[`${status}, done`, { status, done: true }],
				[`${status}, done, once`, { status, done: true, times: 1 }],
				[`${status} with words, once`, { status, body: words, times: 1 }],
			],
		),
		['503 for ever', { status: 503 }],
		['429 once', { status: 429, headers: { 'retry-after': '1' }, body: {}, times: 1 }],
		['429 for ever', { status: 429, headers: { 'retry-after': '60' }, body: {} }],
		['empty success', { status: 201, done: true, times: 1 }],
	];
	it('one process at most is launched, and the item tells the truth', async () => {
		const verdicts = await Promise.all(
			faults.map(async ([fault, hit], seed) => {
				const own = await startSandbox({ guests: 2, members: 2, checks: false, seed: seed + 900 });
				own.misbehave({ faults: [{ ...LAUNCH, ...hit }] });
				const of = titled(own.organization, 'Supplier audit');
				const { items } = await runToEnd({
					parameters: launchOf(of, {
						name: NAME,
						pacing: { maxRetryWait: 3 },
						requestOptions: { timeout: 1000 },
					}),
					credentials: freshCredentials(own),
					onError: 'continueRegularOutput',
				});
				const done = launchedIn(own.organization, NAME).length;
				const error = errorOf(items[0]);
				await own.close();
				if (done > 1) return `${fault}: launched ${done} times`;
				if (!error && done === 0) return `${fault}: said to be done`;
				if (error && done > 0 && error.outcome !== 'unknown')
					return `${fault}: ${wordsOf(items[0])}`;
				return undefined;
			}),
		);
		expect(verdicts.filter(Boolean)).toEqual([]);
	}, 240_000);
});

describe('What fails around a launch is said', () => {
	const assigned = () => ({
		assignments: rowsOf({ step: audit().steps[0].id, guests: known()[0] }),
	});

	it('when the tasks cannot be read: launched all the same, with the ID, once', async () => {
		sandbox.current.misbehave({
			faults: [{ path: '/tasks', status: 500, body: { message: 'No' } }],
		});
		const { items } = await launchIt(assigned());
		expect(items[0].json).toMatchObject({ processId: named()[0].id, assigned: [], leftOut: [] });
		expect(items[0].json.notChecked).toMatch(/was launched, but its tasks could not be read: No/);
		expect(named()).toHaveLength(1);
	});

	it('when a link cannot be read', async () => {
		sandbox.current.beforeEach(({ method }) => {
			const fault = { path: '/guests/', status: 403, body: { message: 'Not you' } };
			if (method === 'POST') sandbox.current.misbehave({ faults: [fault] });
		});
		const { items } = await launchIt({ ...assigned(), options: { includeLinks: true } });
		expect(items[0].json.processId).toBe(named()[0].id);
		expect(items[0].json.links).toEqual([{ email: known()[0], link: null, reason: 'Not you' }]);
	});

	it('when guests were added and the launch is refused', async () => {
		sandbox.current.misbehave({ limits: { assignments: 0 } });
		const { items } = await launchIt({
			assignments: rowsOf({ step: audit().steps[0].id, guests: 'new@new.test' }),
			options: { createMissingGuests: true },
		});
		expect(errorOf(items[0])).toMatchObject({ status: 402, outcome: 'unknown' });
		expect(wordsOf(items[0])).toContain('new@new.test was added as a guest, but');
		expect(named()).toEqual([]);
	});

	it('when invites are capped: the item says when to come back, and nothing is launched', async () => {
		sandbox.current.misbehave({ limits: { invites: { guests: 0, windowMs: 3_600_000 } } });
		const { items } = await launchIt({
			assignments: rowsOf({ step: audit().steps[0].id, guests: 'new@new.test' }),
			options: { createMissingGuests: true },
		});
		expect(errorOf(items[0])).toMatchObject({ status: 429, code: 'RATE_LIMIT_EXCEEDED' });
		expect(errorOf(items[0])?.retryAt).toBeDefined();
		expect(named()).toEqual([]);
	});

	it.each([{ taskLag: 3 }, { taskLagMs: 60_000 }, { taskLagMs: 800 }])(
		'but a list that lags behind is not taken for tasks that were left out: %j',
		async (quirks) => {
			sandbox.current.misbehave({ quirks });
			const { items } = await launchIt(assigned());
			expect(items[0].json.leftOut).toEqual([]);
			expect(items[0].json.assigned).toMatchObject([{ guests: [known()[0]] }]);
		},
	);

	it('but where nothing tells, they are said not to be seen yet', async () => {
		sandbox.current.misbehave({
			quirks: { taskLagMs: 60_000 },
			faults: [{ path: '/runs/[^/]+\\?with=tasks', status: 200, body: { data: { id: 'x' } } }],
		});
		const { items } = await launchIt(assigned());
		expect(items[0].json).toMatchObject({
			assigned: [],
			leftOut: [],
			notSeenYet: ['Answer the questions'],
		});
	});

	it('when Tallyfy left out a task or a guest', async () => {
		const of = addTemplate(organization(), 3);
		const { work } = organization();
		const tasksOf = work.tasksOf.bind(work);
		work.tasksOf = (id) =>
			tasksOf(id)
				.slice(1)
				.map((task) => ({ ...task, owners: { ...task.owners, guests: [] } }));
		const [guest] = known();
		const { items } = await run({
			parameters: launchOf(of, {
				name: NAME,
				assignments: rowsOf({ step: 'Step 1', guests: guest }, { step: 'Step 2', guests: guest }),
			}),
		});
		const [, second] = tasksOf(String(items[0].json.processId));
		expect(items[0].json.leftOut).toEqual([
			{ step: 'Step 1', stepId: of.steps[0].id, reason: 'No task was made' },
			{
				step: 'Step 2',
				stepId: of.steps[1].id,
				taskId: second.id,
				guests: [guest],
				members: [],
				reason: 'Not on the task',
			},
		]);
		expect(items[0].json.assigned).toMatchObject([{ step: 'Step 2', guests: [] }]);
	});

	it('when somebody could not be added to a task afterwards', async () => {
		const of = addTemplate(organization(), 1, { roles: [{ id: 'r1' }] });
		sandbox.current.misbehave({
			faults: [{ method: 'PUT', status: 403, body: { message: 'No' } }],
		});
		const [guest] = known();
		const { items } = await run({
			parameters: launchOf(of, {
				name: NAME,
				assignments: rowsOf({ step: 'Step 1', guests: guest }),
			}),
		});
		expect(items[0].json.leftOut).toMatchObject([
			{ step: 'Step 1', guests: [guest], reason: 'No' },
		]);
		expect(sentTo(sandbox.current).filter((one) => one === 'POST /runs')).toHaveLength(1);
	});
});
