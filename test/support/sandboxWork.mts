// Requests about tasks, processes and templates, over plain HTTP, for the tests of the sandbox.
import type { Quirks } from '../../sandbox/faults.mts';
import { ORGANIZATION_ID, type Json, type Organization } from '../../sandbox/organization.mts';
import type { Sandbox } from '../../sandbox/server.mts';
import type { Mail } from '../../sandbox/work/mails.mts';
import { ask } from './sandbox.mts';

export const ORG = `/organizations/${ORGANIZATION_ID}`;
export const DEADLINE = '2026-12-01 12:00:00';

/** Somebody without tasks: their number depends on the id alone. */
export const idleGuests = (organization: Organization) =>
	[...organization.guests.values()].filter(
		(guest) => organization.tasks(guest).length === 0 && guest.details.disabled_at === null,
	);

/** The form fields in a task that was read with them. */
export const fieldsOf = (task: Json) => (task.form_fields as { data: Json[] }).data;

export function workOf(sandbox: { current: Sandbox }) {
	const request = async (method: string, path: string, body?: unknown, headers?: object) =>
		await ask(method, sandbox.current.baseUrl + ORG + path, body, headers);
	const control = async (method: string, path: string, body?: unknown) =>
		await ask(method, `${sandbox.current.accountUrl}/sandbox${path}`, body);
	const organization = () => sandbox.current.organization;
	const me = () => organization().me.id;
	const get = async (path: string) => await request('GET', path);
	const owners = (...guests: string[]) => ({ users: [me()], guests, groups: [] });
	/** Asks for a one-off task. */
	const create = async (more: Json = {}, guests: string[] = []) => {
		const body = { title: 'X', task_type: 'task', deadline: DEADLINE, owners: owners(...guests) };
		return await request('POST', '/tasks', { ...body, ...more });
	};
	return {
		request,
		create,
		update: async (id: unknown, more: Json = {}) => {
			const body = { title: 'X', deadline: DEADLINE, owners: owners() };
			return await request('PUT', `/tasks/${String(id)}`, { ...body, ...more });
		},
		complete: async (id: unknown, more: Json = {}) =>
			await request('POST', '/completed-tasks', { task_id: id, ...more }),
		read: async (id: unknown, extras = 'form_fields') =>
			(await get(`/tasks/${String(id)}?with=${extras}`)).data,
		control,
		organization,
		me,
		get,
		quirk: (quirks: Quirks) => sandbox.current.misbehave({ quirks }),
		/** Takes the violations, which a test made on purpose. */
		violations: () => sandbox.current.violations.splice(0).join('\n'),
		owners,
		/** Makes a one-off task, and forgets the mails about it. */
		task: async (guests: string[], more: Json = {}) => {
			const { data, text } = await create({ title: 'Send the form', ...more }, guests);
			if (!data) throw new Error(text);
			organization().work.mails.clear();
			return data;
		},
		/** Who was mailed since the last `clear`, as `kind email`. */
		mailed: async () => {
			const { text } = await control('GET', '/mails');
			return (JSON.parse(text) as Mail[]).map(({ kind, to }) => `${kind} ${to}`);
		},
	};
}
