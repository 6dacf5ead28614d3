// One contender doing one task once, in a process of its own, so that its memory is its own. Prints what it did as JSON.
// Usage: contender.mts WHO TASK BASE_URL, the task as JSON.
import { bareClient } from './bareClient.mts';
import { control, credentialsFor, guestsUrl, headers, templateId } from './connection.mts';
import type { Contender, Counts, Result, Task } from './tasks.mts';

const [who, taskJson, baseUrl] = process.argv.slice(2) as [Contender, string, string];
const task = JSON.parse(taskJson) as Task;

/** The emails of the guests of the task's organization, or of those to create. */
async function emails(): Promise<string[]> {
	if (task.kind === 'list' || task.kind === 'poll') return [];
	if (task.kind === 'create') {
		return Array.from({ length: task.items ?? 0 }, (_, index) => `new.${index}@x.test`);
	}
	const url = `${guestsUrl(baseUrl)}?without_pagination=true&with=stats`;
	const { data } = (await (await fetch(url, { headers })).json()) as {
		data: Array<{ email: string; stats: { assigned_tasks: number } }>;
	};
	const withTasks = data.filter(({ stats }) => task.kind !== 'tasks' || stats.assigned_tasks > 0);
	return withTasks.slice(0, task.items).map(({ email }) => email);
}

/** From now on the server behaves as the task says; its counts and its log begin with the next request. */
async function begin(): Promise<void> {
	if (task.kind === 'launch') await templateId(baseUrl);
	await control(baseUrl, 'PUT', '/sandbox/behaviour', task.behaviour);
	await control(baseUrl, 'DELETE', '/sandbox/log');
}

/** Loads what the contender needs, then lets it work against the clock. */
async function contend(): Promise<Counts & Partial<Result>> {
	const input = await emails();
	if (who === 'bare client') {
		await begin();
		return await timed(async () => await bareClient(task, baseUrl, input));
	}
	const { loadPackage, pollerFor } = await import('../support/engine.mts');
	const nodes = await import('./nodes.mts');
	await loadPackage();
	if (who !== 'this node') {
		nodes.loadHttpRequest();
		await begin();
		return await timed(async () => await nodes.httpRequestNode(task, baseUrl, input, who));
	}
	if (!task.events) {
		await begin();
		return await timed(async () => await nodes.thisNode(task, baseUrl, input));
	}
	const credentials = credentialsFor(baseUrl);
	const poller = await pollerFor({ parameters: { events: task.events }, credentials });
	if (task.kind === 'poll') {
		await begin();
		return await nodes.polls(poller, baseUrl);
	}
	// The first poll, which takes the snapshot, is over before the trouble begins.
	await poller.poll();
	await begin();
	const work = timed(async () => await nodes.thisNode(task, baseUrl, input));
	const [counts, beside] = await Promise.all([work, nodes.pollBeside(poller, work)]);
	return { ...counts, ...beside };
}

async function timed(work: () => Promise<Counts>): Promise<Counts & Partial<Result>> {
	const started = performance.now();
	const counts = await work();
	const ms = performance.now() - started;
	const ended = Date.now();
	const { troubleOverAt } = await control(baseUrl, 'GET', '/sandbox');
	return { ...counts, ms, afterMs: troubleOverAt ? ended - Number(troubleOverAt) : undefined };
}

const measured = await contend();
const memoryMb = process.resourceUsage().maxRSS / 1024;
const seen = await control(baseUrl, 'GET', '/sandbox');
console.log(`RESULT ${JSON.stringify({ ...seen, ...measured, memoryMb })}`);
process.exit(0);
