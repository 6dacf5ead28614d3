// Guest > Disable
import { TallyfyError } from '../../transport/errors';
import { failedResponse } from '../../transport/response';
import type { Operation } from '../operation';
import { guestFromWriteResponse, guestLocator, guestSegment } from './locator';
import { guestOutput, outputFields, outputMode } from './output';

export const guestDisable: Operation = {
	value: 'disable',
	name: 'Disable',
	action: 'Disable guest in organization',
	description:
		'Keep a guest out of the organization without removing them. Tallyfy refuses this while the guest has incomplete tasks.',
	request: { method: 'DELETE', url: '/guests/{guest}/disable' },
	segments: { guest: guestSegment },
	run: async (client, request) => {
		const response = await client.send(request);
		if (response.status === 403) {
			const details = failedResponse(response, request.subject);
			// Only the message tells this rule from a missing right: "Cannot disable guest with incomplete tasks" (facts.md 24, 45).
			if (/\btasks?\b/i.test(details.message)) {
				details.description = `See what is left with Guest Task > Get Many for ${request.subject?.value}. Finish these tasks or reassign them to somebody else, then disable the guest again.`;
			}
			throw new TallyfyError(details);
		}
		return [await guestFromWriteResponse(client, request, response)];
	},
	output: guestOutput,
	fields: [guestLocator, outputMode, outputFields],
};
