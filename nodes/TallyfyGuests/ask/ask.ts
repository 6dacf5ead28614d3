// Asks the guests of all input items and puts the workflow to wait. The order is that of engine-wait.md section 1: check
// everything, ask, remember, mark the items, and wait last, with nothing behind it that can fail.
import { WAIT_INDEFINITELY, type IExecuteFunctions, type INodeExecutionData } from 'n8n-workflow';
import { failedItem } from '../output/items';
import { assertGuestsExist } from '../resources/guest/guestEmails';
import { createTask } from '../resources/guestTask/newTask';
import { oneOf } from '../resources/values';
import { clientFor, type BaseClient, type ClientContext } from '../transport/client';
import { detailsOf, type ErrorDetails } from '../transport/errors';
import { mapConcurrently } from '../transport/mapConcurrently';
import { stoppingError } from '../transport/send';
import { unanswered, type Asked } from './answer';
import { questionOf, type Question } from './question';
import { waitUntil } from './waitTime';

/** What the webhook finds when it is called: n8n stores it with the execution. */
export interface Waiting {
	/** Tells apart the rounds of a loop, whose addresses are the same but for this (engine-wait.md 11). */
	round: string;
	waitFor: 'all' | 'first';
	asked: Asked[];
}

/** Requests are sent while nobody looks, so they may wait for a limit as long as those of other nodes do. */
const RETRY_OPTIONS = { limits: { concurrency: 10 }, maxWaitMs: 60_000 };

/** Thrown inside of this file: an item that could not be asked, by its index. */
class NotAsked extends Error {
	constructor(
		readonly item: number,
		readonly details: ErrorDetails,
	) {
		super(details.message);
	}
}

const forItem = async <T>(item: number, work: () => T | Promise<T>): Promise<T> => {
	try {
		return await work();
	} catch (error) {
		throw error instanceof NotAsked ? error : new NotAsked(item, detailsOf(error as Error));
	}
};

const isLocal = (url: string) => {
	const { hostname, protocol } = new URL(url);
	return protocol !== 'https:' || /^(localhost|.*\.local|127\.|10\.|192\.168\.|\[)/.test(hostname);
};

/** Asks what all items ask; gives what was asked, in the order of the items. */
async function askAll(
	client: BaseClient,
	questions: Question[],
	made: Map<number, Asked>,
): Promise<Asked[]> {
	await mapConcurrently(questions.length, async (item) => {
		const { task, mayCreateGuests } = questions[item];
		await forItem(item, async () => {
			if (!mayCreateGuests) await assertGuestsExist(client, task.guests, false);
		});
	});
	await mapConcurrently(questions.length, async (item) => {
		const { task, mayCreateGuests } = questions[item];
		await forItem(item, async () => {
			const { tasks } = await createTask(client, task, mayCreateGuests);
			const isApproval = task.taskType === 'approval';
			made.set(item, { taskId: String(tasks[0].task.id), guests: task.guests, isApproval });
		});
	});
	return questions.map((_, item) => made.get(item) as Asked);
}

/** What is said of the tasks that exist though nothing waits for them. */
const leftBehind = (made: Map<number, Asked>): string =>
	made.size === 0
		? ''
		: ` Nothing waits, but these tasks were made before that, and stay: ${[...made.values()].map(({ taskId }) => taskId).join(', ')}.`;

/**
 * Asks the guests of each input item by a task of their own, and puts the workflow to wait.
 * @returns copies of the input items, marked as not answered; error items, and no wait, when one of them could not be asked
 * @throws NodeApiError for that, where On Error says to stop
 */
export async function askAndWait(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	const items = this.getInputData();
	const made = new Map<number, Asked>();
	let waiting: Waiting;
	let until: Date;
	try {
		// 1.123 and 2.8 do not check the address otherwise; 2.41 always does (engine-wait.md 8).
		(this as { setSignatureValidationRequired?: () => void }).setSignatureValidationRequired?.();
		const round = `${this.getExecutionId()}-${String(this.evaluateExpression('{{ $runIndex }}', 0))}`;
		const url = this.getSignedResumeUrl({ round });
		const now = Date.now();
		const readerOf = (item: number) => (name: string, fallback?: unknown) =>
			this.getNodeParameter(name, item, fallback as object) as unknown;
		const first = readerOf(0);
		const modes = ['all', 'first'] as const;
		const [end, waitFor] = (await forItem(0, () => [
			waitUntil(first, now),
			oneOf(first('waitFor', ''), 'Wait For', modes, 'all') || 'all',
		])) as [Date, Waiting['waitFor']];
		until = end;
		const questions: Question[] = [];
		for (let item = 0; item < items.length; item++) {
			const times = { end: until.getTime(), now };
			questions.push(await forItem(item, () => questionOf(readerOf(item), url, times)));
		}
		const client = await forItem(0, async () => {
			const context = this as unknown as ClientContext;
			return await clientFor(context, first('authentication', 'accessToken'), RETRY_OPTIONS);
		});
		const asked = await askAll(client, questions, made);
		waiting = { round, waitFor, asked };
		if (isLocal(url)) {
			const message =
				'Tallyfy may not reach this n8n: its address for webhooks is not an https address on the internet. Set WEBHOOK_URL, on workers too; until then the answers are only found when the waiting time is over.';
			this.addExecutionHints({ message, location: 'outputPane' });
		}
	} catch (error) {
		const { item, details } =
			error instanceof NotAsked ? error : new NotAsked(0, detailsOf(error as Error));
		const description = `${details.description}${leftBehind(made)}`;
		if (!this.continueOnFail()) {
			throw stoppingError(this.getNode(), { ...details, description }, item);
		}
		return [items.map((_, index) => failedItem(reasonOf(index, item, details, made), index))];
	}
	Object.assign(this.getContext('node'), waiting);
	// What comes out when the time is over; otherwise a time-out could count as an approval (engine-wait.md 25, 42).
	for (const [index, item] of items.entries()) {
		item.json = { ...item.json, ...unanswered(waiting.asked[index]) };
	}
	// A copy: the engine empties the list that it is given (engine-wait.md 26, 27).
	const copies = items.map(({ json }, item) => ({ json: { ...json }, pairedItem: { item } }));
	await this.putExecutionToWait(until ?? WAIT_INDEFINITELY);
	return [copies];
}

/** Why an item was not asked, or is not waited for: item `failed` could not be. */
function reasonOf(
	index: number,
	failed: number,
	details: ErrorDetails,
	made: Map<number, Asked>,
): ErrorDetails {
	const task = made.get(index)?.taskId;
	if (index === failed) return details;
	return {
		message: task
			? `The task ${task} was made, but nothing waits for its answer, because item ${failed} could not be asked`
			: `Not asked, because item ${failed} could not be`,
		description: `${details.message}. ${task ? 'Read the task with Guest Task > Get, or take it back in Tallyfy, before you run this again.' : 'Nothing was sent for this item.'}`,
		...(task ? { outcome: 'unknown' as const } : {}),
	};
}
