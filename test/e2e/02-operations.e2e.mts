// Scenario 2: every operation of every resource once, in a workflow that ends in a check of the data; and the lists that
// people pick from.
import { beforeEach, expect, it } from 'vitest';
import { itemsOf } from '../../dev/n8nClient.mts';
import type { Guest, Json, Member } from '../../sandbox/organization.mts';
import { clientOf, describeWorlds, sandboxOf } from './support/world.mts';
import { byHand, chain, check, tallyfy } from './support/workflows.mts';
import type { SandboxClient } from './support/sandboxClient.mts';

const PACKAGE = 'n8n-nodes-tallyfy-guests';
const GUESTS = 120;

/** Who is there before each test. */
interface People {
	/** Has no tasks, came, may come in. */
	idle: Guest;
	/** Has tasks to do. */
	busy: Guest;
	disabled: Guest;
	members: Member[];
	/** Had no tasks before the two that follow: an approval and one task that is complete. */
	asked: Guest;
	approval: Json;
	completed: Json;
	/** On the first template, with a task of the busy guest. */
	process: Json;
	/** How many processes there are on that template. */
	running: number;
	/** With a kick-off form and three steps. */
	template: Json;
}

interface Case {
	parameters: Record<string, unknown>;
	/** An expression that must be true for every item; evaluated by n8n. */
	check: string;
	/** How many items come out; one, if left out. */
	items?: number;
	/** What must be so in Tallyfy afterwards. */
	there?: (sandbox: SandboxClient) => Promise<void>;
}

const openTasks = ({ stats }: Guest) => (stats as { assigned_tasks: number }).assigned_tasks;
const byEmail = ({ email }: Guest) => ({ __rl: true, mode: 'email', value: email });
const byId = ({ id }: Json) => ({ __rl: true, mode: 'id', value: id });
const same = (value: unknown) => JSON.stringify(value);
const STEP = 'Upload the insurance certificate';

