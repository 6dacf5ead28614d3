// Scenario 8: n8n's own distributed engine. PostgreSQL, Redis, one main process and two workers with the package on each;
// what operators of queue mode read in docs/queue-mode.md is measured here.
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { installedHost, type HostVersion } from '../../dev/host.mts';
import { itemsOf, type SavedWorkflow, type WorkflowDocument } from '../../dev/n8nClient.mts';
import { startCluster, WORKER_CONCURRENCY, type Cluster } from './support/cluster.mts';
import { SandboxClient } from './support/sandboxClient.mts';
import { missingServers } from './support/servers.mts';
import { worlds } from './support/world.mts';
import { asks } from './support/workflows.mts';

const CALLS = 300;
/** Callers that wait at the same time: both workers are full, and jobs wait in Redis. */
const CALLERS = 30;
/** What Pacing > Concurrency is unless somebody changes it (docs/operations.md, "Pacing"). */
const CONCURRENCY = 10;

const say = (line: string) => console.log(line);

interface Answer {
	status: number;
	body: unknown;
}

/** Longer than it takes n8n 2.41 to tell a caller that a worker is dead. */
const TIMEOUT_MS = 75_000;
/** n8n 1.123 and 2.8 can lose the answer of a quick execution that went well (n8n issue 30392). */
const UNANSWERED: Answer = { status: 0, body: 'no answer' };

/** A guest as the webhooks answer with them. */
interface Guest {
	id: number;
	email: string;
	created: boolean;
}

interface RunData {
	resultData: { runData: Record<string, unknown> };
}

/** Calls `work` with 0, 1, 2 … `count - 1`, so many at a time; gives what it gave, in that order. */
async function inTurns<T>(
	count: number,
	atATime: number,
	work: (index: number) => Promise<T>,
): Promise<T[]> {
	const results = new Array<T>(count);
	let next = 0;
	const turns = async () => {
		while (next < count) {
			const index = next++;
			results[index] = await work(index);
		}
	};
	await Promise.all(Array.from({ length: Math.min(count, atATime) }, turns));
	return results;
}

/** A workflow whose nodes follow each other, the last of them Create or Get. */
function chain(
	name: string,
	{ credential }: Cluster,
	nodes: WorkflowDocument['nodes'],
	email: string,
): WorkflowDocument {
	const guests = {
		name: 'Create or get guest',
		type: 'n8n-nodes-tallyfy-guests.tallyfyGuests',
		typeVersion: 1,
		parameters: { resource: 'guest', operation: 'createOrGet', email, output: 'raw' },
		credentials: { tallyfyGuestsApi: credential },
	};
	return linked(name, [...nodes, guests]);
}

/** A workflow whose nodes follow each other. */
function linked(name: string, nodes: WorkflowDocument['nodes']): WorkflowDocument {
	const all = nodes.map((node, at) => ({
		id: `${name}-${at}`,
		position: [at * 220, 0],
		...node,
	}));
	const connections = Object.fromEntries(
		all
			.slice(1)
			.map((node, at) => [all[at].name, { main: [[{ node: node.name, type: 'main', index: 0 }]] }]),
	);
	return { name, nodes: all, connections, settings: { executionOrder: 'v1' } };
}

const webhook = (path: string): WorkflowDocument['nodes'][number] => ({
	name: 'Webhook',
	type: 'n8n-nodes-base.webhook',
	typeVersion: 2,
	webhookId: path,
	parameters: {
		httpMethod: 'POST',
		path,
		// Whoever calls learns only so whether their guest has arrived.
		responseMode: 'lastNode',
		responseData: 'allEntries',
		options: {},
	},
});
const splitOut: WorkflowDocument['nodes'][number] = {
	name: 'One item each',
	type: 'n8n-nodes-base.splitOut',
	typeVersion: 1,
	parameters: { fieldToSplitOut: 'body.emails', options: {} },
};
const byHand: WorkflowDocument['nodes'][number] = {
	name: 'Run by hand',
	type: 'n8n-nodes-base.manualTrigger',
	typeVersion: 1,
	parameters: {},
};

