// The operations that write: their parameters, their write, and how to see whether it is done.
import type { INodeParameters } from 'n8n-workflow';
import type { Guest, Organization } from '../../sandbox/organization.mts';
import type { WorkTask } from '../../sandbox/work/model.mts';
import { byEmail, byId, guest, member } from './guests.mts';
import { DEADLINE } from './sandboxWork.mts';

/** A member who is no administrator. */
const MEMBER = 20002;

export interface Write {
	name: string;
	parameters: (organization: Organization) => INodeParameters;
	/** The request that is the write. */
	method: string;
	path: string;
	prepare?: (organization: Organization) => void;
	/** Whether it is done; asked afterwards. */
	isDone: (organization: Organization, before: Before) => boolean;
	/** Doing it twice is worse than once. */
	never?: boolean;
	/** The same twice as once, so that one fault of any kind is no failure. */
	idempotent?: boolean;
}

/** Who the write is about. */
export interface Before {
	guest: Guest;
	newcomer: string;
	memberEmail: string;
}

const first = ({ guests }: Organization) => [...guests.values()][0];
/** Who the writes will be about; asked before anything is done. */
export const beforehand = (organization: Organization): Before => ({
	guest: first(organization),
	newcomer: newEmail(organization),
	memberEmail: organization.members.find(({ id }) => id === MEMBER)!.email,
});
const known = (organization: Organization) => byEmail(first(organization).email);
const onGuest = (operation: string) => (organization: Organization) =>
	guest(operation, { guest: known(organization) });
const onField = (operation: string, more: object) => (organization: Organization) =>
	({
		resource: 'guestCustomField',
		operation,
		guest: known(organization),
		key: 'region',
		...more,
	}) as unknown as INodeParameters;
const has = (value: unknown, id: number) => Array.isArray(value) && value.includes(id);
/** Who is to be invited: another address in each trial, because operations on one guest wait for each other. */
const newEmail = (organization: Organization) => `new.${first(organization).email}`;
const newOne =
	(operation: string, more = {}) =>
	(organization: Organization) =>
		guest(operation, { email: newEmail(organization), ...more });
const withMembers = newOne('createOrGet', { associatedMembers: [MEMBER] });
const isThere = ({ guests }: Organization, { newcomer }: Before) => guests.has(newcomer);
const membersOf = ({ guests }: Organization, email: string) =>
	guests.get(email)?.details.associated_members;
const disabledAt = ({ guests }: Organization, { guest: { email } }: Before) =>
	guests.get(email)?.details.disabled_at ?? null;
const region = (organization: Organization, before: Before) =>
	organization.customFieldsOf(before.guest).region;

/** The link that a guest has before it is reset. */
const OLD_LINK = 'https://go.tallyfy.com/guest/before';
const TASK = 'f'.repeat(32);
const taskOf = ({ work }: Organization) => work.task(TASK) as WorkTask;
/** A one-off task of the member of the credential and another one. */
function addTask({ work, me }: Organization, more: Partial<WorkTask> = {}): void {
	const extras = { summary: null, fields: [], answers: {}, comments: [], starterId: me.id };
	const task = {
		id: TASK,
		title: 'Sign',
		status: 'not-started',
		task_type: 'task',
		is_oneoff_task: true,
		run_id: null,
		owners: { users: [me.id, MEMBER], guests: [], groups: [] },
		deadline: DEADLINE,
		created_at: DEADLINE,
		completed_at: null,
		...more,
	};
	work.addTask(task as WorkTask, extras);
	work.mails.clear();
}
const onTask = (operation: string, more: object) => (organization: Organization) =>
	({
		resource: 'guestTask',
		operation,
		...(organization.work.task(TASK) ? { task: byId(TASK) } : {}),
		...more,
	}) as unknown as INodeParameters;
const isComplete = (organization: Organization) => taskOf(organization).status === 'completed';

