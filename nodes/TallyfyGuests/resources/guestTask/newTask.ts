// Making a one-off task: its request, and what tells whether it was made when the answer is lost.
import { sleep, type IDataObject } from 'n8n-workflow';
import { parseTimestamp, requestTimestamp } from '../../output/dates';
import { includedIn } from '../../output/names';
import { sendForList, type BaseClient } from '../../transport/client';
import { TallyfyError } from '../../transport/errors';
import { withLocks } from '../../transport/keyedMutex';
import { isObject, type ApiRequest, type ApiResponse } from '../../transport/request';
import { pageOf, recordIfAny, unexpectedResponse } from '../../transport/response';
import { pathSegment } from '../../transport/url';
import { Cancelled } from '../../transport/withRetry';
import { afterAdding, assertGuestsExist } from '../guest/guestEmails';
import { ownMemberId } from '../member/me';
import type { FormField } from './formFields';
import { guestOwners, hasOwners, ownersNotStored, ownersOf, type Owners } from './owners';

/** A task to be made. */
export interface NewTask {
	title: string;
	taskType: string;
	/** Milliseconds since 1970. */
	deadline: number;
	/** Emails. */
	guests: string[];
	/** IDs of members. */
	members: number[];
	fields: FormField[];
	/** One task for each of them. */
	isSeparate: boolean;
	/** What else is sent, by the API's names. */
	more: IDataObject;
}

/** What was made, and what there is to say about it. */
export interface Made {
	/** `said`: where a task is not what was asked for. */
	tasks: Array<{ task: IDataObject; said: IDataObject }>;
	addedMember?: number;
	createdGuests?: string[];
	/** Guests whose task no list showed yet. */
	notListed?: string[];
}

/** Lists may be behind what was written (facts 110), so they are read again after so many milliseconds. */
const LOOKS_MS = [0, 1_000, 2_000];

/** A task that is older than this, by our clock, is not the one that was just sent. */
const MAX_CLOCK_DIFFERENCE_MS = 600_000;

const NEWEST = { is_oneoff: 'true', sort: 'newest', page: 1, per_page: 100 };

/** One-off tasks that are known not to be new: IDs of tasks, and of the processes that hold one task for each of several people. */
interface KnownTasks {
	ids: Set<string>;
	/** The newest are known since this moment, in milliseconds since 1970. */
	since: number;
}

const idsOf = ({ id, run_id: run }: IDataObject): string[] => [id, run].filter(Boolean).map(String);

/** The tasks that are there before the first one is made for any item; undefined when they cannot be read. */
async function knownTasks(client: BaseClient): Promise<KnownTasks | undefined> {
	return await client.oncePerExecution('known tasks', async () => {
		const read = client.send({ method: 'GET', url: '/tasks', qs: NEWEST });
		const page = await read.then(pageOf).catch((error: Error) => {
			if (error instanceof Cancelled || !(error instanceof TallyfyError)) throw error;
			return undefined;
		});
		if (!page) return undefined;
		const dates = page.records.map(({ created_at: at }) => parseTimestamp(at) ?? Infinity);
		return { ids: new Set(page.records.flatMap(idsOf)), since: Math.min(...dates) };
	});
}

/**
 * The task that was made by a request without an answer: new, of the same title, and for the same people (G83).
 * @throws TallyfyError when none is found: the list may be behind, so that is no proof that there is none
 */
async function madeTask(
	client: BaseClient,
	{ title, isSeparate }: NewTask,
	owners: Owners,
	known: KnownTasks | undefined,
	sentAt: number,
): Promise<IDataObject> {
	const since = Number.isFinite(known?.since) ? Number(known?.since) : -Infinity;
	const isMade = (task: IDataObject) => {
		const isNew = !idsOf(task).some((id) => known?.ids.has(id));
		const at = parseTimestamp(task.created_at) ?? -Infinity;
		if (!isNew || task.title !== title || at <= since) return false;
		if (at < sentAt - MAX_CLOCK_DIFFERENCE_MS) return false;
		if (!isSeparate) return hasOwners(task, owners);
		const { users, guests } = ownersOf(task);
		const isAmong = (one: unknown) => [...owners.users, ...owners.guests].includes(one as string);
		return Boolean(task.run_id) && [...users, ...guests].every(isAmong);
	};
	// Whether several emails mean any or all of them is not said (facts 103), and commas divide them.
	const guest = owners.guests.find((email) => !email.includes(','));
	const who = guest ? { guests: guest } : { owners: owners.users.slice(0, 1).join() };
	for (const waitMs of known ? LOOKS_MS : []) {
		await sleep(waitMs);
		const request: ApiRequest = { method: 'GET', url: '/tasks', qs: { ...NEWEST, ...who } };
		const found = pageOf(await client.send(request)).records.find(isMade);
		if (found) return found;
	}
	throw new TallyfyError({
		message: 'No list shows the task',
		description: 'Lists of tasks can be behind what was written.',
	});
}

