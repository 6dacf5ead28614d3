// Guest to member, and member to guest: sent once and never again, because nobody can tell what a second time would do.
import type { IDataObject } from 'n8n-workflow';
import { recordIfAny, succeeded } from '../transport/answer';
import type { Door } from '../transport/door';
import { failureOf } from '../transport/errors';
import { Problem, type Failure } from '../transport/failure';
import { Unsent } from '../transport/persist';
import type { ApiRequest } from '../transport/request';
import { isWebPage } from '../transport/words';

/** The failure of a conversion that may have happened all the same: it takes or frees a paid seat, so somebody must look. */
function unsure(failure: Failure, { subject }: ApiRequest): Problem {
	const next = `Nobody knows whether the ${subject?.noun} ${subject?.value} was converted. Look in Tallyfy before you run this item again.`;
	// "Try again later", the advice for a server in trouble, is the wrong one here.
	const inTrouble = failure.status !== undefined;
	return new Problem({
		...failure,
		description: inTrouble ? next : `${next} ${failure.description}`,
	});
}

/** What the answer holds, without anything that opens a door: what else is in it is not published (contract, OpaqueEnvelope). */
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
	{ send }: Door,
	request: ApiRequest,
	forbidden?: string,
): Promise<IDataObject | undefined> {
	const answer = await send({ ...request, repetition: 'never' }).catch((error: Error) =>
		Promise.reject(
			error instanceof Problem && !(error instanceof Unsent)
				? unsure(error.failure, request)
				: error,
		),
	);
	if (answer.status >= 500) throw unsure(failureOf(answer), request);
	if (!succeeded(answer)) {
		// A 422 on the email need not mean that nobody has it: single sign-on forbids addresses too (facts.md 51).
		const failure = failureOf(answer, answer.status === 404 ? request.subject : undefined);
		const ofTallyfy = answer.status === 403 && !isWebPage(answer.body);
		const description = ofTallyfy ? forbidden : undefined;
		throw new Problem({ ...failure, description: description ?? failure.description });
	}
	const record = recordIfAny(answer);
	return record && withoutLinks(record);
}
