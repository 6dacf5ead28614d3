// Guest > Reset Link. Each reset ends the link before, so a guest whom several items name gets one new link, and a lost answer
// is settled by a read: it was done if the guest has another link than before.
import type { IDataObject } from 'n8n-workflow';
import { sendForOne, type ItemClient } from '../../transport/client';
import { TallyfyError } from '../../transport/errors';
import { withLock } from '../../transport/keyedMutex';
import type { ApiRequest, ApiResponse } from '../../transport/request';
import {
	failedResponse,
	isNotFound,
	isWebPage,
	recordIfAny,
	recordOf,
	succeeded,
} from '../../transport/response';
import type { Operation } from '../operation';
import { codeIn } from './guestCode';
import { findGuest, guestLocator, guestRequest, guestSegment } from './locator';

/** What went wrong, where there is more to say than in general: the call is known from the history of the API only (facts 178). */
function failure(response: ApiResponse, { subject }: ApiRequest): TallyfyError {
	const details = failedResponse(response, subject);
	const { status, body } = response;
	const isMissing = (status === 404 && !isNotFound(response)) || status === 405;
	if (isMissing) {
		details.message = 'Tallyfy does not let this organization reset links here';
		details.description =
			'The guest is there, but not this call: your organization may not have it. An administrator can reset the link in the web application of Tallyfy (Settings > Guests); then Get Link reads the new one.';
	} else if (status === 403 && !isWebPage(body)) {
		details.description =
			'Only an administrator can reset links. Use a credential whose member is one.';
	}
	return new TallyfyError(details);
}

/** Resets the link. Gives the guest's email and the link that they have now. */
async function reset(client: ItemClient, request: ApiRequest): Promise<IDataObject> {
	const email = String(request.subject?.value);
	const before = await sendForOne(client, guestRequest(email));
	const oldCode = codeIn(before.link);
	const isNew = (guest?: IDataObject) => ![undefined, oldCode].includes(codeIn(guest?.link));
	const response = await client.send({
		...request,
		idempotency: 'verifyFirst',
		doubt: `The link of ${email} may have been reset. Read the guest with Get Link before you run this item again: each reset ends the link before.`,
		verify: async () => {
			const found = await findGuest(client, email);
			return found && isNew(recordOf(found)) ? found : undefined;
		},
	});
	if (!succeeded(response)) throw failure(response, request);
	// The response may hold no guest, or one without a link (facts 178).
	const answered = recordIfAny(response);
	const guest = isNew(answered) ? answered : await sendForOne(client, guestRequest(email));
	if (isNew(guest)) return { email: guest?.email ?? before.email ?? email, link: guest?.link };
	throw new TallyfyError({
		message: `Tallyfy accepted the reset, but ${email} has no new link`,
		description:
			'Read the guest with Get Link a little later, or look at them in Tallyfy: while the link is the old one, copies of it work.',
		status: response.status,
		outcome: 'unknown',
	});
}

export const guestResetLink: Operation = {
	value: 'resetLink',
	name: 'Reset Link',
	action: 'Reset link of guest',
	description:
		'Give a guest a new permanent link. All old copies of the link are dead at once, so send the guest the new one and replace it where you keep it. Needs an administrator. The new link is a secret: whoever has it can act as the guest.',
	request: { method: 'PUT', url: '/guests/{guest}/reset-link' },
	segments: { guest: guestSegment },
	run: async (client, request) => {
		const email = String(request.subject?.value);
		const work = async () =>
			await withLock(client, email, async () => await reset(client, request));
		return [await client.oncePerExecution(`reset ${email.toLowerCase()}`, work)];
	},
	fields: [guestLocator],
};
