// Guest > Enable. Sent again after a lost response: that is taken to change nothing for a guest who is enabled (G38).
import type { Operation } from '../operation';
import { guestFromWriteResponse, guestLocator, guestSegment } from './locator';
import { guestOutput, outputFields, outputMode } from './output';

export const guestEnable: Operation = {
	value: 'enable',
	name: 'Enable',
	action: 'Enable disabled guest',
	description:
		'Let a disabled guest back into the organization. Tallyfy makes a new link for them: the old one stays dead, so replace it where you keep it. Safe to run twice.',
	request: { method: 'PUT', url: '/guests/{guest}/enable' },
	segments: { guest: guestSegment },
	run: async (client, request) => [
		await guestFromWriteResponse(client, request, await client.send(request)),
	],
	output: guestOutput,
	fields: [guestLocator, outputMode, outputFields],
};
