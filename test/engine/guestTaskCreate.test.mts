import { describe, expect, it } from 'vitest';
import { errorOf, wordsOf } from '../support/runs.mts';
import { useSandbox } from '../support/sandbox.mts';
import { tasksOf } from '../support/tasks.mts';

const sandbox = useSandbox({ guests: 40 });
const { run, runAll, idle, me, sent, bodies, organization, quirk, mailed, task } = tasksOf(sandbox);
const DEADLINE = '2027-03-02T12:00:00Z';
const WHOLE = { title: 'Sign', deadline: DEADLINE };
const create = async (parameters: Record<string, unknown>, input?: object[], more?: object) =>
	await run('create', { ...WHOLE, ...parameters }, input, more);
const createAll = async (parameters: Record<string, unknown>, input: object[], more?: object) =>
	await runAll('create', { ...WHOLE, ...parameters }, input, more);
const posts = () => bodies().filter((body) => 'title' in body);
const titled = (title = 'Sign') =>
	organization()
		.work.allTasks()
		.filter((one) => one.title === title);
const ODD = ['a+b/c?d#e%f&g@x.test', '"a b"@x.test', 'Upper@Case.test', "o'brien,jr@x.test"];

describe('Guest Task > Create', () => {
	it('makes a task for a guest, with the member of the credential, because a guest is not left alone', async () => {
		const [email] = idle();
		const { items, error } = await create({ guests: ` ${email}\u200b ` });
		expect(error).toBeUndefined();
		const owners = { users: [me()], guests: [email], groups: [] };
		const deadline = '2027-03-02 12:00:00';
		expect(bodies()).toEqual([{ title: 'Sign', task_type: 'task', deadline, owners }]);
		const [{ json }] = items;
		expect(json).toMatchObject({
			title: 'Sign',
			status: 'not-started',
			deadline: '2027-03-02T12:00:00.000Z',
			isOneOff: true,
			guestEmail: email,
			guests: [email],
			members: [me()],
			addedMember: me(),
		});
		expect(Object.keys(json)).not.toContain('notStored');
		expect(Object.keys(json)).not.toContain('deadlineMoved');
		expect(JSON.stringify(items)).not.toMatch(/guest-all-task|\/guest\/|taskUrls/);
	});

	it('sends everything that can be given, and adds nobody where a member is named', async () => {
		const [one, other] = idle();
		const { items, error } = await create({
			guests: `${one}, ${other}`,
			formFields: {
				field: [
					{ label: ' Order ', fieldType: 'text', required: true, options: 'left, over' },
					{ label: 'Delivery', fieldType: 'radio', required: false, options: 'A, slow\nB' },
				],
			},
			formFieldsJson: '[{"label":"Lines","type":"table","columns":["Item","Price"]}]',
			additionalFields: {
				description: '<p>Hello</p>',
				members: [20002],
				taskType: 'approval',
				everyoneMustComplete: true,
				preventGuestComment: true,
				webhook: 'https://hooks.x.test/a?secret=1',
			},
		});
		expect(error).toBeUndefined();
		expect(bodies()).toEqual([
			{
				title: 'Sign',
				task_type: 'approval',
				deadline: '2027-03-02 12:00:00',
				owners: { users: [20002], guests: [one, other], groups: [] },
				summary: '<p>Hello</p>',
				everyone_must_complete: true,
				prevent_guest_comment: true,
				webhook: 'https://hooks.x.test/a?secret=1',
				form_fields: [
					{ label: 'Order', field_type: 'text', required: true, position: 1 },
					{
						label: 'Delivery',
						field_type: 'radio',
						required: false,
						position: 2,
						options: [
							{ id: 1, text: 'A, slow' },
							{ id: 2, text: 'B' },
						],
					},
					{
						label: 'Lines',
						field_type: 'table',
						required: false,
						position: 3,
						columns: [
							{ id: 1, label: 'Item' },
							{ id: 2, label: 'Price' },
						],
					},
				],
			},
		]);
		expect(items[0].json).toMatchObject({ guests: [one, other], members: [20002] });
		for (const key of ['addedMember', 'notStored', 'guestEmail']) {
			expect(items[0].json).not.toHaveProperty(key);
		}
		expect(sent()).not.toContain('GET /me');
	});

	it('takes texts for everything, and blanks for what was left out, as agents give them', async () => {
		const [email] = idle();
		const { items, error } = await create({
			guests: JSON.stringify([email]),
			formFields: '',
			formFieldsJson: null,
			additionalFields: {
				description: '',
				members: '20002, 20003',
				taskType: '',
				separateTasks: 'false',
				everyoneMustComplete: 'true',
				preventGuestComment: null,
				webhook: null,
			},
			options: { createMissingGuests: 'false' },
		});
		expect(error).toBeUndefined();
		expect(bodies()[0]).toEqual({
			title: 'Sign',
			task_type: 'task',
			deadline: '2027-03-02 12:00:00',
			owners: { users: [20002, 20003], guests: [email], groups: [] },
			everyone_must_complete: true,
		});
		expect(items).toHaveLength(1);
	});

	it.each([
		['a date without a zone, as UTC', '2027-03-02T14:00:00', '2027-03-02 14:00:00'],
		['a date with a zone', '2027-03-02T16:00:00+02:00', '2027-03-02 14:00:00'],
		['a DateTime', '={{ $json.at.toDateTime().setZone("Asia/Tokyo") }}', '2027-03-02 14:00:00'],
		['a Date', '={{ new Date($json.at) }}', '2027-03-02 14:00:00'],
	])('sends %s in UTC, because Tallyfy drops zones', async (_, deadline, arrives) => {
		const { error } = await create({ guests: idle()[0], deadline }, [
			{ at: '2027-03-02T14:00:00Z' },
		]);
		expect(error).toBeUndefined();
		expect(bodies()[0].deadline).toBe(arrives);
	});

	it('shows the deadline that Tallyfy made of a Saturday, and says that it is another one', async () => {
		const { items } = await create({ guests: idle()[0], deadline: '2027-03-06' });
		expect(items[0].json).toMatchObject({
			deadline: '2027-03-08T09:00:00.000Z',
			deadlineMoved: true,
		});
	});

	it('takes odd emails to every address and body as they are', async () => {
		for (const email of ODD) organization().create({ email });
		const { items, error } = await create({ guests: '={{ $json.emails }}' }, [{ emails: ODD }]);
		expect(error).toBeUndefined();
		expect((bodies()[0].owners as { guests: string[] }).guests).toEqual(ODD);
		expect(items[0].json.guests).toEqual(ODD);
		const read = sent().filter((one) => one.startsWith('GET /guests/'));
		expect(read.sort()).toEqual(
			ODD.map((email) => `GET /guests/${encodeURIComponent(email)}`).sort(),
		);
	});

	it('reads guest and member once for many items, though each has its task', async () => {
		const [email] = idle();
		const { items } = await create({ guests: email }, [{}, {}, {}]);
		expect(new Set(items.map(({ json }) => json.id)).size).toBe(3);
		expect(items.map(({ pairedItem }) => pairedItem)).toEqual([0, 1, 2].map((item) => ({ item })));
		expect(sent().filter((one) => one === 'POST /tasks')).toHaveLength(3);
		expect(sent().filter((one) => one !== 'POST /tasks')).toHaveLength(3);
	});

	it('refuses an address that nobody knows, because Tallyfy would invite it, and a member among the guests', async () => {
		const member = organization().members[2].email;
		const before = organization().guests.size;
		const { error } = await create({ guests: [idle()[0], 'new@x.test', member] });
		expect(error?.message).toBe(
			`Guests names people who are no guests of this organization: new@x.test, ${member}`,
		);
		expect(error?.description).toMatch(/Create Missing Guests.*Members belong/);
		expect(bodies()).toEqual([]);
		expect(organization().guests.size).toBe(before);
	});

	it('says in the words of Tallyfy why somebody cannot be added as a guest', async () => {
		const member = organization().members[2].email;
		const options = { createMissingGuests: true };
		const { error } = await create({ guests: member, options });
		expect(error?.message).toMatch(
			new RegExp(`^${member} was not added as a guest: .*member`, 'i'),
		);
		expect(error?.description).toMatch(/^Check Guests/);
		expect(posts()).toEqual([]);
	});

	it.each([
		['of the same people in another order', false, (a: string, b: string) => `${b}, ${a}`],
		['of some of the same people', true, (a: string) => a],
	])('is not taken for a task %s that is made meanwhile', async (_, separateTasks, other) => {
		const [a, b] = idle();
		const post = { method: 'POST', path: '/tasks$', times: 1 };
		sandbox.current.misbehave({
			faults: [
				{ ...post, hang: 'after' },
				{ ...post, drop: 'before', every: 2 },
			],
		});
		const input = [{ guests: `${a}, ${b}` }, { guests: other(a, b) }];
		const items = await createAll(
			{
				guests: '={{ $json.guests }}',
				additionalFields: { separateTasks },
				requestOptions: { timeout: 4000 },
			},
			input,
		);
		const made = items.filter((item) => !errorOf(item));
		const askedFor = made.map(
			({ pairedItem }) => input[(pairedItem as { item: number }).item].guests,
		);
		// The first request made it, and its item says so, not the one whose request was lost.
		const first = (posts()[0].owners as { guests: string[] }).guests.join(', ');
		expect(askedFor).toEqual(titled().map(() => first));
		expect(items.filter((item) => errorOf(item)?.outcome === 'unknown')).toHaveLength(1);
	});

	it('adds missing guests where that is asked for, and names them', async () => {
		const { items, error } = await create({
			guests: 'new@x.test',
			options: { createMissingGuests: true },
		});
		expect(error).toBeUndefined();
		expect(items[0].json).toMatchObject({ createdGuests: ['new@x.test'], guests: ['new@x.test'] });
		expect(sent().filter((one) => one.startsWith('POST'))).toEqual(['POST /guests', 'POST /tasks']);
	});

	it('does not call a deadline moved that the answer does not tell', async () => {
		const data = { id: 'abc', title: 'Sign', owners: { users: [me()], guests: [], groups: [] } };
		const made = { method: 'POST', path: '/tasks$', status: 201, body: { data } };
		sandbox.current.misbehave({ faults: [made] });
		const { items } = await create({ guests: idle()[0] });
		expect(items[0].json).not.toHaveProperty('deadlineMoved');
		expect(items[0].json.notStored).toEqual(['guests']);
	});

	it('says that guests were added when the task is refused after that', async () => {
		sandbox.current.misbehave({ limits: { assignments: 0 } });
		const [item] = await createAll(
			{ guests: 'new@x.test', options: { createMissingGuests: true } },
			[{}],
		);
		expect(item.json.message).toBe(
			'new@x.test was added as a guest, but Trial limit reached: your organization has used all of its task assignments.',
		);
		expect(errorOf(item)).toMatchObject({
			status: 402,
			outcome: 'unknown',
			description: 'Choose a plan in Tallyfy. To repeat this does not help.',
		});
	});

	it('says what Tallyfy did not store', async () => {
		const [email, other] = idle();
		sandbox.current.misbehave({
			faults: [
				{
					method: 'POST',
					path: '/tasks$',
					status: 201,
					body: {
						data: {
							id: 'f'.repeat(32),
							title: 'Sign',
							run_id: null,
							task_type: 'task',
							webhook: null,
							owners: { users: [], guests: [email], groups: [] },
							deadline: '2027-03-02T12:00:00Z',
							form_fields: { data: [] },
						},
					},
				},
			],
		});
		const { items } = await create({
			guests: [email, other],
			formFieldsJson: [{ label: 'A' }],
			additionalFields: { taskType: 'approval', webhook: 'https://x.test' },
		});
		expect(items[0].json.notStored).toEqual([
			'taskType',
			'webhook',
			'formFields',
			'guests',
			'members',
		]);
	});
});

