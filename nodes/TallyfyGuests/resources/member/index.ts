// Everything about members, one operation a line, in the order of the menu.
import type { Operation } from '../operation';
import { memberConvertToGuest } from './convertToGuest';
import { memberGetAll } from './getAll';

export const memberOperations: Operation[] = [memberConvertToGuest, memberGetAll];
