// Sending one request, on top of whichever request function n8n gives. Called by the door, the pickers' and the trigger's.
import {
	NodeApiError,
	type IHttpRequestOptions,
	type INode,
	type IDataObject,
	type JsonObject,
} from 'n8n-workflow';
import { succeeded } from './answer';
import { Problem, type Failure } from './failure';
import { lostConnection } from './lost';
import { withoutBlanks, type Answer, type Send } from './request';
import type { Run } from './run';
import { withoutSecrets } from './secrets';
import { signInFailure, signInFailureIn } from './signIn';

/** n8n's own request function, authentication and all. */
export type Perform = (
	options: Pick<
		IHttpRequestOptions,
		'url' | 'baseURL' | 'method' | 'qs' | 'body' | 'ignoreHttpStatusErrors'
	>,
) => Promise<Answer>;

/**
 * A sender of requests to the organization.
 * @param baseURL `{base}/organizations/{org}`, checked
 * @param secrets of the credential, asked for when the server refuses something: it may repeat them
 * @param run whose requests these are
 */
export function sender(
	baseURL: string,
	perform: Perform,
	secrets: () => Promise<string[]>,
	run: Run,
): Send {
	const once: Send = async ({ method, url, qs, body }) =>
		await perform({
			baseURL,
			method,
			url,
			qs: withoutBlanks(qs),
			body: withoutBlanks(body),
			// Answers of every status, alike in all versions of n8n.
			ignoreHttpStatusErrors: true,
		}).then(
			async (answer) =>
				succeeded(answer) ? answer : withoutSecrets(answer, await secrets().catch(() => [])),
			(error: Error) =>
				Promise.reject(new Problem(signInFailureIn(error) ?? lostConnection(error, baseURL))),
		);
	const { session } = run.account;
	if (!session) return once;
	return async (request) =>
		await session.use(
			async () => await once(request),
			async () => await renew(baseURL, perform),
			run,
		);
}

/**
 * Lets n8n fetch a new token. n8n does so when its own request fails with a 401, and only then; a read of the organization
 * is as good as any. Raises a Problem when there is no new token, or when that one is refused too.
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
		if (failure) throw new Problem(failure);
		// Any other answer was given with the new token.
		if (String(error.httpCode) === '401') {
			throw new Problem(
				signInFailure(
					'after its last step: Tallyfy refused the token that it had just given',
					'Check that Base URL and Account URL in the credential belong to the same Tallyfy, and that the member is active.',
				),
			);
		}
	});
}

/** The error that stops a node or fills a picker: n8n's own class, holding our words and nothing of the request. */
export function stoppingError(
	node: INode,
	{ message, description, status, code }: Failure,
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
