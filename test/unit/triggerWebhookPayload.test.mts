import type { IDataObject } from 'n8n-workflow';
import { describe, expect, it } from 'vitest';
import {
	eventOf,
	isKnownEvent,
	organizationsIn,
	isoTimestamp,
	readPayload,
} from '../../nodes/TallyfyGuests/trigger/webhook/payload.ts';

const LINK = 'https://go.tallyfy.com/guest-all-task/org/code';
/** The example of the documentation, shortened. */
const TASK = {
	this_task: {
		id: 't1',
		title: 'Review Contract',
		status: 'completed',
		deadline: '2025-10-15T17:00:00Z',
		completed_at: '2025-10-02T14:30:00Z',
		completed_by: { id: 'user123', email: 'john@acme.test', full_name: 'John Smith' },
		owners: { users: [{ email: 'john@acme.test' }], guests: ['ext@vendor.test'] },
	},
	completer: { id: 'user123', email: 'john@acme.test', full_name: 'John Smith' },
	template: { id: 'b1', title: 'Vendor Contract' },
	process: {
		id: 'r1',
		organization_id: 'org',
		name: 'ACME',
		ClientURL: 'https://go.tallyfy.com/tracker/r1',
	},
	'guest-links': {
		'ext@vendor.test': { link_for_guest: LINK },
		'other@vendor.test': { link_for_guest: `${LINK}2` },
	},
	next_task: [],
};
const PROCESS = {
	id: 'r1',
	checklist_title: 'Vendor Contract',
	name: 'ACME',
	status: 'in-progress',
	created_at: '2025-10-01T09:00:00Z',
	started_at: '2025-10-01T09:15:00Z',
	completed_at: null,
	'process-tasks': {},
	'guest-links': { 'ext@vendor.test': { link_for_guest: LINK } },
};
const task = (changes: IDataObject = {}, of: IDataObject = {}) => ({
	...TASK,
	...changes,
	this_task: { ...TASK.this_task, ...of },
});
const completed = (payload: IDataObject) => readPayload('task.completed', payload);

it.each([
	['a map with numbers', { 0: 'a@x.test', 4: { email: 'b@x.test' } }, ['a@x.test', 'b@x.test']],
	['one guest', { email: 'a@x.test', created_by: 'boss@x.test' }, ['a@x.test']],
])(
	'Guests of a task are found in %s, because a call that starts nothing is lost',
	(_, guests, emails) => {
		const happening = completed(task({}, { owners: { guests } as IDataObject }));
		expect(happening.guests.map(({ email }) => email)).toEqual(emails);
	},
);

describe('The event of a payload', () => {
	it.each<[string | undefined, IDataObject]>([
		['task.assigned', { event: 'task.assigned', ...TASK }],
		['task.assigned', { event: ' task.assigned ' }],
		['task.completed', TASK],
		['process.launched', PROCESS],
		['process.launched', { 'guest-links': [], status: 'in-progress' }],
		['process.launched', { 'process-tasks': {}, status: 'incomplete' }],
		['process.launched', { 'ko-form-fields': [], status: 'completed soon' }],
		['process.launched', { checklist_id: 'b1' }],
		['process.completed', { ...PROCESS, completed_at: '2025-10-03T09:00:00Z' }],
		['process.completed', { ...PROCESS, status: 'complete' }],
		['process.completed', { ...PROCESS, status: 'Completed' }],
		['process.completed', { event: 'process.completed', data: PROCESS }],
		['task.completed', { data: TASK }],
		[undefined, { event: 5, ...TASK }],
		[undefined, { event: '' }],
		[undefined, { this_task: [] }],
		[undefined, {}],
	])('is %s, by name or by shape', (event, payload) => {
		expect(eventOf(payload)).toBe(event);
	});

	it('is known when Tallyfy is known to send it', () => {
		expect(isKnownEvent('task.issue_raised')).toBe(true);
		expect(['task.deleted', 'toString', '', undefined].filter(isKnownEvent)).toEqual([]);
	});
});

