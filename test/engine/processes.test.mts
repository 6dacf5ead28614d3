import { describe, expect, it } from 'vitest';
import type { Json } from '../../sandbox/organization.mts';
import type { WorkTask } from '../../sandbox/work/model.mts';
import { loadOptionsContext, type RunOptions } from '../support/engine.mts';
import { byId } from '../support/guests.mts';
import {
	fieldOf,
	launchOf,
	ONBOARDING,
	process,
	sentTo,
	template,
	titled,
} from '../support/processes.mts';
import { errorOf, useRuns } from '../support/runs.mts';

const { sandbox, run, credentials } = useRuns({ guests: 30 });
const organization = () => sandbox.current.organization;
const work = () => organization().work;
const onboarding = () => titled(organization(), ONBOARDING);
const read = async (parameters: RunOptions['parameters'], more: Partial<RunOptions> = {}) => {
	const { items, error } = await run({ parameters, ...more });
	expect(error).toBeUndefined();
	return items.map(({ json }) => json as Json);
};
const queries = () =>
	sandbox.current.requests.map(({ path }) =>
		Object.fromEntries(new URL(path, 'http://x').searchParams),
	);
/** The process with steps and a kick-off form that runs in the sandbox. */
const running = () =>
	work()
		.allProcesses()
		.find(({ checklist_id: id }) => id === onboarding().id)!;

describe('Template > Get', () => {
	it.each([{}, { templateSteps: 'wrapped' as const }])(
		'shows kick-off fields with choices, and steps (%j)',
		async (quirks) => {
			sandbox.current.misbehave({ quirks });
			const of = onboarding();
			const [json] = await read(template('get', { template: byId(of.id) }));
			expect(Object.keys(json)).toEqual([
				...['id', 'title', 'summary', 'status', 'stepsCount', 'kickOffFields', 'steps'],
			]);
			expect(json).toMatchObject({ id: of.id, title: ONBOARDING, status: 'active', stepsCount: 3 });
			const fields = json.kickOffFields as Json[];
			expect(fields).toHaveLength(9);
			expect(fields[3]).toEqual({
				id: fieldOf(of, 'Plan').id,
				label: 'Plan',
				type: 'dropdown',
				required: false,
				options: ['Silver', 'Gold'],
			});
			expect(fields[7]).toMatchObject({ type: 'table', columns: ['Item', 'Quantity'] });
			expect((json.steps as Json[])[1]).toEqual({
				id: of.steps[1].id,
				title: 'Check the certificate',
				type: 'approval',
				position: 2,
				allowGuests: false,
			});
			expect(sandbox.current.requests).toHaveLength(1);
		},
	);

	it('asks for the steps where they do not come with the template', async () => {
		const of = onboarding();
		const body = { data: { id: of.id, title: 'X', prerun: of.prerun, steps_count: 3 } };
		sandbox.current.misbehave({ faults: [{ path: '\\?with=steps', status: 200, body }] });
		const [json] = await read(template('get', { template: byId(of.id) }));
		expect((json.steps as Json[]).map(({ id }) => id)).toEqual(of.steps.map(({ id }) => id));
		expect(sentTo(sandbox.current)[1]).toBe(`GET /checklists/${of.id}/steps`);
	});

	it("gives Tallyfy's own object as raw output", async () => {
		const of = onboarding();
		const [json] = await read(template('get', { template: byId(of.id), output: 'raw' }));
		expect(json).toMatchObject({ alias: of.alias, steps: [{ allow_guest_owners: true }, {}, {}] });
	});

	it('of an unknown one says so', async () => {
		const { error } = await run({
			parameters: template('get', { template: byId('e'.repeat(32)) }),
		});
		expect(error?.message).toMatch(/no template e{32} in this organization/);
		expect(error?.description).toBe('Check Template, or pick the template from the list.');
	});
});

describe('Template > Get Many', () => {
	it('lists all, without fields and steps that lists do not have', async () => {
		const items = await read(template('getAll', { returnAll: true }));
		expect(items).toHaveLength(12);
		expect(Object.keys(items[0])).toEqual(['id', 'title', 'summary', 'status', 'stepsCount']);
	});

	it('searches in Tallyfy', async () => {
		const items = await read(template('getAll', { filters: { search: 'onboard' }, limit: 5 }));
		expect(items.map(({ title }) => title)).toEqual([ONBOARDING]);
		expect(queries()).toEqual([{ q: 'onboard', page: '1', per_page: '5' }]);
	});
});

