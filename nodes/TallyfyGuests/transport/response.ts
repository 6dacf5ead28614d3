// n8n's full response in our words. Called by every sender.
import type { IDataObject, IN8nHttpFullResponse } from 'n8n-workflow';
import type { ApiResponse } from './request';

/** The answer in n8n's full response, whatever its status. */
export function answerOf({ statusCode, headers, body }: IN8nHttpFullResponse): ApiResponse {
	return { status: statusCode, headers: headers as IDataObject, body };
}
