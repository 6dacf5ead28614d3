// Guest Custom Field > Clear
import { guestLocatorWithLink, wayToGuest } from '../guest/code';
import type { Operation } from '../operation';
import { key, keySegment, ofKnownKey } from './key';

export const guestCustomFieldClear: Operation = {
	value: 'clear',
	name: 'Clear',
	action: 'Clear custom field of guest',
	description: 'Remove the value of one custom field of a guest. The key itself stays.',
	request: { method: 'DELETE', url: '/guests/{guestCode}/custom-fields/{key}' },
	segments: { key: keySegment },
	run: async (door, request) => {
		const way = await wayToGuest(door, request);
		ofKnownKey(await way.door.send(way.request), way);
		return [{ cleared: true, key: request.subject?.value }];
	},
	fields: [guestLocatorWithLink, key],
};
