// How a list of operations becomes a part of the node's description: the menu and the form. Called by each resource.
import { UnexpectedError, type INodeProperties, type INodePropertyOptions } from 'n8n-workflow';
import { throughDoor, type Operation } from './operation';

function menuEntry(operation: Operation): INodePropertyOptions {
	const { name, value, action, description, request } = operation;
	return {
		name,
		value,
		action,
		description,
		routing: { request, operations: { pagination: throughDoor(operation) } },
	};
}

/**
 * The fields of all operations, each once, in an order that suits every one of them: a field comes when nothing that some
 * operation shows above it is left.
 */
function inOneOrder(forms: INodeProperties[][]): INodeProperties[] {
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

/**
 * The form of a resource. A field that several operations share is one parameter, shown for all of these: n8n evaluates a
 * parameter's expression once for every entry of its name in the description, for every item.
 */
function form(resource: string, operations: Operation[]): INodeProperties[] {
	return inOneOrder(operations.map(({ fields }) => fields)).map((field) => {
		const shown = operations.filter(({ fields }) => fields.includes(field));
		const show = {
			...field.displayOptions?.show,
			resource: [resource],
			operation: shown.map(({ value }) => value),
		};
		return { ...field, displayOptions: { ...field.displayOptions, show } };
	});
}

/** Everything the node's description needs of one resource: its Operation menu and its form. */
export function resourceProperties(resource: string, operations: Operation[]): INodeProperties[] {
	return [
		{
			displayName: 'Operation',
			name: 'operation',
			type: 'options',
			noDataExpression: true,
			displayOptions: { show: { resource: [resource] } },
			options: operations.map(menuEntry),
			default: 'getAll',
		},
		...form(resource, operations),
	];
}
