// Guest > Delete
import { isNotFound, recordIfAny } from '../../transport/response';
import { optionsField } from '../fields';
import type { Operation } from '../operation';
import { guestLocator, guestSegment, ifNotFound, mayBeMissing } from './locator';

const options = optionsField([ifNotFound]);

export const guestDelete: Operation = {
	value: 'delete',
	name: 'Delete',
	action: 'Delete guest from organization',
	description:
		'Remove one guest from the organization and from all of their tasks. Tallyfy deletes the person only where no other organization has them. This cannot be undone.',
	request: { method: 'DELETE', url: '/guests/{guest}' },
	segments: { guest: guestSegment },
	run: async (client, request) => {
		const response = await client.send(request);
		const email = request.subject?.value;
		// An earlier try may have deleted the guest: then "not found" means that it did (G47).
		if (isNotFound(response) && response.answerLost) return [{ deleted: true, email }];
		if (isNotFound(response) && mayBeMissing(client)) return [{ deleted: false, email }];
		// What is in it does not matter, only that it is a success of the API.
		recordIfAny(response, request.subject);
		return [{ deleted: true, email }];
	},
	fields: [guestLocator, options],
};
