// A client as one would write it by hand: eight at a time, all wait when the server says so, nothing else.
import { guestsUrl, headers, organizationUrl, tasksUrl, templateId } from './connection.mts';
import type { Counts, Task } from './tasks.mts';

let pausedUntil = 0;

async function call(url: string, init: RequestInit = {}): Promise<{ data: unknown } | undefined> {
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
		const text = await response.text();
		return response.ok ? (JSON.parse(text) as { data: unknown }) : undefined;
	}
}

async function eightAtATime<T>(jobs: Array<() => Promise<T>>): Promise<T[]> {
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
}

async function list(guests: string): Promise<number> {
	const page = async (number: number) =>
		(await call(`${guests}?per_page=100&page=${number}`)) as unknown as {
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

/** Looks for nothing, checks nothing: the template, the guests, the launch. */
async function launch(baseUrl: string, emails: string[]): Promise<Counts> {
	const organization = organizationUrl(baseUrl);
	const id = await templateId(baseUrl);
	const template = await call(`${organization}/checklists/${id}?with=steps`);
	const { steps } = template?.data as { steps: Array<{ id: string; assignees: number[] }> };
	await eightAtATime(
		emails.map(
			(email) => async () => await call(`${guestsUrl(baseUrl)}/${encodeURIComponent(email)}`),
		),
	);
	const tasks = Object.fromEntries(
		steps.map((step, at) => [
			step.id,
			{ owners: { users: step.assignees, guests: emails.slice(at, at + 1), groups: [] } },
		]),
	);
	const body = JSON.stringify({ checklist_id: id, name: 'Onboarding', tasks });
	const launched = await call(`${organization}/runs`, { method: 'POST', body });
	return { good: launched ? 1 : 0, failed: launched ? 0 : 1 };
}

export async function bareClient(task: Task, baseUrl: string, input: string[]): Promise<Counts> {
	const guests = guestsUrl(baseUrl);
	if (task.kind === 'list') return { good: await list(guests), failed: 0 };
	if (task.kind === 'launch') return await launch(baseUrl, input);
	const jobs = {
		get: async (email: string) => await call(`${guests}/${encodeURIComponent(email)}`),
		create: async (email: string) =>
			await call(guests, { method: 'POST', body: JSON.stringify({ email }) }),
		tasks: async (email: string) => await call(tasksUrl(baseUrl, email)),
	};
	const job = jobs[task.kind as keyof typeof jobs];
	const results = await eightAtATime(input.map((email) => async () => await job(email)));
	const good = results.filter(Boolean).length;
	return { good, failed: results.length - good };
}
