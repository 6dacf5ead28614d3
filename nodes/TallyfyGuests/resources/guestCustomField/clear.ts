// Guest Custom Field > Clear
import { guestLocatorWithLink, withGuestCode } from '../guest/guestCode';
import type { Operation } from '../operation';
import { assertFieldFound, key, keySegment } from './customField';

export const guestCustomFieldClear: Operation = {
	value: 'clear',
	name: 'Clear',
	action: 'Clear custom field of guest',
	description: 'Remove the value of one custom field of a guest. The key itself stays.',
	request: { method: 'DELETE', url: '/guests/{guestCode}/custom-fields/{key}' },
	segments: { key: keySegment },
	run: async (client, request) => {
		const coded = await withGuestCode(client, request);
		assertFieldFound(await coded.client.send(coded.request), coded);
		return [{ cleared: true, key: request.subject?.value }];
	},
	fields: [guestLocatorWithLink, key],
};
