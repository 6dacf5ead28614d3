// A workflow with an AI agent whose one tool, Disable guest, needs an approval by Ask a Tallyfy Guest.
import type { WorkflowDocument } from '../../../dev/n8nClient.mts';
import type { World } from './world.mts';
import { byHand, chain, tallyfyTool, type WorkflowNode } from './workflows.mts';

export const AGENT = 'AI Agent';
export const TOOL = 'Disable guest';
const APPROVAL = 'Ask a person';

interface Approval {
	/** Email of the guest who is asked. */
	asked: string;
	limitWaitTime?: object;
	/** Of the chat model. */
	credential: { id: string; name: string };
}

/** The document of the workflow, with a start by hand. */
export function agentWorkflow(
	world: World,
	{ asked, limitWaitTime = {}, credential }: Approval,
): WorkflowDocument {
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
			guests: asked,
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
}
