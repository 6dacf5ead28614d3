// The parameters of an item. What holds no expression is the same for all items of an execution, and is read once.
import type { IExecutePaginationFunctions, INodeParameters } from 'n8n-workflow';
import type { Execution } from './execution';
import { isObject } from './request';

/** Reads a parameter, resolved; gives `fallback` where it is not set. */
export type ReadParameter = (name: string, fallback?: unknown) => unknown;

/** What is read once for all items of an execution. */
interface Stored {
	/** Parameters as they are stored, expressions and all. */
	parameters: INodeParameters;
	/** By name: whether a stored parameter holds no expression. */
	isStatic: Map<string, boolean>;
}

const storedFor = new WeakMap<Execution, Stored>();

function storedOf(context: IExecutePaginationFunctions, execution: Execution): Stored {
	let stored = storedFor.get(execution);
	if (!stored) {
		stored = { parameters: context.getNode().parameters, isStatic: new Map() };
		storedFor.set(execution, stored);
	}
	return stored;
}

/** Whether a stored value is the same for all items. */
const hasNoExpression = (value: unknown): boolean => {
	if (typeof value === 'string') return !value.startsWith('=');
	return typeof value !== 'object' || value === null || Object.values(value).every(hasNoExpression);
};

/**
 * Reads parameters of this item, resolved. What holds no expression is read once: n8n builds a context for every single one
 * that it resolves. The value of a locator is taken out here: n8n's own extraction fails for a parameter whose conditions an
 * agent's null does not meet.
 */
export function parametersOf(
	context: IExecutePaginationFunctions,
	execution: Execution,
): ReadParameter {
	const { parameters, isStatic } = storedOf(context, execution);
	const read = (name: string, fallback: unknown): unknown => {
		const [parameter, ...path] = name.split('.');
		let known = isStatic.get(parameter);
		if (known === undefined) {
			isStatic.set(parameter, (known = hasNoExpression(parameters[parameter])));
		}
		if (!known) return context.getNodeParameter(name, fallback);
		const value = path.reduce<unknown>(
			(inside, key) => (isObject(inside) ? inside[key] : undefined),
			parameters[parameter],
		);
		return value === undefined ? fallback : value;
	};
	return (name, fallback) => {
		const value = read(name, fallback);
		return isObject(value) && value.__rl ? value.value : value;
	};
}
