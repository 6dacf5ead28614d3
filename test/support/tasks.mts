// Short ways for the tests of operations on tasks: runs of the node, one-off tasks and tasks of a process to work on.
import type { Json } from '../../sandbox/organization.mts';
import type { WorkTask } from '../../sandbox/work/model.mts';
import type { Sandbox } from '../../sandbox/server.mts';
import { runNode, type RunOptions } from './engine.mts';
import { byId } from './guests.mts';
import { freshCredentials } from './runs.mts';
import { idleGuests, workOf } from './sandboxWork.mts';

export type Parameters = Record<string, unknown>;

export function tasksOf(sandbox: { current: Sandbox }) {
	const work = workOf(sandbox);
	const organization = () => sandbox.current.organization;
	const run = async (
		operation: string,
		parameters: Parameters = {},
		input: object[] = [{}],
		more: Partial<RunOptions> = {},
	) =>
		await runNode({
			parameters: { resource: 'guestTask', operation, ...parameters } as never,
			credentials: freshCredentials(sandbox.current),
			input: input as never,
			...more,
		});
	return {
		...work,
		run,
		/** Goes on after items that fail. */
		runAll: async (operation: string, parameters: Parameters, input: object[] = [{}], more = {}) =>
			(await run(operation, parameters, input, { onError: 'continueRegularOutput', ...more }))
				.items,
		byTask: (value: unknown = '={{ $json.task }}') => byId(value),
		/** Emails of guests without tasks. */
		idle: () => idleGuests(organization()).map(({ email }) => email),
		/** A one-off task; what led to it is forgotten. */
		oneOff: async (guests: string[], more: Json = {}): Promise<WorkTask> => {
			const { id } = await work.task(guests, more);
			sandbox.current.forget();
			return organization().work.task(String(id)) as WorkTask;
		},
		/** A task that is in a process of a guest. */
		ofProcess: (): WorkTask => {
			const tasks = organization().work.allTasks();
			return tasks.find(
				({ run_id: run, status }) => run !== null && status !== 'completed',
			) as WorkTask;
		},
		/** What was sent, in order: method and path below the organization, without the query. */
		sent: () =>
			sandbox.current.requests.map(
				({ method, path }) =>
					`${method} ${path.split('?')[0].replace(/^.*?organizations\/\w+/, '')}`,
			),
		/** The requests that change something, or mail somebody. */
		writes: () =>
			sandbox.current.requests.filter(
				({ method, path }) => method !== 'GET' || /\/email$/.test(path),
			),
		bodies: () =>
			sandbox.current.requests.filter(({ method }) => method !== 'GET').map(({ body }) => body),
	};
}
