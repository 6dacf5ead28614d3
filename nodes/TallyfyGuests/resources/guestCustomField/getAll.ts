// Guest Custom Field > Get Many
import { assertGuestFound, guestLocatorWithLink, withGuestCode } from '../guest/guestCode';
import type { Operation } from '../operation';
import { fieldsIn } from './customField';

export const guestCustomFieldGetAll: Operation = {
	value: 'getAll',
	name: 'Get Many',
	action: 'Get many custom fields of guest',
	description: 'List the custom fields of one guest with their values, one item for each key',
	request: { method: 'GET', url: '/guests/{guestCode}/custom-fields' },
	run: async (client, request) => {
		const coded = await withGuestCode(client, request);
		return fieldsIn(assertGuestFound(await coded.client.send(coded.request), coded));
	},
	fields: [guestLocatorWithLink],
};
