// Scenario 12: the trigger in whole n8n installations of its own, which are killed and started again. Each event must
// arrive within one poll, once, and none may be lost while n8n is down.
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { installedHost, type HostVersion } from '../../dev/host.mts';
import { itemsOf, N8nClient, type SavedWorkflow } from '../../dev/n8nClient.mts';
import { freePort, startN8n, type RunningN8n } from '../../dev/n8nProcess.mts';
import { ORGANIZATION_ID } from '../../sandbox/organization.mts';
import { SANDBOX_TOKEN, startSandbox, type Sandbox } from '../../sandbox/server.mts';
import { processPayload, taskCompletedPayload } from '../../sandbox/webhooks.mts';
import { describeWorlds } from './support/world.mts';
import { chain, type WorkflowNode } from './support/workflows.mts';

const LOGIN = { email: 'owner@sandbox.test', password: 'Sandbox-1234' };
const TRIGGER = 'When a guest';
const POLL_MS = 10_000;
/** What has not come by then does not come: one poll, and what a busy machine takes. */
const LATE_MS = 60_000;
/** n8n 2.41 allows no poll time that comes more than once a minute, but several. */
const POLL_TIMES = [0, 10, 20, 30, 40, 50].map((second) => ({
	mode: 'custom',
	cronExpression: `${second} * * * * *`,
}));
const wait = async (ms: number) => await new Promise((resolve) => setTimeout(resolve, ms));

interface Item {
	event: string;
	guest: { email: string; link?: string };
	sample?: boolean;
}

