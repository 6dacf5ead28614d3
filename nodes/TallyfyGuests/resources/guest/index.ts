// Everything about guests, one operation a line, in the order of the menu.
import type { Operation } from '../operation';
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

export const guestOperations: Operation[] = [
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
];