/** The tasks that were made one for each person: the answer has one of them (facts 125). */
async function separateTasks(
	client: BaseClient,
	first: IDataObject,
	expected: number,
): Promise<IDataObject[]> {
	const { id, run_id: run } = first;
	let tasks = [first];
	if (!run) return tasks;
	const url = `/runs/${pathSegment(String(run), 'Task')}/tasks`;
	for (const waitMs of LOOKS_MS) {
		if (tasks.length >= expected) break;
		await sleep(waitMs);
		const listed = await sendForList(client, { method: 'GET', url }).catch((error: Error) => {
			if (!(error instanceof TallyfyError) || error instanceof Cancelled) throw error;
			const message = `The tasks were made in the process ${String(run)}, the first is ${String(id)}, but they could not be listed: ${error.details.message}`;
			throw new TallyfyError({ ...error.details, message, outcome: 'unknown' });
		});
		const others = listed.filter((task) => task.id !== id);
		tasks = [listed.find((task) => task.id === id) ?? first, ...others];
	}
	return tasks;
}

/** What is compared afterwards: the API's names, and those of our parameters. */
const COMPARED: Record<string, string> = {
	title: 'title',
	task_type: 'taskType',
	webhook: 'webhook',
	everyone_must_complete: 'everyoneMustComplete',
	prevent_guest_comment: 'preventGuestComment',
};

/** Where the task is not what was sent: a deadline moved into working time (facts 128), values that were dropped. */
function differences(
	sent: IDataObject,
	owners: Owners | undefined,
	made: IDataObject,
): IDataObject {
	const fields = includedIn(made.form_fields);
	const labels = Array.isArray(fields) ? fields.map(({ label }: IDataObject) => label) : undefined;
	const hasField = ({ label }: FormField) => !labels || labels.includes(label);
	const notStored = [
		...Object.keys(COMPARED)
			// A key that the response does not show at all tells nothing.
			.filter((key) => sent[key] !== undefined && key in made && made[key] !== sent[key])
			.map((key) => COMPARED[key]),
		...(sent.summary && 'summary' in made && !made.summary ? ['description'] : []),
		...(((sent.form_fields ?? []) as FormField[]).every(hasField) ? [] : ['formFields']),
		...(owners && isObject(made.owners) ? ownersNotStored(owners, made) : []),
	];
	const due = parseTimestamp(made.deadline);
	const isMoved = due !== undefined && due !== parseTimestamp(sent.deadline);
	return {
		...(isMoved ? { deadlineMoved: true } : {}),
		...(notStored.length > 0 ? { notStored } : {}),
	};
}

/**
 * Makes a task, or one for each. Sent once and never again where it may have been made: whoever is assigned is mailed.
 * @param mayCreate whether guests who are unknown are added first (Create Missing Guests)
 * @throws TallyfyError that says what was done before it failed
 */
export async function createTask(
	client: BaseClient,
	task: NewTask,
	mayCreate: boolean,
): Promise<Made> {
	const { title, isSeparate, members, fields } = task;
	// A guest is not left alone with a task (facts 135). Where each gets one, a member would get one to do as well.
	const isAlone = members.length === 0 && !isSeparate;
	const [known, own] = await Promise.all([
		knownTasks(client),
		isAlone ? ownMemberId(client) : undefined,
	]);
	const { emails, created } = await assertGuestsExist(client, task.guests, mayCreate);
	const owners: Owners = {
		users: own === undefined ? members : [own],
		guests: emails,
		groups: [],
	};
	const body: IDataObject = {
		...task.more,
		title,
		task_type: task.taskType,
		deadline: requestTimestamp(task.deadline),
		owners,
		...(fields.length > 0 ? { form_fields: fields } : {}),
		...(isSeparate ? { separate_task_for_each_assignee: true } : {}),
	};
	// Two items may want the same on purpose. One after the other, and each with a task that none had before.
	const people = [...owners.users, ...owners.guests].map((one) => String(one).toLowerCase()).sort();
	// A task made for each is known by its one person, who may be among the people of another item as well.
	const sets = isSeparate ? people.map((one) => [one]) : [people];
	const keys = sets.map((set) => `new task ${JSON.stringify([title, set])}`);
	const tasks = await afterAdding(created, async () => {
		const first = await withLocks(client, keys, async () => {
			const sentAt = Date.now();
			const look = async (): Promise<ApiResponse> => {
				const data = await madeTask(client, task, owners, known, sentAt);
				return { status: 201, body: { data } };
			};
			const response = await client.send({
				method: 'POST',
				url: '/tasks',
				body,
				idempotency: 'never',
				doubt: `The task "${title}" may have been made, though it was not found. Look in Tallyfy before you run this item again.`,
				verify: look,
			});
			const made = recordIfAny(response) ?? recordIfAny(await look());
			if (typeof made?.id !== 'string') throw unexpectedResponse(response, 'without the task');
			for (const id of idsOf(made)) known?.ids.add(id);
			return made;
		});
		const expected = owners.users.length + owners.guests.length;
		return isSeparate ? await separateTasks(client, first, expected) : [first];
	});
	const listed = tasks.flatMap(guestOwners).map((email) => email.toLowerCase());
	const missing = isSeparate ? emails.filter((email) => !listed.includes(email.toLowerCase())) : [];
	return {
		tasks: tasks.map((made) => ({
			task: made,
			said: differences(body, isSeparate ? undefined : owners, made),
		})),
		...(own === undefined ? {} : { addedMember: own }),
		...(created.length > 0 ? { createdGuests: created } : {}),
		...(missing.length > 0 ? { notListed: missing } : {}),
	};
}
