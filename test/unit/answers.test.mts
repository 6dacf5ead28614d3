import { describe, expect, it } from 'vitest';
import { answersOf, filesOf } from '../../nodes/TallyfyGuests/output/answers.ts';

const field = (field_type: string, field_value: unknown, more = {}) => ({
	id: 'f',
	label: 'Field',
	field_type,
	field_value,
	...more,
});
const task = (...fields: object[]) => ({ form_fields: { data: fields } }) as never;
const COLUMNS = [
	{ id: 1, label: 'Item' },
	{ id: 2, label: 'Count' },
];

describe('An answer in a form', () => {
	it.each<[string, unknown, unknown, object?]>([
		['text', 'PO-1', 'PO-1'],
		['text', 7, 7],
		['text', '', null],
		['text', null, null],
		['text', undefined, null],
		['textarea', 'a\nb', 'a\nb'],
		['email', 'a@x.test', 'a@x.test'],
		['date', '2026-12-01 09:00:00', '2026-12-01T09:00:00.000Z'],
		['date', 'soon', 'soon'],
		['radio', 'Express', 'Express'],
		['radio', { id: 2, text: 'Express' }, 'Express'],
		['dropdown', { id: 2, text: 'Gold' }, 'Gold'],
		['dropdown', 'Gold', 'Gold'],
		['dropdown', [{ id: 2, text: 'Gold', selected: true }], ['Gold']],
		[
			'multiselect',
			[
				{ id: 1, text: 'A', selected: true },
				{ id: 2, text: 'B' },
			],
			['A', 'B'],
		],
		[
			'multiselect',
			[
				{ id: 1, text: 'A', selected: true },
				{ id: 2, text: 'B', selected: false },
			],
			['A'],
		],
		['multiselect', { id: 1, text: 'A', selected: true }, ['A']],
		['multiselect', { 0: { id: 1, text: 'A' }, 2: { id: 3, text: 'C' } }, ['A', 'C']],
		['multiselect', [], []],
		['table', ['Laptop', '3'], { Item: 'Laptop', Count: '3' }, { columns: COLUMNS }],
		['table', ['Laptop'], { Item: 'Laptop', Count: null }, { columns: { data: COLUMNS } }],
		['table', ['Laptop', '3', 'new'], ['Laptop', '3', 'new'], { columns: COLUMNS }],
		['table', ['Laptop', '3'], ['Laptop', '3'], { columns: null }],
		[
			'table',
			[{ label: 'Item', value: 'Laptop' }, { value: 3 }],
			{ Item: 'Laptop', Count: 3 },
			{ columns: COLUMNS },
		],
		[
			'table',
			[
				['Laptop', '3'],
				['Mouse', '1'],
			],
			[
				{ Item: 'Laptop', Count: '3' },
				{ Item: 'Mouse', Count: '1' },
			],
			{ columns: COLUMNS },
		],
		[
			'table',
			['a', 'b'],
			{ Item: 'a', 'Item (2)': 'b' },
			{ columns: [{ label: 'Item' }, { label: 'Item' }] },
		],
		['file', [{ id: 'a', filename: 'offer.pdf', url: 'https://x.test/SECRET' }], ['offer.pdf']],
		['file', [{ url: 'https://x.test/f/offer.pdf?key=SECRET' }], ['offer.pdf']],
		['file', 'https://x.test/f/offer.pdf?key=SECRET', ['offer.pdf']],
		['file', [{ name: 'a.png' }, { id: 'b' }], ['a.png', null]],
		[
			'assignees_form',
			{
				users: [{ id: 7, full_name: 'Ann' }, 8],
				guests: ['a@x.test', { email: 'b@x.test', link: 'SECRET' }],
				groups: [],
			},
			{ members: [7, 8], guests: ['a@x.test', 'b@x.test'], groups: [] },
		],
		['assignees_form', 'a@x.test', null],
		['new_type', { odd: 'SECRET' }, null],
		['new_type', { text: 'Seen' }, 'Seen'],
	])('of type %s: %j is %j', (type, value, answer, more = {}) => {
		const answers = answersOf(task(field(type, value, more)));
		expect(answers).toEqual({ Field: answer });
		expect(JSON.stringify(answers)).not.toContain('SECRET');
	});

	it('is found by its label, the second of one label as "label (2)", without a label by alias or ID', () => {
		const fields = [
			field('text', 1),
			field('text', 2, { label: 'Field (2)' }),
			field('text', 3),
			field('text', 4),
			field('text', 5, { label: '', alias: 'delivery' }),
			field('text', 6, { label: null }),
			field('text', 7, { label: '__proto__' }),
		];
		expect(Object.entries(answersOf(task(...fields)))).toEqual([
			['Field', 1],
			['Field (2)', 2],
			['Field (3)', 3],
			['Field (4)', 4],
			['delivery', 5],
			['f', 6],
			['__proto__', 7],
		]);
	});

	it.each([[{}], [{ form_fields: null }], [{ form_fields: { data: [] } }], [{ form_fields: [] }]])(
		'is not there without a form: %j',
		(of) => {
			expect(answersOf(of as never)).toEqual({});
			expect(filesOf(of as never)).toEqual([]);
		},
	);

	it('is found in a bare list too', () => {
		expect(answersOf({ form_fields: [field('text', 1)] } as never)).toEqual({ Field: 1 });
	});
});

describe('The files of a task', () => {
	it('are those attached and those in its form, each once, by ID and name, without an address', () => {
		const offer = { id: 'a', filename: 'offer.pdf', url: 'https://x.test/SECRET' };
		const files = filesOf({
			assets: { data: [offer, { id: 'b', name: 'plan.pdf' }] },
			form_fields: {
				data: [
					field('file', [offer, { url: 'https://x.test/SECRET/own.pdf', source: 'url' }]),
					field('text', 'no.pdf'),
				],
			},
		} as never);
		expect(files).toEqual([
			{ id: 'a', name: 'offer.pdf' },
			{ id: 'b', name: 'plan.pdf' },
			{ id: null, name: 'own.pdf' },
		]);
		expect(filesOf({ assets: [] } as never)).toEqual([]);
	});
});
