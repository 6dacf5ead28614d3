// Sending one request, on top of whichever request function n8n gives. Called by the door and by the pickers' door.
import {
	NodeApiError,
	type IHttpRequestOptions,
	type IN8nHttpFullResponse,
	type INode,
	type IDataObject,
	type JsonObject,
} from 'n8n-workflow';
import { Problem, type Failure } from './failure';
import { lostConnection } from './lost';
import { withoutBlanks, type Answer, type Send } from './request';

/** n8n's own request function, authentication and all. It must give answers of every status. */
export type Perform = (
	options: Pick<IHttpRequestOptions, 'url' | 'baseURL' | 'method' | 'qs' | 'body'>,
) => Promise<Answer>;

/**
 * A sender of requests to the organization.
 * @param baseURL `{base}/organizations/{org}`, checked
 */
export function sender(baseURL: string, perform: Perform): Send {
	return async ({ method, url, qs, body }) =>
		await perform({
			baseURL,
			method,
			url,
			qs: withoutBlanks(qs),
			body: withoutBlanks(body),
		}).catch((error: Error) => Promise.reject(new Problem(lostConnection(error, baseURL))));
}

/** n8n's full response in our words. */
export function answerOf({ statusCode, headers, body }: IN8nHttpFullResponse): Answer {
	return { status: statusCode, headers: headers as IDataObject, body };
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
