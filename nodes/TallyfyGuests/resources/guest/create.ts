// Guest > Create
import type { INodeProperties } from 'n8n-workflow';
import { sendForOne } from '../../transport/door';
import { withoutBlanks } from '../../transport/request';
import type { Operation } from '../operation';
import { emailAddress } from './email';
import { guestOutput, outputFields, outputMode } from './fields';
import { additionalFields, fieldsJson, parsedFields, profileBody } from './profile';

const email: INodeProperties = {
	displayName: 'Email',
	name: 'email',
	type: 'string',
	required: true,
	default: '',
	placeholder: 'e.g. nathan@example.com',
	description:
		'Address of the new guest. Tallyfy checks that its mail domain exists, and refuses the address of a member.',
};

export const guestCreate: Operation = {
	value: 'create',
	name: 'Create',
	action: 'Create guest in organization',
	description:
		'Add a guest to the organization. Tallyfy allows 30 invites an hour. Only Email is needed; a name cannot be changed here later.',
	request: { method: 'POST', url: '/guests' },
	run: async (door, request) => {
		const address = emailAddress(door.parameter('email'), 'Email');
		const mapped = parsedFields(door.parameter('fieldsJson', ''), address);
		const body = profileBody({ ...mapped, ...withoutBlanks(request.body) });
		return [await sendForOne(door, { ...request, body: { email: address, ...body } })];
	},
	output: guestOutput,
	fields: [email, additionalFields, fieldsJson, outputMode, outputFields],
};
