import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';
import { describe, expect, it } from 'vitest';
import { resources } from '../../nodes/TallyfyGuests/resources/index.ts';
import { operationProperties } from '../../nodes/TallyfyGuests/resources/description.ts';
import type { Operation } from '../../nodes/TallyfyGuests/resources/operation.ts';

const field = (name: string, rest: Partial<INodeProperties> = {}): INodeProperties => {
	return { displayName: name, name, type: 'string', default: '', ...rest };
};
const operation = (value: string, fields: INodeProperties[]): Operation => {
	const request = { method: 'GET' as const, url: `/${value}` };
	return { value, name: `N ${value}`, action: 'A', description: 'D', request, fields };
};
const propertiesOf = (operations: Operation[]) => operationProperties({ thing: operations });
const operationsOf = ({ displayOptions }: INodeProperties) => displayOptions?.show?.operation;

const conditions = { show: { output: ['selected'] }, hide: { who: ['x'] } };
const [who, output, options, only] = ['who', 'output', 'options', 'only'].map((name) =>
	field(name),
);
const names = field('names', { displayOptions: conditions });

describe('Form of a resource', () => {
	const [menu, ...form] = propertiesOf([
		operation('list', [output, names, options]),
		operation('one', [who, output, names]),
		operation('drop', [who, only]),
	]);

	it('has each shared field once, for every operation that shows it', () => {
		expect(form).toHaveLength(5);
		expect(Object.fromEntries(form.map((entry) => [entry.name, operationsOf(entry)]))).toEqual({
			who: ['one', 'drop'],
			output: ['list', 'one'],
			names: ['list', 'one'],
			options: ['list'],
			only: ['drop'],
		});
	});

	it.each([
		['list', ['output', 'names', 'options']],
		['one', ['who', 'output', 'names']],
		['drop', ['who', 'only']],
	])('is in the order that "%s" wants, wherever it stands in the menu', (value, order) => {
		const shown = form.filter((entry) => operationsOf(entry)?.includes(value));
		expect(shown.map(({ name }) => name)).toEqual(order);
	});

	it('finds the order that only all operations together tell', () => {
		const [, ...merged] = propertiesOf([
			operation('a', [who, output]),
			operation('b', [names, output]),
			operation('c', [names, who]),
		]);
		expect(merged.map(({ name }) => name)).toEqual(['names', 'who', 'output']);
	});

	it('is refused when operations disagree on the order, before anything is published', () => {
		const forms = [operation('a', [who, output]), operation('b', [output, who])];
		expect(() => propertiesOf(forms)).toThrow('Operations disagree on the order of: who, output');
	});

	it("keeps a field's own conditions, and leaves the field itself alone", () => {
		expect(form.find(({ name }) => name === 'names')?.displayOptions).toEqual({
			show: { output: ['selected'], resource: ['thing'], operation: ['list', 'one'] },
			hide: { who: ['x'] },
		});
		expect(names.displayOptions).toEqual({ show: { output: ['selected'] }, hide: { who: ['x'] } });
	});

	it('keeps two fields of one name apart, because each operation has its own options', () => {
		const forms = ['a', 'b'].map((value) => operation(value, [field('options')]));
		const [, ...two] = propertiesOf(forms);
		expect(two.map(operationsOf)).toEqual([['a'], ['b']]);
	});

	it('starts with a menu that no expression can change, in the order of the operations', () => {
		expect(menu).toMatchObject({
			name: 'operation',
			noDataExpression: true,
			displayOptions: { show: { resource: ['thing'] } },
		});
		expect(menu.options).toMatchObject(
			['list', 'one', 'drop'].map((value) => {
				const routing = { request: { method: 'GET', url: `/${value}` } };
				return { name: `N ${value}`, value, action: 'A', description: 'D', routing };
			}),
		);
	});
});

describe('A field that several resources share', () => {
	const placesOf = (resources: Record<string, Operation[]>) =>
		operationProperties(resources)
			.filter(({ name }) => name === 'who')
			.map(({ displayOptions }) => displayOptions?.show);

	it('is one parameter, because n8n evaluates its expression for every entry of the name, shown or not', () => {
		expect(
			placesOf({
				task: [operation('list', [who]), operation('one', [who])],
				thing: [operation('one', [who]), operation('drop', [only])],
			}),
		).toEqual([{ resource: ['task', 'thing'], operation: ['list', 'one'] }]);
	});

	it('is two where one of them has an operation of that name that does not show it', () => {
		expect(
			placesOf({
				task: [operation('list', [who]), operation('one', [who])],
				thing: [operation('list', [only]), operation('one', [who])],
			}),
		).toEqual([
			{ resource: ['task'], operation: ['list', 'one'] },
			{ resource: ['thing'], operation: ['one'] },
		]);
	});
});

describe('An entry of the Operation menu', () => {
	it('has a hook of its own, or it would run the operation of another entry', () => {
		const hooks = (operationProperties({ guest: resources.guest })[0].options ?? []).map(
			(entry) => {
				return (entry as INodePropertyOptions).routing?.operations?.pagination;
			},
		);
		expect(hooks.length).toBeGreaterThanOrEqual(5);
		expect(hooks.every((hook) => typeof hook === 'function')).toBe(true);
		expect(new Set(hooks).size).toBe(hooks.length);
	});
});