for (const { name: version } of worlds) {
	describe(`queue mode, n8n ${version}`, () => {
		/** Whether the jobs of a dead worker go to another one: n8n 2 ends them instead (`maxStalledCount: 0`). */
		const runsAgain = version.startsWith('1.');
		let cluster: Cluster;
		let one: SavedWorkflow;
		/** Executions that wait for a guest: where they ran so far, and the task of each. */
		let waiting: Array<{ id: string; worker: number; task: string }>;
		afterAll(async () => await cluster?.stop());

		/** Like any sender of webhooks, gives up after a while. */
		const call = async (path: string, body: unknown, timeoutMs = TIMEOUT_MS): Promise<Answer> => {
			try {
				const response = await fetch(`${cluster.mainUrl}/webhook/${path}`, {
					method: 'POST',
					headers: { 'content-type': 'application/json' },
					body: JSON.stringify(body),
					signal: AbortSignal.timeout(timeoutMs),
				});
				return { status: response.status, body: await response.json() };
			} catch (error) {
				if ((error as Error).name !== 'TimeoutError') throw error;
				return UNANSWERED;
			}
		};
		/** Puts a webhook into production; n8n says that it is done a little before it is. */
		const inProduction = async (document: WorkflowDocument, body: unknown) => {
			const workflow = await cluster.client.createWorkflow(document);
			await cluster.client.activate(workflow);
			await expect.poll(async () => (await call(document.name, body, 5_000)).status).toBe(200);
			return workflow;
		};
		/** Requests that made a guest, by email. */
		const creations = () => {
			const counts = new Map<string, number>();
			for (const { method, status, body } of cluster.sandbox.requests) {
				if (method !== 'POST' || status !== 201) continue;
				const email = String(body.email);
				counts.set(email, (counts.get(email) ?? 0) + 1);
			}
			return counts;
		};
		/** Brings 300 guests, 15 by each of 20 calls that come at once; gives the answers. */
		const bringLists = async (prefix: string) => {
			const lists = Array.from({ length: 20 }, (_, list) =>
				Array.from({ length: CALLS / 20 }, (_, at) => `${prefix}-${list}-${at}@queue.test`),
			);
			const answers = await Promise.all(
				lists.map(async (emails) => await call('many-guests', { emails })),
			);
			return { emails: lists.flat(), answers };
		};
		const emailsOf = (answers: Answer[]) =>
			answers.flatMap(({ body }) => (body as Guest[]).map(({ email }) => email));

		test('starts one main process and two workers on PostgreSQL and Redis, because nothing below can be proven without', async () => {
			expect(missingServers()).toEqual([]);
			cluster = await startCluster(await installedHost(version as HostVersion, say), say);
			one = await inProduction(
				chain('one-guest', cluster, [webhook('one-guest')], '={{ $json.body.email }}'),
				{ email: 'first@queue.test' },
			);
			await inProduction(
				chain(
					'many-guests',
					cluster,
					[webhook('many-guests'), splitOut],
					"={{ $json['body.emails'] }}",
				),
				{ emails: ['first@queue.test'] },
			);
		});

		describe('with one main process and two workers', () => {
			// A reason, so that the table of results says more than "skipped".
			beforeEach(({ skip }) => skip(!one, 'queue mode did not start: the test before says why'));

			test('runs by hand in a worker, which needs the package as much as the main process does', async () => {
				const { client, workers } = cluster;
				const workflow = await client.createWorkflow(
					chain('by-hand', cluster, [byHand], 'by-hand@queue.test'),
				);
				const execution = await client.run(workflow, byHand.name);
				expect(itemsOf(execution, 'Create or get guest')).toMatchObject([
					{ email: 'by-hand@queue.test', created: true },
				]);
				expect(workers.flatMap((worker) => worker.executions())).toContain(execution.id);
			});

			test('puts a workflow that has asked a guest to sleep, in either worker', async () => {
				const { client, sandbox, workers, credential } = cluster;
				const [guest] = sandbox.organization.guests.keys();
				const ask = asks({ credential }, 'Ask', { message: 'Do you approve?', guests: guest });
				const workflow = await client.createWorkflow(linked('ask', [byHand, ask]));
				waiting = [];
				const seen = new Set<number>();
				// n8n does not say which worker takes a job.
				while (seen.size < workers.length && waiting.length < 40) {
					const execution = await client.asleep(await client.start(workflow, byHand.name));
					expect([execution.status, execution.error?.message]).toEqual(['waiting', undefined]);
					const { id } = execution;
					const worker = workers.findIndex(({ executions }) => executions().includes(id));
					const [{ taskId }] = itemsOf(execution, 'Ask');
					waiting.push({ id, worker, task: String(taskId) });
					seen.add(worker);
				}
				expect([...seen].sort()).toEqual([0, 1]);
				const { webhook: address } = sandbox.organization.work.task(waiting[0].task)!;
				expect(String(address)).toContain(`${cluster.mainUrl}/webhook-waiting/`);
			});

			test('loses nobody and brings nobody twice when a worker is killed: what it ran ends as failed or runs again, and may be called again', async () => {
				const { client, sandbox, workers } = cluster;
				const [killed, survivor] = workers;
				// Every fifth call wants the guest of the call before it, which runs at the same time.
				const wanted = Array.from(
					{ length: CALLS },
					(_, at) => `kill-${at % 5 === 4 ? at - 1 : at}@queue.test`,
				);
				sandbox.forget();
				// So slow that the killed worker leaves invitations behind that Tallyfy has received and nobody waits for.
				sandbox.misbehave({ faults: [{ latencyMs: 200 }, { method: 'POST', latencyMs: 2000 }] });
				const guestsBefore = sandbox.organization.guests.size;
				const executionsBefore = (await cluster.executionsOf(one)).length;

				let answered = 0;
				let killedAt = 0;
				let lastLoss = 0;
				const first = await inTurns(CALLS, CALLERS, async (at) => {
					const answer = await call('one-guest', { email: wanted[at] });
					// A little later, when what takes the place of the answered ones waits for Tallyfy.
					if (++answered === CALLS / 3) {
						setTimeout(() => {
							killed.kill();
							killedAt = Date.now();
						}, 1000);
					}
					if (answer.status === 500) lastLoss = Date.now();
					return answer;
				});
				const again = first.flatMap(({ status }, at) => (status === 200 ? [] : [at]));
				const lost = again.filter((at) => first[at] !== UNANSWERED);
				const unanswered = again.length - lost.length;
				const leftBehind = creations();
				sandbox.misbehave({ faults: [{ latencyMs: 200 }] });
				const second = await inTurns(again.length, CALLERS, async (at) => {
					return await call('one-guest', { email: wanted[again[at]] });
				});

				const all = (await cluster.executionsOf(one)).slice(executionsBefore);
				const failed = all.filter(({ status }) => status !== 'success');
				const ranHere = new Set(survivor.executions());
				const ranTwice = killed.executions().filter((id) => ranHere.has(id));
				const guests = [...first, ...second].flatMap(({ status, body }) =>
					status === 200 ? (body as Guest[]) : [],
				);
				const newcomers = guests.filter(({ created }) => created).map(({ email }) => email);
				const unheard = [...new Set(wanted)].filter((email) => !newcomers.includes(email));
				const taken = sandbox.requests.filter(
					({ method, status }) => method === 'POST' && status === 422,
				);
				say(
					`n8n ${version}: ${CALLS} calls, a worker killed after ${CALLS / 3} answers; ${ranTwice.length} executions ran again, ${lost.length} ended as failed` +
						(lost.length
							? ` (the last ${((lastLoss - killedAt) / 1000).toFixed(0)} s later)`
							: '') +
						`, ${unanswered} went well and were never answered; ${unheard.length} guests were created with nobody left to hear of it; ${taken.length} invitations met "taken"`,
				);

				expect(ranHere.size).toBeGreaterThan(CALLS / 2);
				expect(all).toHaveLength(CALLS + again.length);
				expect(failed.map(({ status }) => status)).toEqual(lost.map(() => 'error'));
				if (runsAgain) {
					expect(lost).toEqual([]);
					expect(ranTwice.length).toBeGreaterThan(0);
					expect(ranTwice.length).toBeLessThanOrEqual(WORKER_CONCURRENCY);
				} else {
					expect(ranTwice).toEqual([]);
					expect(lost.length).toBeGreaterThan(0);
					expect(lost.length).toBeLessThanOrEqual(WORKER_CONCURRENCY);
					// Whoever called is told, and can call again; n8n's own Retry has nothing to run, because the data is gone.
					expect(lost.map((at) => first[at])).toEqual(
						lost.map(() => ({ status: 500, body: { message: 'Error in workflow' } })),
					);
					expect(failed.filter(({ id }) => ranHere.has(id))).toEqual([]);
					const sent = sandbox.requests.length;
					const retried = await client.call<{ status: string; data: RunData }>(
						'POST',
						`/executions/${failed[0].id}/retry`,
						{ loadWorkflow: false },
					);
					expect([retried.status, retried.data.resultData.runData]).toEqual(['error', {}]);
					expect(sandbox.requests).toHaveLength(sent);
					expect(unheard.filter((email) => !again.some((at) => wanted[at] === email))).toEqual([]);
				}

				// The second time, they find whom the dead worker had brought, and bring whom it had not.
				expect(second.map(({ status }) => status)).toEqual(again.map(() => 200));
				expect(unheard.length).toBeGreaterThan(0);
				expect(unheard.filter((email) => !leftBehind.has(email))).toEqual([]);
				expect(newcomers).toHaveLength(new Set(newcomers).size);
				const ids = new Set(guests.map(({ email, id }) => `${email} ${id}`));
				expect(ids.size).toBe(new Set(wanted).size);
				expect([...creations()].sort()).toEqual(
					[...new Set(wanted)].map((email) => [email, 1]).sort(),
				);
				expect(sandbox.organization.guests.size - guestsBefore).toBe(new Set(wanted).size);
				expect(sandbox.violations).toEqual([]);
			});

			test('wakes up what a killed worker had put to sleep, in the worker that is left', async () => {
				const { client, sandbox, workers } = cluster;
				sandbox.misbehave({});
				const controls = new SandboxClient(new URL(sandbox.baseUrl).origin);
				for (const { id, task } of waiting) {
					expect((await client.asleep(id)).status).toBe('waiting');
					await controls.completeTask(task, { approved: true });
				}
				for (const { id, task } of waiting) {
					const execution = await client.finished(id);
					expect([execution.status, itemsOf(execution, 'Ask')]).toMatchObject([
						'success',
						[{ answered: true, approved: true, taskId: task }],
					]);
					expect(workers[1].executions()).toContain(id);
				}
				expect(waiting.some(({ worker }) => worker === 0)).toBe(true);
			});

			test('gives work to a worker that comes back after it was killed', async () => {
				await cluster.replace(0);
				cluster.sandbox.misbehave({ faults: [{ latencyMs: 200 }] });
				const email = (at: number) => `back-${at}@queue.test`;
				const answers = await inTurns(40, 20, async (at) => {
					return await call('one-guest', { email: email(at) });
				});
				expect(answers).toMatchObject(
					answers.map((_, at) => ({ status: 200, body: [{ email: email(at), created: true }] })),
				);
				expect(cluster.workers[0].executions()).not.toEqual([]);
			});

			test('has a rate limiter of its own in each worker, shared by all executions there: twice Concurrency under way, no more', async () => {
				const { sandbox, workers } = cluster;
				sandbox.forget();
				sandbox.misbehave({ faults: [{ latencyMs: 150 }] });
				const before = workers.map((worker) => worker.executions().length);
				const { emails, answers } = await bringLists('peak');
				const peak = sandbox.peakInFlight();
				const shares = workers.map((worker, at) => worker.executions().length - before[at]);
				say(
					`n8n ${version}: 20 executions of 15 guests, by worker ${shares.join(' and ')}; at most ${peak} requests under way`,
				);
				expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
				expect(emailsOf(answers).sort()).toEqual(emails.sort());
				expect(Math.min(...shares)).toBeGreaterThan(0);
				expect(peak).toBeGreaterThan(CONCURRENCY);
				expect(peak).toBeLessThanOrEqual(2 * CONCURRENCY);
				expect(sandbox.violations).toEqual([]);
			});

			test('gets everybody through a limit that two workers run into without knowing of each other', async () => {
				const { sandbox } = cluster;
				sandbox.forget();
				sandbox.misbehave({
					faults: [{ latencyMs: 150 }],
					limits: { burst: { requests: 60, windowMs: 2000 } },
				});
				const started = Date.now();
				const { emails, answers } = await bringLists('burst');
				const took = Date.now() - started;
				const refused = sandbox.requests.filter(({ status }) => status === 429).length;
				say(
					`n8n ${version}: 300 guests against 60 requests in 2 s: ${(took / 1000).toFixed(1)} s, ${sandbox.requests.length} requests, ${refused} refused, at most ${sandbox.peakInFlight()} under way`,
				);
				expect(refused).toBeGreaterThan(0);
				expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
				expect(emailsOf(answers).sort()).toEqual(emails.sort());
				expect(sandbox.peakInFlight()).toBeLessThanOrEqual(2 * CONCURRENCY);
				expect([...creations().keys()].sort()).toEqual(emails.sort());
			});
		});
	});
}
