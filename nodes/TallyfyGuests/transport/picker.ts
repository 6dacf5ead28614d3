// The door of the pickers: the same requests, pace and errors, on top of what n8n gives to list searches and option loaders.
import type { ILoadOptionsFunctions } from 'n8n-workflow';
import { credentialTypeOf } from './connections';
import { failureFrom } from './failure';
import type { Send } from './request';
import { stoppingError } from './send';
import { senderFor } from './standalone';

/** Somebody sits in front of the open list. */
const PATIENCE = { limits: { concurrency: 10 }, maxWaitMs: 5_000 };

/** Runs a picker with a sender of its own; what goes wrong is shown in the open list. */
export async function openPicker<T>(
	context: ILoadOptionsFunctions,
	pick: (send: Send) => Promise<T>,
): Promise<T> {
	try {
		const parameters = context.getCurrentNodeParameters() ?? {};
		// n8n shows a picker no credential unless this says which, and workflows made by programs leave defaults out.
		parameters.authentication ??= 'accessToken';
		const type = credentialTypeOf(parameters.authentication);
		return await pick((await senderFor(context, type, PATIENCE)).send);
	} catch (error) {
		throw stoppingError(context.getNode(), failureFrom(error as Error));
	}
}
