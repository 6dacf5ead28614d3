import { describe, expect, it } from 'vitest';
import { kickOffFieldsOf, simplifiedTemplate } from '../../nodes/TallyfyGuests/output/template.ts';
import { simplifiedProcess } from '../../nodes/TallyfyGuests/output/process.ts';
import { answersOf } from '../../nodes/TallyfyGuests/resources/process/kickOff.ts';
import { storedValue } from '../../nodes/TallyfyGuests/resources/process/kickOffValues.ts';
import { TallyfyError } from '../../nodes/TallyfyGuests/transport/errors.ts';

const fieldOf = (type: string, more: Record<string, unknown> = {}) =>
	kickOffFieldsOf({ prerun: [{ id: 'f', label: 'Field', field_type: type, ...more }] } as never)[0];
const options = ['Silver', 'Gold', 'Gold, plated', '1'].map((text, index) => ({
	id: index + 1,
	text,
}));
const columns = ['Item', 'Quantity'].map((label, index) => ({ id: index + 1, label }));
const stored = (type: string, value: unknown, more = {}) =>
	storedValue(fieldOf(type, { options, columns, ...more }), value, 'Field');
const refused = (work: () => unknown) => {
	try {
		work();
	} catch (error) {
		const { message, description } = (error as TallyfyError).details;
		return `${message}. ${description}`;
	}
	return 'taken';
};
const gold = { id: 2, text: 'Gold' };

