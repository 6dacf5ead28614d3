// Guest > Convert to Member
import type { INodeProperties } from 'n8n-workflow';
import { convert } from '../conversion';
import type { Operation } from '../operation';
import { guestSegment } from './email';
import { guestLocator } from './fields';

const notice: INodeProperties = {
	displayName:
		"This takes a paid seat, needs an administrator's token, and makes Tallyfy mail the guest a link to set a password. Running it again does not undo it, so leave Retry On Fail in the settings of this node off.",
	name: 'convertToMemberNotice',
	type: 'notice',
	default: '',
};

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
	fields: [guestLocator, notice],
};