describe('Process > Get', () => {
	it('gives ten flat fields, with dates in one spelling and a name without U+FEFF', async () => {
		const one = running();
		one.name = `\ufeff${one.name}`;
		const [json] = await read(process('get', { process: byId(one.id) }));
		expect(json).toEqual({
			id: one.id,
			name: one.name.slice(1),
			status: expect.stringMatching(/active|complete/) as string,
			progress: expect.any(Number) as number,
			templateId: onboarding().id,
			templateName: ONBOARDING,
			startedBy: one.started_by,
			dueDate: null,
			createdAt: '2026-10-01T09:00:00.000Z',
			completedAt: null,
		});
	});

	it.each(['get', 'getGuests'])('%s of an unknown one says so', async (operation) => {
		const { error } = await run({
			parameters: process(operation, { process: byId('e'.repeat(32)) }),
		});
		expect(error?.message).toMatch(/no process e{32} in this organization/);
		expect(error?.description).toBe('Check Process, or pick the process from the list.');
	});
});

describe('Process > Get Many', () => {
	const list = async (filters: Record<string, unknown>) =>
		await read(process('getAll', { returnAll: true, filters }));

	it('lists all, searches in Tallyfy, and takes those of one template', async () => {
		const all = await list({});
		expect(all.length).toBeGreaterThan(10);
		expect(await list({ template: byId(onboarding().id) })).toEqual(
			all.filter(({ templateName }) => templateName === ONBOARDING),
		);
		const [{ name }] = all;
		expect((await list({ search: name, status: '', template: null })).length).toBeGreaterThan(0);
		expect(queries().at(-1)).toEqual({ q: name, page: '1', per_page: '100' });
		expect(queries().at(-2)).toMatchObject({ checklist_id: onboarding().id });
	});

	it.each([
		['active', { status: 'active' }, [1, 3, 4]],
		['archived', { archived: 'only' }, [5]],
		['complete', { status: 'complete' }, [2]],
		['delayed', { status: 'delayed' }, [4]],
		['improvement', { status: 'improvement' }, [1, 2, 3, 4, 5]],
		['issue', { status: 'issue' }, [4]],
		['problem', { status: 'problem' }, [3, 4]],
		['starred', { status: 'starred' }, [2]],
	])(
		'asks for %s, and leaves out what does not belong there, as far as a record tells',
		async (status, query, ids) => {
			const open = {
				name: 'P',
				status: 'active',
				archived_at: null,
				late_tasks: 0,
				starred: false,
			};
			const data = [
				{ ...open, id: 1 },
				{ ...open, id: 2, status: 'complete', starred: true },
				{ ...open, id: 3, status: 'problem' },
				{ ...open, id: 4, status: 'issue', late_tasks: 2 },
				{ ...open, id: 5, status: 'archived', archived_at: '2026-01-01' },
			];
			sandbox.current.misbehave({ faults: [{ status: 200, body: { data } }] });
			expect((await list({ status })).map(({ id }) => id)).toEqual(ids);
			expect(queries()[0]).toMatchObject(query);
		},
	);

	it.each([
		[{ filters: { status: 'done' } }, /^Filters > Status is done$/, /active, any, archived/],
		[{ filters: { template: byId('a/b') } }, /^Template is a\/b/, /Pick the template/],
		[{ limit: 0 }, /^Limit is 0$/, /whole number/],
	])('refuses %j before any request', async (more, message, next) => {
		const { error } = await run({ parameters: process('getAll', more) });
		expect(error?.message).toMatch(message);
		expect(error?.description).toMatch(next);
		expect(sandbox.current.requests).toEqual([]);
	});
});

