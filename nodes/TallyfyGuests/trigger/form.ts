// The form of the trigger node. The names and values of its parameters are stored in workflows.
import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';
import { authentication } from '../resources/authentication';
import { NEEDS_STATS, outputFields, outputMode } from '../resources/guest/output';

/** Options from values and descriptions by name. */
const optionsOf = (rows: Record<string, [value: string, description: string]>) =>
	Object.entries(rows).map(([name, [value, description]]) => ({ name, value, description }));

const POLLING_EVENTS = optionsOf({
	'Guest Added': ['guestAdded', 'Somebody became a guest of the organization'],
	'Guest Came Back': ['guestReturned', 'The guest opened the link again'],
	'Guest Completed Task': [
		'guestCompletedTask',
		'The guest completed a task; several between two polls are one event',
	],
	'Guest Disabled': ['guestDisabled', 'The guest was kept out'],
	'Guest Enabled': ['guestEnabled', 'The guest was let in again'],
	'Guest Inactive': ['guestInactive', 'The guest has not opened the link for a number of days'],
	'Guest Opened Link for the First Time': [
		'guestFirstAccess',
		'The guest opened the link who never had before',
	],
});

/** The events of an organization's webhook (contract, organizationEvent; G62). None is about guests; all may concern some. */
export const WEBHOOK_EVENTS = optionsOf({
	'Comment Added': ['task.comment_added', 'Somebody commented on a task of a guest'],
	'Issue Raised': ['task.issue_raised', 'Somebody reported an issue on a task of a guest'],
	'Issue Resolved': ['task.issue_resolved', 'An issue on a task of a guest was resolved'],
	'Process Completed': [
		'process.completed',
		'A process with guests was completed: one item for each of its guests',
	],
	'Process Launched': [
		'process.launched',
		'A process with guests was launched: one item for each of its guests',
	],
	'Task Assigned': ['task.assigned', 'A task was assigned to a guest'],
	'Task Completed': [
		'task.completed',
		'A task of a guest was completed, by the guest or by somebody else',
	],
});

/** A filter for a text that guests must contain. */
const filter = (displayName: string, name: string, what: string, placeholder: string) => ({
	displayName,
	name,
	type: 'string' as const,
	default: '',
	placeholder,
	description: `Start only for guests whose ${what} contains this text. Filtered by this node, not by Tallyfy.`,
});

export const properties: INodeProperties[] = [
	authentication,
	{
		displayName: 'Listen By',
		name: 'mode',
		type: 'options',
		noDataExpression: true,
		default: 'polling',
		description: 'How to find out what happened',
		options: optionsOf({
			Polling: ['polling', 'Looks at the guests at the poll times. Any member can use it.'],
			Webhook: [
				'webhook',
				'Tallyfy calls at once, for events of tasks and processes that concern guests. Poll Times are not used then.',
			],
		}),
	},
	{
		displayName: 'Events',
		name: 'events',
		type: 'multiOptions',
		required: true,
		default: ['guestAdded'],
		description:
			'What starts the workflow. Guest Added alone is the cheapest: usually one request.',
		displayOptions: { show: { mode: ['polling'] } },
		options: POLLING_EVENTS,
	},
	{
		displayName: 'Inactive Days',
		name: 'inactiveDays',
		type: 'number',
		typeOptions: { minValue: 1, numberPrecision: 0 },
		default: 90,
		description:
			'Days since the last visit, or since the guest was added when there was none, after which Guest Inactive starts the workflow, once',
		displayOptions: { show: { mode: ['polling'], events: ['guestInactive'] } },
	},
	{
		displayName: 'Filters',
		name: 'filters',
		type: 'collection',
		placeholder: 'Add filter',
		default: {},
		displayOptions: { show: { mode: ['polling'] } },
		options: [
			filter('Company', 'company', 'company name', 'e.g. Partner Co'),
			filter('Email Contains', 'emailContains', 'email', 'e.g. @partnerco.com'),
		],
	},
	{
		displayName: 'Source',
		name: 'source',
		type: 'options',
		noDataExpression: true,
		default: 'organization',
		description: 'Where the webhook is set up',
		displayOptions: { show: { mode: ['webhook'] } },
		options: optionsOf({
			Organization: [
				'organization',
				'One webhook for the whole organization, which n8n registers while the workflow is active. Needs the credential of an administrator.',
			],
			'Pasted Into a Template or Step': [
				'pasted',
				"You paste this node's production URL into the webhook setting of a template or of a step in Tallyfy. Any credential will do.",
			],
		}),
	},
	{
		displayName: 'Webhook Events',
		name: 'webhookEvents',
		type: 'multiOptions',
		required: true,
		default: ['task.completed'],
		description:
			'What starts the workflow, when it concerns a guest: a guest of the task, or any guest of the process',
		displayOptions: { show: { mode: ['webhook'], source: ['organization'] } },
		options: WEBHOOK_EVENTS,
	},
	outputMode,
	{
		...outputFields,
		// As in the action node, but without the hint at Include Task Numbers: the trigger asks for those that are chosen.
		options: (outputFields.options as INodePropertyOptions[]).map(({ description, ...option }) =>
			description === NEEDS_STATS ? option : { description, ...option },
		),
	},
];
