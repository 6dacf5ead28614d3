// Tallyfy may deliver an event more than once (facts.md 53). Those that have started the workflow are remembered, in n8n's
// static data and in this process: n8n saves static data after the answer, so calls at the same time do not see each other's.
// Called by receive.
import type { IDataObject } from 'n8n-workflow';

/** Events remembered for one node. About 14 bytes each in static data, nothing of an email in them. */
const REMEMBERED = 500;
const NODES = 1000;
const inThisProcess = new Map<string, string[]>();

/**
 * Whether an event is new; remembers it if so.
 * @param node what tells the node from all others of this n8n
 * @param kept static data of the node; gets `seen`, the newest last
 */
export function isNew(node: string, kept: IDataObject, keys: string[]): boolean {
	const saved = Array.isArray(kept.seen) ? (kept.seen as string[]) : [];
	const seen = [...new Set([...saved, ...(inThisProcess.get(node) ?? [])])];
	if (keys.some((key) => seen.includes(key))) return false;
	const newest = [...seen, keys[0]].slice(-REMEMBERED);
	inThisProcess.delete(node);
	inThisProcess.set(node, newest);
	if (inThisProcess.size > NODES) inThisProcess.delete([...inThisProcess.keys()][0]);
	kept.seen = newest;
	return true;
}
