// After a launch: what became of it. The process is there, so nothing here fails the item; what went wrong is said in it.
import { sleep, type IDataObject } from 'n8n-workflow';
import { isoDate, parseTimestamp } from '../../output/dates';
import { includedIn } from '../../output/names';
import type { KickOffField } from '../../output/template';
import { sendForList, sendForOne, type ItemClient } from '../../transport/client';
import { detailsOf } from '../../transport/errors';
import { withLock } from '../../transport/keyedMutex';
import { isObject, type ApiRequest } from '../../transport/request';
import { isOwnedBy, guestOwners, ownersOf } from '../guestTask/owners';
import { readTask, taskFromWriteResponse } from '../guestTask/task';
import { idsIn } from '../member/memberIds';
import type { AssignedStep } from './assignments';

/** Waits before each look at the tasks, in milliseconds: their list may lag behind (facts 110). */
const LOOKS_MS = [0, 500, 1_500];

const reasonOf = (error: unknown) => detailsOf(error as Error).message;

const membersOf = ({ owners }: IDataObject) =>
	isObject(owners) ? idsIn(owners.users ?? null).map(Number) : [];

/** Those of a step who are not on its task. */
function missingFrom(task: IDataObject, { guests, members }: AssignedStep) {
	return {
		guests: guests.filter((email) => !isOwnedBy(task, email)),
		members: members.filter((id) => !membersOf(task).includes(id)),
	};
}

const isComplete = (missing: ReturnType<typeof missingFrom>) =>
	missing.guests.length + missing.members.length === 0;

type TasksByStep = Map<unknown, IDataObject>;

const byStep = (tasks: IDataObject[]): TasksByStep =>
	new Map(tasks.map((task) => [task.step_id, task]));

/**
 * The tasks of a new process. While some are not seen they are looked for again; what the process itself then says, read alone,
 * counts (G90).
 */
async function tasksOf(
	client: ItemClient,
	processId: string,
	steps: IDataObject[],
	assigned: AssignedStep[],
): Promise<{ tasks: TasksByStep; isCertain: boolean }> {
	const url = `/runs/${encodeURIComponent(processId)}`;
	let tasks: TasksByStep = new Map();
	for (const wait of LOOKS_MS) {
		await sleep(wait);
		const list = { method: 'GET', url: `${url}/tasks` } as const;
		tasks = byStep(await sendForList(client, list));
		const hasAll = steps.every(({ id }) => tasks.has(id));
		const areGiven = assigned.every((target) => {
			const task = tasks.get(target.step.id);
			return target.later || (task !== undefined && isComplete(missingFrom(task, target)));
		});
		if (hasAll && areGiven) return { tasks, isCertain: true };
	}
	const process = await sendForOne(client, { method: 'GET', url, qs: { with: 'tasks' } });
	const own = includedIn(process.tasks);
	return Array.isArray(own)
		? { tasks: byStep(own.filter(isObject)), isCertain: true }
		: { tasks, isCertain: false };
}

/** Adds people to a task beside those who have it. A guest alone would push the starter out (facts 135). */
async function addToTask(
	client: ItemClient,
	task: IDataObject,
	target: AssignedStep,
	starter: unknown,
): Promise<IDataObject> {
	const id = String(task.id);
	return await withLock(client, `task ${id}`, async () => {
		const owners = ownersOf(await readTask(client, id));
		const missing = missingFrom({ owners }, target);
		const users = [...owners.users, ...missing.members];
		if (users.length + owners.groups.length === 0)
			users.push(...idsIn(starter ?? null).map(Number));
		const guests = [...owners.guests, ...missing.guests];
		const url = `/runs/${encodeURIComponent(String(task.run_id))}/tasks/${encodeURIComponent(id)}`;
		const body = { owners: { users, guests, groups: owners.groups } };
		const request: ApiRequest = { method: 'PUT', url, body };
		return await taskFromWriteResponse(client, task, request, await client.send(request));
	});
}

/** Whether all of what was sent is in what came back, whatever the spelling of dates and emails. */
function isStored(sent: unknown, stored: unknown): boolean {
	if (Array.isArray(sent)) {
		const entries = Object.values((stored ?? []) as object);
		return sent.every((one) => entries.some((other) => isStored(one, other)));
	}
	if (isObject(sent)) {
		return Object.entries(sent).every(
			([key, value]) =>
				isStored(value, isObject(stored) ? stored[key] : undefined) ||
				(Array.isArray(value) && value.length === 0),
		);
	}
	const date = parseTimestamp(sent);
	if (date !== undefined && date === parseTimestamp(stored)) return true;
	return String(sent).toLowerCase() === String(stored ?? '').toLowerCase();
}

/** The labels of answers that came back as something else; a process that shows no answers tells nothing. */
export function notStored(
	fields: KickOffField[],
	sent: IDataObject,
	{ prerun }: IDataObject,
): string[] {
	if (prerun === undefined) return [];
	const stored = isObject(prerun) ? prerun : {};
	return fields
		.filter(({ id }) => id in sent && !isStored(sent[id], stored[id]))
		.map(({ label }) => label);
}

/** Who was assigned to what, what Tallyfy left out, and what could not be seen. */
export async function launchReport(
	client: ItemClient,
	process: IDataObject,
	steps: IDataObject[],
	assigned: AssignedStep[],
): Promise<IDataObject> {
	const nameOf = ({ id, title }: IDataObject) => ({ step: title ?? null, stepId: id ?? null });
	const leftOut: IDataObject[] = [];
	const report: IDataObject = { assigned: [], leftOut };
	try {
		const { tasks, isCertain } = await tasksOf(client, String(process.id), steps, assigned);
		const notSeen = steps.filter(({ id }) => !tasks.has(id));
		if (isCertain) {
			leftOut.push(...notSeen.map((step) => ({ ...nameOf(step), reason: 'No task was made' })));
		} else if (notSeen.length > 0) {
			report.notSeenYet = notSeen.map(({ title }) => title ?? null);
		}
		const entries = assigned.map(async (target) => {
			const { step, guests, members, later } = target;
			let task = tasks.get(step.id);
			if (!task) return [];
			let reason = 'Not on the task';
			if (later) {
				const given = { ...task, run_id: task.run_id ?? process.id };
				task = await addToTask(client, given, target, process.started_by).catch((error: Error) => {
					reason = reasonOf(error);
					return given;
				});
			}
			const missing = missingFrom(task, target);
			if (!isComplete(missing)) {
				leftOut.push({ ...nameOf(step), taskId: task.id ?? null, ...missing, reason });
			}
			return [
				{
					...nameOf(step),
					taskId: task.id ?? null,
					guests: guestOwners(task).filter((email) => guests.some((one) => isSame(one, email))),
					members: members.filter((id) => membersOf(task).includes(id)),
					deadline: isoDate(task.deadline ?? null),
				},
			];
		});
		report.assigned = (await Promise.all(entries)).flat();
	} catch (error) {
		// Not thrown: whoever repeats an item that failed would launch the process again.
		report.notChecked = `The process was launched, but its tasks could not be read: ${reasonOf(error)}`;
	}
	return report;
}

const isSame = (one: string, other: string) => one.toLowerCase() === other.toLowerCase();
