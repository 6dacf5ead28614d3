// The form of the node that asks guests and waits.
import type { INodeProperties } from 'n8n-workflow';
import { authentication } from '../resources/authentication';
import { notice } from '../resources/fields';
import { createMissingGuests, guests } from '../resources/guest/guestEmails';
import { formFields, formFieldsJson } from '../resources/guestTask/formFields';
import { limitWaitTime } from './waitTime';

/** By this value n8n checks the signature of the address, and knows a node by which tools can be approved (measured 2026-11). */
const operation: INodeProperties = {
	displayName: 'Operation',
	name: 'operation',
	type: 'options',
	noDataExpression: true,
	default: 'sendAndWait',
	options: [
		{
			name: 'Ask and Wait for Answers',
			value: 'sendAndWait',
			action: 'Ask guest and wait for answers',
			description:
				'Give guests a task with an approval or a form, and let the workflow go on with their answers',
		},
	],
};

const addressNotice = notice(
	'addressNotice',
	"Tallyfy calls this n8n once when the task is completed. For that n8n's address has to be one that Tallyfy can reach, with https: see WEBHOOK_URL in n8n's documentation. Set a limit to the waiting time: a call that n8n has missed is not repeated.",
);

const message: INodeProperties = {
	displayName: 'Message',
	name: 'message',
	type: 'string',
	required: true,
	typeOptions: { rows: 3 },
	default: '',
	placeholder: 'e.g. Do you approve quote 2026-118?',
	description:
		'The question. It is the title of the task; what is longer than a title goes on in its description.',
};

const description: INodeProperties = {
	displayName: 'Description',
	name: 'description',
	type: 'string',
	typeOptions: { rows: 3 },
	default: '',
	description: 'What else the guests read in the task; HTML is allowed',
};

const responseType: INodeProperties = {
	displayName: 'Response Type',
	name: 'responseType',
	type: 'options',
	default: 'approval',
	description: 'What the guests answer with',
	options: [
		{ name: 'Approval', value: 'approval', description: 'A yes or a no' },
		{ name: 'Form', value: 'form', description: 'The fields that you name here' },
	],
};

const forForm = (field: INodeProperties): INodeProperties => ({
	...field,
	displayOptions: { show: { responseType: ['form'] } },
});

const deadline: INodeProperties = {
	displayName: 'Deadline',
	name: 'deadline',
	type: 'dateTime',
	default: '',
	description:
		'When Tallyfy calls the task late. Any ISO date; without a time zone it is taken as UTC. If empty: the end of the waiting time, or a week from now.',
};

const waitFor: INodeProperties = {
	displayName: 'Wait For',
	name: 'waitFor',
	type: 'options',
	default: 'all',
	description:
		'When the workflow goes on, where there are several input items: each has a task of its own',
	options: [
		{ name: 'All Answers', value: 'all', description: 'When the tasks of all items are complete' },
		{
			name: 'First Answer',
			value: 'first',
			description: 'When one is complete; the others count as not answered, and their tasks stay',
		},
	],
};

const options: INodeProperties = {
	displayName: 'Options',
	name: 'options',
	type: 'collection',
	placeholder: 'Add option',
	default: {},
	options: [
		createMissingGuests,
		{
			displayName: 'Member Names or IDs',
			name: 'members',
			type: 'multiOptions',
			default: [],
			description:
				'The members who get the task too, and can answer it; without any, the member of the credential is added, because a guest is not left alone with a task. Choose from the list, or specify IDs using an <a href="https://docs.n8n.io/code/expressions/">expression</a>.',
			typeOptions: { loadOptionsMethod: 'getMembers' },
		},
	],
};

export const properties: INodeProperties[] = [
	authentication,
	operation,
	addressNotice,
	guests,
	message,
	description,
	responseType,
	forForm(formFields),
	forForm(formFieldsJson),
	deadline,
	waitFor,
	limitWaitTime,
	options,
];
