// Guest > Disable
import { failedResponse } from '../../transport/response';
import { TallyfyError } from '../../transport/errors';
import type { Operation } from '../operation';
import { guestFromWriteResponse } from './afterWrite';
import { guestSegment } from './email';
import { guestLocator } from './fields';
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
		const answer = await client.send(request);
		if (answer.status === 403) {
			const failure = failedResponse(answer, request.subject);
			// Only the words tell this rule from a missing right: "Cannot disable guest with incomplete tasks" (facts.md 24, 45).
			const description = /\btasks?\b/i.test(failure.message)
				? `See what is left with Guest Task > Get Many for ${request.subject?.value}. Finish these tasks or reassign them to somebody else, then disable the guest again.`
				: failure.description;
			throw new TallyfyError({ ...failure, description });
		}
		return [await guestFromWriteResponse(client, request, answer)];
	},
	output: guestOutput,
	fields: [guestLocator, outputMode, outputFields],
};
