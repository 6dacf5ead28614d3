// Pure parts of the operations on tasks: form fields, lists of guests, addresses in comments.
import { describe, expect, it } from 'vitest';
import { changedGuests } from '../../nodes/TallyfyGuests/resources/guestTask/assign.ts';
import { taskFilters } from '../../nodes/TallyfyGuests/resources/guestTask/filters.ts';
import { mentionedEmails } from '../../nodes/TallyfyGuests/resources/guestTask/comment.ts';
import { formFieldsOf } from '../../nodes/TallyfyGuests/resources/guestTask/formFields.ts';
import {
	assignedTask,
	hasOwners,
	ownersOf,
	ownersNotStored,
} from '../../nodes/TallyfyGuests/resources/guestTask/owners.ts';
import { textIn } from '../../nodes/TallyfyGuests/resources/values.ts';

const fields = (json: unknown, rows: unknown = []) =>
	formFieldsOf({
		parameter: (name) => ({ formFields: rows, formFieldsJson: json })[name],
	});

describe('Guests after a change', () => {
	it.each([
		['add', ['a@x', 'b@x'], ['B@X', 'c@x'], ['a@x', 'b@x', 'c@x']],
		['remove', ['a@x', 'b@x'], ['B@X', 'c@x'], ['a@x']],
		['replace', ['a@x', 'b@x'], ['c@x', 'B@X'], ['b@x', 'c@x']],
		['replace', ['a@x'], [], []],
	])('%s', (mode, before, given, after) => {
		expect(changedGuests(mode, before, given)).toEqual(after);
	});
});

describe('Addresses after a plus sign', () => {
	it.each<[string, string[]]>([
		['+jo@x.test', ['jo@x.test']],
		['Ask (+jo@x.test), then +al@x.test.', ['jo@x.test', 'al@x.test']],
		['<p>+jo@x.test</p>', ['jo@x.test']],
		['jo+tallyfy@x.test and jo.+b@x.test', []],
		['1 + 1, +49 30 123 and a@x.test', []],
		["+o'brien@x.test's", ["o'brien@x.test"]],
		['&nbsp;+jo@x.test&nbsp;', ['jo@x.test']],
		['+jo@bücher.test!', ['jo@bücher.test']],
		['++jo@x.test, jo++b@x.test', ['jo@x.test']],
		['', []],
	])('in %j', (content, emails) => {
		expect(mentionedEmails(content)).toEqual(emails);
	});
});

describe('Form fields', () => {
	it.each([
		['a list', [{ label: 'A', fieldType: 'dropdown', options: ['x', 'y'] }]],
		['text', '[{"label":"A","field_type":"dropdown","options":"x, y"}]'],
		['one object', { label: 'A', type: 'dropdown', options: 'x\ny\n' }],
		['the shape of the form', { field: [{ label: 'A', fieldType: 'dropdown', options: 'x,y' }] }],
		[
			'options that have ids',
			[{ label: 'A', fieldType: 'dropdown', options: [{ id: 7, text: 'x' }, { text: 'y' }] }],
		],
	])('as %s are the same', (_, json) => {
		const options = [
			{ id: 1, text: 'x' },
			{ id: 2, text: 'y' },
		];
		expect(fields(json)).toEqual([
			{ label: 'A', field_type: 'dropdown', required: false, position: 1, options },
		]);
	});

	it('are none for blanks', () => {
		for (const blank of ['', ' ', null, undefined, [], '[]', 'null']) {
			expect(fields(blank, blank)).toEqual([]);
		}
	});

	it('have guidance and texts for true', () => {
		expect(fields([{ label: 5, required: 'true', guidance: 'Why' }])).toEqual([
			{ label: '5', field_type: 'text', required: true, guidance: 'Why', position: 1 },
		]);
	});
});

describe('Tasks of a process', () => {
	it('are kept by its ID, as text or as a number', () => {
		const given: Record<string, unknown> = { filters: { process: '77' } };
		const { keeps } = taskFilters({ parameter: (name) => given[name] });
		expect(['77', 77, 78, null].map((run) => keeps?.({ run_id: run }))).toEqual([
			true,
			true,
			false,
			false,
		]);
	});
});

describe('Owners of a task', () => {
	const task = {
		id: '1',
		owners: { users: [{ id: 1 }, { id: 2 }], guests: ['A@x'], groups: ['g'] },
	};
	it('are compared whatever their order, and upper and lower case', () => {
		expect(hasOwners(task, { users: [2, 1], guests: ['a@X'], groups: ['g'] })).toBe(true);
		expect(hasOwners(task, { users: [2, 1], guests: ['a@X'], groups: [] })).toBe(false);
		expect(ownersNotStored({ users: [1, 2], guests: ['a@x'], groups: [] }, task)).toEqual([]);
		expect(ownersNotStored({ users: [1], guests: ['b@x'], groups: [] }, task)).toEqual([
			'guests',
			'members',
		]);
	});

	it.each([
		['no members', { guests: ['a@x'], groups: [] }],
		['no guests', { users: [1], groups: [] }],
		['no groups', { users: [1], guests: ['a@x'] }],
		['a guest without an email', { users: [1], guests: ['a@x', { id: 7 }], groups: [] }],
		['a guest by number', { users: [1], guests: ['902'], groups: [] }],
		['a group without an ID', { users: [1], guests: ['a@x'], groups: [{ name: 'G' }] }],
	])('cannot be told where the answer has %s, so that a change removes nobody', (_, owners) => {
		expect(() => ownersOf({ owners })).toThrow('Tallyfy does not tell who the task is assigned to');
	});

	it('are told by objects and numbers too', () => {
		const owners = { users: ['1'], guests: [{ email: 'a@x' }], groups: [{ id: 5 }, 6] };
		const told = { users: [1], guests: ['a@x'], groups: ['5', '6'] };
		expect(ownersOf({ owners })).toEqual(told);
		expect(ownersOf({ owners: { users: [], guests: null, groups: [] } }).guests).toEqual([]);
	});

	it('are shown by email and ID, and one guest as the guest of the task', () => {
		expect(assignedTask(task)).toMatchObject({
			guestEmail: 'A@x',
			guests: ['A@x'],
			members: [1, 2],
		});
		expect(assignedTask({ id: '1' })).toMatchObject({ guests: [], members: [] });
	});
});

describe('A text', () => {
	it('is trimmed, and may be a number', () => {
		expect([textIn(' a ', 'X', ''), textIn(5, 'X', '')]).toEqual(['a', '5']);
		for (const value of ['', ' ', null, undefined]) {
			expect(() => textIn(value, 'X', 'N')).toThrow('X is empty');
		}
		expect(() => textIn({}, 'X', 'N')).toThrow('X is no text');
	});
});
