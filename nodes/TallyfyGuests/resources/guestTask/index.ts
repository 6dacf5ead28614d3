// Everything about the tasks of guests, one operation a line, in the order of the menu.
import { resourceProperties } from '../menu';
import { guestTaskGetAll } from './getAll';

export const guestTaskProperties = resourceProperties('guestTask', [guestTaskGetAll]);
