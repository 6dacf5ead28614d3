// How long an implausible list must stay so before it is taken as it is. Called by polling. In this process, because n8n 2.41
// throws away what a poll that fails writes to its static data (poll-trigger-task-handler.js: only null and items commit it).
// After a restart the time counts anew.
import { TallyfyError } from '../transport/errors';

/** A list must be implausible at so many polls, and for so many seconds. */
const POLLS = 3;
const SECONDS = 3600;

/** Nodes remembered. */
const NODES = 1000;

interface Implausible {
	/** What the list was compared with: the hash of the state. */
	state: string;
	/** The first poll, in seconds since 1970 by n8n's clock. */
	since: number;
	polls: number;
}

const byNode = new Map<string, Implausible>();

/** The list was plausible: a later one that is not has its own time. */
export function notePlausible(node: string): void {
	byNode.delete(node);
}

/**
 * Raises a Problem that says why the list is implausible, until it has been so for long enough; then returns.
 * @param node what tells the node from all others of this n8n
 * @param state what the list was compared with, or a hash of it
 * @param now seconds since 1970 by n8n's clock
 */
export function assertImplausibleLongEnough(
	why: string,
	{ node, state, now }: { node: string; state: string; now: number },
): void {
	const last = byNode.get(node);
	const first = last?.state === state && last.since <= now ? last : { state, since: now, polls: 0 };
	const polls = first.polls + 1;
	byNode.delete(node);
	byNode.set(node, { ...first, polls });
	if (byNode.size > NODES) byNode.delete([...byNode.keys()][0]);
	// Kept: should the rest of this poll fail, the state stays as it is, and the next poll may go on.
	if (polls >= POLLS && now - first.since >= SECONDS) return;
	throw new TallyfyError({
		message: why,
		description:
			'The list may be incomplete for a while, so this poll reports nothing and forgets nothing. If the list is right, do nothing: when it has been like this for an hour and at three polls, it is taken as it is, and guests who are new only because of it start nothing. If it is wrong, ask Tallyfy.',
	});
}
