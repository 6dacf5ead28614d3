// Entry point of the trigger node: its identity, credentials, webhook, and which file of trigger/ n8n calls when.
import {
	NodeConnectionTypes,
	type IExecuteFunctions,
	type INodeExecutionData,
	type INodeType,
	type INodeTypeDescription,
	type IPollFunctions,
	type IWebhookFunctions,
	type IWebhookResponseData,
} from 'n8n-workflow';
import { credentials } from './resources/authentication';
import { properties } from './trigger/form';
import { pollGuests } from './trigger/polling/poll';
import { manualRun } from './trigger/manualRun';
import { receive } from './trigger/webhook/receive';
import { webhookMethods } from './trigger/webhook/registration';

export class TallyfyGuestsTrigger implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Tallyfy Guests Trigger',
		name: 'tallyfyGuestsTrigger',
		icon: { light: 'file:tallyfy.svg', dark: 'file:tallyfy.dark.svg' },
		group: ['trigger'],
		version: 1,
		subtitle:
			'={{ [$parameter["mode"] === "webhook" ? $parameter["webhookEvents"] : $parameter["events"]].flat().join(", ") }}',
		description: 'Starts a workflow when something happens to a guest of a Tallyfy organization',
		defaults: { name: 'Tallyfy Guests Trigger' },
		inputs: [],
		outputs: [NodeConnectionTypes.Main],
		credentials,
		polling: true,
		webhooks: [
			{
				name: 'default',
				// Without a method n8n registers no webhook: none is left behind by the polling mode.
				httpMethod: '={{ $parameter["mode"] === "webhook" ? "POST" : "" }}',
				responseMode: 'onReceived',
				path: 'webhook',
				// Shown where people need it: to paste it.
				ndvHideUrl: '={{ $parameter["mode"] !== "webhook" || $parameter["source"] !== "pasted" }}',
			},
		],
		properties,
	};

	webhookMethods = webhookMethods;

	async poll(this: IPollFunctions): Promise<INodeExecutionData[][] | null> {
		return await pollGuests(this);
	}

	async webhook(this: IWebhookFunctions): Promise<IWebhookResponseData> {
		return await receive.call(this);
	}

	/** n8n prefers this where it has the choice: what started the workflow goes on, and runs by hand get samples. */
	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return await manualRun(this);
	}
}
