// One contender doing one task once, in a process of its own, so that its memory is its own. Prints what it did as JSON.
// Usage: contender.mts WHO TASK BASE_URL, the task as JSON.
import { ORGANIZATION_ID } from '../../sandbox/organization.mts';
import { SANDBOX_TOKEN } from '../../sandbox/server.mts';
import type { Task } from './tasks.mts';

const [who, taskJson, baseUrl] = process.argv.slice(2);
const task = JSON.parse(taskJson) as Task;
const organization = `${baseUrl}/organizations/${ORGANIZATION_ID}`;
const credentials = {
	accessToken: SANDBOX_TOKEN,
	organizationId: ORGANIZATION_ID,
	baseUrl,
	clientHeader: 'APIClient',
};
const headers = {
	authorization: `Bearer ${SANDBOX_TOKEN}`,
	'x-tallyfy-client': 'APIClient',
	accept: 'application/json',
	'content-type': 'application/json',
};

/** The emails of the guests of the task's organization, or of those to create. */
async function emails(): Promise<string[]> {
	if (task.kind === 'create') {
		return Array.from({ length: task.items ?? 0 }, (_, index) => `new.${index}@x.test`);
	}
	const response = await fetch(`${organization}/guests?without_pagination=true`, { headers });
	const { data } = (await response.json()) as { data: Array<{ email: string }> };
	return data.slice(0, task.items).map(({ email }) => email);
}

const input = ['list', 'poll'].includes(task.kind) ? [] : await emails();
await fetch(new URL('/sandbox/log', baseUrl), { method: 'DELETE' });

async function thisNode(): Promise<number> {
	const { runNode } = await import('../support/engine.mts');
	const parameters = {
		list: { operation: 'getAll', returnAll: true },
		get: { operation: 'get', guest: { __rl: true, mode: 'email', value: '={{ $json.email }}' } },
		create: { operation: 'create', email: '={{ $json.email }}' },
	}[task.kind as 'list' | 'get' | 'create'];
	const { items, error } = await runNode({
		parameters: { resource: 'guest', ...parameters, pacing: task.pacing ?? {} },
		input: task.kind === 'list' ? [{}] : input.map((email) => ({ email })),
		credentials,
		onError: task.kind === 'list' ? undefined : 'continueRegularOutput',
	});
	if (error) throw error;
	return items.filter(({ json }) => json.email && !json.error).length;
}

async function httpRequestNode(): Promise<number> {
	const { n8nNode, runNode } = await import('../support/engine.mts');
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
			url: `${organization}/guests`,
			sendQuery: true,
			queryParameters: { parameters: [{ name: 'per_page', value: '100' }] },
			options: { pagination },
		},
		get: { url: `=${organization}/guests/{{ encodeURIComponent($json.email) }}` },
		create: {
			method: 'POST',
			url: `${organization}/guests`,
			sendBody: true,
			bodyParameters: { parameters: [{ name: 'email', value: '={{ $json.email }}' }] },
		},
	}[task.kind as 'list' | 'get' | 'create'];
	const { items, error } = await runNode({
		node: n8nNode('HttpRequest', 4.2),
		parameters: {
			authentication: 'predefinedCredentialType',
			nodeCredentialType: 'tallyfyGuestsApi',
			...(parameters as object),
		},
		input: task.kind === 'list' ? [{}] : input.map((email) => ({ email })),
		credentials,
		onError: task.kind === 'list' ? undefined : 'continueRegularOutput',
	});
	if (error) throw error;
	return items.reduce((sum, { json }) => {
		if (Array.isArray(json.data)) return sum + json.data.length;
		return sum + (json.data && !json.error ? 1 : 0);
	}, 0);
}

