// Guest to member, and member to guest: sent once and never again, because nobody can tell what a second time would do.
import type { IDataObject } from 'n8n-workflow';
import { recordIfAny, succeeded, isWebPage, failedResponse } from '../transport/response';
import type { ItemClient } from '../transport/client';
import { TallyfyError } from '../transport/errors';
import type { ApiRequest } from '../transport/request';

/** What the answer holds, without anything that opens a client: what else is in it is not published (contract, OpaqueEnvelope). */
function withoutLinks(record: IDataObject): IDataObject {
	const opens = (key: string, value: unknown) =>
		/links?$/i.test(key) || (typeof value === 'string' && /guest-all-task/i.test(value));
	const text = JSON.stringify(record, (key, value: unknown) =>
		opens(key, value) ? undefined : value,
	);
	return JSON.parse(text) as IDataObject;
}

/**
 * Sends a conversion, once unless Tallyfy says that it did nothing (429).
 * @param forbidden what to do about a 403, where there is more to say than in general
 * @returns the record in the answer, if there is one
 */
export async function convert(
	{ send }: ItemClient,
	request: ApiRequest,
	forbidden?: string,
): Promise<IDataObject | undefined> {
	const { noun, value } = request.subject ?? {};
	const doubt = `Nobody knows whether the ${noun} ${value} was converted. Look in Tallyfy before you run this item again.`;
	const answer = await send({ ...request, idempotency: 'never', doubt });
	if (!succeeded(answer)) {
		// A 422 on the email need not mean that nobody has it: single sign-on forbids addresses too (facts.md 51).
		const failure = failedResponse(answer, answer.status === 404 ? request.subject : undefined);
		const ofTallyfy = answer.status === 403 && !isWebPage(answer.body);
		const description = ofTallyfy ? forbidden : undefined;
		throw new TallyfyError({ ...failure, description: description ?? failure.description });
	}
	const record = recordIfAny(answer);
	return record && withoutLinks(record);
}
