// Work about one key runs one after the other. n8n sends all items at once: without this two items about one guest would both
// read the guest as it was before either wrote, and the later write would undo the earlier one.
import type { ItemClient } from './client';

/** Runs work one after the other for one key, side by side for different ones. */
export class KeyedMutex {
	/** The work that ends last, by key; removed when it has ended, so that a process that runs for long keeps nothing. */
	private readonly last = new Map<string, Promise<unknown>>();

	/** Does the work after all that was begun before with the same key, whether that succeeded or failed. */
	async run<T>(key: string, work: () => Promise<T>): Promise<T> {
		const own = (this.last.get(key) ?? Promise.resolve()).then(work, work);
		this.last.set(key, own);
		try {
			return await own;
		} finally {
			if (this.last.get(key) === own) this.last.delete(key);
		}
	}
}

const mutex = new KeyedMutex();

/**
 * Does work about one record of the organization after all that was begun before in this process about the same one.
 * @param key of the record, such as an email; upper and lower case are the same
 * @throws Cancelled when nothing may be sent for the item
 */
export async function withLock<T>(
	{ baseURL, ready }: Pick<ItemClient, 'baseURL' | 'ready'>,
	key: string,
	work: () => Promise<T>,
): Promise<T> {
	// Before the lock is taken: nothing is sent until all items are ready, also those that wait for this lock.
	await ready();
	return await mutex.run(`${baseURL} ${key.toLowerCase()}`, work);
}
