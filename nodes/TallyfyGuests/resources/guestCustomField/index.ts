// Everything about the custom fields of guests, one operation a line, in the order of the menu.
import { resourceProperties } from '../menu';
import { guestCustomFieldClear } from './clear';
import { guestCustomFieldGetAll } from './getAll';
import { guestCustomFieldSet } from './set';

export const guestCustomFieldProperties = resourceProperties('guestCustomField', [
	guestCustomFieldClear,
	guestCustomFieldGetAll,
	guestCustomFieldSet,
]);
