// Guest Task > Create
import type { IDataObject, INodeProperties } from 'n8n-workflow';
import type { ItemClient } from '../../transport/client';
import { invalidParameter } from '../../transport/errors';
import { createMissingOptions, guestEmails, guests, mayCreateGuests } from '../guest/guestEmails';
import { memberIds } from '../member/memberIds';
import type { Operation } from '../operation';
import { dateIn, oneOf, textIn, yesOrNo } from '../values';
import { formFields, formFieldsJson, formFieldsOf } from './formFields';
import { createTask, type NewTask } from './newTask';
import { assignedTask } from './owners';

const title: INodeProperties = {
	displayName: 'Title',
	name: 'title',
	type: 'string',
	required: true,
	default: '',
	placeholder: 'e.g. Send us your tax number',
	description: 'What the guests are to do, in at most 600 characters',
};

const deadline: INodeProperties = {
	displayName: 'Deadline',
	name: 'deadline',
	type: 'dateTime',
	required: true,
	default: '',
	description:
		'Any ISO date. Without a time zone it is taken as UTC. Tallyfy moves a time outside working hours to the next one within; the item has the deadline that came of it.',
};

/** Switches in Additional Fields: name, the API's name, label, description. */
const SWITCHES = [
	[
		'everyoneMustComplete',
		'everyone_must_complete',
		'Everyone Must Complete',
		'Whether the task is done only when each of them has completed it',
	],
	[
		'preventGuestComment',
		'prevent_guest_comment',
		'Prevent Guest Comment',
		'Whether guests cannot comment on the task',
	],
	[
		'separateTasks',
		'',
		'Separate Tasks',
		'Whether everybody gets a task of their own. There is one item for each, and no member is added.',
	],
] as const;

const switches = SWITCHES.map(
	([name, , displayName, description]): INodeProperties => ({
		displayName,
		name,
		type: 'boolean',
		default: false,
		description,
	}),
);

const additionalFields: INodeProperties = {
	displayName: 'Additional Fields',
	name: 'additionalFields',
	type: 'collection',
	placeholder: 'Add Field',
	default: {},
	options: [
		{
			displayName: 'Description',
			name: 'description',
			type: 'string',
			typeOptions: { rows: 3 },
			default: '',
			description: 'What the guests read in the task; HTML is allowed',
		},
		switches[0],
		{
			displayName: 'Member Names or IDs',
			name: 'members',
			type: 'multiOptions',
			default: [],
			description:
				'The members who get the task too; without any, the member of the credential is added, because a guest is not left alone with a task. Choose from the list, or specify IDs using an <a href="https://docs.n8n.io/code/expressions/">expression</a>.',
			typeOptions: { loadOptionsMethod: 'getMembers' },
		},
		switches[1],
		switches[2],
		{
			displayName: 'Task Type',
			name: 'taskType',
			type: 'options',
			default: 'task',
			description: 'How the task is completed',
			options: [
				{ name: 'Approval', value: 'approval', description: 'With a yes or a no' },
				{ name: 'Expiring', value: 'expiring', description: 'By itself, at the deadline' },
				{ name: 'Task', value: 'task', description: 'When somebody says that it is done' },
			],
		},
		{
			displayName: 'Webhook',
			name: 'webhook',
			type: 'string',
			default: '',
			placeholder: 'e.g. https://n8n.example.com/webhook/task-done',
			description: 'A web address that Tallyfy calls once when the task is completed',
		},
	],
};

/** A web address, which is not repeated in the error: it may hold a secret. */
function webhookIn(value: unknown): string | undefined {
	const text = String(value ?? '').trim();
	if (text === '') return undefined;
	if (/^https?:\/\/[^\s/]\S*$/i.test(text) && URL.canParse(text)) return text;
	throw invalidParameter('Webhook', 'is no web address', 'Give a whole one, with https://.');
}

/** The task by the parameters of this item. @throws TallyfyError for what cannot be sent */
function newTaskOf(client: ItemClient): NewTask {
	const more = (name: string) => client.parameter(`additionalFields.${name}`, undefined);
	const [everyone, noComment, isSeparate] = SWITCHES.map(([name, , label]) =>
		yesOrNo(more(name), label),
	);
	const due = dateIn(client.parameter('deadline', ''), 'Deadline');
	const task = {
		title: textIn(client.parameter('title', ''), 'Title', 'Say what the guests are to do.'),
		guests: guestEmails(client.parameter('guests', '')),
		members: memberIds(more('members') || [], 'Members'),
	};
	if (task.guests.length + task.members.length === 0) {
		const next = 'Give the email of at least one guest, or a member in Additional Fields.';
		throw invalidParameter('Guests', 'is empty', next);
	}
	if (due === undefined) {
		const next = 'Tallyfy makes no task without one. Give an ISO date, e.g. 2027-05-14T16:00:00Z.';
		throw invalidParameter('Deadline', 'is empty', next);
	}
	const types = ['approval', 'expiring', 'task'] as const;
	const description = more('description');
	return {
		...task,
		taskType: oneOf(more('taskType'), 'Task Type', types, 'task'),
		deadline: due,
		fields: formFieldsOf(client),
		isSeparate,
		more: {
			...(String(description ?? '').trim() ? { summary: String(description) } : {}),
			...(everyone ? { everyone_must_complete: true } : {}),
			...(noComment ? { prevent_guest_comment: true } : {}),
			webhook: webhookIn(more('webhook')),
		},
	};
}

export const guestTaskCreate: Operation = {
	value: 'create',
	name: 'Create',
	action: 'Create task for guests',
	description:
		'Make a one-off task for guests and members. They are mailed at once. Sent once: after a lost answer the newest tasks are looked at before it counts as failed.',
	request: { method: 'POST', url: '/tasks' },
	run: async (client): Promise<IDataObject[]> => {
		const task = newTaskOf(client);
		const { tasks, ...beside } = await createTask(client, task, mayCreateGuests(client));
		return tasks.map(({ task: made, said }) => ({ ...assignedTask(made), ...beside, ...said }));
	},
	fields: [
		title,
		guests,
		deadline,
		formFields,
		formFieldsJson,
		additionalFields,
		createMissingOptions,
	],
};
