// The form of the trigger node. The names of its parameters are stored in workflows.
import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';
import { authentication } from '../resources/authentication';
import { NEEDS_STATS, outputFields, outputMode } from '../resources/guest/output';
import { webhookProperties } from './webhook/form';

const POLLING = { show: { mode: ['polling'] } };

const mode: INodeProperties = {
	displayName: 'Listen By',
	name: 'mode',
	type: 'options',
	noDataExpression: true,
	default: 'polling',
	description: 'How to find out what happened',
	options: [
		{
			name: 'Polling',
			value: 'polling',
			description: 'Looks at the guests at the poll times. Any member can use it.',
		},
		{
			name: 'Webhook',
			value: 'webhook',
			description:
				'Tallyfy calls at once, for events of tasks and processes that concern guests. Poll Times are not used then.',
		},
	],
};

const events: INodeProperties = {
	displayName: 'Events',
	name: 'events',
	type: 'multiOptions',
	required: true,
	default: ['guestAdded'],
	description: 'What starts the workflow. Guest Added alone is the cheapest: usually one request.',
	displayOptions: POLLING,
	options: [
		{
			name: 'Guest Added',
			value: 'guestAdded',
			description: 'Somebody became a guest of the organization',
		},
		{
			name: 'Guest Came Back',
			value: 'guestReturned',
			description: 'The guest opened the link again',
		},
		{
			name: 'Guest Completed Task',
			value: 'guestCompletedTask',
			description: 'The guest completed a task; several between two polls are one event',
		},
		{
			name: 'Guest Disabled',
			value: 'guestDisabled',
			description: 'The guest was kept out',
		},
		{
			name: 'Guest Enabled',
			value: 'guestEnabled',
			description: 'The guest was let in again',
		},
		{
			name: 'Guest Inactive',
			value: 'guestInactive',
			description: 'The guest has not opened the link for a number of days',
		},
		{
			name: 'Guest Opened Link for the First Time',
			value: 'guestFirstAccess',
			description: 'The guest opened the link who never had before',
		},
	],
};

const inactiveDays: INodeProperties = {
	displayName: 'Inactive Days',
	name: 'inactiveDays',
	type: 'number',
	typeOptions: { minValue: 1, numberPrecision: 0 },
	default: 90,
	description:
		'Days since the last visit, or since the guest was added when there was none, after which Guest Inactive starts the workflow, once',
	displayOptions: { show: { mode: ['polling'], events: ['guestInactive'] } },
};

const filters: INodeProperties = {
	displayName: 'Filters',
	name: 'filters',
	type: 'collection',
	placeholder: 'Add filter',
	default: {},
	displayOptions: POLLING,
	options: [
		{
			displayName: 'Company',
			name: 'company',
			type: 'string',
			default: '',
			placeholder: 'e.g. Partner Co',
			description:
				'Start only for guests whose company name contains this text. Filtered by this node, not by Tallyfy.',
		},
		{
			displayName: 'Email Contains',
			name: 'emailContains',
			type: 'string',
			default: '',
			placeholder: 'e.g. @partnerco.com',
			description:
				'Start only for guests whose email contains this text. Filtered by this node, not by Tallyfy.',
		},
	],
};

/** The same as the action node's; but the trigger asks for task numbers by itself, where they are chosen. */
const fields: INodeProperties = {
	...outputFields,
	options: (outputFields.options as INodePropertyOptions[]).map(({ description, ...option }) =>
		description === NEEDS_STATS ? option : { description, ...option },
	),
};

export const properties: INodeProperties[] = [
	authentication,
	mode,
	events,
	inactiveDays,
	filters,
	...webhookProperties,
	outputMode,
	fields,
];
