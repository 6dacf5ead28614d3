// Asks the guests of all input items and puts the workflow to wait: check everything, ask, remember, mark the items, and wait
// last, with nothing behind it that can fail, because On Error does not apply there (measured 2026-11 on n8n 1.123, 2.8, 2.41).
import {
	sleep,
	type IDataObject,
	type IExecuteFunctions,
	type INodeExecutionData,
} from 'n8n-workflow';
import { failedItem } from '../output/items';
import { oneOf } from '../resources/values';
import { clientFor, type ClientContext } from '../transport/client';
import { detailsOf, type ErrorDetails } from '../transport/errors';
import { Execution } from '../transport/execution';
import { stoppingError } from '../transport/send';
import { unanswered, type Asked } from './answer';
import { questionOf, type Question } from './question';
import { attemptAll, checkGuests, makeTasks, type Failures, type Made } from './tasks';
import { waitUntil } from './waitTime';

/** What the webhook finds when it is called: n8n stores it with the execution. */
export interface Waiting {
	/** Tells apart the rounds of a loop, whose addresses are the same but for this (measured 2026-11, all versions). */
	round: string;
	waitFor: 'all' | 'first';
	asked: Asked[];
}

/** What a try that failed leaves to the next one of the same execution. */
interface Unfinished extends IDataObject {
	round: string;
	made: Record<string, Made>;
}

/** Requests are sent while nobody looks, so they may wait for a limit as long as those of other nodes do. */
const RETRY_OPTIONS = { limits: { concurrency: 10 }, maxWaitMs: 60_000 };

const WAIT_FOR = ['all', 'first'] as const;

