// Everything about guests, one operation a line, in the order of the menu.
import { resourceProperties } from '../operation';
import { guestCreate } from './create';
import { guestCreateOrGet } from './createOrGet';
import { guestDelete } from './delete';
import { guestGet } from './get';
import { guestGetAll } from './getAll';
import { guestUpdate } from './update';

export const guestProperties = resourceProperties('guest', [
	guestCreate,
	guestCreateOrGet,
	guestDelete,
	guestGet,
	guestGetAll,
	guestUpdate,
]);
