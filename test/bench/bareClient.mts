// A client as one would write it by hand: eight at a time, all wait when the server says so, nothing else.
import { guestsUrl, headers } from './connection.mts';
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

export async function bareClient(task: Task, baseUrl: string, input: string[]): Promise<Counts> {
	const guests = guestsUrl(baseUrl);
	if (task.kind === 'list') return { good: await list(guests), failed: 0 };
	const results = await eightAtATime(
		input.map(
			(email) => async () =>
				task.kind === 'get'
					? await call(`${guests}/${encodeURIComponent(email)}`)
					: await call(guests, { method: 'POST', body: JSON.stringify({ email }) }),
		),
	);
	const good = results.filter(Boolean).length;
	return { good, failed: results.length - good };
}