const PRIVATE_HOST =
	/^(localhost|.*\.(localhost|local|lan|internal|test)|(127|10|192\.168|169\.254|172\.(1[6-9]|2\d|3[01]))(\.\d+)+|\[.*|[^.]+)$/;

/** Whether Tallyfy cannot call an address: it is not https, or of this machine or network alone. */
export function isUnreachable(url: string): boolean {
	const { hostname, protocol } = new URL(url);
	return protocol !== 'https:' || PRIVATE_HOST.test(hostname);
}

/** What all items have in common; read for the first one. */
interface Common {
	round: string;
	url: string;
	until: Date;
	waitFor: Waiting['waitFor'];
	now: number;
}

type Reader = (name: string, fallback?: unknown) => unknown;

function commonOf(context: IExecuteFunctions, parameter: Reader): Common {
	// 1.123 and 2.8 check the signature only after this call; 2.41 always does, and has it no more (measured 2026-11).
	(context as { setSignatureValidationRequired?: () => void }).setSignatureValidationRequired?.();
	const runIndex = String(context.evaluateExpression('{{ $runIndex }}', 0));
	const round = `${context.getExecutionId()}-${runIndex}`;
	const now = Date.now();
	return {
		round,
		url: context.getSignedResumeUrl({ round }),
		until: waitUntil(parameter, now),
		waitFor: oneOf(parameter('waitFor', ''), 'Wait For', WAIT_FOR, 'all') || 'all',
		now,
	};
}

/** Says what people should know while the workflow waits. */
function addHints(context: IExecuteFunctions, url: string, asked: Asked[]): void {
	const hint = (message: string) => context.addExecutionHints({ message, location: 'outputPane' });
	if (isUnreachable(url)) {
		hint(
			"Tallyfy cannot call this n8n: its address for webhooks is no https address on the internet. Set WEBHOOK_URL, on workers too. Until then nothing wakes this execution but the end of the waiting time, and a workflow of yours that calls the tasks' addresses.",
		);
	}
	const notStored = [...new Set(asked.flatMap((one) => one.notStored ?? []))];
	if (notStored.length > 0) {
		const names = notStored.join(', ');
		hint(
			`Tallyfy shows something else than was sent for: ${names}. Look at the tasks: perhaps nobody can answer them, or no call will come. The items name it in notStored.`,
		);
	}
}

/** What there is to say of the tasks of other items, which exist or may exist though nothing waits for them. */
function leftBehind(made: Record<string, Made>, failed: number): string {
	const ids = Object.values(made).flatMap(({ asked }) => asked?.taskId ?? []);
	const unconfirmed = Object.keys(made).filter((at) => made[at].doubt && at !== String(failed));
	const stay = `these tasks were made before that, and stay: ${ids.join(', ')}`;
	const perhaps = `the tasks of these items may have been made too: ${unconfirmed.join(', ')}`;
	const said = [...(ids.length > 0 ? [stay] : []), ...(unconfirmed.length > 0 ? [perhaps] : [])];
	return said.length > 0 ? ` Nothing waits, but ${said.join('; and ')}.` : '';
}

/** Why item `index` is not waited for, as an item: it failed itself, or another one did. */
function failure(index: number, failures: Failures, made?: Made): ErrorDetails & IDataObject {
	const own = failures.get(index);
	const taskId = made?.asked?.taskId;
	if (own) return { ...own };
	const [[first, { message }]] = failures;
	if (!taskId) {
		return {
			message: `Not asked, because item ${first} could not be`,
			description: `${message}. Nothing was sent for this item.`,
		};
	}
	return {
		message: `The task ${taskId} was made, but nothing waits for its answer, because item ${first} could not be asked`,
		description: `${message}. Read the task with Guest Task > Get, or take it back in Tallyfy, before you run this again.`,
		outcome: 'unknown',
		taskId,
	};
}

/**
 * Asks the guests of each input item by a task of their own, and puts the workflow to wait.
 * @returns copies of the input items, marked as not answered; error items, and no wait, when one of them could not be asked
 * @throws NodeApiError for that, where On Error says to stop
 */
export async function askAndWait(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	const items = this.getInputData();
	const readerOf =
		(item: number): Reader =>
		(name, fallback) =>
			this.getNodeParameter(name, item, fallback as object) as unknown;
	const memory = this.getContext('node') as Partial<Waiting> & { unfinished?: Unfinished };
	let made: Record<string, Made> = {};
	const fail = (failures: Failures): INodeExecutionData[][] => {
		if (this.continueOnFail()) {
			const failed = (_: unknown, item: number) =>
				failedItem(failure(item, failures, made[item]), item);
			return [items.map(failed)];
		}
		const [[item, details]] = failures;
		const description = `${details.description}${leftBehind(made, item)}`;
		throw stoppingError(this.getNode(), { ...details, description }, item);
	};
	const failAll = (error: unknown) => {
		const details = detailsOf(error as Error);
		return fail(new Map(items.map((_, item) => [item, details])));
	};

	let common: Common;
	try {
		common = commonOf(this, readerOf(0));
	} catch (error) {
		return failAll(error);
	}
	const { round, url, until, waitFor, now } = common;
	const questions: Question[] = [];
	const times = { end: until.getTime(), now };
	let failures = await attemptAll(items.length, (item) => {
		questions[item] = questionOf(readerOf(item), url, times);
	});
	if (failures.size > 0) return fail(failures);

	// Another try of the same execution (Retry On Fail) comes with the same round.
	const { unfinished } = memory;
	if (unfinished?.round === round) ({ made } = unfinished);
	memory.unfinished = { round, made };
	const execution = new Execution({ sleep });
	const cancel = () => execution.cancel();
	const signal = this.getExecutionCancelSignal();
	signal?.addEventListener('abort', cancel, { once: true });
	try {
		const context = this as unknown as ClientContext;
		const authentication = readerOf(0)('authentication', 'accessToken');
		// A server that refuses the task may repeat its webhook.
		const secrets = [url, new URL(url).searchParams.get('signature') ?? url];
		const client = await clientFor(context, authentication, RETRY_OPTIONS, { secrets, execution });
		failures = await checkGuests(client, questions);
		if (failures.size === 0) failures = await makeTasks(client, questions, made);
	} catch (error) {
		return failAll(error);
	} finally {
		signal?.removeEventListener('abort', cancel);
	}
	if (failures.size > 0) return fail(failures);

	const asked = questions.map((_, item) => made[item].asked as Asked);
	addHints(this, url, asked);
	delete memory.unfinished;
	Object.assign(memory, { round, waitFor, asked } satisfies Waiting);
	markItems(this, items, asked);
	// A copy: n8n empties the list that it is given, and would have nothing left to pass on when the time is over (measured 2026-11).
	const copies = items.map(({ json }, item) => ({ json: { ...json }, pairedItem: { item } }));
	await this.putExecutionToWait(until);
	return [copies];
}

/**
 * Marks what comes out when the time is over, for n8n passes the input on then: an input with `approved: true` in it would let
 * the tool of an agent run (measured 2026-11 on n8n 2.8 and 2.41).
 */
function markItems(context: IExecuteFunctions, items: INodeExecutionData[], asked: Asked[]): void {
	for (const [index, item] of items.entries()) {
		item.json = { ...item.json, ...unanswered(asked[index]) };
	}
	// With Execute Once n8n gives the first item, but keeps and passes on all.
	const { node, data } = context.getExecuteData();
	if (context.getNode().executeOnce && node.name === context.getNode().name) {
		data.main[0]?.splice(items.length);
	}
}
