import type {
	IExecutePaginationFunctions,
	INodeProperties,
	INodePropertyOptions,
} from 'n8n-workflow';
import { describe, expect, it } from 'vitest';
import { guestProperties } from '../../nodes/TallyfyGuests/resources/guest/index.ts';
import {
	resourceProperties,
	type Operation,
} from '../../nodes/TallyfyGuests/resources/operation.ts';
import { refusal } from '../../nodes/TallyfyGuests/transport/errors.ts';

const field = (name: string, rest: Partial<INodeProperties> = {}): INodeProperties => ({
	displayName: name,
	name,
	type: 'string',
	default: '',
	...rest,
});
const operation = (value: string, fields: INodeProperties[], rest: Partial<Operation> = {}) => ({
	value,
	name: value.toUpperCase(),
	action: `${value} a thing`,
	description: `About ${value}`,
	request: { method: 'GET' as const, url: `/${value}` },
	fields,
	...rest,
});

const [who, output, names, options, only] = [
	field('who'),
	field('output'),
	field('names', { displayOptions: { show: { output: ['selected'] }, hide: { who: ['x'] } } }),
	field('options'),
	field('only'),
];
/** Fields as an operation shows them, in the order of the form. */
const shown = (form: INodeProperties[], value: string) =>
	form
		.filter(({ displayOptions }) => displayOptions?.show?.operation?.includes(value))
		.map(({ name }) => name);

describe('Form of a resource', () => {
	const [menu, ...form] = resourceProperties('thing', [
		operation('list', [output, names, options]),
		operation('one', [who, output, names]),
		operation('drop', [who, only]),
		operation('bare', []),
	]);

	it('has each shared field once, for every operation that shows it, and n8n evaluates it once', () => {
		expect(form.map(({ name, displayOptions }) => [name, displayOptions?.show?.operation])).toEqual(
			expect.arrayContaining([
				['who', ['one', 'drop']],
				['output', ['list', 'one']],
				['names', ['list', 'one']],
				['options', ['list']],
				['only', ['drop']],
			]),
		);
		expect(form).toHaveLength(5);
	});

	it('is in the order of each operation, whichever comes first in the menu', () => {
		expect(shown(form, 'list')).toEqual(['output', 'names', 'options']);
		expect(shown(form, 'one')).toEqual(['who', 'output', 'names']);
		expect(shown(form, 'drop')).toEqual(['who', 'only']);
	});

	it('finds an order also when only all operations together tell it', () => {
		const forms = { a: [who, output], b: [names, output], c: [names, who] };
		const merged = resourceProperties(
			'thing',
			Object.entries(forms).map(([value, fields]) => operation(value, fields)),
		);
		expect(merged.slice(1).map(({ name }) => name)).toEqual(['names', 'who', 'output']);
	});

	it('is refused when operations disagree on the order, before anything is published', () => {
		const forms = [operation('a', [who, output]), operation('b', [output, who])];
		expect(() => resourceProperties('thing', forms)).toThrow(
			'Operations disagree on the order of: who, output',
		);
	});

	it("keeps a field's own conditions beside those of resource and operation", () => {
		expect(form.find(({ name }) => name === 'names')?.displayOptions).toEqual({
			show: { output: ['selected'], resource: ['thing'], operation: ['list', 'one'] },
			hide: { who: ['x'] },
		});
		expect(names.displayOptions?.show).toEqual({ output: ['selected'] });
	});

	it('keeps two fields of one name apart when they differ between operations', () => {
		const two = resourceProperties('thing', [
			operation('a', [field('options', { default: 'a' })]),
			operation('b', [field('options', { default: 'b' })]),
		]);
		expect(
			two.slice(1).map((entry) => [entry.default, entry.displayOptions?.show?.operation]),
		).toEqual([
			['a', ['a']],
			['b', ['b']],
		]);
	});

	it('starts with a menu of the operations that no expression can change', () => {
		expect(menu).toMatchObject({
			name: 'operation',
			type: 'options',
			noDataExpression: true,
			displayOptions: { show: { resource: ['thing'] } },
		});
		expect(menu.options?.map(({ name }) => name)).toEqual(['LIST', 'ONE', 'DROP', 'BARE']);
		expect(menu.options?.[1]).toMatchObject({
			value: 'one',
			action: 'one a thing',
			description: 'About one',
			routing: { request: { method: 'GET', url: '/one' } },
		});
	});
});

describe('An entry of the Operation menu', () => {
	const hookOf = (entry: unknown) => {
		const pagination = (entry as INodePropertyOptions).routing?.operations?.pagination;
		if (typeof pagination !== 'function') throw new Error('no function');
		return pagination;
	};
	const entries = resourceProperties('thing', [
		operation('a', [], { run: async () => [{ from: 'a' }, { from: 'a2' }] }),
		operation('b', [], {
			run: async () => [{ from: 'b' }],
			output: () => (record) => ({ shaped: record.from }),
		}),
		operation('c', [], { run: () => Promise.reject(refusal('Who', 'is empty', 'Say who.')) }),
	])[0].options!;

	/** Calls the hook as the engine does for input item 3, with a request that nobody sends. */
	const called = async (at: number, goesOn = true) => {
		const engine = {
			getItemIndex: () => 3,
			getNodeParameter: (_: string, fallback: unknown) => fallback,
			continueOnFail: () => goesOn,
			getNode: () => ({ name: 'Tallyfy Guests', type: 'tallyfyGuests', parameters: {} }),
		} as unknown as IExecutePaginationFunctions;
		const url = 'https://x.example/api/organizations/o';
		return await hookOf(entries[at]).call(engine, {
			options: { baseURL: url, url: '/things', method: 'GET' },
			maxResults: undefined,
			paginate: true,
			preSend: [],
			postReceive: [],
		} as never);
	};

	it('runs its own operation and links every record to the input item', async () => {
		const pairedItem = { item: 3 };
		expect(await called(0)).toEqual([
			{ json: { from: 'a' }, pairedItem },
			{ json: { from: 'a2' }, pairedItem },
		]);
		expect(await called(1)).toEqual([{ json: { shaped: 'b' }, pairedItem }]);
	});

	it('gives a failed item in place of a failure where the workflow goes on', async () => {
		expect(await called(2)).toEqual([
			{
				json: { message: 'Who is empty', error: { description: 'Say who.' } },
				pairedItem: { item: 3 },
			},
		]);
	});

	it('stops the node otherwise, and says at which item', async () => {
		await expect(called(2, false)).rejects.toMatchObject({
			message: 'Who is empty',
			description: 'Say who.',
			context: { itemIndex: 3 },
		});
	});

	it('has a hook of its own for every operation on guests', () => {
		const hooks = guestProperties[0].options!.map(hookOf);
		expect(new Set(hooks).size).toBe(hooks.length);
		expect(hooks.length).toBeGreaterThanOrEqual(5);
	});
});
