// What the node can do: the Resource menu, and the operations of each resource in the order of their menus.
import type { INodeProperties, NodeHint } from 'n8n-workflow';
import { fullResponse } from '../transport/client';
import { authentication } from './authentication';
import { operationProperties } from './description';
import { guestConvertToMember } from './guest/convertToMember';
import { guestCreate } from './guest/create';
import { guestCreateOrGet } from './guest/createOrGet';
import { guestDelete } from './guest/delete';
import { guestDisable } from './guest/disable';
import { guestEnable } from './guest/enable';
import { guestGet } from './guest/get';
import { guestGetAll } from './guest/getAll';
import { guestGetLink } from './guest/getLink';
import { guestResetLink } from './guest/resetLink';
import { guestUpdate } from './guest/update';
import { guestCustomFieldClear } from './guestCustomField/clear';
import { guestCustomFieldGetAll } from './guestCustomField/getAll';
import { guestCustomFieldSet } from './guestCustomField/set';
import { guestTaskAssign } from './guestTask/assign';
import { guestTaskComment } from './guestTask/comment';
import { guestTaskComplete } from './guestTask/complete';
import { guestTaskCreate } from './guestTask/create';
import { guestTaskGet } from './guestTask/get';
import { guestTaskGetAll } from './guestTask/getAll';
import { guestTaskGetLink } from './guestTask/getLink';
import { guestTaskRemind } from './guestTask/remind';
import { guestTaskReopen } from './guestTask/reopen';
import { memberConvertToGuest } from './member/convertToGuest';
import { memberGetAll } from './member/getAll';
import { unknownOperation } from './operation';
import { pacing } from './pacing';

export const resources = {
	guest: [
		guestConvertToMember,
		guestCreate,
		guestCreateOrGet,
		guestDelete,
		guestDisable,
		guestEnable,
		guestGet,
		guestGetLink,
		guestGetAll,
		guestResetLink,
		guestUpdate,
	],
	guestCustomField: [guestCustomFieldClear, guestCustomFieldGetAll, guestCustomFieldSet],
	guestTask: [
		guestTaskAssign,
		guestTaskComment,
		guestTaskComplete,
		guestTaskCreate,
		guestTaskGet,
		guestTaskGetLink,
		guestTaskGetAll,
		guestTaskRemind,
		guestTaskReopen,
	],
	member: [memberConvertToGuest, memberGetAll],
};

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
	// n8n calls the hook of an operation where `paginate` is on. It takes the first such switch that it meets, and Resource stands
	// before all that could have one: no operation can forget it.
	routing: { send: { paginate: true }, output: { postReceive: [fullResponse] } },
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

/** Shown where they help, and only there. They assume that creates are capped (G44) and linked guests keep their names (G43). */
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
