// Adding a guest: what Create and Create or Get have in common, and what makes it safe to repeat.
import type { INodeProperties } from 'n8n-workflow';
import { succeeded, isNotFound, failedResponse } from '../../transport/response';
import type { ItemClient } from '../../transport/client';
import { TallyfyError } from '../../transport/errors';
import { pathSegment } from '../../transport/url';
import { withoutBlanks, type ApiResponse, type ApiRequest } from '../../transport/request';
import { emailAddress } from './email';
import { parsedFields, profileBody } from './profileBody';

export const email: INodeProperties = {
	displayName: 'Email',
	name: 'email',
	type: 'string',
	required: true,
	default: '',
	placeholder: 'e.g. nathan@example.com',
	description:
		'Address of the guest. Tallyfy checks that its mail domain exists, and refuses the address of a member.',
};

/** The invitation that the parameters of this item add up to. Raises a Problem for values that Tallyfy would refuse or drop. */
export function invitationOf(client: ItemClient, request: ApiRequest): ApiRequest {
	const address = emailAddress(client.parameter('email'), 'Email');
	const mapped = parsedFields(client.parameter('fieldsJson', ''), address);
	const body = profileBody({ ...mapped, ...withoutBlanks(request.body) });
	return {
		...request,
		body: { email: address, ...body },
		idempotency: 'verifyFirst',
		doubt: `The guest ${address} may have been added. Look in Tallyfy, or use Create or Get, before you run this item again.`,
		verify: async () => await found(client, address),
	};
}

/**
 * Sends an invitation. "Taken", after an answer was lost, means that the lost one did it, though the look before the
 * repetition did not see the guest yet (lists and reads may lag, facts.md 39).
 */
export async function invite(client: ItemClient, invitation: ApiRequest): Promise<ApiResponse> {
	const answer = await client.send(invitation);
	// The guest is there, as far as a success without a body tells.
	if (succeeded(answer) && !answer.body) return (await invitation.verify?.()) ?? answer;
	if (answer.status !== 422 || !answer.answerLost) return answer;
	return (await invitation.verify?.()) ?? answer;
}

/** The answer that holds the guest with this address; undefined when there is none. Raises a Problem when that cannot be told. */
export async function found(client: ItemClient, address: string): Promise<ApiResponse | undefined> {
	const subject = { noun: 'guest', value: address, parameter: 'Email' };
	const url = `/guests/${pathSegment(address, 'Email')}`;
	const answer = await client.send({ method: 'GET', url, subject });
	if (isNotFound(answer)) return undefined;
	if (!succeeded(answer)) throw new TallyfyError(failedResponse(answer, subject));
	return answer;
}