export const WRITES: Write[] = [
	{
		name: 'create',
		parameters: newOne('create'),
		method: 'POST',
		path: '/guests$',
		isDone: isThere,
	},
	{
		name: 'createOrGet',
		parameters: newOne('createOrGet'),
		method: 'POST',
		path: '/guests$',
		isDone: isThere,
	},
	{
		name: 'createOrGet, with members, at the invitation',
		parameters: withMembers,
		method: 'POST',
		path: '/guests$',
		isDone: isThere,
	},
	{
		name: 'createOrGet, with members, at the members',
		parameters: withMembers,
		method: 'PUT',
		path: '/guests/',
		isDone: (organization, { newcomer }) => has(membersOf(organization, newcomer), MEMBER),
	},
	{
		name: 'update',
		parameters: (organization) =>
			guest('update', {
				guest: known(organization),
				membersMode: 'add',
				associatedMembers: [MEMBER],
			}),
		method: 'PUT',
		path: '/guests/',
		isDone: (organization, { guest: { email } }) => has(membersOf(organization, email), MEMBER),
		idempotent: true,
	},
	{
		name: 'delete',
		parameters: onGuest('delete'),
		method: 'DELETE',
		path: '/guests/[^/]+$',
		isDone: ({ guests }, before) => !guests.has(before.guest.email),
		idempotent: true,
	},
	{
		name: 'enable',
		parameters: onGuest('enable'),
		method: 'PUT',
		path: '/enable$',
		prepare: (organization) => organization.setDisabled(first(organization), true),
		isDone: (organization, before) => disabledAt(organization, before) === null,
		idempotent: true,
	},
	{
		name: 'disable',
		parameters: onGuest('disable'),
		method: 'DELETE',
		path: '/disable$',
		prepare: (organization) => {
			for (const task of organization.tasks(first(organization))) task.status = 'completed';
		},
		isDone: (organization, before) => disabledAt(organization, before) !== null,
		idempotent: true,
	},
	{
		name: 'resetLink',
		parameters: onGuest('resetLink'),
		method: 'PUT',
		path: '/reset-link$',
		prepare: (organization) => {
			first(organization).link = OLD_LINK;
		},
		isDone: (organization) => first(organization).link !== OLD_LINK,
	},
	{
		name: 'convertToMember',
		parameters: onGuest('convertToMember'),
		method: 'POST',
		path: '/to/member$',
		isDone: ({ guests }, before) => !guests.has(before.guest.email),
		never: true,
	},
	{
		name: 'convertToGuest',
		parameters: () => member('convertToGuest', { member: byId(String(MEMBER)) }),
		method: 'PUT',
		path: '/to/guest$',
		isDone: ({ guests }, { memberEmail }) => guests.has(memberEmail),
		never: true,
	},
	{
		name: 'set',
		parameters: onField('set', { value: 'EMEA' }),
		method: 'PATCH',
		path: '/custom-fields/',
		isDone: (organization, before) => region(organization, before) === 'EMEA',
	},
	{
		name: 'clear',
		parameters: onField('clear', {}),
		method: 'DELETE',
		path: '/custom-fields/',
		prepare: (organization) => {
			organization.customFieldsOf(first(organization)).region = 'APAC';
		},
		isDone: (organization, before) => region(organization, before) === null,
	},
	{
		name: 'create a task',
		parameters: (organization) =>
			onTask('create', {
				title: 'New one',
				deadline: DEADLINE,
				guests: first(organization).email,
			})(organization),
		method: 'POST',
		path: '/tasks$',
		isDone: ({ work }) => work.allTasks().some(({ title }) => title === 'New one'),
		never: true,
	},
	{
		name: 'assign a task',
		parameters: (organization) =>
			onTask('assign', { guests: first(organization).email })(organization),
		method: 'PUT',
		path: '/tasks/',
		prepare: addTask,
		isDone: (organization, before) =>
			taskOf(organization).owners.guests.includes(before.guest.email),
		idempotent: true,
	},
	{
		name: 'complete a task',
		parameters: onTask('complete', {}),
		method: 'POST',
		path: '/completed-tasks$',
		prepare: addTask,
		isDone: isComplete,
		never: true,
	},
	{
		name: 'reopen a task',
		parameters: onTask('reopen', {}),
		method: 'DELETE',
		path: '/completed-tasks/',
		prepare: (organization) => addTask(organization, { status: 'completed' }),
		isDone: (organization) => !isComplete(organization),
	},
	{
		name: 'remind of a task',
		parameters: onTask('remind', {}),
		method: 'GET',
		path: '/email$',
		prepare: addTask,
		isDone: ({ work }) => work.mails.list().some(({ kind }) => kind === 'reminder'),
		never: true,
	},
	{
		name: 'comment on a task',
		parameters: onTask('comment', { text: 'Hello', visibility: 'members' }),
		method: 'POST',
		path: '/comment$',
		prepare: addTask,
		isDone: (organization) =>
			organization.work.extrasOf(taskOf(organization)).comments.length === 1,
	},
];
