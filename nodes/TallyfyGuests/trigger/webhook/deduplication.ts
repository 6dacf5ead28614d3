// Tells events of Tallyfy apart, so that a delivery that comes again (facts.md 53) starts nothing.
import type { IDataObject } from 'n8n-workflow';
import { isObject } from '../../transport/request';
import { shortHash } from '../guestState';
import { objectIn, textOf, unwrapped, type WebhookEvent } from './payload';

/** These happen once at a time. Of the others one task can have several in one second, so their content counts too. */
const SINGLE = ['process.completed', 'process.launched', 'task.completed'];

/**
 * Fields about the delivery, and fields that Tallyfy writes anew for each delivery: in lower case, letters only. Payloads of
 * these events are unpublished (facts.md 207, G71).
 */
const OF_DELIVERY =
	/^(attempts?|attemptnumber|deliver(y|yid|edat)|nonce|requestid|retry|retries|retrycount|sentat|signature|updatedat|lastupdated(at)?|webhookid|webhooksentat)$/;

/** Fields about the rest of the process (facts.md 200, G71), which goes on while a delivery waits; and fields of every key. */
const OF_PROCESS =
	/^(process|run|template|checklist|nexttask|launcher|processtasks|(ko)?formfields|guestlinks|at|timestamp|occurredat|event)$/;

/** Deeper than any payload that was ever published; below it, order counts. */
const MAX_DEPTH = 12;

/** JSON that is the same for each delivery: keys and lists in one order, without fields of OF_DELIVERY, and on top of `ignored`. */
function stableText(value: unknown, ignored = OF_DELIVERY, depth = 0): string {
	const isList = Array.isArray(value);
	if (depth > MAX_DEPTH || (!isList && !isObject(value))) return JSON.stringify(value) ?? 'null';
	const inside = (one: unknown) => stableText(one, OF_DELIVERY, depth + 1);
	if (isList) return `[${value.map(inside).sort().join()}]`;
	const letters = (key: string) => key.toLowerCase().replace(/[^a-z]/g, '');
	const fields = Object.keys(value)
		.filter((key) => !OF_DELIVERY.test(letters(key)) && !ignored.test(letters(key)))
		.map((key) => `${JSON.stringify(key)}:${inside(value[key])}`);
	return `{${fields.sort().join()}}`;
}

const HOUR_MS = 3_600_000;
/** Tallyfy repeats within 15 minutes, says the only source that knows of repeats (facts.md section 2, G72). */
const REPEAT_MS = HOUR_MS / 4;

/**
 * The keys of an event. It is a repeat if any of them is remembered, and the first is the one to remember. A key is made of
 * event, task or process, and timestamp, and of the content if the event is not SINGLE. Without a timestamp the content alone
 * counts, for an hour at least, or for 15 minutes where the same may happen again.
 * @param now milliseconds since 1970
 */
export function eventKeys(
	{ event, id, timestamp }: WebhookEvent,
	payload: IDataObject,
	now: number,
): string[] {
	const key = (...parts: unknown[]) => shortHash([event, id, ...parts].join(' '));
	/** Of this period and of the one before, so that an event is remembered for a whole period at least. */
	const timed = (length: number, content: string) => {
		const period = Math.floor(now / length);
		return [key(period, content), key(period - 1, content)];
	};
	const isSingle = SINGLE.includes(event);
	const isDated = timestamp !== undefined;
	if (id === '' || (!isDated && isSingle)) return timed(HOUR_MS, stableText(payload));
	// What versions up to 0.1.0 remembered of every event with a timestamp.
	const plain = isDated ? [key(String(timestamp))] : [];
	if (isSingle) return plain;
	const body = unwrapped(payload);
	const comment = event === 'task.comment_added' ? objectIn(body, 'comment')?.id : undefined;
	// A comment is added once; people can be assigned again, and an issue raised and resolved again.
	if (typeof comment === 'number' || textOf(comment) !== '') {
		return [key('is', `#${String(comment)}`), ...plain];
	}
	const content = stableText(body, OF_PROCESS);
	return isDated ? [key(String(timestamp), content), ...plain] : timed(REPEAT_MS, content);
}

/** Keys remembered for one node: about 14 bytes each in static data. */
const MAX_KEYS = 500;
const MAX_NODES = 1000;

/** By node, what its static data has or will have: n8n saves it after the answer, so calls at the same time do not see it. */
const remembered = new Map<string, string[]>();

/**
 * Whether an event is new; remembers it if so.
 * @param node what tells the node from all others of this n8n
 * @param staticData of the node; its `seen` gets the key, the newest last
 */
export function isNewEvent(node: string, staticData: IDataObject, keys: string[]): boolean {
	const saved = Array.isArray(staticData.seen) ? (staticData.seen as string[]) : [];
	const seen = [...new Set([...saved, ...(remembered.get(node) ?? [])])];
	if (keys.some((key) => seen.includes(key))) return false;
	const newest = [...seen, keys[0]].slice(-MAX_KEYS);
	remembered.delete(node);
	remembered.set(node, newest);
	if (remembered.size > MAX_NODES) remembered.delete([...remembered.keys()][0]);
	staticData.seen = newest;
	return true;
}
