// Registers the webhook of the organization when a workflow is activated (or tested), and removes it afterwards. Tallyfy calls
// such a registration a watcher (facts.md 52, G62).
import type { IDataObject, IHookFunctions, INodeType } from 'n8n-workflow';
import { withClient, type BaseClient, type Client } from '../../transport/client';
import { invalidParameter, TallyfyError } from '../../transport/errors';
import { readAllPages } from '../../transport/pagination';
import { isObject, type ApiResponse } from '../../transport/request';
import * as response from '../../transport/response';
import { pathSegment } from '../../transport/url';

/** Short, because a person waits for the workflow to become active. */
const RETRY_OPTIONS = { limits: { concurrency: 4 }, maxWaitMs: 10_000 };

/** By status, what to add to the message, and the description (G65). */
const ADVICE: Record<number, [message: string, description: string]> = {
	403: [
		'an administrator is needed. Use the credential of an administrator, or choose Listen By: Polling',
		'An administrator is needed: only they may register a webhook of the organization. Use the credential of an administrator, or choose Listen By: Polling or Source: Pasted Into a Template or Step, which work for every member.',
	],
	404: [
		'webhooks of the organization are not switched on here. Choose Listen By: Polling, or Source: Pasted Into a Template or Step',
		'Webhooks of the organization are not switched on here; Tallyfy is still rolling them out. Choose Listen By: Polling, or Source: Pasted Into a Template or Step. If other Tallyfy nodes fail with this credential too, check its Base URL and Organization ID.',
	],
};

/**
 * What an answer that is no success means. Message and description both say what to do: an activation that fails shows only the
 * message on n8n 2.41, and only the description on n8n 2.8.
 */
function failure(answer: ApiResponse): TallyfyError {
	const details = response.failedResponse(answer);
	const isFromProxy = answer.status === 403 && response.isWebPage(answer.body);
	const [advice, description] = (!isFromProxy && ADVICE[answer.status]) || [];
	if (!advice || !description) return new TallyfyError(details);
	const message = `${details.message.replace(/\.$/, '')}: ${advice}`;
	return new TallyfyError({ ...details, message, description });
}

/** The URLs that a watcher calls may come under three names (contract, Watcher; G63). */
type Watcher = { id: string; addresses: string[] };

/** Without the email that watchers of members have, because the list may hold several watchers of one member. */
function watcherOf({ id, webhook, webhook_url, url }: IDataObject): IDataObject {
	const addresses = [webhook, webhook_url, url].filter((address) => typeof address === 'string');
	return { id: String(id), addresses };
}

/**
 * All webhook watchers of the organization, from `{ data: […] }` or a bare list (contract, WatcherList; G63). Whether the list
 * has pages is not published: a server without pages repeats itself, which ends the list.
 */
async function listWatchers({ send }: Client): Promise<Watcher[]> {
	const { records } = await readAllPages(async (page, per_page) => {
		const qs = { notification: 'webhook', page, per_page };
		const answer = await send({ method: 'GET', url: '/watchers', qs });
		if (!response.succeeded(answer)) throw failure(answer);
		const body = Array.isArray(answer.body) ? { data: answer.body } : answer.body;
		const { records: watchers, total } = response.pageOf({ ...answer, body });
		return { records: watchers.map(watcherOf), total };
	});
	return records as unknown as Watcher[];
}

const watchersAt = async (client: Client, address: string) =>
	(await listWatchers(client)).filter(({ addresses }) => addresses.includes(address));

/** Registers an address in the name of the token's member. Gives the watcher's ID, of the answer or else of the list (G64). */
async function addWatcher(client: BaseClient, address: string): Promise<string> {
	const me = response.recordOf(await client.sendToBase({ method: 'GET', url: '/me' }));
	const member = pathSegment(String(me.id ?? ''), 'The ID of the member in the answer of /me');
	const find = async () => (await watchersAt(client, address))[0]?.id;
	const answer = await client.send({
		method: 'POST',
		url: `/users/${member}/add-watcher`,
		body: {
			object_type: 'organization',
			object_id: client.organization,
			notification_type: 'webhook',
			frequency: 'electric',
			webhook: address,
		},
		idempotency: 'verifyFirst',
		verify: async () => {
			const id = await find();
			return id ? { status: 200, body: { data: { id } } } : undefined;
		},
	});
	if (!response.succeeded(answer)) throw failure(answer);
	const { body } = answer;
	const watcher = isObject(body) && isObject(body.data) ? body.data : body;
	const id = isObject(watcher) && watcher.id ? String(watcher.id) : await find();
	if (id) return id;
	throw response.unexpectedResponse(answer, 'without the ID of the webhook');
}