describe('The organization of a payload', () => {
	it.each<[string[], IDataObject]>([
		[['org'], TASK],
		[[], PROCESS],
		[['a'], { ...PROCESS, organization_id: 'a' }],
		[['a', 'b'], { task: { organization_id: 'a' }, organization: { id: 'b' } }],
		[['a'], { data: { run: { organization_id: 'a' } } }],
		[['a'], { this_task: { organization_id: 'a' } }],
		[[], { process: { organization_id: null }, organization: 'x' }],
	])('is %j, wherever it is named', (ids, payload) => {
		expect(organizationsIn(payload)).toEqual(ids);
	});
});

describe('A completed task', () => {
	it('is read from the documented payload: owners among the guests, their links, and the member who completed it', () => {
		expect(completed(TASK)).toEqual({
			event: 'task.completed',
			timestamp: '2025-10-02T14:30:00Z',
			id: 't1',
			guests: [{ email: 'ext@vendor.test', link: LINK }],
			process: {
				id: 'r1',
				name: 'ACME',
				url: 'https://go.tallyfy.com/tracker/r1',
				templateName: 'Vendor Contract',
			},
			task: {
				id: 't1',
				title: 'Review Contract',
				status: 'completed',
				deadline: '2025-10-15T17:00:00.000Z',
				completedAt: '2025-10-02T14:30:00.000Z',
			},
			completedBy: { email: 'john@acme.test', name: 'John Smith', isGuest: false },
		});
	});

	const john = { email: 'john@acme.test', name: 'John Smith', isGuest: false };
	const other = { email: 'Other@vendor.test', full_name: 'O' };
	it.each<[string, IDataObject, unknown, string[]]>([
		[
			'a guest of another task',
			{ completer: other },
			{ email: other.email, name: 'O', isGuest: true },
			['ext@vendor.test', other.email],
		],
		[
			'a guest who owns it, once',
			{ completer: { email: 'EXT@vendor.test' } },
			{ email: 'EXT@vendor.test', name: null, isGuest: true },
			['ext@vendor.test'],
		],
		[
			'marked as a guest',
			{ completer: { email: 'new@x.test', is_guest: true } },
			{ email: 'new@x.test', name: null, isGuest: true },
			['ext@vendor.test', 'new@x.test'],
		],
		['an empty list, so the task says', { completer: [] }, john, ['ext@vendor.test']],
	])('was completed by %s', (_, changes, completedBy, emails) => {
		const read = completed(task(changes));
		expect(read.completedBy).toEqual(completedBy);
		expect(read.guests.map(({ email }) => email)).toEqual(emails);
	});

	it('was completed by a guest when it says so by type', () => {
		const read = completed(task({ completer: { email: 'new@x.test', type: 'guest' } }));
		expect(read.completedBy).toMatchObject({ isGuest: true });
		const member = completed(task({ completer: { email: 'new@x.test', type: 'member' } }));
		expect(member.completedBy).toMatchObject({ isGuest: false });
	});

	it.each([[null], [42], [[]], [{ id: 5 }], ['somebody']])(
		'was completed by an unknown person when the payload says %j',
		(completed_by) => {
			const payload = task({ completer: null }, { completed_by } as IDataObject);
			expect(completed(payload).completedBy).toBeNull();
		},
	);

	it('was completed by the person whose email alone is there', () => {
		const payload = task({ completer: null }, { completed_by: ' ext@vendor.test ' });
		expect(completed(payload).completedBy).toEqual({
			email: 'ext@vendor.test',
			name: null,
			isGuest: true,
		});
	});

	it.each<[string, unknown, unknown]>([
		[
			'texts',
			[' a@x.test ', 'A@X.test', 'b@x.test'],
			[{ email: 'a@x.test' }, { email: 'b@x.test' }],
		],
		[
			'objects',
			[{ email: 'a@x.test', first_name: 'A', last_name: ' ' }],
			[{ email: 'a@x.test', firstName: 'A' }],
		],
		[
			'wrapped objects',
			{ data: [{ guest: { email: 'a@x.test', last_name: 'L' } }] },
			[{ email: 'a@x.test', lastName: 'L' }],
		],
		['what is none', ['', 'x', '@x', 5, null, {}, [], { email: 7 }], []],
		['no list', 'a@x.test', []],
	])('has guests that come as %s', (_, guests, expected) => {
		expect(completed(task({}, { owners: { guests } } as IDataObject)).guests).toEqual(expected);
	});

	it('has no guests without owners, and takes empty maps as PHP writes them', () => {
		const bare = {
			event: 'task.completed',
			task: { id: 't', owners: [] },
			'guest-links': [],
			process: [],
		};
		expect(completed(bare)).toMatchObject({
			id: 't',
			guests: [],
			process: null,
			completedBy: null,
		});
		expect(completed({ event: 'task.completed' })).toMatchObject({
			id: '',
			guests: [],
			task: null,
		});
	});

	it('is found when the payload is the task, or lies in data, and knows its process by the id', () => {
		const { this_task } = TASK;
		const found = {
			id: 't1',
			guests: [{ email: 'ext@vendor.test' }],
			process: { id: 'r9', name: null },
		};
		expect(completed({ ...this_task, run_id: 'r9' })).toMatchObject(found);
		expect(completed({ data: { task: { ...this_task, run_id: 'r9' } } })).toMatchObject(found);
	});

	it('shows no link of a guest, wherever somebody wrote one', () => {
		const read = completed(
			task(
				{
					process: { id: LINK, name: `see ${LINK}, now`, ClientURL: LINK },
					completer: { email: 'a@x.test', full_name: LINK },
				},
				{
					id: LINK,
					title: LINK,
					status: LINK,
					deadline: `GO.tallyfy.com/Guest-All-Task/o/c`,
					completed_at: LINK,
				},
			),
		);
		const parts = [read.id, read.process, read.task, read.completedBy];
		expect(JSON.stringify(parts)).not.toMatch(/guest-all-task|code/i);
		expect(read.process?.name).toBe('see [link hidden] now');
	});

	it('is read in no time from a text of 1 MB without blanks', () => {
		const title = 'x'.repeat(1_000_000);
		expect(completed(task({}, { title })).task?.title).toBe(title);
	});

	it('shows texts and numbers only, so that nothing nested slips through', () => {
		const read = completed(task({}, { id: 7, title: { deep: LINK }, status: [LINK] }));
		expect(read.task).toMatchObject({ id: 7, title: null, status: null });
	});
});