describe('Process > Get Guests', () => {
	it('counts what each has to do and has done, and leaves hidden tasks out of it', async () => {
		const [one, other] = [...organization().guests.keys()];
		const { items } = await run({
			parameters: launchOf(onboarding(), {
				name: 'P',
				kickOffJson: { Client: 'x', Contacts: [one, other] },
			}),
		});
		const id = String(items[0].json.processId);
		const [upload] = work().tasksOf(id);
		upload.owners.guests = [one.toUpperCase(), other];
		const done: WorkTask = { ...upload, id: 'd'.repeat(32), title: 'Done' };
		Object.assign(done, { owners: { users: [], guests: [one], groups: [] }, status: 'completed' });
		work()
			.tasksOf(id)
			.push({ ...done, completed_at: '2026-11-02 10:00:00' });
		const guests = await read(process('getGuests', { process: byId(id) }));
		const both = { openTasks: 1, openTaskTitles: [upload.title], processId: id, processName: 'P' };
		const nextDeadline = expect.stringMatching(/Z$/) as string;
		const lastCompletedAt = '2026-11-02T10:00:00.000Z';
		expect(guests).toEqual([
			{ email: one.toUpperCase(), ...both, completedTasks: 1, nextDeadline, lastCompletedAt },
			{ email: other, ...both, completedTasks: 0, nextDeadline, lastCompletedAt: null },
		]);
		expect(JSON.stringify(guests)).not.toContain('guest/');
		expect(JSON.stringify(guests)).not.toContain('guest-all-task');
	});

	it('reads all pages, and links each guest to the item of their process', async () => {
		const [first, second] = work()
			.allProcesses()
			.filter(({ id }) => work().tasksOf(id).length > 10);
		sandbox.current.misbehave({ quirks: { pageCap: 10 } });
		const { items } = await run({
			parameters: process('getGuests', { process: byId('={{ $json.id }}') }),
			input: [{ id: first.id }, { id: 'e'.repeat(32) }, { id: second.id }],
			onError: 'continueRegularOutput',
		});
		expect(items.map(({ pairedItem }) => pairedItem)).toEqual([
			{ item: 0 },
			{ item: 1 },
			{ item: 2 },
		]);
		expect(errorOf(items[1])?.status).toBe(404);
		for (const [at, { id }] of [[0, first] as const, [2, second] as const]) {
			const { openTasks, completedTasks } = items[at].json;
			expect(Number(openTasks) + Number(completedTasks)).toBe(
				work()
					.tasksOf(id)
					.filter(({ owners }) => owners.guests.length > 0).length,
			);
		}
	});
});

describe('The form of Process > Launch', () => {
	const context = async (value: unknown) =>
		await loadOptionsContext({
			parameters: process('launch', { template: byId(value) }),
			credentials: credentials(),
		});
	const fields = async (value: unknown) => {
		const { type, context: given } = await context(value);
		return await type.methods!.resourceMapping!.getKickOffFields.call(given);
	};
	const steps = async (value: unknown) => {
		const { type, context: given } = await context(value);
		return await type.methods!.loadOptions!.getSteps.call(given);
	};

	it('has the kick-off fields of the template, each with the type of n8n for it', async () => {
		const of = onboarding();
		const found = (await fields(of.id)).fields;
		expect(found.map(({ type }) => type)).toEqual([
			...[
				'string',
				'string',
				'dateTime',
				'options',
				'array',
				'options',
				'string',
				'array',
				'string',
			],
		]);
		expect(found[0]).toEqual({
			id: fieldOf(of, 'Client').id,
			displayName: 'Client',
			required: true,
			defaultMatch: false,
			canBeUsedToMatch: false,
			display: true,
			type: 'string',
		});
		expect(found[3].options).toEqual([
			{ name: 'Silver', value: 'Silver' },
			{ name: 'Gold', value: 'Gold' },
		]);
		expect(found[4].displayName).toBe(
			'Add-ons (list of: Single sign-on, Audit log, Support contract)',
		);
	});

	it('has the steps of the template by title, with their IDs', async () => {
		const of = onboarding();
		expect(await steps(of.id)).toEqual(
			of.steps.map(({ id, title }) => ({ name: title, value: id })),
		);
	});

	it.each(['', '={{ $json.template }}', undefined])(
		'is empty, without a request, as long as there is no template: %j',
		async (value) => {
			expect(await fields(value)).toMatchObject({
				fields: [],
				emptyFieldsNotice: /Choose|Choose a/,
			});
			expect(await steps(value)).toEqual([]);
			expect(sandbox.current.requests).toEqual([]);
		},
	);

	it('says where a template has no kick-off form', async () => {
		const { emptyFieldsNotice } = await fields(titled(organization(), 'Supplier audit').id);
		expect(emptyFieldsNotice).toBe('This template has no kick-off form.');
	});
});

describe('From List', () => {
	it.each([
		['searchTemplates', 'Client', ONBOARDING],
		['searchProcesses', 'Client onboarding', 'Client onboarding'],
	])('%s lets Tallyfy search, and gives names and IDs', async (method, search, name) => {
		const { type, context: given } = await loadOptionsContext({
			parameters: process('get'),
			credentials: credentials(),
		});
		const { results } = await type.methods!.listSearch![method].call(given, search);
		expect(results[0].name).toContain(name);
		expect(results[0].value).toMatch(/^[0-9a-f]{32}$/);
		expect(queries()).toEqual([{ q: search, page: '1', per_page: '50' }]);
	});
});
