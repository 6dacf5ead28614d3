// Tallyfy calls when a task is complete. The call is not believed: its shape is unpublished, it may repeat and come early
// (facts 199, 202), so the tasks are read, and the workflow goes on once they say so. Nothing may be thrown here: n8n would go
// on with an empty item (engine-wait.md 19).
import {
	sleep,
	type IDataObject,
	type IWebhookFunctions,
	type IWebhookResponseData,
} from 'n8n-workflow';
import { isCompleted, taskRequest } from '../resources/guestTask/task';
import { clientFor, type ClientContext } from '../transport/client';
import { detailsOf } from '../transport/errors';
import { mapConcurrently } from '../transport/mapConcurrently';
import { isNotFound, recordOf } from '../transport/response';
import { answerOf, isGone, type Asked } from './answer';
import type { Waiting } from './ask';

/** Tallyfy waits for the answer, so no long pauses. */
const RETRY_OPTIONS = { limits: { concurrency: 10 }, maxWaitMs: 5_000 };

/** n8n 1.123 goes on once for each of several calls at once (engine-wait.md 14): which rounds are being taken. */
const taken = new Set<string>();
const TAKEN_MS = 10_000;

/** The task, or undefined for one that is not there any more. @throws TallyfyError when that cannot be told */
async function readAnswer(
	client: Awaited<ReturnType<typeof clientFor>>,
	{ taskId }: Asked,
): Promise<IDataObject | undefined> {
	const request = taskRequest(taskId, 'form_fields', 'assets');
	const response = await client.send(request);
	return isNotFound(response) ? undefined : recordOf(response, request.subject);
}

/** What `askAndWait` remembered; undefined when the execution does not wait for anything of this node. */
function waitingOf(context: IWebhookFunctions): Waiting | undefined {
	const name = JSON.stringify(context.getNode().name);
	const remembered = context.evaluateExpression(`{{ $(${name}).context }}`) as unknown;
	const { asked } = (remembered ?? {}) as Partial<Waiting>;
	return Array.isArray(asked) ? (remembered as Waiting) : undefined;
}

/**
 * Takes a call to the address that the tasks hold. Not all answered yet: 200, and the workflow sleeps on. Otherwise one item for
 * each input item, in order, because n8n links them by their position (engine-wait.md 20).
 */
export async function resume(this: IWebhookFunctions): Promise<IWebhookResponseData> {
	const refuse = (status: number, message: string): IWebhookResponseData => {
		this.getResponseObject().status(status).json({ message });
		return { noWebhookResponse: true };
	};
	try {
		const waiting = waitingOf(this);
		const { round: called } = this.getQueryData() as { round?: unknown };
		if (!waiting || waiting.round !== called) return { webhookResponse: { resumed: false } };
		const { round, waitFor, asked } = waiting;
		const authentication = this.getNodeParameter('authentication', 'accessToken');
		const context = this as unknown as ClientContext;
		const client = await clientFor(context, authentication, RETRY_OPTIONS);
		const read = async (at: number) => await readAnswer(client, asked[at]);
		const tasks = await mapConcurrently(asked.length, read);
		const isDone = (task?: IDataObject) => isGone(task) || isCompleted(task as IDataObject);
		const goesOn =
			waitFor === 'first'
				? tasks.some((task) => task && !isGone(task) && isCompleted(task)) || tasks.every(isDone)
				: tasks.every(isDone);
		if (!goesOn) return { webhookResponse: { resumed: false } };
		if (taken.has(round)) return refuse(409, 'Another call is being taken');
		taken.add(round);
		void sleep(TAKEN_MS).then(() => taken.delete(round));
		const items = asked.map((one, item) => ({
			json: answerOf(one, tasks[item]),
			pairedItem: { item },
		}));
		return { webhookResponse: { resumed: true }, workflowData: [items] };
	} catch (error) {
		return refuse(503, `Not taken: ${detailsOf(error as Error).message}`);
	}
}
