// What a payload of Tallyfy says: what happened, when, in which process and task, and which guests it concerns. Pure. Payloads
// of templates and steps are documented, those of an organization's events are not (facts.md 207, G66).
import type { IDataObject } from 'n8n-workflow';
import { isoDate, parseTimestamp } from '../../output/dates';
import { memberName } from '../../output/member';
import { isObject } from '../../transport/request';
import { listIn } from '../../transport/response';
import { WEBHOOK_EVENTS } from '../form';

/** A guest whom an event concerns, as far as the payload knows. The link is a secret. */
export type PayloadGuest = { email: string; firstName?: string; lastName?: string; link?: string };

/** Guests by their email in lower case (G24), so that each comes once. */
type GuestsByEmail = Map<string, PayloadGuest>;

/** One event, read from a payload. */
export interface WebhookEvent {
	event: string;
	/** When it happened, as Tallyfy wrote it; undefined when the payload does not say. */
	timestamp?: string | number;
	/** ID of the task, or of the process; '' when the payload does not say. */
	id: string;
	guests: PayloadGuest[];
	/** Fields of the item, without links of guests. */
	process: IDataObject | null;
	task: IDataObject | null;
	/** Who completed the task. Without an ID: that of a guest was the code of the link once (facts.md, section 2; G69). */
	completedBy: { email: string; name: string | null; isGuest: boolean } | null;
}

/** The first of these fields that holds an object. PHP writes an empty object as `[]`, which counts as none. */
export const objectIn = (from: IDataObject | undefined, ...names: string[]) =>
	names.map((name) => from?.[name]).find(isObject);

/** A text without blanks around it; '' for everything else. */
export const textOf = (value: unknown): string => (typeof value === 'string' ? value.trim() : '');

/** The payload with the fields of `data` on top, where some payloads may have them. */
export function unwrapped(payload: IDataObject): IDataObject {
	const { data, ...beside } = payload;
	return isObject(data) ? { ...data, ...beside } : payload;
}

/**
 * The name of the event. Payloads of templates and steps have none: the task in them was completed, or they are a process,
 * whose status tells a launch from a completion (G67). Undefined for any other shape.
 */
export function eventOf(payload: IDataObject): string | undefined {
	const body = unwrapped(payload);
	if (body.event !== undefined) return textOf(body.event) || undefined;
	if (objectIn(body, 'this_task')) return 'task.completed';
	const fields = ['guest-links', 'process-tasks', 'ko-form-fields', 'checklist_id'];
	if (!fields.some((name) => name in body)) return undefined;
	const isDone = textOf(body.completed_at) !== '' || /^completed?$/i.test(textOf(body.status));
	return isDone ? 'process.completed' : 'process.launched';
}

/** Whether this is one of the events that Tallyfy is known to send. */
export function isKnownEvent(event: string | undefined): event is string {
	return WEBHOOK_EVENTS.some(({ value }) => value === event);
}

/** IDs of the organization, wherever the payload names it. */
export function organizationsIn(payload: IDataObject): string[] {
	const body = unwrapped(payload);
	const parts = ['process', 'run', 'task', 'this_task'].map((name) => objectIn(body, name));
	const ids = [body, ...parts].map((part) => textOf(part?.organization_id));
	return [...ids, textOf(objectIn(body, 'organization')?.id)].filter((id) => id !== '');
}

function emailOf(value: unknown): string {
	const email = textOf(isObject(value) ? value.email : value);
	return email.lastIndexOf('@') > 0 ? email : '';
}

/** Adds a guest given as an email, or as an object that has one, and a link; nothing else is a guest. */
function addGuest(guests: GuestsByEmail, given: unknown, link = ''): void {
	const guest = isObject(given) && isObject(given.guest) ? given.guest : given;
	const email = emailOf(guest);
	if (email === '') return;
	const { first_name, last_name } = isObject(guest) ? guest : {};
	const [firstName, lastName] = [textOf(first_name), textOf(last_name)];
	const added = { email, ...(firstName && { firstName }), ...(lastName && { lastName }) };
	const known = guests.get(email.toLowerCase()) ?? added;
	guests.set(email.toLowerCase(), { ...known, ...(link && { link }) });
}

/** A list, also one in `data` or as a map with numbers for keys (G4); one object is a list of one. */
function listOf(value: unknown): unknown[] {
	if (Array.isArray(value)) return value;
	if (!isObject(value)) return [];
	const list = listIn(value.data ?? value);
	return Array.isArray(list) ? list : [value];
}

