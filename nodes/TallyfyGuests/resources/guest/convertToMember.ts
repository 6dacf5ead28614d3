// Guest > Convert to Member
import { convert } from '../conversion';
import { notice } from '../fields';
import type { Operation } from '../operation';
import { guestLocator, guestSegment } from './locator';

const warning = notice(
	'convertToMemberNotice',
	"This takes a paid seat, needs an administrator's token, and makes Tallyfy mail the guest a link to set a password. Running it again does not undo it, so leave Retry On Fail in the settings of this node off.",
);

export const guestConvertToMember: Operation = {
	value: 'convertToMember',
	name: 'Convert to Member',
	action: 'Convert guest to member',
	description:
		'Make a guest a member of the organization. Takes a paid seat, needs an administrator, mails the guest a password set-up link, and is not undone by a retry.',
	request: { method: 'POST', url: '/guests/{guest}/to/member' },
	segments: { guest: guestSegment },
	run: async (client, request) => {
		const member = await convert(client, request);
		return [{ converted: true, email: request.subject?.value, ...(member ? { member } : {}) }];
	},
	fields: [guestLocator, warning],
};
