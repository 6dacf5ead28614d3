// The door of the pickers: the same requests and errors, on top of what n8n gives to list searches and option loaders.
import type { IDataObject, ILoadOptionsFunctions, IN8nHttpFullResponse } from 'n8n-workflow';
import { failureFrom } from './errors';
import type { Send } from './request';
import { answerOf, sender, stoppingError } from './send';

/** Runs a picker with a sender of its own; what goes wrong is shown in the open list. */
export async function openPicker<T>(
	context: ILoadOptionsFunctions,
	pick: (send: Send) => Promise<T>,
): Promise<T> {
	const type = 'tallyfyGuestsApi';
	try {
		const { baseUrl, organizationId } = await context.getCredentials<IDataObject>(type);
		const send = sender(
			`${String(baseUrl)}/organizations/${String(organizationId)}`,
			async (request) => {
				const response = (await context.helpers.httpRequestWithAuthentication.call(context, type, {
					...request,
					headers: { Accept: 'application/json' },
					disableFollowRedirect: true,
					ignoreHttpStatusErrors: true,
					returnFullResponse: true,
				})) as IN8nHttpFullResponse;
				return answerOf(response);
			},
		);
		return await pick(send);
	} catch (error) {
		throw stoppingError(context.getNode(), failureFrom(error as Error));
	}
}
