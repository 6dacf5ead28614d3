// This node, n8n's HTTP Request node and this trigger, on n8n's own engine.
import { n8nNode, runNode, type Poller, type RunResult } from '../support/engine.mts';
import {
	control,
	credentialsFor,
	guestsUrl,
	headers,
	tasksUrl,
	templateId,
} from './connection.mts';
import type { Contender, Counts, Result, Task } from './tasks.mts';

const rows = (task: Task, input: string[]) =>
	task.kind === 'list' ? [{}] : input.map((email) => ({ email }));

/** On Error of nodes with many items. */
const onErrorOf = ({ kind }: Task) =>
	kind === 'list' ? undefined : ('continueRegularOutput' as const);

export async function thisNode(task: Task, baseUrl: string, input: string[]): Promise<Counts> {
	const guest = { __rl: true, mode: 'email', value: '={{ $json.email }}' };
	const parameters = {
		list: { operation: 'getAll', returnAll: true },
		get: { operation: 'get', guest },
		create: { operation: 'create', email: '={{ $json.email }}' },
		tasks: {
			resource: 'guestTask',
			operation: 'getAll',
			guest,
			returnAll: true,
			filters: { status: 'active' },
		},
	}[task.kind as 'list' | 'get' | 'create' | 'tasks'];
	if (task.kind === 'launch') return await launch(baseUrl, input);
	const { executions = 1 } = task;
	const credentials = credentialsFor(baseUrl);
	const execute = async (share: string[]) => {
		const { items, error } = await runNode({
			parameters: { resource: 'guest', ...parameters, pacing: task.pacing ?? {} },
			input: rows(task, share),
			credentials,
			onError: onErrorOf(task),
		});
		if (error) throw error;
		return items;
	};
	const share = Math.ceil(input.length / executions);
	const shares = Array.from({ length: executions }, (_, index) =>
		input.slice(index * share, (index + 1) * share),
	);
	const items = (await Promise.all(shares.map(execute))).flat();
	const failed = items.filter(({ json }) => json.error).length;
	if (task.kind === 'tasks') {
		return { good: new Set(items.map(({ json }) => json.guestEmail)).size - failed, failed };
	}
	return { good: items.filter(({ json }) => json.email && !json.error).length, failed };
}

/** One step for each guest; good when every task is there with its guest. */
async function launch(baseUrl: string, emails: string[]): Promise<Counts> {
	const { items, error } = await runNode({
		parameters: {
			resource: 'process',
			operation: 'launch',
			template: { __rl: true, mode: 'id', value: await templateId(baseUrl) },
			name: 'Onboarding',
			assignments: {
				assignment: emails.map((email, at) => ({ step: `Step ${at + 1}`, guests: email })),
			},
		},
		credentials: credentialsFor(baseUrl),
	});
	if (error) throw error;
	const { assigned } = items[0].json as { assigned?: unknown[] };
	const good = assigned?.length === emails.length ? 1 : 0;
	return { good, failed: 1 - good };
}

/** Loaded before the clock starts. */
export const loadHttpRequest = () => n8nNode('HttpRequest', 4.2);

/**
 * Retry On Fail as far as n8n lets it: five tries, five seconds apart, of all items again. With On Error set to Continue n8n
 * looks for an error on the first item alone to see whether to try again (n8n-core 2.41.1, workflow-execute.js), so that
 * the node has to stop the workflow instead.
 */
const RETRY_ON_FAIL = {
	onError: 'stopWorkflow',
	settings: { retryOnFail: true, maxTries: 5, waitBetweenTries: 5000 },
} as const;

export async function httpRequestNode(
	task: Task,
	baseUrl: string,
	input: string[],
	who: Contender,
): Promise<Counts> {
	const guests = guestsUrl(baseUrl);
	const pagination = {
		pagination: {
			paginationMode: 'updateAParameterInEachRequest',
			parameters: { parameters: [{ type: 'qs', name: 'page', value: '={{ $pageCount + 1 }}' }] },
			paginationCompleteWhen: 'other',
			completeExpression: '={{ $response.body.data.length < 100 }}',
			limitPagesFetched: false,
		},
	};
	const parameters = {
		list: {
			url: guests,
			sendQuery: true,
			queryParameters: { parameters: [{ name: 'per_page', value: '100' }] },
			options: { pagination },
		},
		get: { url: `=${guests}/{{ encodeURIComponent($json.email) }}` },
		create: {
			method: 'POST',
			url: guests,
			sendBody: true,
			bodyParameters: { parameters: [{ name: 'email', value: '={{ $json.email }}' }] },
		},
		tasks: { url: `=${tasksUrl(baseUrl, '')}{{ encodeURIComponent($json.email) }}` },
	}[task.kind as 'list' | 'get' | 'create' | 'tasks'];
	const retries = who === 'HTTP Request node, Retry On Fail';
	const { items, error } = await runNode({
		node: loadHttpRequest(),
		parameters: {
			authentication: 'predefinedCredentialType',
			nodeCredentialType: 'tallyfyGuestsApi',
			...(parameters as object),
		},
		input: rows(task, input),
		credentials: credentialsFor(baseUrl),
		...(retries ? RETRY_ON_FAIL : { onError: onErrorOf(task) }),
	});
	if (error && !retries) throw error;
	return countAnswers(items, task);
}

/** Of lists the guests, of everything else the items; none when the node stopped the workflow. */
function countAnswers(items: RunResult['items'], { kind }: Task): Counts {
	const counts = { good: 0, failed: 0 };
	for (const { json } of items) {
		if (Array.isArray(json.data) && kind === 'list') counts.good += json.data.length;
		else if (json.data && !json.error) counts.good++;
		else counts.failed++;
	}
	return counts;
}

/** Activates the trigger, then polls three times, after somebody was added each time; and says what n8n keeps for it. */
export async function polls(poller: Poller, baseUrl: string): Promise<Counts & Partial<Result>> {
	const timed = async () => {
		const began = performance.now();
		const { length } = await poller.poll();
		return { ms: performance.now() - began, length };
	};
	const first = await timed();
	const later: Array<Awaited<ReturnType<typeof timed>>> = [];
	for (let poll = 0; poll < 3; poll++) {
		const body = JSON.stringify({ email: `new.${poll}@x.test` });
		await fetch(guestsUrl(baseUrl), { method: 'POST', headers, body });
		await control(baseUrl, 'DELETE', '/sandbox/log');
		later.push(await timed());
	}
	const times = later.map(({ ms }) => ms).sort((a, b) => a - b);
	return {
		good: later.reduce((sum, { length }) => sum + length, 0),
		failed: 0,
		firstMs: first.ms,
		ms: times[1],
		stateBytes: Buffer.byteLength(poller.stored()),
	};
}

const BETWEEN_POLLS_MS = 500;

/** Polls again and again until the work is done, at least once. */
export async function pollBeside(poller: Poller, work: Promise<unknown>) {
	const counts = { polls: 0, pollsFailed: 0 };
	let working = true;
	void work.finally(() => (working = false)).catch(() => undefined);
	while (working) {
		counts.polls++;
		await poller.poll().catch(() => counts.pollsFailed++);
		await new Promise((wait) => setTimeout(wait, BETWEEN_POLLS_MS));
	}
	return counts;
}