const CASES: Record<string, (people: People) => Case> = {
	'guest.getAll': () => ({
		parameters: { returnAll: true, filters: {}, options: { includeStats: true } },
		items: GUESTS,
		check: `$('Tallyfy').all().length === ${GUESTS} && $json.email.includes('@') && !('link' in $json) && $json.assignedTasks >= 0`,
	}),
	'guest.get': ({ idle }) => ({
		parameters: { guest: byEmail(idle), options: {} },
		check: `$json.email === ${same(idle.email)} && $json.firstName === ${same(idle.first_name)} && $json.disabled === false && !('link' in $json)`,
	}),
	'guest.getLink': ({ idle }) => ({
		parameters: { guest: byEmail(idle) },
		check: `$json.email === ${same(idle.email)} && $json.link === ${same(idle.link)}`,
	}),
	'guest.create': () => ({
		parameters: {
			email: 'zoe+new@client.test',
			additionalFields: { firstName: 'Zoë', companyName: 'Client & Co' },
			fieldsJson: '{"phone1":"+1-212-555-0123"}',
		},
		check: `$json.email === 'zoe+new@client.test' && $json.firstName === 'Zoë' && $json.companyName === 'Client & Co' && !$json.notStored`,
		there: async (sandbox) =>
			expect(await sandbox.guest('zoe+new@client.test')).toMatchObject({
				first_name: 'Zoë',
				details: { company_name: 'Client & Co', phone_1: '+1-212-555-0123' },
			}),
	}),
	'guest.createOrGet': ({ idle, members }) => ({
		parameters: { email: idle.email, associatedMembers: [members[2].id], additionalFields: {} },
		check: `$json.email === ${same(idle.email)} && $json.created === false && $json.associatedMembers[0] === ${members[2].id}`,
		there: async (sandbox) => {
			expect((await sandbox.guests()).length).toBe(GUESTS);
			expect((await sandbox.guest(idle.email))?.details.associated_members).toEqual([
				members[2].id,
			]);
		},
	}),
	'guest.update': ({ idle, members }) => ({
		parameters: {
			guest: byEmail(idle),
			membersMode: 'replace',
			associatedMembers: [members[1].id, members[3].id],
		},
		check: `$json.associatedMembers.join() === '${members[1].id},${members[3].id}'`,
		there: async (sandbox) =>
			expect((await sandbox.guest(idle.email))?.details.associated_members).toEqual([
				members[1].id,
				members[3].id,
			]),
	}),
	'guest.delete': ({ idle }) => ({
		parameters: { guest: byEmail(idle), options: {} },
		check: `$json.deleted === true && $json.email === ${same(idle.email)}`,
		there: async (sandbox) => expect(await sandbox.guest(idle.email)).toBeUndefined(),
	}),
	'guest.disable': ({ idle }) => ({
		parameters: { guest: byEmail(idle) },
		check: `$json.email === ${same(idle.email)} && $json.disabled === true`,
		there: async (sandbox) =>
			expect((await sandbox.guest(idle.email))?.details.disabled_at).toBeTruthy(),
	}),
	'guest.enable': ({ disabled }) => ({
		parameters: { guest: byEmail(disabled) },
		check: `$json.email === ${same(disabled.email)} && $json.disabled === false`,
		there: async (sandbox) =>
			expect((await sandbox.guest(disabled.email))?.details.disabled_at).toBeNull(),
	}),
	'guest.convertToMember': ({ idle }) => ({
		parameters: { guest: byEmail(idle) },
		check: `$json.converted === true && $json.email === ${same(idle.email)}`,
		there: async (sandbox) => {
			expect(await sandbox.guest(idle.email)).toBeUndefined();
			expect((await sandbox.members()).map(({ email }) => email)).toContain(idle.email);
		},
	}),
	'guest.resetLink': ({ idle }) => ({
		parameters: { guest: byEmail(idle) },
		check: `$json.email === ${same(idle.email)} && $json.link.startsWith('http') && $json.link !== ${same(idle.link)}`,
		there: async (sandbox) => expect((await sandbox.guest(idle.email))?.link).not.toBe(idle.link),
	}),
	'guestTask.getAll': ({ busy }) => ({
		parameters: { guest: byEmail(busy), returnAll: true, filters: { status: 'active' } },
		items: openTasks(busy),
		check: `$json.guestEmail === ${same(busy.email)} && $json.status === 'not-started' && $json.title !== '' && $json.processName !== ''`,
	}),
	'guestTask.get': ({ approval }) => ({
		parameters: { task: byId(approval) },
		check: `$json.id === ${same(approval.id)} && $json.title === ${same(approval.title)} && 'Delivery' in $json.answers && !JSON.stringify($json).includes('/guest')`,
	}),
	'guestTask.getLink': ({ approval, asked }) => ({
		parameters: { task: byId(approval), guest: byEmail(asked) },
		check: `$json.taskId === ${same(approval.id)} && $json.email === ${same(asked.email)} && $json.link.includes(${same(codeOf(asked))})`,
	}),
	'guestTask.create': ({ idle }) => ({
		parameters: {
			title: 'Send your tax number',
			guests: idle.email,
			deadline: '2026-12-01T12:00:00Z',
			formFields: { field: [{ label: 'Tax number', fieldType: 'text', required: true }] },
			additionalFields: { description: 'As on the last invoice' },
			options: {},
		},
		check: `$json.title === 'Send your tax number' && $json.deadline === '2026-12-01T12:00:00.000Z' && $json.isOneOff === true`,
		there: async (sandbox) => {
			const path = `/tasks?with=form_fields&guests=${encodeURIComponent(idle.email)}`;
			const tasks = (await sandbox.api('GET', path)).body.data as Json[];
			const made = tasks.filter(({ title }) => title === 'Send your tax number');
			expect(made).toMatchObject([
				{ owners: { guests: [idle.email] }, form_fields: { data: [{ label: 'Tax number' }] } },
			]);
		},
	}),
	'guestTask.assign': ({ approval, busy, asked }) => ({
		parameters: { task: byId(approval), assignMode: 'add', guests: busy.email, options: {} },
		check: `$json.id === ${same(approval.id)}`,
		there: async (sandbox) => {
			const { owners } = await taskOf(sandbox, approval);
			expect((owners as Json).guests).toEqual([asked.email, busy.email]);
		},
	}),
	'guestTask.complete': ({ approval }) => ({
		parameters: { task: byId(approval), approval: 'approve' },
		check: `$json.id === ${same(approval.id)} && $json.status === 'completed'`,
		there: async (sandbox) =>
			expect(await taskOf(sandbox, approval)).toMatchObject({
				status: 'completed',
				is_approved: true,
			}),
	}),
	'guestTask.reopen': ({ completed }) => ({
		parameters: { task: byId(completed) },
		check: `$json.id === ${same(completed.id)} && $json.completedAt === null`,
		there: async (sandbox) =>
			expect(await taskOf(sandbox, completed)).toMatchObject({ completed_at: null }),
	}),
	'guestTask.remind': ({ approval, asked }) => ({
		parameters: { task: byId(approval) },
		check: `$json.reminded === true && $json.taskId === ${same(approval.id)}`,
		there: async (sandbox) => {
			const mails = (await sandbox.mails()).filter(({ kind }) => kind === 'reminder');
			expect(mails.filter(({ to }) => to === asked.email)).toHaveLength(1);
		},
	}),
	'guestTask.comment': ({ approval }) => ({
		parameters: { task: byId(approval), text: 'Please look at page two', visibility: 'guests' },
		check: `$json.taskId === ${same(approval.id)}`,
		there: async (sandbox) => {
			const { threads } = await taskOf(sandbox, approval);
			expect((threads as Json).data).toMatchObject([
				{ content: 'Please look at page two', state: 'open' },
			]);
		},
	}),
	'process.launch': ({ template, idle }) => ({
		parameters: {
			template: byId(template),
			name: 'Onboarding Client & Co',
			kickOffJson: '{"Client":"Client & Co","Plan":"Gold"}',
			assignments: { assignment: [{ step: STEP, guests: idle.email }] },
			options: { includeLinks: true },
		},
		check: `$json.name === 'Onboarding Client & Co' && $json.links[0].email === ${same(idle.email)} && $json.links[0].link === ${same(idle.link)}`,
		there: async (sandbox) => {
			const processes = (await sandbox.api('GET', '/runs?q=Onboarding%20Client')).body
				.data as Json[];
			expect(processes).toHaveLength(1);
			const tasks = (await sandbox.api('GET', `/runs/${String(processes[0].id)}/tasks`)).body.data;
			expect((tasks as Json[]).map(({ title }) => title)).toHaveLength(3);
			expect((tasks as Json[])[0]).toMatchObject({ title: STEP });
			expect(((tasks as Json[])[0].owners as Json).guests).toEqual([idle.email]);
		},
	}),
	'process.get': ({ process }) => ({
		parameters: { process: byId(process) },
		check: `$json.id === ${same(process.id)} && $json.name === ${same(process.name)}`,
	}),
	'process.getAll': ({ process, template, running }) => ({
		parameters: { returnAll: true, filters: { template: template.id } },
		items: running,
		check: `$json.templateId === ${same(template.id)} && $json.name !== '' && ${same(process.name)} !== ''`,
	}),
	'process.getGuests': ({ process, busy }) => ({
		parameters: { process: byId(process) },
		check: `$json.email === ${same(busy.email)} && $json.processId === ${same(process.id)} && $json.openTasks > 0`,
	}),
	'template.get': ({ template }) => ({
		parameters: { template: byId(template) },
		check: `$json.id === ${same(template.id)} && $json.steps.length === 3 && $json.kickOffFields.length === 9`,
	}),
	'template.getAll': ({ template }) => ({
		parameters: { returnAll: true, filters: { search: 'Client onboarding' } },
		check: `$json.id === ${same(template.id)} && $json.title === 'Client onboarding'`,
	}),
	'guestCustomField.getAll': ({ idle }) => ({
		parameters: { guest: byEmail(idle) },
		items: 3,
		check: `['account_number', 'region', 'tier'].includes($json.key) && ($json.key !== 'account_number' || $json.value === 'A-${idle.id}')`,
	}),
	'guestCustomField.set': ({ idle }) => ({
		parameters: {
			guest: { __rl: true, mode: 'link', value: idle.link },
			key: 'region',
			value: 'EMEA',
		},
		check: `$json.key === 'region' && $json.value === 'EMEA'`,
		there: async (sandbox) =>
			expect(await customFields(sandbox, idle)).toHaveProperty('region', 'EMEA'),
	}),
	'guestCustomField.clear': ({ idle }) => ({
		parameters: { guest: byEmail(idle), key: 'tier' },
		check: `$json.key === 'tier' && $json.cleared === true`,
		there: async (sandbox) =>
			expect(await customFields(sandbox, idle)).toHaveProperty('tier', null),
	}),
	'member.getAll': ({ members }) => ({
		parameters: { returnAll: true, filters: { status: 'active' } },
		items: members.filter(({ status }) => status === 'active').length,
		check: `$json.status === 'active' && $json.id > 0 && $json.email.includes('@')`,
	}),
	'member.convertToGuest': ({ members }) => ({
		parameters: { member: { __rl: true, mode: 'id', value: String(members[4].id) } },
		check: `$json.converted === true && $json.memberId === ${members[4].id}`,
		there: async (sandbox) => {
			expect(await sandbox.guest(members[4].email)).toBeTruthy();
			expect((await sandbox.members()).map(({ id }) => id)).not.toContain(members[4].id);
		},
	}),
};

