// Scenario 16: an AI agent may disable a guest only when somebody has said yes: Ask a Tallyfy Guest as the approval of a tool.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { itemsOf, type Execution, type WorkflowDocument } from '../../dev/n8nClient.mts';
import type { Guest } from '../../sandbox/organization.mts';
import { startChatModel, type ChatModel } from './support/chatModel.mts';
import { clientOf, describeWorlds, sandboxOf } from './support/world.mts';
import { byHand, chain, tallyfyTool, type WorkflowNode } from './support/workflows.mts';

const APPROVAL = 'Ask a person';
const TOOL = 'Disable guest';
const AGENT = 'AI Agent';
/** n8n looks once a minute which of its executions are due. */
const SOON = {
	values: { limitType: 'afterTimeInterval', resumeAmount: 0.05, resumeUnit: 'minutes' },
};

describeWorlds('An agent whose tool needs an approval', (world) => {
	const sandbox = sandboxOf(world);
	const client = clientOf(world);
	let model: ChatModel;
	let credential: { id: string; name: string };
	let asked: Guest;
	let target: Guest;
	/** Started first, because n8n takes a minute to notice that its time is over. */
	let timeOver: string;

	const workflow = (limitWaitTime: object): WorkflowDocument => {
		const agent: WorkflowNode = {
			name: AGENT,
			type: '@n8n/n8n-nodes-langchain.agent',
			typeVersion: 3,
			parameters: { promptType: 'define', text: 'Disable the guest who left.', options: {} },
		};
		const chat: WorkflowNode = {
			name: 'Chat model',
			type: '@n8n/n8n-nodes-langchain.lmChatOpenAi',
			typeVersion: 1.2,
			parameters: {
				model: { __rl: true, mode: 'id', value: 'stand-in' },
				options: { maxRetries: 0 },
			},
			credentials: { openAiApi: credential },
		};
		const tool = tallyfyTool(world, TOOL, {
			descriptionType: 'manual',
			toolDescription: 'Disable a guest',
			operation: 'disable',
			guest: {
				__rl: true,
				mode: 'email',
				value: "={{ $fromAI('email', 'Email address of the guest', 'string') }}",
			},
		});
		const approval: WorkflowNode = {
			...tallyfyTool(world, APPROVAL, {
				message: '=May the agent run {{ $tool.name }}? {{ JSON.stringify($tool.parameters) }}',
				guests: asked.email,
				limitWaitTime,
			}),
			type: 'n8n-nodes-tallyfy-guests.tallyfyGuestsAskHitlTool',
		};
		const document = chain('Agent', [byHand(), agent], [], [chat, tool, approval]);
		const to = (node: string, type: string) => ({ [type]: [[{ node, type, index: 0 }]] });
		return {
			...document,
			connections: {
				...document.connections,
				[chat.name]: to(AGENT, 'ai_languageModel'),
				[TOOL]: to(APPROVAL, 'ai_tool'),
				[APPROVAL]: to(AGENT, 'ai_tool'),
			},
		};
	};
	const start = async (limitWaitTime: object = {}) => {
		const saved = await client.createWorkflow(workflow(limitWaitTime));
		const execution = await client.asleep(await client.start(saved, 'Run by hand'));
		expect([execution.status, execution.error?.message]).toEqual(['waiting', undefined]);
		return execution.id;
	};
	/** The newest task of the guest who decides. */
	const question = async () => {
		const path = `/tasks?guests=${encodeURIComponent(asked.email)}&is_oneoff=true&sort=newest`;
		const [task] = (await sandbox.api('GET', path)).body.data as Array<{
			id: string;
			title: string;
		}>;
		return task;
	};
	const isDisabled = async () => (await sandbox.guest(target.email))?.details.disabled_at !== null;
	const saysIn = (execution: Execution) => String(itemsOf(execution, AGENT)[0]?.output);

	beforeAll(async () => {
		await sandbox.reset({ guests: 60 });
		const idle = (await sandbox.guests()).filter(
			({ details, stats }) =>
				details.disabled_at === null && (stats as { assigned_tasks: number }).assigned_tasks === 0,
		);
		[asked, target] = idle;
		model = await startChatModel({
			toolParameters: { email: target.email },
			hitlParameters: {},
		});
		credential = await client.saveCredential('Chat model', 'openAiApi', {
			apiKey: 'none',
			url: model.url,
		});
		if (world.name !== '1.123') timeOver = await start(SOON);
	});
	afterAll(async () => await model?.stop());

	it('does nothing on a no, and the model hears that', async ({ skip }) => {
		skip(world.name === '1.123', 'n8n 1 has no approval of tools');
		const id = await start();
		const { id: task, title } = await question();
		expect(title).toContain(target.email);
		expect(await isDisabled()).toBe(false);
		await sandbox.completeTask(task, { approved: false });
		const execution = await client.finished(id);
		expect([execution.status, execution.error?.message]).toEqual(['success', undefined]);
		expect(saysIn(execution)).toContain('rejected the tool call');
		expect(await isDisabled()).toBe(false);
	});

	it('does nothing when the time is over', async ({ skip }) => {
		skip(world.name === '1.123', 'n8n 1 has no approval of tools');
		const execution = await client.finished(timeOver);
		expect([execution.status, execution.error?.message]).toEqual(['success', undefined]);
		expect(await isDisabled()).toBe(false);
		expect(execution.runData).not.toHaveProperty(TOOL);
	});

	it('does what it wanted to on a yes', async ({ skip }) => {
		skip(world.name === '1.123', 'n8n 1 has no approval of tools');
		const id = await start();
		expect(await isDisabled()).toBe(false);
		await sandbox.completeTask((await question()).id, { approved: true });
		const execution = await client.finished(id);
		expect([execution.status, execution.error?.message]).toEqual(['success', undefined]);
		expect(await isDisabled()).toBe(true);
		expect(saysIn(execution)).toContain(target.email);
		expect(execution.stored).not.toContain('webhook-waiting');
	});
});
