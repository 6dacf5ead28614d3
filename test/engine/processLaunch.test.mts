import { describe, expect, it } from 'vitest';
import type { Json } from '../../sandbox/organization.mts';
import type { RunOptions } from '../support/engine.mts';
import {
	addTemplate,
	fieldOf,
	launchedIn,
	launches,
	launchOf,
	ONBOARDING,
	rowsOf,
	sentTo,
	titled,
} from '../support/processes.mts';
import { byId, ODD_EMAILS } from '../support/guests.mts';
import { errorOf, useRuns, wordsOf } from '../support/runs.mts';

const { sandbox, run, known } = useRuns({ guests: 6 });
const organization = () => sandbox.current.organization;
const work = () => organization().work;
const me = () => organization().me.id;
const onboarding = () => titled(organization(), ONBOARDING);
const audit = () => titled(organization(), 'Supplier audit');
const NAME = 'Onboarding Northwind';

const launchIt = async (
	of: { id: string },
	more: Record<string, unknown>,
	options: Partial<RunOptions> = {},
) => await run({ parameters: launchOf(of, { name: NAME, ...more }), ...options });
/** One item that did not fail. */
const launched = async (of: { id: string }, more: Record<string, unknown> = {}) => {
	const { items, error } = await launchIt(of, more);
	expect(error).toBeUndefined();
	expect(items).toHaveLength(1);
	return items[0].json as Json & { assigned: Json[]; leftOut: Json[]; createdGuests: string[] };
};
const client = { kickOffJson: '{"Client":"Northwind"}' };
const tasksOf = (id: unknown) => work().tasksOf(String(id));
/** Owners by the title of the step. */
const ownersIn = (id: unknown) =>
	Object.fromEntries(tasksOf(id).map(({ title, owners }) => [title, owners]));

