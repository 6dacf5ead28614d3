// Guest Task > Get Many. Tasks of a guest with an email come out of the list of all tasks (facts 103), which needs no code: the
// guest is read only where there are none, to tell a guest without tasks from no guest.
import type { IDataObject } from 'n8n-workflow';
import { simplifiedTask } from '../../output/task';
import { sendForList, sendForOne, type Client, type ItemClient } from '../../transport/client';
import { TallyfyError } from '../../transport/errors';
import type { ApiRequest, Send } from '../../transport/request';
import { failedResponse, isNotFound } from '../../transport/response';
import { pathSegment } from '../../transport/url';
import {
	assertGuestFound,
	guestLocatorWithLink,
	namedGuest,
	withGuestCode,
} from '../guest/guestCode';
import { guestRequest } from '../guest/locator';
import { limit, limitOf, outputField, outputOf, returnAll } from '../fields';
import type { Operation } from '../operation';
import { filters, taskFilters, type TaskFilters } from './filters';
import { isOwnedBy } from './owners';

const output = outputField(
	'task',
	"Tallyfy's own object; it may hold links that open the task without a login",
	'The fields most workflows need, without links',
);

/** The tasks in the list of the guest whose code the parameter Guest leads to, which has no names of processes and steps. */
async function tasksByCode(
	client: ItemClient,
	{ status, keeps }: TaskFilters,
	count?: number,
): Promise<IDataObject[]> {
	const request: ApiRequest = {
		method: 'GET',
		url: '/guests/{guestCode}/tasks',
		qs: { status },
	};
	const coded = await withGuestCode(client, request);
	const send: Send = async (page) => assertGuestFound(await coded.client.send(page), coded);
	return await sendForList({ send }, coded.request, count, keeps);
}

/** Sends, and says so when there is no process with this ID. */
const withProcess =
	({ send }: Pick<Client, 'send'>, id?: string): Send =>
	async (request) => {
		const response = await send(request);
		if (id === undefined || !isNotFound(response)) return response;
		const subject = { noun: 'process', value: id, parameter: 'Filters > Process ID' };
		throw new TallyfyError({
			...failedResponse(response, subject),
			description:
				'Check Filters > Process ID. Process > Get Many and Guest Task > Get Many give the IDs of processes.',
		});
	};

/** The tasks of the guest with this email, and whether any task was theirs, wanted or not. */
async function tasksByEmail(
	client: ItemClient,
	email: string,
	{ status, qs, isOneOff, process, keeps }: TaskFilters,
	count?: number,
): Promise<{ tasks: IDataObject[]; hasAny: boolean }> {
	const send = withProcess(client, process);
	const kind = isOneOff === undefined || process ? {} : { is_oneoff: String(isOneOff) };
	const url = process ? `/runs/${pathSegment(process, 'Filters > Process ID')}/tasks` : '/tasks';
	const common = { guests: email, with: 'run,step', status };
	const request: ApiRequest = { method: 'GET', url, qs: { ...common, ...qs, ...kind } };
	let hasAny = false;
	const isTheirs = (task: IDataObject) => {
		const isOwned = isOwnedBy(task, email);
		hasAny ||= isOwned;
		return isOwned;
	};
	if (count !== undefined && !keeps) {
		// No larger pages than the limit needs, as long as Tallyfy gives the tasks of this guest and no others.
		const tasks = await sendForList({ send }, request, count);
		if (tasks.every(isTheirs)) return { tasks, hasAny };
	}
	const isWanted = (task: IDataObject) => isTheirs(task) && (!keeps || keeps(task));
	return { tasks: await sendForList({ send }, request, count, isWanted), hasAny };
}

/** The tasks of the guest with this email. @throws TallyfyError when there is no such guest */
async function tasksOf(
	client: ItemClient,
	email: string,
	wanted: TaskFilters,
	count?: number,
): Promise<IDataObject[]> {
	const { tasks, hasAny } = await tasksByEmail(client, email, wanted, count);
	if (hasAny) return tasks;
	const read = async () => await sendForOne(client, guestRequest(email));
	const { email: known } = await client.oncePerExecution(`guest of tasks ${email}`, read);
	if (typeof known !== 'string' || known === email) return tasks;
	// Tallyfy may compare them with upper and lower case.
	return (await tasksByEmail(client, known, wanted, count)).tasks;
}

export const guestTaskGetAll: Operation = {
	value: 'getAll',
	name: 'Get Many',
	action: 'Get many tasks of guest',
	description:
		'List the tasks of one guest, found by email or by their permanent link, with the names of process and step',
	request: { method: 'GET', url: '/tasks' },
	run: async (client) => {
		const count = limitOf(client);
		const wanted = taskFilters(client);
		const { email } = namedGuest(client);
		// A comma would make two of an email.
		const tasks =
			email === undefined || email.includes(',')
				? await tasksByCode(client, wanted, count)
				: await tasksOf(client, email, wanted, count);
		return tasks.map((task) => ({ task, guestEmail: email }));
	},
	output: (client) =>
		outputOf(
			client,
			({ task, guestEmail }) =>
				simplifiedTask(task as IDataObject, guestEmail as string | undefined),
			({ task }) => task as IDataObject,
		),
	fields: [guestLocatorWithLink, returnAll, limit, output, filters],
};
