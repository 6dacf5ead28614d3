// Entry point of the node that asks guests and waits: its identity, credentials, the webhook that wakes it up. A node of its own:
// a webhook would take Request Options from the declarative node, and n8n would count that as a trigger (measured 2026-11).
import {
	NodeConnectionTypes,
	type IExecuteFunctions,
	type INodeExecutionData,
	type INodeType,
	type INodeTypeDescription,
	type IWebhookDescription,
	type IWebhookFunctions,
	type IWebhookResponseData,
} from 'n8n-workflow';
import { askAndWait } from './ask/ask';
import { properties } from './ask/form';
import { resume } from './ask/resume';
import { getMembers } from './listSearch/members';
import { credentials } from './resources/authentication';

/**
 * Where a waiting execution is called: n8n's signed address ends in the ID of the node. Not in the class, because n8n's lint takes a
 * literal there for the webhook of a trigger, which would have to be registered.
 */
const resumeHooks: IWebhookDescription[] = [
	{
		name: 'default',
		httpMethod: 'POST',
		responseMode: 'onReceived',
		responseData: '',
		path: '={{ $nodeId }}',
		restartWebhook: true,
		isFullPath: true,
	},
];

export class TallyfyGuestsAsk implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Ask a Tallyfy Guest',
		name: 'tallyfyGuestsAsk',
		icon: { light: 'file:tallyfy.svg', dark: 'file:tallyfy.dark.svg' },
		group: ['transform'],
		version: 1,
		subtitle: '={{ $parameter["responseType"] + ": " + $parameter["guests"] }}',
		description: 'Give guests a task with an approval or a form, and wait for their answers',
		defaults: { name: 'Ask a Tallyfy Guest' },
		usableAsTool: true,
		waitingNodeTooltip: 'The workflow goes on when the guests have answered',
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials,
		webhooks: resumeHooks,
		properties,
	};

	methods = { loadOptions: { getMembers } };

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return await askAndWait.call(this);
	}

	async webhook(this: IWebhookFunctions): Promise<IWebhookResponseData> {
		return await resume.call(this);
	}
}
