// Makes the tasks of all items, one for each and never two, and remembers them where the node fails before it waits.
import type { IDataObject } from 'n8n-workflow';
import { assertGuestsExist } from '../resources/guest/guestEmails';
import { createTask } from '../resources/guestTask/newTask';
import type { BaseClient } from '../transport/client';
import { detailsOf, TallyfyError, type ErrorDetails } from '../transport/errors';
import { mapConcurrently } from '../transport/mapConcurrently';
import type { Asked } from './answer';
import type { Question } from './question';

/** What became of an item's task: it was made, or may have been. Without an entry, nothing was sent. */
export interface Made extends IDataObject {
	/** What was asked, to know it again. */
	question: string;
	asked?: Asked;
	/** Why nobody knows whether it was made. */
	doubt?: ErrorDetails & IDataObject;
}

/** By index of the item. */
export type Failures = Map<number, ErrorDetails>;

/** So many items are asked at a time: as many as are sent at a time, so that few are on their way when one fails. */
const AT_A_TIME = 10;

/** Does something for each item, and goes on after a failure. @returns why items failed, by their index */
export async function attemptAll(
	count: number,
	work: (item: number) => Promise<void> | void,
): Promise<Failures> {
	const failures: Failures = new Map();
	await mapConcurrently(
		count,
		async (item) => {
			try {
				await work(item);
			} catch (error) {
				failures.set(item, detailsOf(error as Error));
			}
		},
		AT_A_TIME,
	);
	return new Map([...failures].sort(([one], [other]) => one - other));
}

/** Names of what Guest Task > Create reports as not stored, where a parameter has another name here. */
const NAMES: Record<string, string> = { title: 'message', taskType: 'responseType' };

/** A question as text. The deadline is left out: it may be counted from now. */
const textOf = ({ task: { title, guests, members, fields, taskType, more } }: Question): string =>
	JSON.stringify([title, more.summary, guests, members, fields, taskType]);

/** Makes sure of the guests of all items before the first task is made. @returns why items cannot be asked */
export async function checkGuests(client: BaseClient, questions: Question[]): Promise<Failures> {
	return await attemptAll(questions.length, async (item) => {
		const { task, mayCreateGuests } = questions[item];
		if (!mayCreateGuests) await assertGuestsExist(client, task.guests, false);
	});
}

/**
 * Makes the task of each item; begins no more once one has failed, and ends when all that were begun have ended.
 * @param made by index of the item: what an earlier try of this execution has made (n8n's Retry On Fail) is not made again, and
 * what it may have made neither; what is made now is added
 * @returns why items failed
 */
export async function makeTasks(
	client: BaseClient,
	questions: Question[],
	made: Record<string, Made>,
): Promise<Failures> {
	let hasFailed = false;
	return await attemptAll(questions.length, async (item) => {
		const { task, mayCreateGuests } = questions[item];
		const question = textOf(questions[item]);
		const before = made[item]?.question === question ? made[item] : undefined;
		if (before?.asked || hasFailed) return;
		const making = before?.doubt
			? Promise.reject(new TallyfyError(before.doubt))
			: createTask(client, task, mayCreateGuests);
		const { tasks } = await making.catch((error: Error) => {
			hasFailed = true;
			const details = detailsOf(error);
			if (details.outcome === 'unknown') made[item] = { question, doubt: { ...details } };
			throw error;
		});
		const [{ task: record, said }] = tasks;
		const notStored = ((said.notStored ?? []) as string[]).map((name) => NAMES[name] ?? name);
		const asked: Asked = {
			taskId: String(record.id),
			guests: task.guests,
			isApproval: task.taskType === 'approval',
			...(notStored.length > 0 ? { notStored } : {}),
		};
		made[item] = { question, asked };
	});
}
