// Everything about the custom fields of guests, one operation a line, in the order of the menu.
import type { Operation } from '../operation';
import { guestCustomFieldClear } from './clear';
import { guestCustomFieldGetAll } from './getAll';
import { guestCustomFieldSet } from './set';

export const guestCustomFieldOperations: Operation[] = [
	guestCustomFieldClear,
	guestCustomFieldGetAll,
	guestCustomFieldSet,
];
