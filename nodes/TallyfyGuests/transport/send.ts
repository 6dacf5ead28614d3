// Sending one request, on top of whichever request function n8n gives. Called by the client of an item, the pickers' and the
// trigger's.
import {
	NodeApiError,
	type IHttpRequestOptions,
	type INode,
	type IDataObject,
	type JsonObject,
} from 'n8n-workflow';
import { succeeded } from './response';
import { TallyfyError, type ErrorDetails, noResponse } from './errors';
import { withoutBlanks, type ApiResponse, type Send } from './request';
import { secretsIn, fetchedToken, redact } from './redact';
import { renewalFailure, signInFailure, signInFailureIn } from './signIn';
import type { Sender } from './withRetry';

/** How long one answer may take, in milliseconds, unless n8n's own Timeout option says otherwise. n8n's own five minutes would hold up a list, and the polls after this one. */
export const TIMEOUT_MS = 60_000;

/** n8n's own request function, authentication and all. */
export type Perform = (
	options: Pick<
		IHttpRequestOptions,
		'url' | 'baseURL' | 'method' | 'qs' | 'body' | 'ignoreHttpStatusErrors'
	> & {
		/** In milliseconds; the usual time, if left out. */
		timeoutMs?: number;
	},
) => Promise<ApiResponse>;

/**
 * A sender of requests to the organization.
 * @param baseURL `{base}/organizations/{org}`, checked
 * @param credential as it is now: read again where a token is missing, and where the server may repeat its secrets
 */
export function sender(
	baseURL: string,
	perform: Perform,
	credential: () => Promise<IDataObject>,
	{ execution, connection }: Sender,
): Send {
	const secrets = async () =>
		await credential().then(
			(data) => secretsIn(data),
			() => [],
		);
	const once: Send = async ({ method, url, qs, body, timeoutMs }) =>
		await perform({
			baseURL,
			method,
			url,
			qs: withoutBlanks(qs),
			body: withoutBlanks(body),
			timeoutMs,
			// Answers of every status, alike in all versions of n8n.
			ignoreHttpStatusErrors: true,
		}).then(
			async (answer) => (succeeded(answer) ? answer : redact(answer, await secrets())),
			(error: Error) =>
				Promise.reject(new TallyfyError(signInFailureIn(error) ?? noResponse(error, baseURL))),
		);
	const { tokens } = connection;
	if (!tokens) return once;
	let read: Promise<boolean> | undefined;
	return async (request) =>
		await tokens.use(execution, {
			send: async () => await once(request),
			renew: async () => await renew(baseURL, perform),
			readToken: async () =>
				await (read ??= credential().then((data) => fetchedToken(data) !== '')),
		});
}

/**
 * Lets n8n fetch a new token. n8n does so when its own request fails with a 401, and only then; a read of the organization
 * is as good as any. Raises a Problem when there is no new token, when that one is refused too, and when no answer came.
 */
async function renew(baseURL: string, perform: Perform): Promise<void> {
	await perform({
		baseURL,
		method: 'GET',
		url: '',
		qs: {} as IDataObject,
		ignoreHttpStatusErrors: false,
	}).catch((error: Error & { httpCode?: unknown }) => {
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
		// Any other answer of Tallyfy was given with the new token; without one there may be none.
		if (!(status >= 400 && status < 500)) {
			throw new TallyfyError(renewalFailure(noResponse(error, baseURL)));
		}
	});
}

/** The error that stops a node or fills a picker: n8n's own class, holding our words and nothing of the request. */
export function stoppingError(
	node: INode,
	{ message, description, status, code }: ErrorDetails,
	itemIndex?: number,
): NodeApiError {
	const error = new NodeApiError(node, { message } as JsonObject, {
		message,
		description,
		httpCode: String(status ?? code ?? 'none'),
		itemIndex,
	});
	// The constructor replaces a message in which it finds a word such as "EPERM", also in the middle of an email.
	error.message = message;
	error.description = description;
	return error;
}
