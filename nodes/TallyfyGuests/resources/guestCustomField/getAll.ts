// Guest Custom Field > Get Many
import { guestLocatorWithLink, ofKnownGuest, wayToGuest } from '../guest/code';
import type { Operation } from '../operation';
import { fieldsIn } from './values';

export const guestCustomFieldGetAll: Operation = {
	value: 'getAll',
	name: 'Get Many',
	action: 'Get many custom fields of guest',
	description: 'List the custom fields of one guest with their values, one item for each key',
	request: { method: 'GET', url: '/guests/{guestCode}/custom-fields' },
	run: async (door, request) => {
		const way = await wayToGuest(door, request);
		const answer = ofKnownGuest(await way.door.send(way.request), way);
		return fieldsIn(answer);
	},
	fields: [guestLocatorWithLink],
};
