// How the sandbox calls the webhook of a task, by its quirks (numbers: facts in contract/work.md).
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text as readText } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Quirks } from '../../sandbox/faults.mts';
import { useSandbox } from '../support/sandbox.mts';
import { idleGuests, workOf } from '../support/sandboxWork.mts';

const sandbox = useSandbox({ guests: 20 });
const { control, quirk, task } = workOf(sandbox);

let listener: Server;
let address = '';
/** Bodies that arrived, and how many were there at once at most. */
const arrived: string[] = [];
let atOnce = 0;
let now = 0;
beforeAll(async () => {
	listener = createServer((incoming, response) => {
		atOnce = Math.max(atOnce, ++now);
		void readText(incoming).then(async (text) => {
			arrived.push(text);
			await new Promise((wait) => setTimeout(wait, 300));
			now--;
			response.end();
		});
	}).listen(0, '127.0.0.1');
	await once(listener, 'listening');
	address = `http://127.0.0.1:${(listener.address() as AddressInfo).port}/task`;
});
beforeEach(async () => {
	// A call of the test before may not have been answered yet.
	await vi.waitFor(() => expect(now).toBe(0), { timeout: 20_000 });
	arrived.length = 0;
	atOnce = 0;
});
afterAll(async () => void (await once(listener.close(), 'close')));

/** A guest completes a task with a webhook. @returns how many calls had come before that */
async function complete(quirks: Quirks, callsBefore = 0): Promise<number> {
	quirk(quirks);
	const [{ email }] = idleGuests(sandbox.current.organization);
	const { id } = await task([email], { webhook: address });
	await arrive(callsBefore);
	await control('POST', `/tasks/${String(id)}/complete`, {});
	return callsBefore;
}
const arrive = async (count: number) =>
	await vi.waitFor(() => expect(arrived).toHaveLength(count), { timeout: 20_000 });

describe("The webhook of a guest's task", () => {
	it('is called once, when the task is completed (203)', async () => {
		await complete({});
		await arrive(1);
		expect(JSON.parse(arrived[0])).toMatchObject({ this_task: { status: 'completed' } });
	});

	it('is called when the task is only just made, too, where it comes early', async () => {
		await complete({ taskWebhook: 'early' }, 1);
		await arrive(2);
		const [early, right] = arrived.map(
			(text) => (JSON.parse(text) as { this_task: { status: string } }).this_task.status,
		);
		expect([early, right]).toEqual(['not-started', 'completed']);
	});

	it.each([
		['twice', 2, 1],
		['three', 3, 3],
		['late', 1, 1],
	] as const)('is called %s: %i calls, %i at once', async (taskWebhook, count, together) => {
		await complete({ taskWebhook });
		await arrive(count);
		expect(atOnce).toBe(together);
	});

	it('is not called where it never comes', async () => {
		await complete({ taskWebhook: 'never' });
		await new Promise((wait) => setTimeout(wait, 500));
		expect(arrived).toEqual([]);
	});

	it.each([
		['bare', (text: string) => (JSON.parse(text) as { status: string }).status === 'completed'],
		['wrapped', (text: string) => (JSON.parse(text) as { data: object }).data !== undefined],
		['empty', (text: string) => text === ''],
		['text', (text: string) => text === 'completed'],
	] as const)('is called with a payload that is %s', async (taskWebhookPayload, fits) => {
		await complete({ taskWebhookPayload });
		await arrive(1);
		expect(arrived.map(fits)).toEqual([true]);
	});
});
