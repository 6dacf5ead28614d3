// Work about one key runs one after the other. n8n sends all items at once: without this two items about one guest would both
// read the guest as it was before either wrote, and the later write would undo the earlier one.
import type { BaseClient } from './client';

/** The work that ends last, by key; removed when it has ended, so that a process that runs for long keeps nothing. */
const last = new Map<string, Promise<unknown>>();

/**
 * Does work about one record of the organization after all that was begun before in this process about the same one, whatever
 * became of that.
 * @param key of the record, such as an email; upper and lower case are the same (G24)
 * @throws Cancelled when nothing may be sent for the item
 */
export async function withLock<T>(
	{ baseURL, ready }: Pick<BaseClient, 'baseURL' | 'ready'>,
	key: string,
	work: () => Promise<T>,
): Promise<T> {
	// Before the lock is taken: nothing is sent until all items are ready, also those that wait for this lock.
	await ready();
	const name = `${baseURL} ${key.toLowerCase()}`;
	const own = (last.get(name) ?? Promise.resolve()).then(work, work);
	last.set(name, own);
	try {
		return await own;
	} finally {
		if (last.get(name) === own) last.delete(name);
	}
}

/** The same about several records. @param keys each once, in an order that is the same for all who may name the same two */
export async function withLocks<T>(
	client: Pick<BaseClient, 'baseURL' | 'ready'>,
	keys: string[],
	work: () => Promise<T>,
): Promise<T> {
	const [key, ...others] = keys;
	if (key === undefined) return await work();
	return await withLock(client, key, async () => await withLocks(client, others, work));
}
