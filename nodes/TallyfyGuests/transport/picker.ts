// The door of the pickers: the same requests, pace and errors, on top of what n8n gives to list searches and option loaders.
import {
	sleep,
	type IDataObject,
	type ILoadOptionsFunctions,
	type IN8nHttpFullResponse,
} from 'n8n-workflow';
import { failureFrom } from './failure';
import { sharedPace } from './pace';
import { organizationUrl } from './path';
import { persistent } from './persist';
import type { Send } from './request';
import { Run } from './run';
import { answerOf, sender, stoppingError } from './send';

/** Somebody sits in front of the open list. */
const PATIENCE = { limits: { concurrency: 10 }, maxWaitMs: 5_000 };

/** Runs a picker with a sender of its own; what goes wrong is shown in the open list. */
export async function openPicker<T>(
	context: ILoadOptionsFunctions,
	pick: (send: Send) => Promise<T>,
): Promise<T> {
	const type = 'tallyfyGuestsApi';
	try {
		const credentials = await context.getCredentials<IDataObject>(type);
		const { baseUrl, organizationId, accessToken } = credentials;
		const typedBase = `${String(baseUrl)}/organizations/${String(organizationId)}`;
		const once = sender(organizationUrl(typedBase), async (request) => {
			const response = (await context.helpers.httpRequestWithAuthentication.call(context, type, {
				...request,
				headers: { Accept: 'application/json' },
				disableFollowRedirect: true,
				ignoreHttpStatusErrors: true,
				returnFullResponse: true,
			})) as IN8nHttpFullResponse;
			return answerOf(response);
		});
		const run = new Run(1, sharedPace(`${typedBase} ${String(accessToken)}`, sleep));
		return await pick(persistent(once, run, PATIENCE));
	} catch (error) {
		throw stoppingError(context.getNode(), failureFrom(error as Error));
	}
}
