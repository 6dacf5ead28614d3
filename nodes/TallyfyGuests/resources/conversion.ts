// Guest to member, and member to guest: sent once and never again, because what a second request would do is not published (G39).
import type { IDataObject } from 'n8n-workflow';
import type { ItemClient } from '../transport/client';
import { TallyfyError } from '../transport/errors';
import type { ApiRequest } from '../transport/request';
import { failedResponse, isWebPage, recordIfAny, succeeded } from '../transport/response';

/** The record without links, which are secrets (G30): what a response holds is not published (contract, OpaqueEnvelope; G39). */
function withoutLinks(record: IDataObject): IDataObject {
	const isLink = (key: string, value: unknown) =>
		/links?$/i.test(key) || (typeof value === 'string' && /guest-all-task/i.test(value));
	const text = JSON.stringify(record, (key, value: unknown) =>
		isLink(key, value) ? undefined : value,
	);
	return JSON.parse(text) as IDataObject;
}

/**
 * Sends a conversion, once unless Tallyfy says that it did nothing (429).
 * @param forbidden what to do about a 403, where there is more to say than in general
 * @returns the record in the response, if there is one
 * @throws TallyfyError when the response is no success
 */
export async function convert(
	{ send }: ItemClient,
	request: ApiRequest,
	forbidden?: string,
): Promise<IDataObject | undefined> {
	const { noun, value } = request.subject ?? {};
	const doubt = `Nobody knows whether the ${noun} ${value} was converted. Look in Tallyfy before you run this item again.`;
	const response = await send({ ...request, idempotency: 'never', doubt });
	if (!succeeded(response)) {
		// A 422 on the email need not mean an unknown guest: single sign-on forbids addresses too (facts.md 51, G40).
		const details = failedResponse(response, response.status === 404 ? request.subject : undefined);
		if (response.status === 403 && !isWebPage(response.body)) {
			details.description = forbidden ?? details.description;
		}
		throw new TallyfyError(details);
	}
	const record = recordIfAny(response);
	return record && withoutLinks(record);
}