/** Removes a watcher. Gives false when there was none with this ID. */
async function removeWatcher({ send }: Client, id: string): Promise<boolean> {
	const url = `/remove-watcher/${pathSegment(id, 'The ID of the webhook')}`;
	const answer = await send({ method: 'DELETE', url });
	if (response.succeeded(answer)) return true;
	if (answer.status === 404 && response.isNotFound(answer)) return false;
	throw failure(answer);
}

const isRegistered = (context: IHookFunctions) =>
	context.getNodeParameter('mode', 'polling') === 'webhook' &&
	context.getNodeParameter('source', 'organization') === 'organization';

/** Does something in Tallyfy with the URL of the node's webhook. */
async function withAddress<T>(
	context: IHookFunctions,
	work: (client: BaseClient, address: string) => Promise<T>,
): Promise<T> {
	const authentication = context.getNodeParameter('authentication', 'accessToken');
	return await withClient(context, authentication, RETRY_OPTIONS, async (client) => {
		const address = context.getNodeWebhookUrl('default');
		if (address) return await work(client, address);
		const next = 'Check WEBHOOK_URL in the settings of your n8n, then activate the workflow again.';
		throw invalidParameter('The webhook URL', 'of this node is not known to n8n', next);
	});
}

/** What tells one node's webhook from all others, whatever the address of n8n: the end of its path. */
const endOf = (address: string) => address.split('/').slice(-2).join('/');

/** Whether the webhook is registered. Removes other registrations of it, also one of a time when n8n had another address. */
async function checkExists(this: IHookFunctions): Promise<boolean> {
	if (!isRegistered(this)) return true;
	const staticData = this.getWorkflowStaticData('node');
	return await withAddress(this, async (client, address) => {
		if ((this.getNodeParameter('webhookEvents', []) as string[]).length === 0) {
			const next = 'Choose at least one event in Webhook Events.';
			throw invalidParameter('Webhook Events', 'is empty', next);
		}
		const watchers = await listWatchers(client);
		const ours = watchers.filter(({ addresses }) => addresses.includes(address));
		const known = watchers.find(({ id }) => id === staticData.watcherId);
		const kept = known && ours.includes(known) ? known : ours[0];
		const isMoved = known?.addresses.some((other) => endOf(other) === endOf(address));
		const extra = [...ours, ...(known && isMoved ? [known] : [])];
		for (const { id } of new Set(extra)) if (id !== kept?.id) await removeWatcher(client, id);
		if (kept) staticData.watcherId = kept.id;
		else delete staticData.watcherId;
		return kept !== undefined;
	});
}

async function create(this: IHookFunctions): Promise<boolean> {
	if (!isRegistered(this)) return true;
	this.getWorkflowStaticData('node').watcherId = await withAddress(this, addWatcher);
	return true;
}

/** Removes the webhook; also one that is left from a time when the source was Organization. */
async function remove(this: IHookFunctions): Promise<boolean> {
	const staticData = this.getWorkflowStaticData('node');
	const { watcherId } = staticData;
	if (!isRegistered(this) && !watcherId) return true;
	await withAddress(this, async (client, address) => {
		if (watcherId && (await removeWatcher(client, String(watcherId)))) return;
		// No ID is stored, or Tallyfy does not know it: what calls this address would be left for ever.
		for (const { id } of await watchersAt(client, address)) await removeWatcher(client, id);
	});
	delete staticData.watcherId;
	return true;
}

/**
 * What n8n calls when a workflow is activated, first `checkExists`, then `create` after false; and `delete` when it is
 * deactivated. From then to then `watcherId` of the static data is the watcher. Nothing for polling and for Source: Pasted.
 */
export const webhookMethods: INodeType['webhookMethods'] = {
	default: { checkExists, create, delete: remove },
};
