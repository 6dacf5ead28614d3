// The Resource menu, and the switch that sends every request of every operation through the client.
import type { INodeProperties, NodeHint } from 'n8n-workflow';
import { fullResponse } from '../transport/client';
import { authentication } from './authentication';
import { guestOperations } from './guest';
import { guestCustomFieldOperations } from './guestCustomField';
import { guestTaskOperations } from './guestTask';
import { memberOperations } from './member';
import { unknownOperation } from './operation';
import { operationProperties } from './description';
import { pacing } from './pacing';

const resource: INodeProperties = {
	displayName: 'Resource',
	name: 'resource',
	type: 'options',
	noDataExpression: true,
	options: [
		{ name: 'Guest', value: 'guest' },
		{ name: 'Guest Custom Field', value: 'guestCustomField' },
		{ name: 'Guest Task', value: 'guestTask' },
		{ name: 'Member', value: 'member' },
	],
	default: 'guest',
	// The engine takes the first switch it meets, and Resource stands before all that have one: no operation can forget or undo it.
	routing: { send: { paginate: true }, output: { postReceive: [fullResponse] } },
};

const resources = {
	guest: guestOperations,
	guestCustomField: guestCustomFieldOperations,
	guestTask: guestTaskOperations,
	member: memberOperations,
};

export const properties: INodeProperties[] = [
	authentication,
	resource,
	...operationProperties(resources),
	pacing,
];

/** What n8n calls for operations that bring no hook of their own: those that do not exist. */
export const requestOperations = { pagination: unknownOperation(resources) };

const shownFor = (...operations: string[]) =>
	`${JSON.stringify(operations)}.includes($parameter["operation"])`;

/** Shown where people stumble, and only there. */
export const hints: NodeHint[] = [
	{
		message:
			'To queue rows that Tallyfy caps (30 invites an hour), set On Error to "Continue (using error output)": each failed row leaves there with error.retryAt, the moment to try it again. Leave Retry On Fail off, since it repeats all rows.',
		displayCondition: `={{ ${shownFor('create', 'createOrGet')} && $input.all().length > 25 }}`,
		whenToDisplay: 'beforeExecution',
		location: 'outputPane',
	},
	{
		message:
			'An item with "notStored" was accepted by Tallyfy, but the fields it names were not stored. A guest known to another organization keeps their own names, for example.',
		displayCondition: `={{ ${shownFor('create', 'createOrGet', 'update')} }}`,
		whenToDisplay: 'afterExecution',
		location: 'outputPane',
	},
];