describe('Process > Launch', () => {
	it('launches from a template and says what came of it', async () => {
		const of = audit();
		const json = await launched(of, { options: { summary: 'For Q4' } });
		const [process] = launchedIn(organization(), NAME);
		expect(json).toEqual({
			processId: process.id,
			name: NAME,
			templateId: of.id,
			assigned: [],
			leftOut: [],
			createdGuests: [],
		});
		expect(process).toMatchObject({ checklist_id: of.id, summary: 'For Q4' });
		expect(launches(sandbox.current)).toEqual([
			{ checklist_id: of.id, name: NAME, summary: 'For Q4' },
		]);
	});

	it('gives a step to a guest, names all steps so that none is lost, and keeps whom each has', async () => {
		const [guest] = known();
		const of = onboarding();
		const [upload, check, welcome] = of.steps;
		const json = await launched(of, {
			...client,
			assignments: rowsOf({ step: upload.id, guests: guest }),
		});
		const sent = launches(sandbox.current)[0].tasks ?? {};
		expect(Object.keys(sent)).toEqual([upload.id, check.id, welcome.id]);
		expect(ownersIn(json.processId)).toEqual({
			[upload.title]: { users: [me()], guests: [guest], groups: [] },
			[check.title]: { users: [me()], guests: [], groups: [] },
			[welcome.title]: { users: [me()], guests: [], groups: [] },
		});
		const [task] = tasksOf(json.processId);
		expect(json.assigned).toEqual([
			{
				step: upload.title,
				stepId: upload.id,
				taskId: task.id,
				guests: [guest],
				members: [],
				deadline: expect.stringMatching(/^20\d\d-.*Z$/) as string,
			},
		]);
		expect(json.leftOut).toEqual([]);
	});

	it('adds to the members, guests and groups of the template, whom the map would replace', async () => {
		const [guest, other] = known();
		const of = titled(organization(), 'Vendor Contract Review');
		const [sign, file] = of.steps;
		sign.assignees = [20002];
		sign.guests = [other.toUpperCase()];
		organization().create({ email: other.toUpperCase() });
		const json = await launched(of, {
			kickOffJson: { 'Contract Value': '5' },
			assignments: rowsOf(
				{ step: sign.title, guests: `${guest}, ${other}` },
				{ step: file.id, members: [20003] },
			),
		});
		expect(ownersIn(json.processId)).toEqual({
			[sign.title]: { users: [20002], guests: [other.toUpperCase(), guest], groups: [] },
			[file.title]: { users: [20003], guests: [], groups: file.groups },
		});
		expect(sentTo(sandbox.current)).not.toContain('GET /api/me');
	});

	it.each([true, false])(
		'never leaves a guest alone with a task (assign_run_starter %s)',
		async (starter) => {
			const [guest] = known();
			const of = addTemplate(organization(), 2, { assign_run_starter: starter });
			const json = await launched(of, { assignments: rowsOf({ step: 'Step 1', guests: guest }) });
			expect(ownersIn(json.processId)).toEqual({
				'Step 1': { users: [me()], guests: [guest], groups: [] },
				'Step 2': { users: starter ? [me()] : [], guests: [], groups: [] },
			});
		},
	);

	it('sets deadlines in UTC, and shows the one that Tallyfy made of it', async () => {
		const of = audit();
		const deadline = '2026-12-05T23:00:00+02:00';
		const json = await launched(of, { assignments: rowsOf({ step: of.steps[0].id, deadline }) });
		expect(launches(sandbox.current)[0].tasks).toEqual({
			[of.steps[0].id]: {
				deadline: '2026-12-05 21:00:00',
				owners: { users: [], guests: [], groups: [] },
			},
		});
		expect(json.assigned[0].deadline).toBe('2026-12-07T09:00:00.000Z');
	});

	it('takes assignments as one JSON list, which agents write', async () => {
		const [guest, other] = known();
		const of = addTemplate(organization(), 3);
		const list = [
			{ step: 'step 1', guests: [guest], members: null, deadline: '' },
			{ step: of.steps[2].id, guests: other, members: `${me()}` },
		];
		for (const assignmentsJson of [JSON.stringify(list), list]) {
			const json = await launched(of, { assignmentsJson });
			expect(json.assigned.map(({ step, guests }) => [step, guests])).toEqual([
				['Step 1', [guest]],
				['Step 3', [other]],
			]);
		}
	});

	it('keeps the people of a kick-off field and of roles on a step that is also given to others', async () => {
		const [guest, contact] = known();
		const of = onboarding();
		const [upload] = of.steps;
		const json = await launched(of, {
			kickOffJson: { Client: 'Northwind', Contacts: contact },
			assignments: rowsOf({ step: upload.id, guests: guest }),
		});
		expect(ownersIn(json.processId)[upload.title]).toEqual({
			users: [me()],
			guests: [contact, guest],
			groups: [],
		});
		expect(json.assigned[0].guests).toEqual([guest]);
		expect(json.leftOut).toEqual([]);

		const other = addTemplate(organization(), 1, { roles: [{ id: 'r1' }] });
		const second = await launched(other, {
			assignments: rowsOf({ step: 'Step 1', guests: guest }),
		});
		expect(ownersIn(second.processId)['Step 1']).toEqual({
			users: [me()],
			guests: [guest],
			groups: [],
		});
	});

	it.each([
		['is empty', undefined],
		['has no task', { message: 'OK' }],
		['has the task without its people', { data: { id: 'abc', title: 'Step 1' } }],
	])('sees whom it added after the launch where the answer to that %s', async (_, body) => {
		const [guest] = known();
		const of = addTemplate(organization(), 1, { roles: [{ id: 'r1' }] });
		const added = { method: 'PUT', path: '/tasks/', status: 200, body, done: true };
		sandbox.current.misbehave({ faults: [added] });
		const json = await launched(of, { assignments: rowsOf({ step: 'Step 1', guests: guest }) });
		expect(ownersIn(json.processId)['Step 1'].guests).toEqual([guest]);
		expect(json.assigned[0].guests).toEqual([guest]);
		expect(json.leftOut).toEqual([]);
	});

	it('gives permanent links only where they are asked for, each read once', async () => {
		const [guest, other] = known();
		const of = addTemplate(organization(), 2);
		const assignments = rowsOf(
			{ step: 'Step 1', guests: [guest, other] },
			{ step: 'Step 2', guests: guest },
		);
		expect(JSON.stringify(await launched(of, { assignments }))).not.toMatch(/guest-all-task|link/);
		const json = await launched(of, { assignments, options: { includeLinks: 'true' } });
		const linkOf = (email: string) => organization().guests.get(email)?.link;
		expect(json.links).toEqual([
			{ email: guest, link: linkOf(guest) },
			{ email: other, link: linkOf(other) },
		]);
	});

	it('adds missing guests first, where that is allowed, and says whom', async () => {
		const [guest] = known();
		const of = audit();
		const json = await launched(of, {
			assignments: rowsOf({ step: of.steps[0].id, guests: [guest, ' new@new.test\u200b'] }),
			options: { createMissingGuests: true },
		});
		expect(json.createdGuests).toEqual(['new@new.test']);
		expect(json.assigned[0].guests).toEqual([guest, 'new@new.test']);
		expect(known()).toContain('new@new.test');
	});

	it('takes odd emails in every place', async () => {
		const odd = [...ODD_EMAILS, 'a+b/c?d#e%f&g@x.test', '"a b"@x.test', 'Jo.Upper@X.test'];
		const of = onboarding();
		const json = await launched(of, {
			kickOffJson: { Client: 'x', Contacts: odd },
			assignments: rowsOf({ step: of.steps[0].id, guests: odd, members: [me()] }),
			options: { createMissingGuests: true, includeLinks: true },
		});
		expect(json.leftOut).toEqual([]);
		expect(json.createdGuests).toEqual(odd);
		expect(ownersIn(json.processId)[of.steps[0].title].guests).toEqual(odd);
		expect((json.links as Json[]).map(({ email }) => email)).toEqual(odd);
	});

	it('gives a name of its own where there is none, and leaves it to a template with a format', async () => {
		const of = audit();
		const json = await launched(of, { name: '' });
		expect(json.name).toMatch(/^Supplier audit - \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}$/);
		of.default_process_name_format = '{title}';
		await launched(of, { name: null });
		expect(launches(sandbox.current)[1]).toEqual({ checklist_id: of.id });
	});

	it('needs six requests for thirty steps and three contacts of a client', async () => {
		const of = addTemplate(organization(), 30);
		const guests = ['a@client.test', 'b@client.test', 'c@client.test'];
		for (const email of guests) organization().create({ email });
		const json = await launched(of, {
			assignments: rowsOf(
				...guests.map((email, at) => ({ step: `Step ${at + 1}`, guests: email })),
			),
		});
		expect(json.assigned).toHaveLength(3);
		expect(tasksOf(json.processId)).toHaveLength(30);
		expect(sentTo(sandbox.current).sort()).toEqual(
			[
				'GET /guests',
				'GET /api/me',
				`GET /checklists/${of.id}`,
				`GET /runs/${String(json.processId)}/tasks`,
				'POST /runs',
			].sort(),
		);
	});

	it('needs six requests for guests of three domains too, where the step has a member', async () => {
		const of = addTemplate(organization(), 30, { assignees: [20001] });
		const guests = ['a@one.test', 'b@two.test', 'c@three.test'];
		for (const email of guests) organization().create({ email });
		await launched(of, { assignments: rowsOf({ step: 'Step 3', guests }) });
		expect(sandbox.current.requests).toHaveLength(6);
	});

	it('reads template, guests and the own member once for many items, and fails one alone', async () => {
		const [guest] = known();
		const of = addTemplate(organization(), 2);
		const { items } = await run({
			parameters: launchOf(of, {
				name: '={{ $json.name }}',
				assignments: rowsOf({ step: '={{ $json.step }}', guests: guest }),
			}),
			input: ['One', 'Two', 'Three', 'Four'].map((name, at) => ({
				name,
				step: at === 2 ? 'No step' : 'Step 1',
			})),
			onError: 'continueRegularOutput',
		});
		expect(items.map(({ json, pairedItem }) => [json.name ?? json.message, pairedItem])).toEqual([
			['One', { item: 0 }],
			['Two', { item: 1 }],
			['Assignments > Step is No step, which is no step of the template', { item: 2 }],
			['Four', { item: 3 }],
		]);
		const reads = sentTo(sandbox.current).filter((one) =>
			/GET \/(checklists|api\/me|guests)/.test(one),
		);
		expect(reads).toHaveLength(3);
		expect(launches(sandbox.current)).toHaveLength(3);
	});
});