describe('Separate tasks', () => {
	const separate = { additionalFields: { separateTasks: true } };
	it('come as one item each, although Tallyfy answers with one, and without a task for the member of the credential', async () => {
		const emails = idle().slice(0, 12);
		const { items, error } = await create({ guests: emails, ...separate });
		expect(error).toBeUndefined();
		expect(items.map(({ json }) => json.guestEmail).sort()).toEqual([...emails].sort());
		expect(new Set(items.map(({ json }) => json.id)).size).toBe(12);
		expect(bodies()[0]).toMatchObject({
			separate_task_for_each_assignee: true,
			owners: { users: [] },
		});
		expect(items.some(({ json }) => 'notListed' in json || 'notStored' in json)).toBe(false);
	});

	it('that no list shows yet are named, because lists may lag', async () => {
		const emails = idle().slice(0, 3);
		quirk({ taskLag: 2 });
		const { items } = await create({ guests: emails, ...separate });
		const listed = items.map(({ json }) => json.guestEmail);
		expect(items.length).toBeLessThan(3);
		expect(items[0].json.notListed).toEqual(emails.filter((email) => !listed.includes(email)));
	});

	it('that cannot be listed are said to be made, with their process', async () => {
		sandbox.current.misbehave({
			faults: [{ path: '/runs/', status: 403, body: { message: 'No.' } }],
		});
		const [item] = await createAll({ guests: idle().slice(0, 2), ...separate }, [{}]);
		const [first] = titled();
		expect(item.json.message).toBe(
			`The tasks were made in the process ${first.run_id}, the first is ${first.id}, but they could not be listed: No.`,
		);
		expect(errorOf(item)?.outcome).toBe('unknown');
	});
});

