// The parameter Task, and the requests about the task behind it. Tasks of a process and one-off tasks are read alike, but
// changed and completed at addresses of their own (facts 112, 133, 144, 147).
import type { IDataObject, INodeProperties } from 'n8n-workflow';
import { sendForOne, type Client } from '../../transport/client';
import type { ApiRequest } from '../../transport/request';
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

/** Where a task is changed, completed and reminded of: below its process, if it belongs to one. */
export function placeOf({ run_id: run, is_oneoff_task: isOneOff }: IDataObject): string {
	// A one-off task that was made one for each assignee has a process too (facts 125), and stays a one-off task (guess G75).
	return run && isOneOff !== true ? `/runs/${pathSegment(String(run), 'Task')}` : '';
}

/** Whether a task is complete: its status says so, or its date (facts 111). */
export const isCompleted = ({ status, completed_at: at }: IDataObject): boolean =>
	['completed', 'complete'].includes(String(status)) || Boolean(at);