/** The guests among the owners of a task. */
function taskOwners(task: IDataObject | undefined): GuestsByEmail {
	const guests: GuestsByEmail = new Map();
	const lists = [objectIn(task, 'owners')?.guests, task?.guests];
	for (const guest of lists.flatMap(listOf)) addGuest(guests, guest);
	return guests;
}

/** The guests in the maps `guest-links` of these objects: all guests of the process, each with the link. */
function linkedGuests(...objects: Array<IDataObject | undefined>): GuestsByEmail {
	const guests: GuestsByEmail = new Map();
	const entries = objects.flatMap((one) => Object.entries(objectIn(one, 'guest-links') ?? {}));
	for (const [email, value] of entries) {
		addGuest(guests, email, textOf(isObject(value) ? value.link_for_guest : value));
	}
	return guests;
}

/** A text or number for the item; null for anything else. A guest's link (G30) is hidden: it lets anybody act as the guest. */
function shown(value: unknown): string | number | null {
	if (typeof value === 'number') return value;
	if (typeof value !== 'string') return null;
	// Word by word: one expression for the whole would take forever on a long text without blanks.
	return value.replace(/\S+/g, (word) => (/guest-all-task/i.test(word) ? '[link hidden]' : word));
}

/**
 * Who completed a task. The payload does not say whether that is a guest: guests are known by their email (G68).
 * @param known guests of the task, and of the process
 */
function completerOf(person: unknown, ...known: GuestsByEmail[]): WebhookEvent['completedBy'] {
	const email = emailOf(person);
	if (email === '') return null;
	const isMarked = isObject(person) && (person.is_guest === true || person.type === 'guest');
	const isGuest = isMarked || known.some((guests) => guests.has(email.toLowerCase()));
	const name = shown((isObject(person) && memberName(person)) || null) as string | null;
	return { email, name, isGuest };
}

function processFields(process: IDataObject, template: IDataObject | undefined): IDataObject {
	const [id, name, url] = [process.id, process.name, process.ClientURL].map(shown);
	const templateName = shown(template?.title ?? process.checklist_title);
	const more = { ...(url !== null && { url }), ...(templateName !== null && { templateName }) };
	return { id, name, ...more };
}

function taskFields(task: IDataObject): IDataObject {
	const { id, title, name, status } = task;
	const [deadline, completedAt] = [task.deadline, task.completed_at].map(shown).map(isoDate);
	return {
		id: shown(id),
		title: shown(title ?? name),
		status: shown(status),
		deadline,
		completedAt,
	};
}

/** When it happened: the date of the task or process where it has one, else that of the event. */
function timestampOf(event: string, body: IDataObject, task?: IDataObject, process?: IDataObject) {
	const own: Record<string, unknown[]> = {
		'task.completed': [task?.completed_at],
		'process.completed': [process?.completed_at],
		'process.launched': [process?.started_at, process?.created_at],
	};
	const timestamps = [...(own[event] ?? []), body.at, body.timestamp, body.occurred_at];
	return timestamps.find(
		(at): at is string | number => textOf(at) !== '' || typeof at === 'number',
	);
}

/** A timestamp as ISO in UTC; `otherwise` where it cannot be read: its format is a setting in Tallyfy. */
export function isoTimestamp(timestamp: unknown, otherwise: string): string {
	return parseTimestamp(timestamp) === undefined ? otherwise : String(isoDate(timestamp));
}

/** Reads the payload of a known event. An unknown shape gives what is found in it; at the worst, no guest. */
export function readPayload(event: string, payload: IDataObject): WebhookEvent {
	const body = unwrapped(payload);
	const isTask = event.startsWith('task.');
	const bare = 'owners' in body ? body : undefined;
	const task = isTask ? (objectIn(body, 'this_task', 'task') ?? bare) : undefined;
	const ofTask = task?.run_id === undefined ? undefined : { id: task.run_id };
	const process = objectIn(body, 'process', 'run') ?? (isTask ? ofTask : body);
	const links = linkedGuests(body, process, task);
	const owners = taskOwners(task);
	const isCompletion = event === 'task.completed';
	const person = isCompletion ? (objectIn(body, 'completer') ?? task?.completed_by) : null;
	const completedBy = completerOf(person, owners, links);
	const guests = new Map(isTask ? owners : links);
	if (completedBy?.isGuest) addGuest(guests, person);
	return {
		event,
		timestamp: timestampOf(event, body, task, process),
		id: String(shown((isTask ? task : process)?.id) ?? ''),
		guests: [...guests].map(([key, guest]) => {
			const link = links.get(key)?.link;
			return { ...guest, ...(link && { link }) };
		}),
		process: process ? processFields(process, objectIn(body, 'template', 'checklist')) : null,
		task: task ? taskFields(task) : null,
		completedBy,
	};
}
