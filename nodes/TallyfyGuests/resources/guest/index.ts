// Everything about guests, one operation a line, in the order of the menu.
import { resourceProperties } from '../menu';
import { guestConvertToMember } from './convertToMember';
import { guestCreate } from './create';
import { guestCreateOrGet } from './createOrGet';
import { guestDelete } from './delete';
import { guestDisable } from './disable';
import { guestEnable } from './enable';
import { guestGet } from './get';
import { guestGetAll } from './getAll';
import { guestGetLink } from './getLink';
import { guestUpdate } from './update';

export const guestProperties = resourceProperties('guest', [
	guestConvertToMember,
	guestCreate,
	guestCreateOrGet,
	guestDelete,
	guestDisable,
	guestEnable,
	guestGet,
	guestGetLink,
	guestGetAll,
	guestUpdate,
]);