describe('Guest Task > Create refuses before anything is sent', () => {
	const field = (one: object) => ({ formFieldsJson: [one] });
	it.each<[object, string, RegExp]>([
		[{ title: ' ' }, 'Title is empty', /Say what/],
		[{ title: '={{ [1] }}' }, 'Title is no text', /Say what/],
		[{ guests: '' }, 'Guests is empty', /at least one guest, or a member/],
		[{ guests: '={{ $json.none }}' }, 'Guests is empty', /at least one guest, or a member/],
		[{ guests: '../users@x.test' }, 'Guests cannot be part of an address', /without dots/],
		[{ guests: 'Timmy' }, 'Guests is not an email: Timmy', /full address/],
		[{ deadline: '={{ "" }}' }, 'Deadline is empty', /Tallyfy makes no task without one/],
		[{ deadline: '={{ null }}' }, 'Deadline is empty', /Tallyfy makes no task without one/],
		[{ deadline: 'tomorrow' }, 'Deadline is not a date: tomorrow', /ISO date/],
		[{ deadline: '2027-02-30' }, 'Deadline is not a date: 2027-02-30', /ISO date/],
		[
			{ additionalFields: { members: 'bob' } },
			'Members holds "bob", which is no member ID',
			/whole numbers/,
		],
		[{ additionalFields: { taskType: 'chore' } }, 'Task Type is chore', /approval, expiring, task/],
		[{ additionalFields: { separateTasks: 'maybe' } }, 'Separate Tasks is maybe', /true or false/],
		[
			{ additionalFields: { webhook: 'hooks.x.test/SECRET' } },
			'Webhook is no web address',
			/^Give a whole one/,
		],
		[
			{ options: { createMissingGuests: 'perhaps' } },
			'Create Missing Guests is perhaps',
			/true or false/,
		],
		[{ formFieldsJson: '[{broken' }, 'Form Fields (JSON) is not JSON', /Give a list such as/],
		[{ formFieldsJson: '"text"' }, 'Form Fields (JSON) is not a list of fields', /Give a list/],
		[{ formFieldsJson: [5] }, 'Form Fields (JSON) holds something that is no field: 1', /list/],
		[field({ fieldType: 'text' }), 'Form Fields (JSON) has no label for field 1', /label/],
		[
			{ formFields: { field: [{ label: ' ', fieldType: 'text' }] } },
			'Form Fields has no label for field 1',
			/label/,
		],
		[
			{ formFields: { field: [{ label: 'A' }] }, formFieldsJson: [{ label: 'a ' }] },
			'Form Fields has the label "a" twice',
			/give each field its own/,
		],
		[
			field({ label: 'A', fieldType: 'number' }),
			'Form Fields (JSON): Type of "A" is number',
			/assignees_form, date, dropdown, file, multiselect, radio, table, text, textarea/,
		],
		[
			field({ label: 'A', fieldType: 'email' }),
			'Form Fields (JSON) makes "A" an email, which Tallyfy accepts and never shows',
			/Make it a text/,
		],
		[
			field({ label: 'A', fieldType: 'dropdown', options: ' , ' }),
			'Form Fields (JSON) has no options for "A", which could never be answered',
			/dropdown field needs options/,
		],
		[
			field({ label: 'A', fieldType: 'radio', options: ['x', 'x'] }),
			'Form Fields (JSON) has one option for "A", which could never be answered',
			/two options or more/,
		],
		[field({ label: 'A', fieldType: 'table' }), /no columns for the table "A"/.source, /columns/],
		[
			field({ label: 'A', colour: 'red' }),
			'Form Fields (JSON) has a key that Tallyfy does not know: colour',
			/label, fieldType, required, options, columns, guidance/,
		],
		[
			field({ label: 'A', required: 'soon' }),
			'Form Fields (JSON): Required of "A" is soon',
			/true or false/,
		],
	])('%j', async (parameters, message, next) => {
		const { error } = await create({ guests: 'a@x.test', ...parameters }, [{}]);
		expect(error?.message).toMatch(message.startsWith('no') ? new RegExp(message) : /./);
		if (!message.startsWith('no')) expect(error?.message).toBe(message);
		expect(error?.description).toMatch(next);
		expect(error?.context?.itemIndex).toBe(0);
		expect(JSON.stringify(error?.message)).not.toContain('SECRET');
		expect(sandbox.current.requests).toEqual([]);
	});

	it('fails one item of many alone', async () => {
		const [email] = idle();
		const items = await createAll({ guests: '={{ $json.guests }}' }, [
			{ guests: email },
			{ guests: 'nobody' },
			{ guests: 'unknown@x.test' },
			{ guests: [email] },
		]);
		expect(items.map((item) => [item.pairedItem, errorOf(item) !== undefined])).toEqual([
			[{ item: 0 }, false],
			[{ item: 1 }, true],
			[{ item: 2 }, true],
			[{ item: 3 }, false],
		]);
		expect(titled()).toHaveLength(2);
	});
});