const codeOf = ({ link }: Guest) => String(link).split('/').at(-1);
const customFields = async (sandbox: SandboxClient, guest: Guest) =>
	(await sandbox.api('GET', `/guests/${codeOf(guest)}/custom-fields`)).body.data;

const taskOf = async (sandbox: SandboxClient, { id }: Json) =>
	(await sandbox.api('GET', `/tasks/${String(id)}?with=threads,form_fields`)).body.data as Json;

async function peopleOf(sandbox: SandboxClient): Promise<People> {
	const guests = await sandbox.guests();
	const isOut = ({ details }: Guest) => Boolean(details.disabled_at);
	const find = (test: (guest: Guest) => boolean) => guests.find(test) as Guest;
	const list = async (path: string) => (await sandbox.api('GET', path)).body.data as Json[];
	const [template] = await list('/checklists?q=Client%20onboarding');
	const processes = await list(`/runs?checklist_id=${String(template.id)}&per_page=100`);
	const [process] = processes.filter(({ status }) => status === 'active');
	const tasks = await list(`/runs/${String(process.id)}/tasks`);
	const [owner] = tasks.flatMap(({ owners }) => (owners as { guests: string[] }).guests);
	const [idle, asked] = guests.filter((guest) => openTasks(guest) === 0 && !isOut(guest));
	const members = await sandbox.members();
	const create = async (title: string, task_type: string) => {
		const { status, body } = await sandbox.api('POST', '/tasks', {
			title,
			task_type,
			deadline: '2026-12-01 12:00:00',
			owners: { users: [members[0].id], guests: [asked.email], groups: [] },
			form_fields: [{ label: 'Delivery', field_type: 'text', required: false }],
		});
		expect([status, body]).toEqual([201, body]);
		return body.data as Json;
	};
	const completed = await create('Read the letter', 'task');
	await sandbox.api('POST', '/completed-tasks', { task_id: completed.id });
	return {
		idle,
		asked,
		busy: find(({ email }) => email === owner),
		disabled: find(isOut),
		members,
		approval: await create('Approve the quote', 'approval'),
		completed,
		process,
		running: processes.length,
		template,
	};
}