describe('A value of a kick-off field', () => {
	it.each([
		['text', 5, '5'],
		['text', ' x ', 'x'],
		['text', true, 'true'],
		['textarea', 'a\nb', 'a\nb'],
		['email', 'jo@x.test', 'jo@x.test'],
		['date', '2026-12-01', '2026-12-01 00:00:00'],
		['date', '2026-12-01T01:00:00+02:00', '2026-11-30 23:00:00'],
		['date', { toISO: () => '2026-12-01T10:00:00.000+00:00' }, '2026-12-01 10:00:00'],
		['radio', 'gold', 'Gold'],
		['radio', { id: 2 }, 'Gold'],
		['dropdown', 'Gold', gold],
		['dropdown', 2, gold],
		['dropdown', '2', gold],
		['dropdown', '{"id":2,"text":"Gold"}', gold],
		['dropdown', { text: ' GOLD ' }, gold],
		['dropdown', '1', { id: 4, text: '1' }],
		['multiselect', 'Gold, plated', [{ id: 3, text: 'Gold, plated', selected: true }]],
		[
			'multiselect',
			'Gold,Silver, gold',
			[
				{ ...gold, selected: true },
				{ id: 1, text: 'Silver', selected: true },
			],
		],
		['multiselect', ['Gold', ''], [{ ...gold, selected: true }]],
		[
			'multiselect',
			[
				{ ...gold, selected: false },
				{ id: 1, text: 'Silver' },
			],
			[{ id: 1, text: 'Silver', selected: true }],
		],
		['multiselect', '[]', undefined],
		['table', '["Laptop", 3]', ['Laptop', '3']],
		['table', { quantity: 3, Item: 'Laptop' }, ['Laptop', '3']],
		['table', { Item: 'Laptop' }, ['Laptop', '']],
		['table', ['', null], undefined],
		['assignees_form', 'jo@x.test, 20001', { users: [20001], guests: ['jo@x.test'], groups: [] }],
		[
			'assignees_form',
			'{"guests":"jo@x.test, Jo@x.test","groups":["abc"]}',
			{ users: [], guests: ['Jo@x.test'], groups: ['abc'] },
		],
		['assignees_form', { users: [], guests: [] }, undefined],
		['file', [{ id: 'a1', filename: 'x.pdf' }], [{ id: 'a1', filename: 'x.pdf' }]],
		[
			'file',
			'{"url":"https://x.test/"}',
			[{ filename: 'file', source: 'url', url: 'https://x.test/' }],
		],
		['file', [], undefined],
		['new type', '{"a":1}', { a: 1 }],
	])('of type %s: %j', (type, value, expected) => {
		expect(stored(type, value)).toEqual(expected);
	});

	it('of type date that asks for no time is the day as it was written', () => {
		const value = '2026-12-01T00:00:00+02:00';
		expect(stored('date', value, { collect_time: false })).toBe('2026-12-01 00:00:00');
	});

	it.each([
		['text', ['a'], /Field is a list/],
		['text', { a: 1 }, /Field is an object/],
		['date', 'soon', /not a date: soon/],
		['radio', 'Platinum', /has no choice Platinum\. Its choices are: Silver, Gold/],
		['dropdown', { id: 1, text: 'Gold' }, /has no choice \{"id":1/],
		['dropdown', 9, /has no choice 9/],
		['dropdown', '{', /is not JSON/],
		['multiselect', 'Gold, Platinum', /has no choice Platinum/],
		['table', ['a'], /list of 2 entries\. Give one entry for each column: Item, Quantity/],
		['table', { Colour: 'red' }, /has no column Colour/],
		['table', 'x', /list of 2 entries/],
		['table', [{ a: 1 }, 'x'], /is an object/],
		['assignees_form', 'Nathan', /"Nathan", which is no member ID/],
		['assignees_form', { members: [1] }, /has no list members\. Give emails/],
		['assignees_form', { groups: ['a/b'] }, /is a\/b, which is no ID/],
		['file', 'a.pdf', /is no file\. Give a list of objects/],
		['file', [{ name: 'x' }], /without url and id/],
	])('of type %s is refused: %j', (type, value, words) => {
		expect(refused(() => stored(type, value))).toMatch(words);
	});
});

describe('Answers to a kick-off form', () => {
	const fields = kickOffFieldsOf({
		prerun: {
			data: [
				{ id: 'b', label: 'Plan', alias: 'plan-1', field_type: 'text', position: 2 },
				{ id: 'a', label: 'Client', field_type: 'text', position: 1, required: true },
				{ id: 'c', label: 'Twin', field_type: 'text', position: 3 },
				{ id: 'd', label: 'Twin', field_type: 'text', position: 4 },
			],
		},
	} as never);
	const answers = (json: object, mapped: object = {}) =>
		answersOf(fields, { mapped: mapped as never, labels: {}, json: json as never });

	it('are found by ID, label and alias, and stand in the order of the form', () => {
		expect(fields.map(({ id }) => id)).toEqual(['a', 'b', 'c', 'd']);
		expect(answers({ client: 'x', 'plan-1': 'y', c: 'z' })).toEqual({ a: 'x', b: 'y', c: 'z' });
	});

	it('of the JSON object go before the mapped ones, but blank ones do not', () => {
		expect(answers({ Client: 'x', Plan: null }, { a: 'mapped', b: 'kept', c: '' })).toEqual({
			a: 'x',
			b: 'kept',
		});
	});

	it.each([
		[{ Client: 'x', Twin: 'y' }, /several fields have that label\. Give the ID instead: c or d/],
		[{ Client: 'x', a: 'y' }, /names the field Client twice/],
		[{ Client: ' ' }, /requires: Client/],
		[{ Clint: 'x' }, /does not have: Clint/],
	])('are refused: %j', (json, words) => {
		expect(refused(() => answers(json))).toMatch(words);
	});
});

describe('Records of templates and processes', () => {
	it('are simplified also where Tallyfy leaves nearly everything out', () => {
		expect(simplifiedTemplate({ id: 'x' })).toEqual({
			id: 'x',
			title: null,
			summary: null,
			status: null,
			stepsCount: null,
		});
		expect(Object.values(simplifiedProcess({ id: 'x' })).filter((one) => one !== null)).toEqual([
			'x',
		]);
		expect(simplifiedProcess({ progress: 40 }).progress).toBe(40);
	});
});
