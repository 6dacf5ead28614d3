// Guest > Delete
import type { INodeProperties } from 'n8n-workflow';
import { recordIfAny, isNotFound } from '../../transport/response';
import type { Operation } from '../operation';
import { guestSegment } from './email';
import { guestLocator, ifNotFound, mayBeMissing } from './fields';

const options: INodeProperties = {
	displayName: 'Options',
	name: 'options',
	type: 'collection',
	placeholder: 'Add option',
	default: {},
	options: [ifNotFound],
};

export const guestDelete: Operation = {
	value: 'delete',
	name: 'Delete',
	action: 'Delete guest from organization',
	description:
		'Remove one guest from the organization and from all of their tasks. Tallyfy deletes the person only where no other organization has them. This cannot be undone.',
	request: { method: 'DELETE', url: '/guests/{guest}' },
	segments: { guest: guestSegment },
	run: async (client, request) => {
		const answer = await client.send(request);
		const email = request.subject?.value;
		// An earlier try may have done it: then "unknown" means that it did.
		if (isNotFound(answer) && answer.answerLost) return [{ deleted: true, email }];
		if (isNotFound(answer) && mayBeMissing(client)) return [{ deleted: false, email }];
		// Who was deleted is known; only that it is a success of the API has to be seen.
		recordIfAny(answer, request.subject);
		return [{ deleted: true, email }];
	},
	fields: [guestLocator, options],
};