/** A client as one would write it by hand: eight at a time, all wait when the server says so, nothing else. */
async function bareClient(): Promise<number> {
	let pausedUntil = 0;
	const call = async (
		url: string,
		init: RequestInit = {},
	): Promise<{ data: unknown } | undefined> => {
		for (;;) {
			while (pausedUntil > Date.now()) {
				await new Promise((wait) => setTimeout(wait, pausedUntil - Date.now()));
			}
			const response = await fetch(url, { headers, ...init }).catch(() => undefined);
			if (!response) return undefined;
			if (response.status === 429) {
				await response.arrayBuffer();
				pausedUntil = Date.now() + 1000 * Number(response.headers.get('retry-after') ?? 1);
				continue;
			}
			const body = (await response.json()) as { data: unknown };
			return response.ok ? body : undefined;
		}
	};
	const eightAtATime = async <T,>(jobs: Array<() => Promise<T>>): Promise<T[]> => {
		const results: T[] = [];
		let next = 0;
		const worker = async () => {
			while (next < jobs.length) {
				const index = next++;
				results[index] = await jobs[index]();
			}
		};
		await Promise.all(Array.from({ length: 8 }, worker));
		return results;
	};
	if (task.kind === 'list') {
		const page = async (number: number) =>
			(await call(`${organization}/guests?per_page=100&page=${number}`)) as unknown as {
				data: unknown[];
				meta: { pagination: { total: number } };
			};
		const first = await page(1);
		const pages = Math.ceil(first.meta.pagination.total / 100);
		const rest = await eightAtATime(
			Array.from({ length: pages - 1 }, (_, index) => async () => await page(index + 2)),
		);
		return [first, ...rest].flatMap(({ data }) => data).length;
	}
	const results = await eightAtATime(
		input.map(
			(email) => async () =>
				task.kind === 'get'
					? await call(`${organization}/guests/${encodeURIComponent(email)}`)
					: await call(`${organization}/guests`, {
							method: 'POST',
							body: JSON.stringify({ email }),
						}),
		),
	);
	return results.filter(Boolean).length;
}

/** Activates the trigger, then polls three times, after somebody was added each time; and says what n8n keeps for it. */
async function polls() {
	const { pollerFor } = await import('../support/engine.mts');
	const poller = await pollerFor({ parameters: { events: task.events }, credentials });
	const timed = async () => {
		const began = performance.now();
		const { length } = await poller.poll();
		return { ms: performance.now() - began, length };
	};
	const first = await timed();
	const later: Array<Awaited<ReturnType<typeof timed>>> = [];
	for (let poll = 0; poll < 3; poll++) {
		const body = JSON.stringify({ email: `new.${poll}@x.test` });
		await fetch(`${organization}/guests`, { method: 'POST', headers, body });
		await fetch(new URL('/sandbox/log', baseUrl), { method: 'DELETE' });
		later.push(await timed());
	}
	const times = later.map(({ ms }) => ms).sort((a, b) => a - b);
	return {
		good: later.reduce((sum, { length }) => sum + length, 0),
		firstMs: first.ms,
		ms: times[1],
		stateBytes: Buffer.byteLength(poller.stored()),
	};
}

const contenders: Record<string, () => Promise<number>> = {
	'this node': thisNode,
	'HTTP Request node': httpRequestNode,
	'bare client': bareClient,
};
// Loads what the contender needs before the clock starts.
if (who !== 'bare client') {
	const { loadPackage, n8nNode } = await import('../support/engine.mts');
	await loadPackage();
	if (who === 'HTTP Request node') n8nNode('HttpRequest', 4.2);
}
const started = performance.now();
const measured =
	task.kind === 'poll'
		? await polls()
		: { good: await contenders[who](), ms: performance.now() - started };
const memoryMb = process.resourceUsage().maxRSS / 1024;
const sandbox = (await (await fetch(new URL('/sandbox', baseUrl))).json()) as Record<
	string,
	unknown
>;
console.log(`RESULT ${JSON.stringify({ ...measured, memoryMb, ...sandbox })}`);
process.exit(0);
