// One call of Tallyfy, from the request to the items that start the workflow. Called by the node file.
import type { IDataObject, IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow';
import { credentialTypeOf } from '../../transport/connection';
import { detailsOf } from '../../transport/errors';
import { organizationId } from '../../transport/url';
import { stoppingError } from '../../transport/send';
import type { Parameter } from '../parameters';
import { foreignIn, payloadIn, strangerIn, type Delivery, type Refusal } from './delivery';
import { eventKeys } from './eventKeys';
import { itemsOf, tellerFor } from './items';
import { eventOf, isKnown, readPayload } from './payload';
import { isNew } from './repeats';

/** n8n answers with 200, whatever the node returns; so a refusal is answered here. */
function refused(context: IWebhookFunctions, { status, message }: Refusal): IWebhookResponseData {
	context.getResponseObject().status(status).json({ message });
	return { noWebhookResponse: true };
}

/**
 * Starts the workflow. Answered here too: n8n 2.41 saves static data with the answer, but starts the workflow first, which
 * makes it forget that there is something to save (measured on 2.41.1; on 2.8.4 either way works).
 */
function accepted(context: IWebhookFunctions, items: IDataObject[]): IWebhookResponseData {
	context.getResponseObject().status(200).json({ received: true });
	return { noWebhookResponse: true, workflowData: [items.map((json) => ({ json }))] };
}

const LONGEST_NAME = 100;

/** Taken, but it starts nothing: n8n answers 200 with this. */
function ignored(event: string | undefined, because: string): IWebhookResponseData {
	const webhookResponse = {
		received: true,
		ignored: event?.slice(0, LONGEST_NAME) ?? null,
		because,
	};
	return { webhookResponse };
}

/** Starts the workflow with the items of the payload's event, unless it is unwanted, concerns no guest, or is a repeat. */
async function taken(
	context: IWebhookFunctions,
	payload: IDataObject,
	parameter: Parameter,
): Promise<IWebhookResponseData> {
	const event = eventOf(payload);
	if (!isKnown(event)) return ignored(event, 'it is no event that this node knows');
	const everything = parameter('source', 'organization') === 'pasted';
	if (!everything && !(parameter('webhookEvents', []) as unknown[]).includes(event)) {
		return ignored(event, 'it is not among Webhook Events');
	}
	const happening = readPayload(event, payload);
	if (happening.guests.length === 0) return ignored(event, 'it concerns no guest');
	// Before the event is remembered: wrong parameters must not make it a repeat.
	const tell = tellerFor(context, parameter);
	const isRaw = parameter('output', 'simplified') === 'raw';
	const now = Date.now();
	const node = `${context.getWorkflow().id ?? ''} ${context.getNode().id}`;
	const kept = context.getWorkflowStaticData('node');
	// Somebody who tests sends the same call again on purpose.
	const keys = context.getMode() === 'manual' ? [] : eventKeys(happening, payload, now);
	if (keys.length > 0 && !isNew(node, kept, keys)) return ignored(event, 'it has come before');
	const told = { tell, payload: isRaw ? payload : undefined, now };
	return accepted(context, await itemsOf(happening, told));
}

/**
 * One call: items, one for each guest concerned; or an answer that starts nothing. 403 another organization, 400 no JSON
 * object, 413 over 1 MB; 200 an event that is unknown, not chosen, of no guest, or a repeat.
 */
export async function receive(this: IWebhookFunctions): Promise<IWebhookResponseData> {
	const parameter: Parameter = (name, fallback) => this.getNodeParameter(name, fallback);
	try {
		const credentialType = credentialTypeOf(parameter('authentication', 'accessToken'));
		const credential = await this.getCredentials<IDataObject>(credentialType);
		const organization = organizationId(String(credential.organizationId ?? ''));
		const request = this.getRequestObject() as unknown as Delivery;
		const documented = parameter('source', 'organization') === 'pasted';
		const stranger = strangerIn(request.headers, organization, documented);
		if (stranger) return refused(this, stranger);
		const content = payloadIn(request);
		if ('refusal' in content) return refused(this, content.refusal);
		const foreign = foreignIn(content.payload, organization);
		if (foreign) return refused(this, foreign);
		return await taken(this, content.payload, parameter);
	} catch (error) {
		throw stoppingError(this.getNode(), detailsOf(error as Error));
	}
}
