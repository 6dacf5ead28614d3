// Scenario 14: a workflow asks guests and sleeps until they have answered, in whole n8n versions. What n8n does while it sleeps,
// is called and goes on differs between them; what comes out must not.
import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import { HOST_VERSIONS } from '../../dev/host.mts';
import { itemsOf, type Execution, type SavedWorkflow } from '../../dev/n8nClient.mts';
import type { Guest, Json } from '../../sandbox/organization.mts';
import {
	openBrowser,
	openGuestBrowser,
	takePicture,
	type GuestBrowser,
} from './support/browser.mts';
import { AGENT, agentWorkflow, TOOL } from './support/agentWorkflow.mts';
import { startChatModel, type ChatModel } from './support/chatModel.mts';
import { clientOf, describeWorlds, sandboxOf } from './support/world.mts';
import {
	asks,
	behind,
	byHand,
	chain,
	keep,
	rows,
	type WorkflowNode,
} from './support/workflows.mts';

const ASK = 'Ask';
/** Three seconds. n8n looks once a minute which of its executions are due. */
const SOON = {
	values: { limitType: 'afterTimeInterval', resumeAmount: 0.05, resumeUnit: 'minutes' },
};

describeWorlds('Asking guests', (world) => {
	const sandbox = sandboxOf(world);
	const client = clientOf(world);
	const addresses: string[] = [];
	const executions = new Set<string>();
	let browser: GuestBrowser;
	let guests: Guest[];
	/** Started before everything else, because n8n takes a minute to notice that their time is over. */
	let timeOver: Record<'plain' | 'errorOutput' | 'once', string>;
	/** Started with them, where n8n has approvals of tools. */
	let agentTimeOver: string | undefined;
	let model: ChatModel;
	/** Whom the agent wants to disable: somebody without tasks. */
	let target: string;

	const save = async (nodes: WorkflowNode[]) => await client.createWorkflow(chain('Asking', nodes));
	const ask = (parameters: object, settings: object = {}) =>
		asks(
			world,
			ASK,
			{ message: 'Do you approve?', guests: '={{ $json.email }}', ...parameters },
			settings as Record<string, unknown>,
		);
	/** Rows of guests nobody else is asked. */
	const take = (count: number, more: Json = {}) =>
		guests.splice(0, count).map(({ email }, row) => ({ email, row, ...more }));

	/** What the node remembers of its tasks shows in the items while it waits. */
	const tasksIn = (execution: Execution, node = ASK) => {
		const runs = execution.runData[node] ?? [];
		return (runs.at(-1)?.data?.main[0] ?? []).map(({ json }) => String(json.taskId));
	};
	const taskOf = async (id: string) =>
		(await sandbox.api('GET', `/tasks/${id}?with=form_fields`)).body.data as Json;
	const addressOf = async (id: string) => {
		const address = String((await taskOf(id)).webhook);
		addresses.push(address);
		return address;
	};
	/** Runs a workflow until it sleeps. */
	const asked = async (workflow: SavedWorkflow) => {
		const execution = await client.asleep(await client.start(workflow, 'Run by hand'));
		expect([execution.status, execution.error?.message]).toEqual(['waiting', undefined]);
		executions.add(execution.id);
		const ids = tasksIn(execution);
		const calls = [];
		for (const id of ids) calls.push(await addressOf(id));
		return { id: execution.id, ids, calls, execution };
	};
	const ended = async (id: string) => {
		executions.add(id);
		const execution = await client.finished(id);
		expect([execution.status, execution.error?.message]).toEqual(['success', undefined]);
		return execution;
	};
	const isAsleep = async (id: string) => {
		const { status } = await client.asleep(id);
		expect(status).toBe('waiting');
	};
	const post = async (address: string, method = 'POST') => {
		const response = await fetch(address, { method });
		const text = await response.text();
		return { status: response.status, text };
	};

	/** An agent that waits for somebody's approval; gives its execution and the task. */
	const startAgent = async (limitWaitTime = {}) => {
		const [{ email: asked }] = take(1);
		const tasks = async () => {
			const path = `/tasks?guests=${encodeURIComponent(asked)}&is_oneoff=true&per_page=100`;
			return ((await sandbox.api('GET', path)).body.data as Json[]).map(({ id }) => String(id));
		};
		const before = await tasks();
		const data = { apiKey: 'none', url: model.url };
		const credential = await client.saveCredential('Chat model', 'openAiApi', data);
		const document = agentWorkflow(world, { asked, limitWaitTime, credential });
		const saved = await client.createWorkflow(document);
		const execution = await client.asleep(await client.start(saved, 'Run by hand'));
		expect([execution.status, execution.error?.message]).toEqual(['waiting', undefined]);
		const [task] = (await tasks()).filter((id) => !before.includes(id));
		await addressOf(task);
		return { id: execution.id, task };
	};
	const isDisabled = async () => (await sandbox.guest(target))?.details.disabled_at !== null;

	beforeAll(async () => {
		await sandbox.reset({ guests: 60, localLinks: true });
		guests = (await sandbox.guests()).filter(({ details }) => details.disabled_at === null);
		const idle = guests.findIndex(
			({ stats }) => (stats as { assigned_tasks: number }).assigned_tasks === 0,
		);
		[{ email: target }] = guests.splice(idle, 1);
		model = await startChatModel({ toolParameters: { email: target }, hitlParameters: {} });
		browser = await openGuestBrowser();
		const start = async (settings: object, count: number) => {
			const list = take(count, { approved: true, answered: true });
			const nodes = [byHand(), ...rows(list), ask({ limitWaitTime: SOON }, settings)];
			const yes = keep('Approved', '={{ $json.approved }}');
			const workflow = await save([...nodes, yes, behind('Sent')]);
			return await client.start(workflow, 'Run by hand');
		};
		timeOver = {
			plain: await start({}, 2),
			errorOutput: await start({ onError: 'continueErrorOutput' }, 2),
			once: await start({ executeOnce: true }, 2),
		};
		if (world.name !== '1.123') agentTimeOver = (await startAgent(SOON)).id;
	});
	afterEach(async () => await sandbox.behave({}));
	afterAll(async () => {
		await browser?.close();
		await model?.stop();
	});

	it('goes on with what a guest wrote into the form, who has nothing but a link', async () => {
		const [{ email }] = take(1);
		const form = ask({
			guests: email,
			message: 'Tell us how to invoice',
			responseType: 'form',
			formFieldsJson: JSON.stringify([
				{ label: 'Purchase order', fieldType: 'text', required: true },
				{ label: 'Delivery', fieldType: 'radio', required: true, options: ['Mail', 'Portal'] },
				{ label: 'From', fieldType: 'date' },
				{ label: 'Copies to', fieldType: 'multiselect', options: ['CFO', 'CEO', 'Legal'] },
			]),
		});
		const { id, ids } = await asked(await save([byHand(), form, behind('Next')]));
		const { owners } = (await taskOf(ids[0])) as { owners: { taskUrls: string[] } };

		await browser.visit(owners.taskUrls[0], async (page: Page) => {
			await page.getByLabel('Purchase order').fill('PO-77 <b>&');
			await page.getByLabel('Portal').check();
			await page.getByLabel('From').fill('2027-02-01');
			await page.getByLabel('CFO').check();
			await page.getByLabel('Legal').check();
			await page.setViewportSize({ width: 800, height: 400 });
			await takePicture(page, 'guest-page');
			await page.getByRole('button', { name: 'Complete' }).click();
			await page.getByRole('status').waitFor();
		});

		const execution = await ended(id);
		expect(itemsOf(execution, 'Next')).toEqual([
			{
				answered: true,
				approved: null,
				answers: {
					'Purchase order': 'PO-77 <b>&',
					Delivery: 'Portal',
					From: expect.stringMatching(/^2027-02-01/),
					'Copies to': ['CFO', 'Legal'],
				},
				completedBy: email,
				completedAt: expect.stringMatching(/^20\d\d-\d\d-\d\dT/),
				taskId: ids[0],
				guestEmail: email,
			},
		]);
		expect((await sandbox.summary()).violations).toEqual([]);
	});

	it('takes a no for an answer: nothing behind a condition on the approval runs', async () => {
		const [row] = take(1, { approved: true });
		const yes = keep('Approved', '={{ $json.approved }}');
		const workflow = await save([byHand(), ...rows([row]), ask({}), yes, behind('Sent')]);
		const { id, ids } = await asked(workflow);
		const { owners } = (await taskOf(ids[0])) as { owners: { taskUrls: string[] } };
		await browser.visit(owners.taskUrls[0], async (page: Page) => {
			await page.getByRole('button', { name: 'Reject' }).click();
			await page.getByRole('status').waitFor();
		});
		const execution = await ended(id);
		expect(itemsOf(execution, ASK)).toMatchObject([{ answered: true, approved: false }]);
		expect(execution.runData).not.toHaveProperty('Sent');
	});

	it('links five answers to who was asked, in whatever order they come, and goes on once though the call comes three times at once', async () => {
		const list = take(5);
		const linked = {
			name: 'Linked',
			type: 'n8n-nodes-base.set',
			typeVersion: 3.4,
			parameters: {
				mode: 'raw',
				jsonOutput:
					"={{ { asked: $('Rows').item.json.email, row: $('Rows').item.json.row, by: $json.completedBy, approved: $json.approved } }}",
				options: {},
			},
		};
		const workflow = await save([byHand(), ...rows(list), ask({}), linked]);
		const { id, ids } = await asked(workflow);
		expect(new Set(ids).size).toBe(5);
		for (const at of [3, 0, 4, 2]) {
			await sandbox.completeTask(ids[at], { approved: at % 2 === 0 });
			await isAsleep(id);
		}
		await sandbox.behave({ quirks: { taskWebhook: 'three' } });
		await sandbox.completeTask(ids[1], { approved: false });
		const execution = await ended(id);
		expect(execution.runData.Linked).toHaveLength(1);
		expect(itemsOf(execution, 'Linked')).toEqual(
			list.map(({ email, row }) => ({ asked: email, row, by: email, approved: row % 2 === 0 })),
		);
		expect(await client.executionsOf(workflow.id)).toHaveLength(1);
	});

	it('sleeps on when it is called too early, unsigned, altered or with another method, and wakes up by a call that was missed and is made again', async () => {
		await sandbox.behave({ quirks: { taskWebhook: 'early' } });
		const workflow = await save([byHand(), ...rows(take(1)), ask({})]);
		const {
			id,
			ids: [task],
			calls: [address],
		} = await asked(workflow);
		expect(await post(address)).toEqual({ status: 200, text: '{"resumed":false}' });
		await sandbox.behave({ quirks: { taskWebhook: 'never' } });
		await sandbox.completeTask(task, { approved: true });
		const signature = /signature=(\w+)/.exec(address)?.[1] ?? '';
		expect(signature).toHaveLength(64);
		const altered = signature.replace(/./, (digit) => (digit === '0' ? '1' : '0'));
		for (const wrong of [
			address.replace(/[?&]signature=.*/, ''),
			address.split('?')[0],
			address.replace(signature, altered),
			address.replace(/round=\d+-0/, 'round=1-1'),
			`${address}&approved=true`,
		]) {
			expect((await post(wrong)).status, wrong.replace(address, '')).toBe(401);
		}
		expect((await post(address, 'GET')).status).toBe(200);
		await isAsleep(id);
		expect(await post(address)).toEqual({ status: 200, text: '{"resumed":true}' });
		expect(itemsOf(await ended(id), ASK)).toMatchObject([{ answered: true, approved: true }]);
		// Once more, when all is done.
		expect((await post(address)).status).toBe(200);
		expect(await client.executionsOf(workflow.id)).toHaveLength(1);
	});

	it('goes on once when it is called twice', async () => {
		await sandbox.behave({ quirks: { taskWebhook: 'twice' } });
		const workflow = await save([byHand(), ...rows(take(1)), ask({}), behind('Next')]);
		const { id, ids, calls } = await asked(workflow);
		await sandbox.completeTask(ids[0], { approved: true });
		const execution = await ended(id);
		await expect
			.poll(async () => (await sandbox.deliveries()).filter(({ to }) => to === calls[0]).length)
			.toBe(2);
		expect(execution.runData.Next).toHaveLength(1);
		expect(await client.executionsOf(workflow.id)).toHaveLength(1);
	});

	it('asks one after the other in a loop, and an earlier round answers no later one', async () => {
		const list = take(2);
		const loop: WorkflowNode = {
			name: 'Loop',
			type: 'n8n-nodes-base.splitInBatches',
			typeVersion: 3,
			parameters: { options: {} },
		};
		const workflow = await client.createWorkflow(
			chain(
				'Loop',
				[byHand(), ...rows(list), loop, behind('Done')],
				[
					['Loop', 1, ASK],
					[ASK, 0, 'Loop'],
				],
				[ask({})],
			),
		);
		const first = await asked(workflow);
		await sandbox.completeTask(first.ids[0], { approved: true });
		await expect
			.poll(async () => (await client.asleep(first.id)).runData[ASK].length, { timeout: 60_000 })
			.toBe(2);
		const [second] = tasksIn(await client.asleep(first.id));
		expect(second).not.toBe(first.ids[0]);
		await addressOf(second);
		await post(first.calls[0]);
		await isAsleep(first.id);
		await sandbox.completeTask(second, { approved: false });
		const execution = await ended(first.id);
		expect(itemsOf(execution, 'Done')).toMatchObject([
			{ guestEmail: list[0].email, approved: true },
			{ guestEmail: list[1].email, approved: false },
		]);
	});

	it('gives the answers of a sub-workflow to its parent; n8n 1 gives the parent its own input instead', async () => {
		const trigger: WorkflowNode = {
			name: 'Called',
			type: 'n8n-nodes-base.executeWorkflowTrigger',
			typeVersion: 1.1,
			parameters: { inputSource: 'passthrough' },
		};
		const child = await client.createWorkflow(chain('Child', [trigger, ask({})]));
		if (world.name !== '1.123') await client.activate(child);
		const callsChild: WorkflowNode = {
			name: 'Child',
			type: 'n8n-nodes-base.executeWorkflow',
			typeVersion: 1.2,
			parameters: {
				workflowId: { __rl: true, mode: 'id', value: child.id },
				mode: 'once',
				options: { waitForSubWorkflow: true },
			},
		};
		const list = take(2);
		const parent = await save([byHand(), ...rows(list), callsChild, behind('Next')]);
		const { id } = await client.asleep(await client.start(parent, 'Run by hand'));
		const [{ id: childId }] = await client.executionsOf(child.id);
		const ids = tasksIn(await client.asleep(childId));
		expect(ids).toHaveLength(2);
		for (const task of ids) {
			await addressOf(task);
			await sandbox.completeTask(task, { approved: true });
		}
		const items = itemsOf(await ended(id), 'Next');
		if (world.name === '1.123') expect(items).toEqual(list);
		else expect(items).toMatchObject(ids.map((taskId) => ({ taskId, approved: true })));
	});

	it('keeps the tool of an agent from running on a no, and lets it run on a yes', async ({
		skip,
	}) => {
		skip(!agentTimeOver, 'n8n 1 has no approval of tools');
		const no = await startAgent();
		const { title, summary } = await taskOf(no.task);
		expect(`${String(title)} ${String(summary)}`).toContain(target);
		await sandbox.completeTask(no.task, { approved: false });
		const refused = await ended(no.id);
		expect(String(itemsOf(refused, AGENT)[0].output)).toContain('rejected the tool call');
		expect(refused.runData).not.toHaveProperty([TOOL]);
		expect(await isDisabled()).toBe(false);

		const yes = await startAgent();
		expect(await isDisabled()).toBe(false);
		await sandbox.completeTask(yes.task, { approved: true });
		const allowed = await ended(yes.id);
		expect(String(itemsOf(allowed, AGENT)[0].output)).toContain(target);
		expect(await isDisabled()).toBe(true);
		await sandbox.api('PUT', `/guests/${encodeURIComponent(target)}/enable`);
		expect(await isDisabled()).toBe(false);
	});

	it('stands under Human review, opens its panel, and shows the answer there when it was executed by hand', async ({
		skip,
	}) => {
		skip(world.name !== HOST_VERSIONS[0], 'the canvas is looked at in the newest n8n');
		const [{ email }] = take(1);
		const message = 'Do you approve quote 2026-118?';
		const limitWaitTime = { values: { resumeAmount: 3, resumeUnit: 'days' } };
		const workflow = await save([byHand(), ask({ guests: email, message, limitWaitTime })]);
		const signedIn = await openBrowser(world);
		try {
			await signedIn.visit('ask', async (canvas) => {
				await canvas.open(workflow);
				await canvas.id('node-creator-plus-button').click();
				await canvas.page.getByText('Human review', { exact: true }).click();
				const entries = canvas.id('node-creator-item-name');
				await entries.filter({ hasText: 'Ask a Tallyfy Guest' }).waitFor();
				await canvas.picture('ask-1-human-review');
				await canvas.page.keyboard.press('Escape');
				await canvas.open(workflow);
				await canvas.openNode(ASK);
				expect(await canvas.parameter('message').locator('textarea').inputValue()).toBe(message);
				await canvas.picture('ask-2-panel');
				await canvas.id('node-execute-button').click();
				await canvas.output
					.getByText('The workflow goes on when the guests have answered')
					.waitFor();
				await canvas.picture('ask-3-waits');
				const [{ id }] = await client.executionsOf(workflow.id);
				const [task] = tasksIn(await client.asleep(id));
				await addressOf(task);
				await sandbox.completeTask(task, { approved: true });
				await ended(id);
				await canvas.id('node-run-status-success', canvas.output).waitFor();
				expect(await canvas.items()).toMatchObject([
					{ answered: true, approved: true, completedBy: email, taskId: task },
				]);
				await canvas.picture('ask-4-answer');
			});
		} finally {
			await signedIn.close();
		}
	});

	it('says that nobody answered when the time is over, with what came in, and lets no approval of the input through', async () => {
		const execution = await ended(timeOver.plain);
		expect(itemsOf(execution, ASK)).toMatchObject([
			{ row: 0, answered: false, approved: false, completedBy: null, taskId: expect.any(String) },
			{ row: 1, answered: false, approved: false, completedBy: null, taskId: expect.any(String) },
		]);
		expect(itemsOf(execution, 'Rows')).toMatchObject([{ approved: true }, { approved: true }]);
		expect(execution.runData).not.toHaveProperty('Sent');
		const [task] = tasksIn(execution);
		expect((await taskOf(task)).status).not.toBe('completed');
		await post(await addressOf(task));
		expect(await client.finished(timeOver.plain)).toEqual(execution);
	});

	it('loses no item when the time is over and there is an error output, and gives one with Execute Once', async () => {
		const execution = await ended(timeOver.errorOutput);
		expect(itemsOf(execution, ASK)).toMatchObject([{ answered: false }, { answered: false }]);
		expect(itemsOf(execution, ASK, 1)).toEqual([]);
		expect(execution.runData).not.toHaveProperty('Sent');
		expect(itemsOf(await ended(timeOver.once), ASK)).toMatchObject([
			{ row: 0, answered: false, approved: false },
		]);
	});

	it('does not let the tool of an agent run when the time is over', async ({ skip }) => {
		if (!agentTimeOver) return skip('n8n 1 has no approval of tools');
		const execution = await ended(agentTimeOver);
		expect(execution.runData).not.toHaveProperty([TOOL]);
		expect(await isDisabled()).toBe(false);
	});

	it('tells nobody the address that wakes it, neither in what n8n keeps of its executions nor in its log', async () => {
		const signatures = addresses.map((address) => /signature=(\w+)/.exec(address)?.[1] ?? address);
		expect(signatures.length).toBeGreaterThan(10);
		const log = readFileSync(world.log, 'utf8');
		for (const signature of signatures) expect(log).not.toContain(signature);
		for (const id of executions) {
			const { stored } = await client.asleep(id);
			expect(stored).not.toContain('webhook-waiting');
			for (const signature of signatures) expect(stored).not.toContain(signature);
		}
	});
});
