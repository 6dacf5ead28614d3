// The webhook mode. (Being built: issue 6.) Called by the node file and its form.
import type {
	INodeProperties,
	INodeType,
	IWebhookFunctions,
	IWebhookResponseData,
} from 'n8n-workflow';

/** The part of the form that is shown for the mode `webhook`: `source`, `webhookEvents`. */
export const webhookProperties: INodeProperties[] = [];

/** Registers, checks and removes the webhook of the organization. */
export const webhookMethods: INodeType['webhookMethods'] = {
	default: {
		checkExists: async () => true,
		create: async () => true,
		delete: async () => true,
	},
};

/** One call of Tallyfy: items, one for each guest concerned. */
export async function receive(this: IWebhookFunctions): Promise<IWebhookResponseData> {
	return {};
}
