// Entry point of the node that asks guests and waits: its identity, credentials, the webhook that wakes it up. A node of its own:
// a webhook would take Request Options from the declarative node, and make a trigger of it (engine-wait.md 45, 46).
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

/** Where a waiting execution is called (engine-wait.md 2 and 6). n8n's lint takes a literal for the webhook of a trigger. */
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
