// Everything about members, one operation a line, in the order of the menu.
import { resourceProperties } from '../menu';
import { memberConvertToGuest } from './convertToGuest';
import { memberGetAll } from './getAll';

export const memberProperties = resourceProperties('member', [memberConvertToGuest, memberGetAll]);
