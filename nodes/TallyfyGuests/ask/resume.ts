// Tallyfy calls when a task is complete. The call is not believed: its shape is unpublished, it may repeat and come early
// (facts 199, 202), so the tasks are read, and the workflow goes on once they say so. Nothing may be thrown here: n8n would go
// on with one empty item, and no setting of On Error would help (measured 2026-11 on n8n 1.123, 2.8 and 2.41).
import {
	sleep,
	type IDataObject,
	type IWebhookFunctions,
	type IWebhookResponseData,
} from 'n8n-workflow';
import { findGuest } from '../resources/guest/locator';
import { isCompleted, taskRequest } from '../resources/guestTask/task';
import { clientFor, type BaseClient, type ClientContext } from '../transport/client';
import { detailsOf } from '../transport/errors';
import { mapConcurrently } from '../transport/mapConcurrently';
import { isNotFound, recordIfAny, recordOf } from '../transport/response';
import { answerOf, askedGuests, guestIdIn, isOver, type Asked } from './answer';
import type { Waiting } from './ask';

/** Tallyfy waits for the answer (G73), so no long pauses. */
const RETRY_OPTIONS = { limits: { concurrency: 10 }, maxWaitMs: 5_000 };

/**
 * The tasks are read once more after so many milliseconds, where not enough are complete: a read may be behind (facts 110, G95),
 * and Tallyfy calls only once (facts 203).
 */
const SECOND_LOOK_MS = 2_000;

/**
 * n8n 1.123 goes on once for each call that was let in while the execution slept, however late it is answered (measured 2026-11):
 * which rounds were taken, and when.
 */
const taken = new Map<string, number>();

/** So much later n8n refuses calls by itself. */
const TAKEN_MS = 10_000;

/** No call takes as long as that. */
const FORGET_MS = 3_600_000;

/** Takes a round of a node for a call that came in at `began`, unless another one has, by then or since. */
function take(round: string, began: number): boolean {
	const now = Date.now();
	for (const [name, at] of taken) if (at < now - FORGET_MS) taken.delete(name);
	if ((taken.get(round) ?? -Infinity) > began - TAKEN_MS) return false;
	taken.set(round, now);
	return true;
}

/** The task, or undefined for one that is not there any more. @throws TallyfyError when that cannot be told */
async function readTask(client: BaseClient, { taskId }: Asked): Promise<IDataObject | undefined> {
	const request = taskRequest(taskId, 'form_fields', 'assets');
	const response = await client.send(request);
	return isNotFound(response) ? undefined : recordOf(response, request.subject);
}

type Tasks = Array<IDataObject | undefined>;

function goesOn(waitFor: Waiting['waitFor'], tasks: Tasks): boolean {
	if (waitFor === 'first' && tasks.some((task) => task && isCompleted(task))) return true;
	return tasks.every(isOver);
}

/** The tasks, when it is time to go on; undefined while it is not. */
async function completeTasks(
	client: BaseClient,
	{ waitFor, asked }: Waiting,
): Promise<Tasks | undefined> {
	let tasks: Tasks = asked.map(() => ({}));
	for (const waitMs of [0, SECOND_LOOK_MS]) {
		await sleep(waitMs);
		const read = async (at: number) =>
			isOver(tasks[at]) ? tasks[at] : await readTask(client, asked[at]);
		tasks = await mapConcurrently(asked.length, read);
		if (goesOn(waitFor, tasks)) return tasks;
	}
	return undefined;
}

/** The email of the guest who completed a task of several: the one whose record has the ID (facts 117, G96). Undefined for none. */
async function completer(
	client: BaseClient,
	asked: Asked,
	task: IDataObject | undefined,
): Promise<string | undefined> {
	const id = task && guestIdIn(task);
	const guests = task ? askedGuests(task, asked) : [];
	if (id === undefined || guests.length < 2) return undefined;
	const isCompleter = async (email: string) => {
		const response = await findGuest(client, email, 'Guests').catch(() => undefined);
		return response !== undefined && String(recordIfAny(response)?.id) === id;
	};
	const found = await Promise.all(guests.map(isCompleter));
	return guests.find((_, at) => found[at]);
}

/** What `askAndWait` remembered; undefined when the execution does not wait for anything of this node. */
function waitingOf(context: IWebhookFunctions): Waiting | undefined {
	// Braces in the name of the node would end the expression.
	const code = (brace: string) => `\\u00${brace.charCodeAt(0).toString(16)}`;
	const name = JSON.stringify(context.getNode().name).replace(/[{}]/g, code);
	const remembered = context.evaluateExpression(`{{ $(${name}).context }}`) as unknown;
	const { asked } = (remembered ?? {}) as Partial<Waiting>;
	return Array.isArray(asked) ? (remembered as Waiting) : undefined;
}

/**
 * Takes a call to the address that the tasks hold. Not all answered yet: 200, and the workflow sleeps on. Otherwise one item for
 * each input item, in order, because n8n links them by their position (measured 2026-11, all versions).
 */
export async function resume(this: IWebhookFunctions): Promise<IWebhookResponseData> {
	const refuse = (status: number, message: string): IWebhookResponseData => {
		this.getResponseObject().status(status).json({ message });
		return { noWebhookResponse: true };
	};
	const began = Date.now();
	try {
		const waiting = waitingOf(this);
		const { round: called } = this.getQueryData() as { round?: unknown };
		if (!waiting || waiting.round !== called) return { webhookResponse: { resumed: false } };
		const { round, asked } = waiting;
		const authentication = this.getNodeParameter('authentication', 'accessToken');
		const context = this as unknown as ClientContext;
		const client = await clientFor(context, authentication, RETRY_OPTIONS);
		const tasks = await completeTasks(client, waiting);
		if (!tasks) return { webhookResponse: { resumed: false } };
		const items = await mapConcurrently(asked.length, async (item) => {
			const email = await completer(client, asked[item], tasks[item]);
			return { json: answerOf(asked[item], tasks[item], email), pairedItem: { item } };
		});
		// Two nodes of one execution have the same round.
		if (!take(`${this.getNode().id} ${round}`, began)) {
			return refuse(409, 'Another call is being taken');
		}
		return { webhookResponse: { resumed: true }, workflowData: [items] };
	} catch (error) {
		const { message } = detailsOf(error instanceof Error ? error : new Error(String(error)));
		return refuse(503, `Not taken: ${message}`);
	}
}
