// Everything about the tasks of guests, one operation a line, in the order of the menu.
import type { Operation } from '../operation';
import { guestTaskGetAll } from './getAll';

export const guestTaskOperations: Operation[] = [guestTaskGetAll];
