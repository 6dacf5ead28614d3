// What a payload of Tallyfy says: what happened, when, in which process and task, and which guests it concerns. Pure, and
// patient with shapes: those of templates and steps are documented, those of an organization's events are not.
// Called by receive.
import type { IDataObject } from 'n8n-workflow';
import { isoDate, parseTimestamp } from '../../output/dates';
import {
	completerIn,
	everybody,
	linkedIn,
	ownersOf,
	part,
	words,
	type Completer,
	type Concerned,
} from './concerned';
import { isObject } from '../../transport/request';
import { WEBHOOK_EVENTS } from './form';

/** One event, read from a payload. */
export interface Happening {
	event: string;
	/** When it happened, as Tallyfy wrote it; undefined when the payload does not say. */
	moment?: string | number;
	/** ID of the task, or of the process; '' when the payload does not say. */
	id: string;
	guests: Concerned[];
	/** The parts of an item, without links that open doors. */
	process: IDataObject | null;
	task: IDataObject | null;
	completedBy: Completer | null;
}

/** The payload with what may lie one level deeper, in `data`, brought up. */
export function opened(payload: IDataObject): IDataObject {
	const { data, ...beside } = payload;
	return isObject(data) ? { ...data, ...beside } : payload;
}

/**
 * The name of the event. Payloads of templates and steps have none: the task in it was completed, or it is a process, of
 * which its status tells whether it was just launched. Undefined for a shape that nobody has described.
 */
export function eventOf(payload: IDataObject): string | undefined {
	const body = opened(payload);
	if (body.event !== undefined) return words(body.event) || undefined;
	if (part(body, 'this_task')) return 'task.completed';
	const marks = ['guest-links', 'process-tasks', 'ko-form-fields', 'checklist_id'];
	if (!marks.some((key) => key in body)) return undefined;
	const done = words(body.completed_at) !== '' || /^completed?$/i.test(words(body.status));
	return done ? 'process.completed' : 'process.launched';
}

/** Whether this is one of the events that Tallyfy is known to send. */
export function isKnown(event: string | undefined): event is string {
	return (WEBHOOK_EVENTS as readonly string[]).includes(event ?? '');
}

/** IDs of the organization, wherever the payload names it. */
export function organizationsIn(payload: IDataObject): string[] {
	const body = opened(payload);
	const places = [body, ...['process', 'run', 'task', 'this_task'].map((name) => part(body, name))];
	const ids = places.map((place) => words(place?.organization_id));
	return [...ids, words(part(body, 'organization')?.id)].filter((id) => id !== '');
}

/** A value that is shown, null for none; without a guest's link in it: whoever has the link acts as the guest. */
function shown(value: unknown): IDataObject[string] {
	if (typeof value === 'string') {
		// Word by word: one expression for the whole would take forever on a long text without blanks.
		return value.replace(/\S+/g, (word) => (/guest-all-task/i.test(word) ? '[link hidden]' : word));
	}
	return typeof value === 'number' ? value : null;
}

function taskPart(task: IDataObject): IDataObject {
	return {
		id: shown(task.id),
		title: shown(task.title ?? task.name),
		status: shown(task.status),
		deadline: isoDate(shown(task.deadline)),
		completedAt: isoDate(shown(task.completed_at)),
	};
}

function processPart(process: IDataObject, template: IDataObject | undefined): IDataObject {
	const url = shown(process.ClientURL);
	const templateName = shown(template?.title ?? process.checklist_title);
	return {
		id: shown(process.id),
		name: shown(process.name),
		...(url === null ? {} : { url }),
		...(templateName === null ? {} : { templateName }),
	};
}

/** When it happened: of the thing itself where it has that recorded, else of the event. */
function momentIn(event: string, body: IDataObject, task?: IDataObject, process?: IDataObject) {
	const own: Record<string, unknown[]> = {
		'task.completed': [task?.completed_at],
		'process.completed': [process?.completed_at],
		'process.launched': [process?.started_at, process?.created_at],
	};
	const ofEvent = [body.at, body.timestamp, body.occurred_at];
	return [...(own[event] ?? []), ...ofEvent].find(
		(moment): moment is string | number => words(moment) !== '' || typeof moment === 'number',
	);
}

/** A moment as ISO in UTC; `otherwise` for none, and for one that cannot be read (its format is a setting in Tallyfy). */
export function readableMoment(moment: unknown, otherwise: string): string {
	return parseTimestamp(moment) === undefined ? otherwise : String(isoDate(moment));
}

/** Reads the payload of a known event. A shape that nobody has described gives what is found in it; at the worst, no guest. */
export function readPayload(event: string, payload: IDataObject): Happening {
	const body = opened(payload);
	const ofTask = event.startsWith('task.');
	const task = ofTask
		? (part(body, 'this_task', 'task') ?? ('owners' in body ? body : undefined))
		: undefined;
	const ofRun = task?.run_id === undefined ? undefined : { id: task.run_id };
	const process = part(body, 'process', 'run') ?? (ofTask ? ofRun : body);
	const links = linkedIn(body, process, task);
	const owners = ownersOf(task);
	const person =
		event === 'task.completed' ? (part(body, 'completer') ?? task?.completed_by) : null;
	const completedBy = completerIn(person, [owners, links]);
	return {
		event,
		moment: momentIn(event, body, task, process),
		id: String(shown((ofTask ? task : process)?.id) ?? ''),
		guests: everybody(ofTask ? owners : links, completedBy?.isGuest ? person : null, links),
		process: process ? processPart(process, part(body, 'template', 'checklist')) : null,
		task: task ? taskPart(task) : null,
		completedBy: completedBy && {
			...completedBy,
			name: shown(completedBy.name) as string | null,
		},
	};
}
