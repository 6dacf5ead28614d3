// Which execution an item belongs to, and what n8n says about it: how many items it will begin, and when they are cancelled.
// Called by the hook of an operation.
import * as workflow from 'n8n-workflow';
import { sleep, type IExecutePaginationFunctions } from 'n8n-workflow';
import { Execution } from './execution';

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

/** n8n may be slow to begin the next item of a batch, in milliseconds. */
const GRACE_MS = 1_000;

/**
 * From this version on (2.39) n8n goes on without the items whose parameters it could not evaluate, where On Error says so;
 * before, it threw. The version shows in what n8n-workflow has.
 */
const GOES_ON_WITHOUT_ITEMS = 'toPathSegment' in workflow;

function startExecution(context: IExecutePaginationFunctions): Execution {
	const { batchSize = 1, batchInterval = 0 } = requestOptionsOf(context).batching?.batch ?? {};
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

/** What n8n's own Request Options say, as far as it matters here. */
export interface RequestOptions {
	timeout?: number;
	batching?: { batch?: { batchSize?: number; batchInterval?: number } };
}

function requestOptionsOf(context: IExecutePaginationFunctions): RequestOptions {
	return (context.getNodeParameter('requestOptions', {}) ?? {}) as RequestOptions;
}
