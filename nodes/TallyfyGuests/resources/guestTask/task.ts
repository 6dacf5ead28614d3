// The parameter Task, and the requests about the task behind it. Tasks of a process and one-off tasks are read alike, but
// changed and completed at addresses of their own (facts 112, 133, 144, 147).
import type { IDataObject, INodeProperties } from 'n8n-workflow';
import { sendForOne, type Client, type ItemClient } from '../../transport/client';
import { invalidParameter } from '../../transport/errors';
import { withLock } from '../../transport/keyedMutex';
import { isObject, type ApiRequest, type ApiResponse } from '../../transport/request';
import { recordIfAny } from '../../transport/response';
import { pathSegment, type PathSegment } from '../../transport/url';
import { idIn } from '../values';

export const taskLocator: INodeProperties = {
	displayName: 'Task',
	name: 'task',
	type: 'resourceLocator',
	required: true,
	default: { mode: 'id', value: '' },
	description: 'The task to work on',
	modes: [
		{
			displayName: 'By ID',
			name: 'id',
			type: 'string',
			placeholder: 'e.g. 97e0a4d2c1b3485f8e6d0c7b5a493f12',
			hint: 'The ID that Guest Task > Get Many gives as id',
		},
	],
};

/** `{task}` in a path: the parameter Task. */
export const taskSegment: PathSegment = {
	noun: 'task',
	parameter: 'Task',
	check: (value) =>
		idIn(value, 'Task', 'Take the ID from Guest Task > Get Many, e.g. {{ $json.id }}.'),
};

/** The request that reads a task. @param extras what comes with it (facts 113) */
export function taskRequest(id: string, ...extras: string[]): ApiRequest {
	const subject = { noun: 'task', value: id, parameter: 'Task' };
	const qs = extras.length > 0 ? { with: extras.join(',') } : {};
	return { method: 'GET', url: `/tasks/${pathSegment(id, 'Task')}`, qs, subject };
}

/** A task as it is now. @throws TallyfyError for an unknown one */
export async function readTask(
	client: Pick<Client, 'send'>,
	id: string,
	...extras: string[]
): Promise<IDataObject> {
	return await sendForOne(client, taskRequest(id, ...extras));
}

/** Whether a task was made without a template; it may be in a process all the same (facts 124, 125). */
export const isOneOff = ({ run_id: run, is_oneoff_task: oneOff }: IDataObject): boolean =>
	oneOff === true || !run;

/** Where a task is changed, completed and reminded of: below its process, if it is in one. */
const placeOf = ({ run_id: run }: IDataObject): string =>
	run ? `/runs/${pathSegment(String(run), 'Task')}` : '';

/**
 * Sends a request about this task, its address as for a task without a process, to where the task belongs. The addresses do not
 * know each other's tasks (facts 112, 147), and which of them knows a one-off task that is in a process is not said (G75): a 404
 * there did nothing, so the other one is asked.
 */
export async function sendToTask(
	{ send }: Pick<Client, 'send'>,
	task: IDataObject,
	request: ApiRequest,
): Promise<ApiResponse> {
	const response = await send({ ...request, url: `${placeOf(task)}${request.url}` });
	const mayBeElsewhere = response.status === 404 && task.run_id && isOneOff(task);
	return mayBeElsewhere ? await send(request) : response;
}

/**
 * The task in the answer to a write; read once more if it holds none, because some of these are published by one source only.
 * The names of process and step are those that it was read with before.
 * @throws TallyfyError when the response is no success
 */
export async function taskFromWriteResponse(
	client: Pick<Client, 'send'>,
	before: IDataObject,
	{ subject }: ApiRequest,
	response: ApiResponse,
): Promise<IDataObject> {
	const written = recordIfAny(response, subject);
	const { run, step } = before;
	const isWhole = typeof written?.id === 'string' && isObject(written.owners);
	return { run, step, ...(isWhole ? written : await readTask(client, String(before.id))) };
}

/** Does something with a task after all that was begun before with the same one; the task is read first, with these extras. */
export async function withTask<T>(
	client: ItemClient,
	request: ApiRequest,
	work: (task: IDataObject) => Promise<T>,
	...extras: string[]
): Promise<T> {
	const id = String(request.subject?.value);
	return await withLock(client, `task ${id}`, async () => {
		return await work({ ...(await readTask(client, id, 'run', 'step', ...extras)), id });
	});
}

/** @throws TallyfyError for a task that is complete: Tallyfy changes none (facts 137), and reminds of none (facts 150) */
export function assertOpen(task: IDataObject, what: string): void {
	if (!isCompleted(task)) return;
	throw invalidParameter(
		'Task',
		`${String(task.id)} is complete, so ${what}`,
		'Nothing was sent. Open it again with Guest Task > Reopen first, or take another task.',
	);
}

/** Whether a task is complete: its status says so, or its date (facts 111). */
export const isCompleted = ({ status, completed_at: at }: IDataObject): boolean =>
	['completed', 'complete'].includes(String(status)) || Boolean(at);
