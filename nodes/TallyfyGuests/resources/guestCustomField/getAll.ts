// Guest Custom Field > Get Many
import { guestLocatorWithLink, assertGuestFound, withGuestCode } from '../guest/guestCode';
import type { Operation } from '../operation';
import { fieldsIn } from './values';

export const guestCustomFieldGetAll: Operation = {
	value: 'getAll',
	name: 'Get Many',
	action: 'Get many custom fields of guest',
	description: 'List the custom fields of one guest with their values, one item for each key',
	request: { method: 'GET', url: '/guests/{guestCode}/custom-fields' },
	run: async (client, request) => {
		const way = await withGuestCode(client, request);
		const answer = assertGuestFound(await way.client.send(way.request), way);
		return fieldsIn(answer);
	},
	fields: [guestLocatorWithLink],
};