describe('A new task whose answer is lost', () => {
	const lost = (fault: object) =>
		sandbox.current.misbehave({ faults: [{ method: 'POST', path: '/tasks$', ...fault }] });

	it.each([
		['lost', { drop: 'after' as const, times: 1 }],
		['a 502', { status: 502, done: true, times: 1 }],
		['a 500 without words', { status: 500, done: true, times: 1 }],
	])('is found and not made again: %s', async (_, fault) => {
		lost(fault);
		const [email] = idle();
		const { items, error } = await create({ guests: email });
		expect(error).toBeUndefined();
		expect(items[0].json).toMatchObject({ id: titled()[0].id, guestEmail: email });
		expect(titled()).toHaveLength(1);
		expect(posts()).toHaveLength(1);
	});

	it('is not sent again either when it never arrived, because the list may be behind', async () => {
		lost({ drop: 'before', times: 1 });
		const [item] = await createAll({ guests: idle()[0] }, [{}]);
		expect(errorOf(item)?.outcome).toBe('unknown');
		expect(wordsOf(item)).toMatch(/"Sign" may have been made/);
		expect(posts()).toHaveLength(1);
		expect(titled()).toEqual([]);
	});

	it('is not taken for one that was there before, with the same title and guests', async () => {
		const [email] = idle();
		await task([email], { title: 'Sign' });
		lost({ drop: 'before' });
		const [item] = await createAll({ guests: email }, [{}]);
		expect(errorOf(item)?.outcome).toBe('unknown');
		expect(titled()).toHaveLength(1);
	});

	it('is not taken for that of another item: two that want the same make two', async () => {
		const [email] = idle();
		lost({ drop: 'after', every: 2 });
		const items = await createAll({ guests: email }, [{}, {}, {}, {}]);
		expect(items.filter((item) => errorOf(item))).toEqual([]);
		expect(new Set(items.map(({ json }) => json.id)).size).toBe(4);
		expect(titled()).toHaveLength(4);
	});

	it('is not said to be made when only the first of two alike was', async () => {
		const [email] = idle();
		lost({ drop: 'before', every: 2 });
		const items = await createAll({ guests: email }, [{}, {}]);
		expect(items.map((item) => errorOf(item)?.outcome)).toEqual([undefined, 'unknown']);
		expect(titled()).toHaveLength(1);
	});

	it('stays in doubt where the list lags', async () => {
		quirk({ taskLag: 3 });
		sandbox.current.misbehave({
			quirks: { taskLag: 3 },
			faults: [{ method: 'POST', path: '/tasks$', drop: 'after' }],
		});
		const [item] = await createAll({ guests: idle()[0] }, [{}]);
		expect(errorOf(item)?.outcome).toBe('unknown');
		expect(posts()).toHaveLength(1);
	});

	it('is found among separate tasks, with the others', async () => {
		lost({ drop: 'after' });
		const emails = idle().slice(0, 3);
		const { items, error } = await create({
			guests: emails,
			additionalFields: { separateTasks: true },
		});
		expect(error).toBeUndefined();
		expect(items.map(({ json }) => json.guestEmail).sort()).toEqual([...emails].sort());
		expect(titled()).toHaveLength(3);
	});

	it('with odd emails is found too', async () => {
		for (const email of ODD) organization().create({ email });
		lost({ drop: 'after' });
		const items = await createAll(
			{ guests: '={{ [$json.email] }}' },
			ODD.map((email) => ({ email })),
		);
		expect(items.map(({ json }) => json.guestEmail)).toEqual(ODD);
		expect(titled()).toHaveLength(ODD.length);
	});

	it('is sent again after a 429, which says that nothing was done', async () => {
		lost({ status: 429, headers: { 'retry-after': '1' }, times: 1 });
		const { items } = await create({ guests: idle()[0] });
		expect(items).toHaveLength(1);
		expect(posts()).toHaveLength(2);
		expect(titled()).toHaveLength(1);
	});

	it('mails nobody twice in an outage that begins with it', async () => {
		const [email] = idle();
		sandbox.current.misbehave({
			faults: [
				{ method: 'POST', path: '/tasks$', drop: 'after', times: 1 },
				{ status: 503, fromMs: 0, untilMs: 1500, afterRequests: 4 },
			],
		});
		const { items } = await create({ guests: email });
		expect(items[0].json.guestEmail).toBe(email);
		expect((await mailed()).filter((one) => one.includes(email))).toHaveLength(1);
	});
});
