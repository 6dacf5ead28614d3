// Enable and Disable: the guest after the switch.
import type { IDataObject } from 'n8n-workflow';
import { succeeded } from '../../transport/answer';
import { sendForOne, type Door } from '../../transport/door';
import { failureOf, oddAnswer } from '../../transport/errors';
import { Problem } from '../../transport/failure';
import { pathSegment } from '../../transport/path';
import { isObject, type Answer, type ApiRequest } from '../../transport/request';

/**
 * The guest in the answer to a switch; read once more if there is none in it, because what the answer holds is not published
 * (contract, enableGuest). Raises a Problem when the answer is no success.
 */
export async function switchedGuest(
	door: Door,
	{ subject }: ApiRequest,
	answer: Answer,
): Promise<IDataObject> {
	if (!succeeded(answer)) throw new Problem(failureOf(answer, subject));
	const { body } = answer;
	if (typeof body === 'string' && body !== '') throw oddAnswer(answer, 'not with a JSON object');
	const data = isObject(body) ? body.data : undefined;
	if (isObject(data) && typeof data.email === 'string') return data;
	const url = `/guests/${pathSegment(String(subject?.value), 'Guest')}`;
	return await sendForOne(door, { method: 'GET', url, subject });
}