describeWorlds({ title: 'The trigger', hasOwnN8n: true }, (world) => {
	let sandbox: Sandbox;
	let n8n: RunningN8n;
	let client: N8nClient;
	let credential: { id: string; name: string };
	let polling: SavedWorkflow;
	const userFolder = mkdtempSync(join(tmpdir(), `tallyfy-guests-trigger-${world.name}-`));

	const start = async () => {
		const host = await installedHost(world.name as HostVersion, console.log);
		const log = join(world.log, '..', `n8n-trigger-${world.name}.log`);
		n8n = await startN8n(host, { userFolder, port: await freePort(), log });
		client = new N8nClient(n8n.url);
		await client.signIn(LOGIN);
	};
	const trigger = (parameters: Record<string, unknown>) =>
		({
			name: TRIGGER,
			type: 'n8n-nodes-tallyfy-guests.tallyfyGuestsTrigger',
			typeVersion: 1,
			parameters,
			credentials: { tallyfyGuestsApi: credential },
			webhookId: `guests-${String(parameters.source ?? 'polling')}`,
		}) as unknown as WorkflowNode;
	const done = { ...trigger({}), name: 'Done', type: 'n8n-nodes-base.noOp', credentials: {} };
	const save = async (name: string, parameters: Record<string, unknown>) =>
		await client.createWorkflow(chain(name, [trigger(parameters), done]));

	/** Everything that has come out of the trigger in production, in the order of executions. */
	const cameOut = async ({ id }: SavedWorkflow): Promise<Item[]> => {
		const executions = await client.executionsOf(id);
		const items: Item[] = [];
		for (const execution of executions.filter(({ mode }) => mode !== 'manual').reverse()) {
			const finished = await client.finished(execution.id);
			items.push(...(itemsOf(finished, TRIGGER) as unknown as Item[]));
		}
		return items;
	};
	const inWords = (items: Item[]) =>
		items.map(({ event, guest }) => `${event} ${guest.email}`).sort();
	/** Waits until so many items have come, which takes one poll, then so long for what should not follow. */
	const settled = async (workflow: SavedWorkflow, count: number, quietMs: number) => {
		const deadline = Date.now() + LATE_MS;
		while ((await cameOut(workflow)).length < count && Date.now() < deadline) await wait(500);
		await wait(quietMs);
		return inWords(await cameOut(workflow));
	};
	const emails = () => [...sandbox.organization.guests.keys()];
	const guestOf = (email: string) => sandbox.organization.guests.get(email)!;

	beforeAll(async () => {
		sandbox = await startSandbox({ guests: 130 });
		cpSync(join(world.userFolder, '.n8n', 'nodes'), join(userFolder, '.n8n', 'nodes'), {
			recursive: true,
		});
		await start();
		credential = await client.saveCredential('Sandbox', 'tallyfyGuestsApi', {
			accessToken: SANDBOX_TOKEN,
			organizationId: ORGANIZATION_ID,
			baseUrl: sandbox.baseUrl,
			clientHeader: 'APIClient',
		});
	});
	afterAll(async () => {
		await n8n?.stop();
		await sandbox?.close();
		rmSync(userFolder, { recursive: true, force: true });
	});

	it('gives samples when somebody tries it by hand, marked as such', async () => {
		polling = await save('Polling', {
			mode: 'polling',
			events: [
				'guestAdded',
				'guestFirstAccess',
				'guestReturned',
				'guestCompletedTask',
				'guestDisabled',
				'guestEnabled',
			],
			pollTimes: { item: POLL_TIMES },
		});
		const execution = await client.run(polling, TRIGGER);
		expect(execution.error).toBeUndefined();
		const items = itemsOf(execution, TRIGGER) as unknown as Item[];
		expect(items.length).toBeGreaterThanOrEqual(3);
		expect(items.every(({ sample }) => sample === true)).toBe(true);
		expect(items.every(({ guest }) => emails().includes(guest.email))).toBe(true);
		expect(JSON.stringify(items)).not.toContain('guest-all-task');
	});

	it('fires nothing when it is activated, and each event within one poll after it', async () => {
		await client.activate(polling);
		await wait(11_000);
		expect(await cameOut(polling)).toEqual([]);

		const known = emails();
		const never = known.find((email) => !guestOf(email).last_accessed_at)!;
		const visited = known.filter((email) => guestOf(email).last_accessed_at);
		const active = visited.filter((email) => !guestOf(email).details.disabled_at);
		const off = known.find((email) => guestOf(email).details.disabled_at)!;
		sandbox.organization.create({ email: 'added@new.test' });
		sandbox.organization.visit(guestOf(never));
		sandbox.organization.visit(guestOf(active[0]));
		sandbox.organization.completeTask(guestOf(active[1]));
		sandbox.organization.setDisabled(guestOf(active[2]), true);
		sandbox.organization.setDisabled(guestOf(off), false);
		expect(await settled(polling, 6, 0)).toEqual(
			[
				'guestAdded added@new.test',
				`guestFirstAccess ${never}`,
				`guestReturned ${active[0]}`,
				`guestCompletedTask ${active[1]}`,
				`guestDisabled ${active[2]}`,
				`guestEnabled ${off}`,
			].sort(),
		);
	});

	it('neither repeats nor misses anything when n8n is killed and started again', async () => {
		const before = inWords(await cameOut(polling));
		sandbox.organization.create({ email: 'just-before@new.test' });
		const waiting = Date.now() + LATE_MS;
		while ((await cameOut(polling)).length === before.length && Date.now() < waiting)
			await wait(200);
		process.kill(-n8n.pid, 'SIGKILL');
		sandbox.organization.create({ email: 'while-down@new.test' });
		sandbox.organization.visit(guestOf('added@new.test'));
		sandbox.organization.remove(guestOf('just-before@new.test'));
		sandbox.organization.create({ email: 'just-before@new.test' });
		await start();
		// Nothing is repeated at the next poll either.
		expect(await settled(polling, before.length + 4, POLL_MS + 3000)).toEqual(
			[
				...before,
				'guestAdded just-before@new.test',
				'guestAdded just-before@new.test',
				'guestAdded while-down@new.test',
				'guestFirstAccess added@new.test',
			].sort(),
		);
	});

	it('registers one webhook, gives the guest of a completed task once, and leaves no webhook behind', async () => {
		await client.deactivate(polling);
		const workflow = await save('Organization', {
			mode: 'webhook',
			source: 'organization',
			webhookEvents: ['task.completed'],
		});
		await client.activate(workflow);
		expect(sandbox.organization.watchers).toHaveLength(1);
		const guest = guestOf(emails()[0]);
		const payload = {
			event: 'task.completed',
			...taskCompletedPayload(sandbox.organization, guest, { by: 'guest' }),
		};
		await sandbox.deliver(payload);
		await sandbox.deliver(payload);
		expect(await settled(workflow, 1, 3000)).toEqual([`task.completed ${guest.email}`]);
		expect(JSON.stringify(await cameOut(workflow))).not.toContain('guest-all-task');
		await client.deactivate(workflow);
		expect(sandbox.organization.watchers).toEqual([]);
	});

	it('takes what is sent to an address that somebody pasted into a template', async () => {
		const workflow = await save('Pasted', {
			mode: 'webhook',
			source: 'pasted',
			output: 'selected',
			fields: ['link'],
		});
		await client.activate(workflow);
		expect(sandbox.organization.watchers).toEqual([]);
		const guests = emails()
			.slice(0, 2)
			.map((email) => guestOf(email));
		const to = `${n8n.url}/webhook/guests-pasted/webhook`;
		const refused = await fetch(to, {
			method: 'POST',
			headers: { 'content-type': 'application/json', 'x-tallyfy-orgid': 'f'.repeat(32) },
			body: JSON.stringify(processPayload(sandbox.organization, guests)),
		});
		expect(refused.status).toBe(403);
		await sandbox.deliver(processPayload(sandbox.organization, guests), { to });
		const said = await settled(workflow, 2, 3000);
		expect(said.map((words) => words.split(' ')[1])).toEqual(
			guests.map(({ email }) => email).sort(),
		);
		const links = (await cameOut(workflow)).map(({ guest }) => guest.link);
		expect(links.every((link) => link?.includes('guest-all-task'))).toBe(true);
		await client.deactivate(workflow);
	});
});
