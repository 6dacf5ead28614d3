// Items about one guest take turns: n8n sends all items at once, so two would both read the guest as it was before either
// wrote, and the later write would undo the earlier one. Called by Update and Create or Get.
import type { ItemClient } from './client';

/** The last of those who take turns, by guest. Whoever is done and last goes, so nothing piles up in a long-lived process. */
const last = new Map<string, Promise<unknown>>();

/**
 * Does something with a guest after everything that was begun before in this process, whatever became of that.
 * @param email of the guest, in any case
 */
export async function withLock<T>(
	{ baseURL, ready }: ItemClient,
	email: string,
	work: () => Promise<T>,
): Promise<T> {
	// Items that wait for another one are ready too.
	await ready();
	const guest = `${baseURL} ${email.toLowerCase()}`;
	const own = (last.get(guest) ?? Promise.resolve()).then(work, work);
	last.set(guest, own);
	try {
		return await own;
	} finally {
		if (last.get(guest) === own) last.delete(guest);
	}
}
