// A sender for code that n8n's declarative engine does not drive: pickers, and the trigger. It has the same pace, patience
// and errors as the door, on top of n8n's request helper.
import {
	sleep,
	type FunctionsBase,
	type IDataObject,
	type IHttpRequestOptions,
	type IN8nHttpFullResponse,
} from 'n8n-workflow';
import { addressOf, connectionOf } from './connections';
import { Execution } from './execution';
import { organizationUrl } from './path';
import type { Send } from './request';
import { answerOf } from './response';
import { sender, TIMEOUT_MS, type Perform } from './send';
import { withRetry, type RetryOptions } from './withRetry';

/** What n8n gives to pickers, polls, webhooks and their registration alike. */
export type Context = FunctionsBase & {
	helpers: {
		httpRequestWithAuthentication(
			this: unknown,
			credentialType: string,
			options: IHttpRequestOptions,
		): Promise<unknown>;
	};
};

/** The way to Tallyfy for one picker, one poll, one registration. */
export interface Standalone {
	/** Sends requests relative to the organization, in turn and repeated where that is safe. */
	send: Send;
	/** Sends requests relative to Base URL, such as `/me`, likewise. */
	sendToBase: Send;
	/** The organization of the credential. */
	organization: string;
	/** `{base}/organizations/{org}`. */
	baseURL: string;
}

/** Opens a way to Tallyfy. Raises a Problem for a credential that cannot be used. */
export async function senderFor(
	context: Context,
	credentialType: string,
	retryOptions: RetryOptions,
): Promise<Standalone> {
	const credentials = await context.getCredentials<IDataObject>(credentialType);
	const typed = addressOf(credentials);
	const baseURL = organizationUrl(typed);
	const connection = connectionOf(context.getNode(), credentialType, typed, sleep);
	const execution = new Execution({ sleep });
	execution.connection = connection;
	const perform = async ({ timeoutMs = Infinity, ...request }: Parameters<Perform>[0]) => {
		const response = await context.helpers.httpRequestWithAuthentication.call(
			context,
			credentialType,
			{
				...request,
				headers: { Accept: 'application/json' },
				disableFollowRedirect: true,
				timeout: Math.min(TIMEOUT_MS, timeoutMs),
				returnFullResponse: true,
			},
		);
		return answerOf(response as IN8nHttpFullResponse);
	};
	const credential = async () => await context.getCredentials<IDataObject>(credentialType);
	const from = { execution, connection };
	const at = (address: string) =>
		withRetry(sender(address, perform, credential, from), from, retryOptions);
	const end = baseURL.lastIndexOf('/organizations/');
	return {
		send: at(baseURL),
		sendToBase: at(baseURL.slice(0, end)),
		organization: baseURL.slice(end + '/organizations/'.length),
		baseURL,
	};
}
