// Guest > Get
import type { IDataObject, INodeProperties } from 'n8n-workflow';
import { recordOf, isNotFound } from '../../transport/response';
import type { Operation } from '../operation';
import { guestSegment } from './email';
import { guestLocator, ifNotFound, includeStats, mayBeMissing } from './fields';
import { guestOutput, outputFields, outputMode } from './output';

const nobody: IDataObject = {};

const options: INodeProperties = {
	displayName: 'Options',
	name: 'options',
	type: 'collection',
	placeholder: 'Add option',
	default: {},
	options: [ifNotFound, includeStats],
};

export const guestGet: Operation = {
	value: 'get',
	name: 'Get',
	action: 'Get guest by email',
	description: 'Get one guest of the organization, found by email',
	request: { method: 'GET', url: '/guests/{guest}' },
	segments: { guest: guestSegment },
	run: async (client, request) => {
		const answer = await client.send(request);
		if (isNotFound(answer) && mayBeMissing(client)) return [nobody];
		return [recordOf(answer, request.subject)];
	},
	output: (client) => {
		const shape = guestOutput(client);
		return (guest) => (guest === nobody ? {} : shape(guest));
	},
	fields: [guestLocator, outputMode, outputFields, options],
};
