// Guest > Create
import type { Operation } from '../operation';
import { guestOutput, outputFields, outputMode } from './fields';
import { email, invitation, invite } from './invite';
import { additionalFields, fieldsJson } from './profile';

export const guestCreate: Operation = {
	value: 'create',
	name: 'Create',
	action: 'Create guest in organization',
	description:
		'Add a guest to the organization. Tallyfy allows 30 invites an hour. Only Email is needed; a name cannot be changed here later.',
	request: { method: 'POST', url: '/guests' },
	run: async (door, request) => [await invite(door, invitation(door, request))],
	output: guestOutput,
	fields: [email, additionalFields, fieldsJson, outputMode, outputFields],
};
