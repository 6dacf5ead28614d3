// Guest > Get
import type { IDataObject } from 'n8n-workflow';
import { isNotFound, recordOf } from '../../transport/response';
import { optionsField } from '../fields';
import type { Operation } from '../operation';
import { guestLocator, guestSegment, ifNotFound, mayBeMissing } from './locator';
import { guestOutput, includeStats, outputFields, outputMode } from './output';

const options = optionsField([ifNotFound, includeStats]);

/** Stands for a guest who was not found. */
const NOT_FOUND: IDataObject = {};

export const guestGet: Operation = {
	value: 'get',
	name: 'Get',
	action: 'Get guest by email',
	description: 'Get one guest of the organization, found by email',
	request: { method: 'GET', url: '/guests/{guest}' },
	segments: { guest: guestSegment },
	run: async (client, request) => {
		const response = await client.send(request);
		if (isNotFound(response) && mayBeMissing(client)) return [NOT_FOUND];
		return [recordOf(response, request.subject)];
	},
	output: (client) => {
		const mapRecord = guestOutput(client);
		return (guest) => (guest === NOT_FOUND ? {} : mapRecord(guest));
	},
	fields: [guestLocator, outputMode, outputFields, options],
};
