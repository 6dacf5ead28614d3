// The part of the trigger's form that belongs to the webhook mode. The names of its parameters are stored in workflows.
import type { INodeProperties } from 'n8n-workflow';

/** The events of an organization's webhook (contract, organizationEvent). None is about guests; all may concern some. */
export const WEBHOOK_EVENTS = [
	'process.completed',
	'process.launched',
	'task.assigned',
	'task.comment_added',
	'task.completed',
	'task.issue_raised',
	'task.issue_resolved',
] as const;

const source: INodeProperties = {
	displayName: 'Source',
	name: 'source',
	type: 'options',
	noDataExpression: true,
	default: 'organization',
	description: 'Where the webhook is set up',
	displayOptions: { show: { mode: ['webhook'] } },
	options: [
		{
			name: 'Organization',
			value: 'organization',
			description:
				'N8n registers one webhook for the whole organization while the workflow is active. Needs the credential of an administrator.',
		},
		{
			name: 'Pasted Into a Template or Step',
			value: 'pasted',
			description:
				"You paste this node's production URL into the webhook setting of a template or of a step in Tallyfy. Any credential will do.",
		},
	],
};

const webhookEvents: INodeProperties = {
	displayName: 'Webhook Events',
	name: 'webhookEvents',
	type: 'multiOptions',
	required: true,
	default: ['task.completed'],
	description:
		'What starts the workflow, when it concerns a guest: a guest of the task, or any guest of the process',
	displayOptions: { show: { mode: ['webhook'], source: ['organization'] } },
	options: [
		{
			name: 'Comment Added',
			value: 'task.comment_added',
			description: 'Somebody commented on a task of a guest',
		},
		{
			name: 'Issue Raised',
			value: 'task.issue_raised',
			description: 'Somebody reported an issue on a task of a guest',
		},
		{
			name: 'Issue Resolved',
			value: 'task.issue_resolved',
			description: 'An issue on a task of a guest was resolved',
		},
		{
			name: 'Process Completed',
			value: 'process.completed',
			description: 'A process with guests was completed: one item for each of its guests',
		},
		{
			name: 'Process Launched',
			value: 'process.launched',
			description: 'A process with guests was launched: one item for each of its guests',
		},
		{
			name: 'Task Assigned',
			value: 'task.assigned',
			description: 'A task was assigned to a guest',
		},
		{
			name: 'Task Completed',
			value: 'task.completed',
			description: 'A task of a guest was completed, by the guest or by somebody else',
		},
	],
};

/** Shown for the mode `webhook`: `source` and `webhookEvents`. */
export const webhookProperties: INodeProperties[] = [source, webhookEvents];
