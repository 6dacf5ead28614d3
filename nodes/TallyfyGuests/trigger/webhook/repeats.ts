// Tallyfy may deliver an event more than once (facts.md 53). Those that have started the workflow are remembered, in n8n's
// static data and in this process: n8n saves static data after the answer, so calls at the same time do not see each other's.
// Called by receive.
import type { IDataObject } from 'n8n-workflow';
import { shortHash } from '../identity';
import type { Happening } from './payload';

/** Events remembered for one node. About 14 bytes each in static data, nothing of an email in them. */
const REMEMBERED = 500;
const NODES = 1000;
const HOUR_MS = 3_600_000;

/**
 * What an event is known by; any of them remembered makes it a repeat, the first is to be remembered. Event, task or process,
 * and moment: a task that is completed again has another moment. Without a moment, the same payload within an hour or two.
 * @param now milliseconds since 1970
 */
export function marksOf({ event, id, moment }: Happening, payload: IDataObject, now: number) {
	const what = [event, id];
	if (moment !== undefined && id !== '') return [shortHash([...what, String(moment)].join(' '))];
	const hour = Math.floor(now / HOUR_MS);
	const text = JSON.stringify(payload);
	return [hour, hour - 1].map((slot) => shortHash([...what, slot, text].join(' ')));
}

const inThisProcess = new Map<string, string[]>();

/**
 * Whether an event is new; remembers it if so.
 * @param node what tells the node from all others of this n8n
 * @param kept static data of the node; gets `seen`, the newest last
 */
export function isNew(node: string, kept: IDataObject, marks: string[]): boolean {
	const saved = Array.isArray(kept.seen) ? (kept.seen as string[]) : [];
	const seen = [...new Set([...saved, ...(inThisProcess.get(node) ?? [])])];
	if (marks.some((mark) => seen.includes(mark))) return false;
	const newest = [...seen, marks[0]].slice(-REMEMBERED);
	inThisProcess.delete(node);
	inThisProcess.set(node, newest);
	if (inThisProcess.size > NODES) inThisProcess.delete([...inThisProcess.keys()][0]);
	kept.seen = newest;
	return true;
}