describe('Process > Launch refuses, before anything is written,', () => {
	const refusals: Array<[string, Record<string, unknown>, RegExp, RegExp]> = [
		[
			'an unknown template',
			{ template: byId('f'.repeat(32)) },
			/no template ffff/,
			/Check Template/,
		],
		['no template', { template: byId('={{ "" }}') }, /^Template is empty$/, /Pick the template/],
		[
			'a path as template',
			{ template: byId('../runs') },
			/^Template is \.\.\/runs/,
			/Pick the template/,
		],
		[
			'a step of another template',
			{ assignments: rowsOf({ step: 'a'.repeat(32), guests: 'a@x.test' }) },
			/^Assignments > Step is a{32}, which is no step/,
			/Upload the insurance certificate \([0-9a-f]{32}\), Check the certificate/,
		],
		[
			'guests where a step does not allow them',
			{ assignments: rowsOf({ step: 'Check the certificate', guests: 'a@x.test' }) },
			/^Assignments > Guests names guests for the step Check the certificate/,
			/Nothing was sent/,
		],
		[
			'a row without a step',
			{ assignments: rowsOf({ step: '', guests: 'a@x.test' }) },
			/^Assignments > Step is empty/,
			/Choose the step/,
		],
		[
			'a row for nobody',
			{ assignments: rowsOf({ step: 'Check the certificate', guests: '', members: [] }) },
			/^Assignments > Guests is empty for the step Check the certificate/,
			/leave the step out/,
		],
		[
			'an email that climbs',
			{ assignments: rowsOf({ step: 'Check the certificate', guests: '../users@x.test' }) },
			/^Assignments > Guests cannot be part of an address/,
			/without dots/,
		],
		[
			'a date that is none',
			{ assignments: rowsOf({ step: 'Check the certificate', deadline: 'soon' }) },
			/^Assignments > Deadline is not a date: soon/,
			/ISO date/,
		],
		[
			'assignments that are no list',
			{ assignmentsJson: '{"step":"x"}' },
			/^Assignments \(JSON\) is not a list/,
			/Give a list such as/,
		],
		[
			'an unknown key of an assignment',
			{ assignmentsJson: [{ step: 'x', guest: 'a@x.test' }] },
			/^Assignments \(JSON\) has an unknown key: guest/,
			/step, guests, members, deadline/,
		],
		[
			'an unknown guest',
			{ assignments: rowsOf({ step: 'Upload the insurance certificate', guests: 'no@x.test' }) },
			/^Assignments > Guests names somebody who is no guest .*: no@x\.test/,
			/Create Missing Guests/,
		],
		[
			'an unknown guest in the kick-off form',
			{ kickOffJson: { Client: 'x', Contacts: 'no@x.test' } },
			/^Kick-Off Fields > Contacts names somebody who is no guest/,
			/Create Missing Guests/,
		],
		[
			'a choice that does not exist',
			{ kickOffJson: { Client: 'x', Plan: 'Platinum' } },
			/^Kick-Off Fields \(JSON\) > Plan has no choice Platinum/,
			/Silver, Gold/,
		],
		['a required field left empty', { kickOffJson: '' }, /requires: Client/, /Nothing was sent/],
		[
			'an unknown key',
			{ kickOffJson: { Client: 'x', Colour: 'red' } },
			/^Kick-Off Fields \(JSON\) names a field that the template does not have: Colour/,
			/Client, Notes, Start date, Plan/,
		],
		['JSON that is none', { kickOffJson: '{Client' }, /is not JSON/, /Correct the JSON/],
		['a list as form', { kickOffJson: '[1]' }, /is not an object/, /Give an object/],
		[
			'a file as text',
			{ kickOffJson: { Client: 'x', Certificate: 'https://x.test/a.pdf' } },
			/^Kick-Off Fields \(JSON\) > Certificate is no file/,
			/"url"/,
		],
		['a name that is a list', { name: [1] }, /^Process Name is no text/, /one text/],
		[
			'an option that is neither true nor false',
			{ options: { includeLinks: 'maybe' } },
			/^Include Links is maybe/,
			/true or false/,
		],
	];
	it.each(refusals)('%s', async (_, more, message, next) => {
		const { items } = await launchIt(
			onboarding(),
			{ ...client, ...more },
			{ onError: 'continueRegularOutput' },
		);
		expect(items[0].json.message).toMatch(message);
		expect(errorOf(items[0])?.description).toMatch(next);
		expect(errorOf(items[0])?.outcome).toBeUndefined();
		expect(sandbox.current.requests.filter(({ method }) => method !== 'GET')).toEqual([]);
	});

	it('a template that was archived', async () => {
		const { error } = await launchIt(titled(organization(), 'Old intake'), {});
		expect(error?.message).toMatch(/^Template .* is archived$/);
		expect(launches(sandbox.current)).toEqual([]);
	});

	it("a member's address as guest, though missing guests may be added", async () => {
		const [, { email }] = organization().members;
		const { items } = await launchIt(
			onboarding(),
			{
				...client,
				assignments: rowsOf({ step: onboarding().steps[0].id, guests: email }),
				options: { createMissingGuests: true },
			},
			{ onError: 'continueRegularOutput' },
		);
		expect(wordsOf(items[0])).toContain(email);
		expect(errorOf(items[0])?.status).toBe(422);
		expect(launches(sandbox.current)).toEqual([]);
	});
});

