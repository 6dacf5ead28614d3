// Guest > Delete
import type { INodeProperties } from 'n8n-workflow';
import { succeeded } from '../../transport/answer';
import { failureOf, oddAnswer, saysUnknown } from '../../transport/errors';
import { Problem } from '../../transport/failure';
import { isObject } from '../../transport/request';
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
		'Remove one guest from the organization and from all of their tasks. This cannot be undone.',
	request: { method: 'DELETE', url: '/guests/{guest}' },
	segments: { guest: guestSegment },
	run: async (door, request) => {
		const answer = await door.send(request);
		const email = request.subject?.value;
		// The answer to an earlier try was lost: then "unknown" means that it did what it should.
		if (saysUnknown(answer) && answer.answerLost) return [{ deleted: true, email }];
		if (saysUnknown(answer) && mayBeMissing(door)) return [{ deleted: false, email }];
		if (!succeeded(answer)) throw new Problem(failureOf(answer, request.subject));
		// The body is not needed and may be empty (204), but a web page means that somebody else answered.
		if (answer.body && !isObject(answer.body)) throw oddAnswer(answer, 'not with a JSON object');
		return [{ deleted: true, email }];
	},
	fields: [guestLocator, options],
};
