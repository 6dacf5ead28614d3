// Guest > Create
import { recordOf } from '../../transport/response';
import type { Operation } from '../operation';
import { createRequest, email, sendCreate } from './newGuest';
import { outputFields, outputMode } from './output';
import { additionalFields, fieldsJson } from './profile';
import { verifyStored, writtenOutput } from './verifyStored';

export const guestCreate: Operation = {
	value: 'create',
	name: 'Create',
	action: 'Create guest in organization',
	description:
		'Add a guest to the organization. Tallyfy allows 30 invites an hour. Only Email is needed; a name cannot be changed here later. Somebody whom another organization has as a guest is linked, not made anew.',
	request: { method: 'POST', url: '/guests' },
	run: async (client, request) => {
		const create = createRequest(client, request);
		const guest = recordOf(await sendCreate(client, create));
		return [{ guest, ...verifyStored(create.body, guest) }];
	},
	output: writtenOutput,
	fields: [email, additionalFields, fieldsJson, outputMode, outputFields],
};
