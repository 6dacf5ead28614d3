// Member > Convert to Guest
import { convert } from '../conversion';
import { notice } from '../fields';
import type { Operation } from '../operation';
import { memberLocator, memberSegment } from './locator';

const warning = notice(
	'convertToGuestNotice',
	'For administrators only. The member is deactivated and leaves all groups, but keeps open tasks; the seat becomes free. Tallyfy refuses this for the only administrator. Leave Retry On Fail in the settings of this node off.',
);

/** The rules of facts.md 26; that Tallyfy answers with 403 is assumed (G40). */
const FORBIDDEN =
	'Only administrators can do this: check that the owner of the token is one. Tallyfy also refuses it for the only administrator (make somebody else one first) and on a trial plan at its limit of guests.';

export const memberConvertToGuest: Operation = {
	value: 'convertToGuest',
	name: 'Convert to Guest',
	action: 'Convert member to guest',
	description:
		'Make a member a guest of the organization. Needs an administrator, deactivates the member, takes them out of all groups and keeps their open tasks.',
	request: { method: 'PUT', url: '/users/{member}/to/guest' },
	segments: { member: memberSegment },
	run: async (client, request) => {
		const id = Number(request.subject?.value);
		const subject = { noun: 'member', value: `with the ID ${id}`, parameter: 'Member' };
		const guest = await convert(client, { ...request, subject }, FORBIDDEN);
		return [{ converted: true, memberId: id, ...(guest ? { guest } : {}) }];
	},
	fields: [memberLocator, warning],
};