describe('A process', () => {
	it('concerns every guest in guest-links, and has no task', () => {
		expect(readPayload('process.launched', PROCESS)).toEqual({
			event: 'process.launched',
			timestamp: '2025-10-01T09:15:00Z',
			id: 'r1',
			guests: [{ email: 'ext@vendor.test', link: LINK }],
			process: { id: 'r1', name: 'ACME', templateName: 'Vendor Contract' },
			task: null,
			completedBy: null,
		});
	});

	it('may lie in process, links and all', () => {
		const read = readPayload('process.completed', { process: { ...PROCESS, completed_at: 'x' } });
		expect(read).toMatchObject({
			id: 'r1',
			timestamp: 'x',
			guests: [{ email: 'ext@vendor.test', link: LINK }],
		});
	});

	it('has guests without a link where there is none', () => {
		const links = { 'a@x.test': { link_for_guest: null }, 'b@x.test': LINK, 'no email': LINK };
		expect(readPayload('process.launched', { 'guest-links': links }).guests).toEqual([
			{ email: 'a@x.test' },
			{ email: 'b@x.test', link: LINK },
		]);
	});
});

describe('The timestamp of an event', () => {
	it.each<[unknown, string, IDataObject]>([
		['b', 'process.launched', { created_at: 'b' }],
		['e', 'process.completed', { created_at: 'b', at: 'e' }],
		['e', 'task.assigned', { task: { completed_at: 'no' }, timestamp: 'e' }],
		[1760000000, 'task.assigned', { timestamp: 1760000000 }],
		['e', 'task.completed', { task: { completed_at: ' ' }, occurred_at: 'e' }],
		[undefined, 'task.assigned', { task: { created_at: 'no' } }],
	])('is %j for %s', (timestamp, event, payload) => {
		expect(readPayload(event, payload).timestamp).toBe(timestamp);
	});

	it('is ISO where it can be read, and the time of the call where not: its format is a setting', () => {
		expect(isoTimestamp('2025-10-02 14:30:00', 'now')).toBe('2025-10-02T14:30:00.000Z');
		expect(isoTimestamp('02/10/2025 02:30 PM UTC', 'now')).toBe('now');
		expect(isoTimestamp(undefined, 'now')).toBe('now');
	});
});