describeWorlds('Every operation', (world) => {
	const sandbox = sandboxOf(world);
	const run = async (name: string, { parameters, check: expression }: Case) => {
		const [resource, operation] = name.split('.');
		const client = clientOf(world);
		const node = tallyfy(world, 'Tallyfy', { resource, operation, ...parameters });
		const nodes = [byHand(), node, ...check(expression)];
		return await client.run(await client.createWorkflow(chain(name, nodes)), 'Run by hand');
	};

	beforeEach(async () => await sandbox.reset({ guests: GUESTS }));

	it('has a case here, so that a new one cannot ship without having run in a whole n8n', async () => {
		const types = await clientOf(world).nodeTypes(PACKAGE);
		const properties = types.get(`${PACKAGE}.tallyfyGuests`)?.properties ?? [];
		const operations = properties
			.filter(({ name }) => name === 'operation')
			.flatMap(({ displayOptions, options }) =>
				// n8n itself adds "Custom API Call" to every menu.
				(options ?? [])
					.filter(({ value }) => value !== '__CUSTOM_API_CALL__')
					.map(({ value }) => `${String(displayOptions?.show?.resource[0])}.${String(value)}`),
			);
		expect(Object.keys(CASES).sort()).toEqual(operations.sort());
	});

	it('is checked by a workflow that fails when the data is wrong', async () => {
		const example = CASES['guest.get'](await peopleOf(sandbox));
		const { status, error } = await run('guest.get', { ...example, check: '$json.email === "x"' });
		expect(status).toBe('error');
		expect(error?.message).toMatch(/^The check of the data failed for \{"email":/);
	});

	it.each(Object.keys(CASES))('%s does in n8n what it says', async (name) => {
		const example = CASES[name](await peopleOf(sandbox));
		await sandbox.forget();
		const execution = await run(name, example);
		expect(execution.error?.message).toBeUndefined();
		expect(execution.status).toBe('success');
		expect(itemsOf(execution, 'Tallyfy')).toHaveLength(example.items ?? 1);
		expect((await sandbox.summary()).violations).toEqual([]);
		await example.there?.(sandbox);
	});
});

describeWorlds('Lists to pick from', (world) => {
	const sandbox = sandboxOf(world);
	const ask = async <T,>(kind: string, path: string, methodName: string, more: object = {}) => {
		const { id, name } = world.credential;
		return await clientOf(world).call<T>('POST', `/dynamic-node-parameters/${kind}`, {
			nodeTypeAndVersion: { name: `${PACKAGE}.tallyfyGuests`, version: 1 },
			path: `parameters.${path}`,
			methodName,
			currentNodeParameters: { resource: 'guest', operation: 'get' },
			credentials: { tallyfyGuestsApi: { id, name } },
			...more,
		});
	};
	interface Found {
		results: Array<{ name: string; value: string | number; url?: string }>;
		paginationToken?: string;
	}
	const locate = async (methodName: string, path: string, more = {}) =>
		await ask<Found>('resource-locator-results', path, methodName, more);

	beforeEach(async () => await sandbox.reset({ guests: GUESTS }));

	it('find a guest by a part of the email, which Tallyfy searches', async () => {
		const { idle } = await peopleOf(sandbox);
		await sandbox.forget();
		const found = await locate('searchGuests', 'guest', { filter: idle.email.slice(0, 12) });
		expect(found.results.map(({ value }) => value)).toContain(idle.email);
		expect((await sandbox.requests())[0].path).toContain(
			`q=${encodeURIComponent(idle.email.slice(0, 12))}`,
		);
	});

	it('read all pages of guests, each guest once and without their link', async () => {
		const seen: Found['results'] = [];
		let paginationToken: string | undefined;
		do {
			const page: Found = await locate('searchGuests', 'guest', { paginationToken });
			seen.push(...page.results);
			paginationToken = page.paginationToken;
		} while (paginationToken);
		expect(new Set(seen.map(({ value }) => value)).size).toBe(GUESTS);
		expect(seen).toHaveLength(GUESTS);
		expect(JSON.stringify(seen)).not.toContain('guest-all-task');
	});

	it('offer all members by name, those who are not active last and marked', async () => {
		const { members } = await peopleOf(sandbox);
		const options = await ask<Found['results']>('options', 'associatedMembers', 'getMembers', {
			currentNodeParameters: { resource: 'guest', operation: 'update' },
		});
		expect(options).toContainEqual(
			expect.objectContaining({
				name: `${String(members[0].full_name)} (${members[0].email})`,
				value: members[0].id,
			}),
		);
		expect(options).toHaveLength(members.length);
		const passive = members.filter(({ status }) => status !== 'active');
		const last = options.slice(-passive.length);
		expect(last.map(({ value }) => value).sort()).toEqual(passive.map(({ id }) => id).sort());
		for (const { name } of last) expect(name).toMatch(/ - (disabled|invited)$/);
	});

	it('find a member to convert by a part of the name', async () => {
		const { members } = await peopleOf(sandbox);
		const found = await locate('searchMembers', 'member', {
			filter: String(members[1].last_name),
			currentNodeParameters: { resource: 'member', operation: 'convertToGuest' },
		});
		expect(found.results.map(({ value }) => Number(value))).toContain(members[1].id);
	});
});
