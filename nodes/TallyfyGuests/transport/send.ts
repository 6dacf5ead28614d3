// Sending a request one time, on top of whichever request function n8n gives, and n8n's own error for what went wrong.
import {
	NodeApiError,
	type FunctionsBase,
	type IDataObject,
	type IHttpRequestOptions,
	type INode,
	type JsonObject,
} from 'n8n-workflow';
import { noResponse, TallyfyError, type ErrorDetails } from './errors';
import { fetchedToken, redact, secretsIn } from './redact';
import { withoutBlanks, type ApiResponse, type Send } from './request';
import { succeeded } from './response';
import { renewalFailure, signInFailure, signInFailureIn } from './signIn';
import type { Sender } from './withRetry';

/**
 * How long one response may take, in milliseconds (G54), unless n8n's own Timeout option says otherwise. n8n's five minutes would
 * hold up a list, and the polls after this one.
 */
export const TIMEOUT_MS = 60_000;

/**
 * n8n's own request function, which signs in; gives the response whatever its status where `ignoreHttpStatusErrors` is set. A
 * `timeout` only shortens the usual one.
 */
export type Perform = (options: IHttpRequestOptions) => Promise<ApiResponse>;

/** Sends requests one time each, relative to a checked address. */
export function sendOnce(
	context: Pick<FunctionsBase, 'getCredentials'>,
	baseURL: string,
	perform: Perform,
	{ execution, connection, secrets = [] }: Sender,
): Send {
	// The credential as it is now: for a token, and for the secrets that the server may repeat.
	const readCredential = async () =>
		await context.getCredentials<IDataObject>(connection.credentialType);
	const readSecrets = async () => [
		...secrets,
		...(await readCredential().then(secretsIn, () => [] as string[])),
	];
	const once: Send = async ({ method, url, qs, body, timeoutMs }) => {
		const own = { qs: withoutBlanks(qs), body: withoutBlanks(body), timeout: timeoutMs };
		// Also errors are given as responses, so that they are the same in all versions of n8n.
		const options = { baseURL, method, url, ...own, ignoreHttpStatusErrors: true };
		const response = await perform(options).catch((error: Error) =>
			Promise.reject(new TallyfyError(signInFailureIn(error) ?? noResponse(error, baseURL))),
		);
		return succeeded(response) ? response : redact(response, await readSecrets());
	};
	const { tokens } = connection;
	if (!tokens) return once;
	let hasToken: Promise<boolean> | undefined;
	const readToken = async () =>
		await (hasToken ??= readCredential().then((data) => fetchedToken(data) !== ''));
	const renew = async () => await renewToken(baseURL, perform);
	return async (request) =>
		await tokens.use(execution, { send: async () => await once(request), renew, readToken });
}

/**
 * Lets n8n fetch a new token. n8n does so when its own request fails with a 401, and only then; a read of the organization
 * is as good as any.
 * @throws TallyfyError when there is no new token, when that one is refused too, and when no response came
 */
async function renewToken(baseURL: string, perform: Perform): Promise<void> {
	const read = { baseURL, method: 'GET', url: '', qs: {}, ignoreHttpStatusErrors: false } as const;
	await perform(read).catch((error: Error & { httpCode?: unknown }) => {
		const failure = signInFailureIn(error);
		if (failure) throw new TallyfyError(failure);
		const status = Number(error.httpCode);
		if (status === 401) {
			throw new TallyfyError(
				signInFailure(
					'after its last step: Tallyfy refused the token that it had just given',
					'Check that Base URL and Account URL in the credential belong to the same Tallyfy, and that the member is active.',
				),
			);
		}
		// Any other response of Tallyfy was given with the new token; without a response there may be no token.
		if (!(status >= 400 && status < 500)) {
			throw new TallyfyError(renewalFailure(noResponse(error, baseURL)));
		}
	});
}

/** The error that stops a node or a list search: n8n's own class, with our texts and nothing of the request. */
export function stoppingError(
	node: INode,
	{ message, description, status, code }: ErrorDetails,
	itemIndex?: number,
): NodeApiError {
	const httpCode = String(status ?? code ?? 'none');
	const own = { message, description, httpCode, itemIndex };
	const error = new NodeApiError(node, { message } as JsonObject, own);
	// The constructor replaces a message in which it finds a word such as "EPERM", also in the middle of an email.
	error.message = message;
	error.description = description;
	return error;
}
