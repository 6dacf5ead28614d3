// One call of the webhook's URL, from the request to the items that start the workflow.
import type { IDataObject, IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow';
import { credentialTypeOf } from '../../transport/connection';
import { detailsOf } from '../../transport/errors';
import type { ReadParameter } from '../../transport/itemContext';
import { isObject } from '../../transport/request';
import { stoppingError } from '../../transport/send';
import { organizationId } from '../../transport/url';
import { eventKeys, isNewEvent } from './deduplication';
import { guestResolver, itemsOf } from './items';
import { eventOf, isKnownEvent, organizationsIn, readPayload, textOf } from './payload';

/** In bytes; how large payloads can be is not published (G74). */
export const MAX_PAYLOAD = 1024 * 1024;

/** A call as n8n gives it: names of headers are in lower case; `rawBody` is missing where n8n did not read it. */
export interface Delivery {
	headers: IDataObject;
	rawBody?: { length: number; toString(encoding: 'utf8'): string };
	/** As n8n understood it. */
	body?: unknown;
}

/** A call that is answered with this status and message, and starts nothing. */
export class Refusal extends Error {
	constructor(
		readonly status: 400 | 403 | 413,
		message: string,
	) {
		super(message);
	}
}

/**
 * The payload of a call, whatever Content-Type says.
 * @throws Refusal 413 for more than MAX_PAYLOAD, 400 for what is no JSON object
 */
export function payloadIn({ headers, rawBody, body }: Delivery): IDataObject {
	const assertSize = (bytes: number) => {
		if (bytes > MAX_PAYLOAD) throw new Refusal(413, 'The body is larger than 1 MB.');
	};
	assertSize(Number(headers['content-length']));
	const isForm = /^multipart/.test(textOf(headers['content-type']));
	if (rawBody === undefined && isObject(body) && !isForm) {
		if (Object.keys(body).length === 0) throw new Refusal(400, 'The body is empty.');
		assertSize(JSON.stringify(body).length);
		return body;
	}
	assertSize(rawBody?.length ?? 0);
	const text = (rawBody?.toString('utf8') ?? '').replace(/^\uFEFF/, '').trim();
	if (text === '') throw new Refusal(400, 'The body is empty, or no JSON.');
	let payload: unknown;
	try {
		payload = JSON.parse(text);
	} catch {
		// Nothing that JSON.parse gives is undefined.
	}
	if (payload === undefined) throw new Refusal(400, 'The body is no JSON.');
	if (!isObject(payload)) throw new Refusal(400, 'The body is JSON, but not an object.');
	return payload;
}

const isSame = (id: string, other: string) =>
	id.trim().toLowerCase() === other.trim().toLowerCase();

/**
 * Refuses a call for another organization. The header is the only check that Tallyfy documents (facts.md 53), for pasted
 * webhooks; whether an organization's webhook sends it is not published (G70).
 * @throws Refusal 403
 */
export function rejectOtherOrganization(
	headers: IDataObject,
	organization: string,
	isRequired: boolean,
): void {
	const named = headers['x-tallyfy-orgid'];
	if (named === undefined ? !isRequired : isSame(String(named), organization)) return;
	const wrong = named === undefined ? 'is missing' : 'names another organization';
	const next = 'It must be the Organization ID in the credential of this node.';
	throw new Refusal(403, `The header X-Tallyfy-orgID ${wrong}. ${next}`);
}

/** @throws Refusal 403 for a payload about another organization */
export function rejectOtherPayload(payload: IDataObject, organization: string): void {
	if (organizationsIn(payload).every((id) => isSame(id, organization))) return;
	const message = 'The payload is about another organization than the credential of this node.';
	throw new Refusal(403, message);
}

/**
 * Answers here: n8n itself answers 200, whatever the node returns. And n8n 2.41 saves static data with its own answer, but
 * starts the workflow first, which makes it forget that there is something to save (measured on 2.41.1; on 2.8.4 either works).
 */
function answer(context: IWebhookFunctions, status: number, body: object): IWebhookResponseData {
	context.getResponseObject().status(status).json(body);
	return { noWebhookResponse: true };
}

/** For an event that starts nothing: n8n answers 200 with this. */
function ignored(event: string | undefined, because: string): IWebhookResponseData {
	return { webhookResponse: { received: true, ignored: event?.slice(0, 100) ?? null, because } };
}

/** Starts the workflow with the items of the event, unless it was not chosen, concerns no guest, or is a repeat. */
async function start(
	context: IWebhookFunctions,
	payload: IDataObject,
	parameter: ReadParameter,
): Promise<IWebhookResponseData> {
	const name = eventOf(payload);
	if (!isKnownEvent(name)) return ignored(name, 'it is no event that this node knows');
	const isPasted = parameter('source', 'organization') === 'pasted';
	if (!isPasted && !(parameter('webhookEvents', []) as unknown[]).includes(name)) {
		return ignored(name, 'it is not among Webhook Events');
	}
	const event = readPayload(name, payload);
	if (event.guests.length === 0) return ignored(name, 'it concerns no guest');
	// Before the event is remembered: wrong parameters must not make it a repeat.
	const resolve = guestResolver(context, parameter);
	const isRaw = parameter('output', 'simplified') === 'raw';
	const now = Date.now();
	const node = `${context.getWorkflow().id ?? ''} ${context.getNode().id}`;
	const staticData = context.getWorkflowStaticData('node');
	// In a test the same call is sent again on purpose.
	const isTest = context.getMode() === 'manual';
	if (!isTest && !isNewEvent(node, staticData, eventKeys(event, payload, now))) {
		return ignored(name, 'it has come before');
	}
	const items = await itemsOf(event, { resolve, payload: isRaw ? payload : undefined, now });
	const workflowData = [items.map((json) => ({ json }))];
	return { ...answer(context, 200, { received: true }), workflowData };
}

/**
 * One call: items, one for each guest whom it concerns; or an answer that starts nothing. 403 another organization, 400 no JSON
 * object, 413 over 1 MB; 200 an event that is unknown, not chosen, of no guest, or a repeat.
 */
export async function receive(this: IWebhookFunctions): Promise<IWebhookResponseData> {
	const parameter: ReadParameter = (name, fallback) => this.getNodeParameter(name, fallback);
	try {
		const credentialType = credentialTypeOf(parameter('authentication', 'accessToken'));
		const credential = await this.getCredentials<IDataObject>(credentialType);
		const organization = organizationId(String(credential.organizationId ?? ''));
		const delivery = this.getRequestObject() as unknown as Delivery;
		const isPasted = parameter('source', 'organization') === 'pasted';
		rejectOtherOrganization(delivery.headers, organization, isPasted);
		const payload = payloadIn(delivery);
		rejectOtherPayload(payload, organization);
		return await start(this, payload, parameter);
	} catch (error) {
		if (error instanceof Refusal) return answer(this, error.status, { message: error.message });
		throw stoppingError(this.getNode(), detailsOf(error as Error));
	}
}