describe('The answers to the kick-off form', () => {
	const people = () => known();
	it('are written by the type of each field, from what the mapper holds', async () => {
		const of = onboarding();
		const [contact] = people();
		const id = (label: string) => fieldOf(of, label).id;
		const value = {
			[id('Client')]: 'Northwind',
			[id('Notes')]: '',
			[id('Start date')]: '2026-12-01T09:00:00',
			[id('Plan')]: 'Gold',
			[id('Add-ons')]: '["Audit log","Single sign-on"]',
			[id('Billing')]: 'Yearly',
			[id('Certificate')]: '[{"url":"https://x.test/a%20b.pdf?x=1"}]',
			[id('Order')]: '["Laptop", 3]',
			[id('Contacts')]: `${contact}, 20002`,
		};
		const json = await launched(of, { kickOff: { mappingMode: 'defineBelow', value, schema: [] } });
		expect(launches(sandbox.current)[0].prerun).toEqual({
			[id('Client')]: 'Northwind',
			[id('Start date')]: '2026-12-01 09:00:00',
			[id('Plan')]: { id: 2, text: 'Gold' },
			[id('Add-ons')]: [
				{ id: 2, text: 'Audit log', selected: true },
				{ id: 1, text: 'Single sign-on', selected: true },
			],
			[id('Billing')]: 'Yearly',
			[id('Certificate')]: [
				{ url: 'https://x.test/a%20b.pdf?x=1', filename: 'a%20b.pdf', source: 'url' },
			],
			[id('Order')]: ['Laptop', '3'],
			[id('Contacts')]: { users: [20002], guests: [contact], groups: [] },
		});
		expect(json).not.toHaveProperty('notStored');
	});

	it('come from expressions in the mapper too, and those of the JSON go first', async () => {
		const of = onboarding();
		const id = (label: string) => fieldOf(of, label).id;
		const { items } = await run({
			parameters: launchOf(of, {
				name: NAME,
				kickOff: {
					mappingMode: 'defineBelow',
					value: { [id('Client')]: '={{ $json.client }}', [id('Plan')]: 'Silver' },
					schema: [],
				},
				kickOffJson: '={{ { plan: "gold", "start DATE": $now } }}',
			}),
			input: [{ client: 'Northwind' }],
		});
		expect(items[0].json.processId).toBeDefined();
		expect(launches(sandbox.current)[0].prerun).toEqual({
			[id('Client')]: 'Northwind',
			[id('Plan')]: { id: 2, text: 'Gold' },
			[id('Start date')]: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/) as string,
		});
	});

	it('for a field that the template no longer has are refused by the label that n8n remembers', async () => {
		const kickOff = {
			mappingMode: 'defineBelow',
			value: { gone: 'x' },
			schema: [{ id: 'gone', displayName: 'Old field' }],
		};
		const { error } = await launchIt(onboarding(), { kickOff });
		expect(error?.message).toMatch(/does not have: Old field$/);
	});

	it('that Tallyfy did not store are named', async () => {
		const of = audit();
		const body = { data: { id: 'f'.repeat(32), name: NAME, checklist_id: of.id, prerun: [] } };
		of.prerun = [...onboarding().prerun.slice(0, 2)];
		sandbox.current.misbehave({ faults: [{ method: 'POST', status: 201, body }] });
		const { items } = await launchIt(of, { kickOffJson: { Client: 'x', Notes: 'y' } });
		expect(items[0].json.notStored).toEqual(['Client', 'Notes']);
		expect(items[0].json.notChecked).toMatch(/launched, but its tasks could not be read/);
	});
});
