// Guest > Get Link: the one operation that gives the link unasked, because it was asked for by name.
import { TallyfyError } from '../../transport/errors';
import { recordOf } from '../../transport/response';
import type { Operation } from '../operation';
import { guestLocator, guestSegment } from './locator';

export const guestGetLink: Operation = {
	value: 'getLink',
	name: 'Get Link',
	action: 'Get link of guest',
	description:
		'Get the permanent link through which a guest does tasks without a login. It works as long as the task exists, also after completion. A secret: whoever has the link can act as the guest.',
	request: { method: 'GET', url: '/guests/{guest}' },
	segments: { guest: guestSegment },
	run: async (client, request) => {
		const response = await client.send(request);
		const { email = request.subject?.value, link } = recordOf(response, request.subject);
		if (typeof link === 'string' && link.trim() !== '') return [{ email, link }];
		// Null is legal (contract, Guest.link; G29); administrators reset links in the web application (facts.md 32a).
		throw new TallyfyError({
			message: `Tallyfy has no link for the guest ${request.subject?.value}`,
			description:
				'Look at the guest in Tallyfy, where an administrator can reset the link; then run this item again.',
			status: response.status,
		});
	},
	fields: [guestLocator],
};
