// Watchers: what Tallyfy calls the webhooks of an organization. Lists, adds and removes them; knows no n8n.
// Called by the registration.
import type { IDataObject } from 'n8n-workflow';
import {
	pageOf,
	recordOf,
	succeeded,
	type Page,
	isWebPage,
	isNotFound,
	failedResponse,
	unexpectedResponse,
} from '../../transport/response';
import { TallyfyError, type ErrorDetails } from '../../transport/errors';
import { readAllPages } from '../../transport/pagination';
import { pathSegment } from '../../transport/url';
import { isObject, type ApiResponse } from '../../transport/request';
import type { BaseClient, Client } from '../../transport/client';

/** One watcher; the address may come under three names (contract, Watcher). */
export interface Watcher {
	id: string;
	addresses: string[];
}

/**
 * Why the answer is no success, with what to do about it where it is about this kind of webhook. Each text stands alone: an
 * activation that fails shows only the message on n8n 2.41, and only the description on n8n 2.8.
 */
function failureOfWatchers(answer: ApiResponse): ErrorDetails {
	const failure = failedResponse(answer);
	const words = failure.message.replace(/\.$/, '');
	if (answer.status === 403 && !isWebPage(answer.body)) {
		return {
			...failure,
			message: `${words}: an administrator is needed. Use the credential of an administrator, or choose Listen By: Polling`,
			description:
				'An administrator is needed: only they may register a webhook of the organization. Use the credential of an administrator, or choose Listen By: Polling or Source: Pasted Into a Template or Step, which work for every member.',
		};
	}
	if (answer.status === 404) {
		return {
			...failure,
			message: `${words}: webhooks of the organization are not switched on here. Choose Listen By: Polling, or Source: Pasted Into a Template or Step`,
			description:
				'Webhooks of the organization are not switched on here; Tallyfy is still rolling them out. Choose Listen By: Polling, or Source: Pasted Into a Template or Step. If other Tallyfy nodes fail with this credential too, check its Base URL and Organization ID.',
		};
	}
	return failure;
}

const refuse = (answer: ApiResponse): never => {
	throw new TallyfyError(failureOfWatchers(answer));
};

/** No email is taken over: members who watch have one, and several watchers may be of one member. */
function watcherOf(record: IDataObject): IDataObject {
	const addresses = [record.webhook, record.webhook_url, record.url].filter(
		(address) => typeof address === 'string',
	);
	return { id: String(record.id), addresses };
}

/** A page of watchers: `{ data: […] }`, or a bare list (contract, WatcherList). */
function watcherPage(answer: ApiResponse): Page {
	if (!succeeded(answer)) refuse(answer);
	const { body } = answer;
	const page = pageOf(Array.isArray(body) ? { ...answer, body: { data: body } } : answer);
	return { ...page, records: page.records.map(watcherOf) };
}

/**
 * All webhook watchers of the organization. Whether their list has pages is not published: a server that knows none
 * repeats itself, which ends the list.
 */
export async function allWatchers({ send }: Client): Promise<Watcher[]> {
	const { records: watchers } = await readAllPages(async (page, per_page) =>
		watcherPage(
			await send({
				method: 'GET',
				url: '/watchers',
				qs: { notification: 'webhook', page, per_page },
			}),
		),
	);
	return watchers as unknown as Watcher[];
}

/** The watchers that call exactly this address. */
export async function watchersAt(tallyfy: Client, address: string): Promise<Watcher[]> {
	const watchers = await allWatchers(tallyfy);
	return watchers.filter(({ addresses }) => addresses.includes(address));
}

/**
 * Registers an address for the events of the organization, in the name of the token's member. A request whose answer was
 * lost is looked up before it is repeated.
 * @returns id of the watcher
 */
export async function addWatcher(tallyfy: BaseClient, address: string): Promise<string> {
	const me = recordOf(await tallyfy.sendToBase({ method: 'GET', url: '/me' }));
	const member = pathSegment(String(me.id ?? ''), 'The ID of the member in the answer of /me');
	const found = async () => (await watchersAt(tallyfy, address))[0]?.id;
	const answer = await tallyfy.send({
		method: 'POST',
		url: `/users/${member}/add-watcher`,
		body: {
			object_type: 'organization',
			object_id: tallyfy.organization,
			notification_type: 'webhook',
			frequency: 'electric',
			webhook: address,
		},
		idempotency: 'verifyFirst',
		verify: async () => {
			const id = await found();
			return id ? { status: 200, body: { data: { id } } } : undefined;
		},
	});
	if (!succeeded(answer)) refuse(answer);
	const { body } = answer;
	const watcher = isObject(body) && isObject(body.data) ? body.data : body;
	const id = isObject(watcher) && watcher.id ? String(watcher.id) : await found();
	if (id) return id;
	throw unexpectedResponse(answer, 'without the ID of the webhook');
}

/** Removes a watcher. @returns false when there was none with this id */
export async function removeWatcher({ send }: Client, id: string): Promise<boolean> {
	const segment = pathSegment(id, 'The ID of the webhook');
	const answer = await send({ method: 'DELETE', url: `/remove-watcher/${segment}` });
	if (succeeded(answer)) return true;
	if (answer.status === 404 && isNotFound(answer)) return false;
	return refuse(answer);
}
