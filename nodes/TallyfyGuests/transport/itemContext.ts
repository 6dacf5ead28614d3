// What n8n says about an item: which execution it belongs to, how many items that one has, and the parameters of the item.
import * as workflow from 'n8n-workflow';
import { sleep, type IExecutePaginationFunctions, type INodeParameters } from 'n8n-workflow';
import { Execution } from './execution';
import { isObject } from './request';

/** By what n8n hands to all items of one execution of a node. */
const executions = new WeakMap<object, Execution>();

/**
 * What this item shares with the others of its execution. n8n's Retry On Fail, and another call of an agent's tool, come back
 * with the same data: that is another execution.
 */
export function executionOf(context: IExecutePaginationFunctions): Execution {
	const data = context.getExecuteData();
	let execution = executions.get(data);
	if (!execution || execution.beginsNoMore || execution.hasBegun(context.getItemIndex())) {
		execution = startExecution(context);
		executions.set(data, execution);
	}
	return execution;
}

/** n8n may take so long to begin the next item of a batch, in milliseconds. */
const GRACE_MS = 1_000;

/**
 * From 2.39 on n8n goes on without the items whose parameters it could not evaluate, where On Error says so; before, it threw.
 * The version shows in what n8n-workflow has.
 */
const GOES_ON_WITHOUT_ITEMS = 'toPathSegment' in workflow;

function startExecution(context: IExecutePaginationFunctions): Execution {
	const stored = context.getNodeParameter('requestOptions', {}) as RequestOptions | null;
	const { batchSize = 1, batchInterval = 0 } = stored?.batching?.batch ?? {};
	const mayMissItems = GOES_ON_WITHOUT_ITEMS && context.continueOnFail();
	const beginning =
		batchInterval > 0
			? { batchSize: Math.max(1, batchSize), graceMs: batchInterval + GRACE_MS }
			: { graceMs: mayMissItems ? 0 : GRACE_MS };
	const expected = expectedItems(context);
	const execution = new Execution({ expected, mayMissItems, sleep, ...beginning });
	const signal = context.getExecutionCancelSignal();
	if (signal) {
		const cancel = () => execution.cancel();
		signal.addEventListener('abort', cancel, { once: true });
		void execution.ended().then(() => signal.removeEventListener('abort', cancel));
	}
	return execution;
}

/** How many items n8n will begin; undefined in an agent's tool call, where its data is the agent's. */
function expectedItems(context: IExecutePaginationFunctions): number | undefined {
	const node = context.getNode();
	const { data, node: executed } = context.getExecuteData();
	if (executed.name !== node.name) return undefined;
	// n8n cuts the input to one item, but not in this data.
	if (node.executeOnce) return 1;
	const [items] = Object.values(data)[0] ?? [];
	return items?.length;
}

/** n8n's own Request Options, as far as they matter here. */
export interface RequestOptions {
	timeout?: number;
	batching?: { batch?: { batchSize?: number; batchInterval?: number } };
}

/** Reads a parameter, resolved; gives `fallback` where it is not set. */
export type ReadParameter = (name: string, fallback?: unknown) => unknown;

/** Read once for all items: parameters as they are stored, expressions and all, and by name whether one holds no expression. */
type StoredParameters = { parameters: INodeParameters; isStatic: Map<string, boolean> };

const storedParameters = new WeakMap<Execution, StoredParameters>();

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
	const stored = storedParameters.get(execution);
	const { parameters, isStatic } = stored ?? { ...context.getNode(), isStatic: new Map() };
	if (!stored) storedParameters.set(execution, { parameters, isStatic });
	const read = (name: string, fallback: unknown): unknown => {
		const [top, ...path] = name.split('.');
		if (!isStatic.has(top)) isStatic.set(top, hasNoExpression(parameters[top]));
		if (!isStatic.get(top)) return context.getNodeParameter(name, fallback);
		const valueIn = (inside: unknown, key: string) => (isObject(inside) ? inside[key] : undefined);
		const value = path.reduce<unknown>(valueIn, parameters[top]);
		return value === undefined ? fallback : value;
	};
	return (name, fallback) => {
		const value = read(name, fallback);
		return isObject(value) && value.__rl ? value.value : value;
	};
}
