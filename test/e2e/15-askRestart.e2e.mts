// Scenario 15: an n8n of its own is killed while workflows of it wait for guests, and started again. Who answered meanwhile is heard
// with one more call, and who answers later by the call that Tallyfy makes.
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { installedHost, type HostVersion } from '../../dev/host.mts';
import { itemsOf, N8nClient } from '../../dev/n8nClient.mts';
import { freePort, startN8n, type RunningN8n } from '../../dev/n8nProcess.mts';
import { ORGANIZATION_ID } from '../../sandbox/organization.mts';
import { SANDBOX_TOKEN, startSandbox, type Sandbox } from '../../sandbox/server.mts';
import { SandboxClient } from './support/sandboxClient.mts';
import { describeWorlds } from './support/world.mts';
import { asks, chain, webhook } from './support/workflows.mts';

const LOGIN = { email: 'owner@sandbox.test', password: 'Sandbox-1234' };
const ASK = 'Ask';

describeWorlds({ title: 'Asking guests while n8n dies', hasOwnN8n: true }, (world) => {
	let sandbox: Sandbox;
	let n8n: RunningN8n;
	let client: N8nClient;
	/** It stays the same, because the address that the tasks hold names it. */
	let port: number;
	const userFolder = mkdtempSync(join(tmpdir(), `tallyfy-guests-ask-${world.name}-`));

	const start = async () => {
		const host = await installedHost(world.name as HostVersion, console.log);
		const log = join(world.log, '..', `n8n-ask-${world.name}.log`);
		n8n = await startN8n(host, { userFolder, port, log });
		client = new N8nClient(n8n.url);
		await client.signIn(LOGIN);
	};

	beforeAll(async () => {
		sandbox = await startSandbox({ guests: 30 });
		port = await freePort();
		cpSync(join(world.userFolder, '.n8n', 'nodes'), join(userFolder, '.n8n', 'nodes'), {
			recursive: true,
		});
		await start();
	});
	afterAll(async () => {
		await n8n?.stop();
		await sandbox?.close();
		rmSync(userFolder, { recursive: true, force: true });
	});

	it('forgets no question when it is killed, and hears both who answered meanwhile and who answers later', async () => {
		const controls = new SandboxClient(new URL(sandbox.baseUrl).origin);
		const credential = await client.saveCredential('Sandbox', 'tallyfyGuestsApi', {
			accessToken: SANDBOX_TOKEN,
			organizationId: ORGANIZATION_ID,
			baseUrl: sandbox.baseUrl,
			clientHeader: 'APIClient',
		});
		const trigger = webhook('ask');
		trigger.parameters.responseMode = 'onReceived';
		const parameters = { message: 'Do you approve?', guests: '={{ $json.body.email }}' };
		const ask = asks({ credential }, ASK, parameters);
		const workflow = await client.createWorkflow(chain('Asking', [trigger, ask]));
		await client.activate(workflow);

		/** Asks a guest, and waits until the workflow sleeps. @returns the IDs of execution and task, and the address in the task */
		const asked = async (email: string) => {
			const before = (await client.executionsOf(workflow.id)).length;
			const body = JSON.stringify({ email });
			const headers = { 'content-type': 'application/json' };
			const call = async () =>
				(await fetch(`${n8n.url}/webhook/ask`, { method: 'POST', headers, body })).status;
			// n8n says that a webhook listens a little before it does.
			await expect.poll(call).toBe(200);
			await expect
				.poll(async () => (await client.executionsOf(workflow.id)).length)
				.toBe(before + 1);
			const [{ id }] = await client.executionsOf(workflow.id);
			const execution = await client.asleep(id);
			expect([execution.status, execution.error?.message]).toEqual(['waiting', undefined]);
			const task = String(itemsOf(execution, ASK)[0].taskId);
			return { id, task, address: String(sandbox.organization.work.task(task)?.webhook) };
		};
		const [meanwhile, later] = [...sandbox.organization.guests.keys()];
		const one = await asked(meanwhile);
		const other = await asked(later);
		process.kill(-n8n.pid, 'SIGKILL');
		await controls.completeTask(one.task, { approved: true });
		await expect.poll(() => sandbox.deliveries.at(-1)?.error).toBeDefined();

		await start();
		expect((await client.asleep(one.id)).status).toBe('waiting');
		await controls.completeTask(other.task, { approved: false });
		const said = async (id: string) => itemsOf(await client.finished(id), ASK);
		expect(await said(other.id)).toMatchObject([{ approved: false, completedBy: later }]);

		expect((await client.asleep(one.id)).status).toBe('waiting');
		const response = await fetch(one.address, { method: 'POST' });
		expect([response.status, await response.json()]).toEqual([200, { resumed: true }]);
		expect(await said(one.id)).toMatchObject([{ approved: true, completedBy: meanwhile }]);
	});
});
