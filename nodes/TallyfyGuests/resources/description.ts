// How operations become the node's description: the menus and the form.
import { UnexpectedError, type INodeProperties, type INodePropertyOptions } from 'n8n-workflow';
import { operationHook, type Operation } from './operation';

function menuEntry(operation: Operation): INodePropertyOptions {
	const { name, value, action, description, request } = operation;
	return {
		name,
		value,
		action,
		description,
		routing: { request, operations: { pagination: operationHook(operation) } },
	};
}

/**
 * The fields of all operations, each once: a topological merge of their forms, so that the order suits every operation.
 * @throws UnexpectedError when operations disagree on the order
 */
function mergedFields(forms: INodeProperties[][]): INodeProperties[] {
	const order: INodeProperties[] = [];
	let left = forms.filter((form) => form.length > 0);
	while (left.length > 0) {
		const next = left
			.map(([first]) => first)
			.find((field) => left.every((form) => form.indexOf(field) <= 0));
		if (!next) {
			throw new UnexpectedError(
				`Operations disagree on the order of: ${left.map(([{ name }]) => name).join(', ')}`,
			);
		}
		order.push(next);
		left = left
			.map((form) => form.filter((field) => field !== next))
			.filter(({ length }) => length);
	}
	return order;
}

/** The operations of each resource, by the resource's value. */
export type Resources = Record<string, Operation[]>;

/** Where a field is shown: resources, each with the operations that show it. */
interface Place {
	resource: string[];
	operation: string[];
}

/**
 * Where a field is shown, in as few places as possible: resources go together where none of them has an operation of that
 * name that does not show the field.
 */
function placesOf(field: INodeProperties, resources: Resources): Place[] {
	const places: Place[] = [];
	const isExact = ({ resource, operation }: Place) =>
		resource.every((name) =>
			resources[name].every(
				({ value, fields }) => operation.includes(value) === fields.includes(field),
			),
		);
	for (const [name, operations] of Object.entries(resources)) {
		const own = operations.filter(({ fields }) => fields.includes(field)).map(({ value }) => value);
		if (own.length === 0) continue;
		const joinedWith = ({ resource, operation }: Place): Place => ({
			resource: [...resource, name],
			operation: [...new Set([...operation, ...own])],
		});
		const at = places.findIndex((place) => isExact(joinedWith(place)));
		if (at < 0) places.push({ resource: [name], operation: own });
		else places[at] = joinedWith(places[at]);
	}
	return places;
}

/**
 * The form of the node. A field that several operations share is one parameter, shown for all of these: n8n evaluates a
 * parameter's expression once for every entry of its name in the description, for every item, shown or not.
 */
function form(resources: Resources): INodeProperties[] {
	const operations = Object.values(resources).flat();
	return mergedFields(operations.map(({ fields }) => fields)).flatMap((field) =>
		placesOf(field, resources).map((place) => ({
			...field,
			displayOptions: {
				...field.displayOptions,
				show: { ...field.displayOptions?.show, ...place },
			},
		})),
	);
}

/** Everything the node's description needs of its resources: their Operation menus, and the form. */
export function operationProperties(resources: Resources): INodeProperties[] {
	const menus = Object.entries(resources).map(
		([resource, operations]): INodeProperties => ({
			displayName: 'Operation',
			name: 'operation',
			type: 'options',
			noDataExpression: true,
			displayOptions: { show: { resource: [resource] } },
			options: operations.map(menuEntry),
			default: 'getAll',
		}),
	);
	return [...menus, ...form(resources)];
}
