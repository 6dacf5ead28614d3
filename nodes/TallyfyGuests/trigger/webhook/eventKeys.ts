// What tells one event of Tallyfy from another, so that a delivery that comes again starts nothing. Pure. Called by receive.
import type { IDataObject } from 'n8n-workflow';
import { isObject } from '../../transport/request';
import { shortHash } from '../identity';
import { part, words } from './concerned';
import { opened, type Happening } from './payload';

/** One task can have several of these in one second, so what is in them counts too. */
const RECURRING = [
	'task.assigned',
	'task.comment_added',
	'task.issue_raised',
	'task.issue_resolved',
];

/**
 * What a delivery says of itself and not of the event, and what Tallyfy renders anew for each delivery: names in lower case
 * without anything between the words. A guess: payloads of these events are unpublished (facts.md 207).
 */
const OF_DELIVERY = new Set(
	(
		'attempt attempts attemptnumber deliveredat delivery deliveryid nonce requestid retries retry retrycount sentat ' +
		'signature updatedat lastupdated lastupdatedat webhookid webhooksentat'
	).split(' '),
);

/** Where the task stands (facts.md 200): the process goes on while a delivery waits. */
const SURROUNDINGS = new Set(
	(
		'process run template checklist nexttask launcher processtasks formfields koformfields guestlinks ' +
		'at timestamp occurredat event'
	).split(' '),
);

const bareName = (key: string) => key.toLowerCase().replace(/[^a-z]/g, '');

/** Deeper than any payload that was ever published; below it, order counts. */
const MAX_DEPTH = 12;

/** JSON of what stays the same from delivery to delivery: keys and lists in one order, and without the keys in `left`. */
function stableText(value: unknown, left: ReadonlySet<string> = OF_DELIVERY, depth = 0): string {
	const isList = Array.isArray(value);
	if (depth > MAX_DEPTH || (!isList && !isObject(value))) return JSON.stringify(value) ?? 'null';
	const inside = (one: unknown) => stableText(one, OF_DELIVERY, depth + 1);
	if (isList) return `[${value.map(inside).sort().join()}]`;
	const fields = Object.keys(value)
		.filter((key) => !left.has(bareName(key)))
		.map((key) => `${JSON.stringify(key)}:${inside(value[key])}`);
	return `{${fields.sort().join()}}`;
}

const NOT_OF_EVENT = new Set([...OF_DELIVERY, ...SURROUNDINGS]);

/** What is in an event that can happen several times at one moment, and whether that alone tells it from all others. */
function contentOf(event: string, payload: IDataObject): { text: string; isUnique: boolean } {
	const body = opened(payload);
	const id = event === 'task.comment_added' ? part(body, 'comment')?.id : undefined;
	// A comment is added once; people can be assigned again, and an issue raised and resolved again.
	if (typeof id === 'number' || words(id) !== '') return { text: `#${String(id)}`, isUnique: true };
	return { text: stableText(body, NOT_OF_EVENT), isUnique: false };
}

const HOUR_MS = 3_600_000;
/** A repeat comes soon: after 15 minutes at the latest, says the only source that knows of any (facts.md, work.md section 2). */
const SOON_MS = HOUR_MS / 4;

/**
 * What an event is known by; any of these keys remembered makes it a repeat, and the first is to be remembered. It is event,
 * task or process, and moment; for comments, assignments and issues also what is in them. Without a moment it is the content,
 * for an hour or two, or for 15 minutes or thirty where the same may happen again.
 * @param now milliseconds since 1970
 */
export function eventKeys(
	{ event, id, moment }: Happening,
	payload: IDataObject,
	now: number,
): string[] {
	const key = (...parts: unknown[]) => shortHash([event, id, ...parts].join(' '));
	const isRecurring = RECURRING.includes(event);
	const isDated = moment !== undefined;
	if (id === '' || (!isDated && !isRecurring)) return slots(HOUR_MS, stableText(payload));
	// What versions up to 0.1.0 remembered of every event with a moment.
	const plain = isDated ? [key(String(moment))] : [];
	if (!isRecurring) return plain;
	const { text, isUnique } = contentOf(event, payload);
	if (isUnique) return [key('is', text), ...plain];
	return isDated ? [key(String(moment), text), ...plain] : slots(SOON_MS, text);

	/** Keys of this stretch of time and of the one before, so that a repeat is one for that long at least. */
	function slots(length: number, content: string): string[] {
		const slot = Math.floor(now / length);
		return [slot, slot - 1].map((one) => key(one, content));
	}
}
