// Whose write depends on a read of the guest takes turns: n8n sends all items at once, and two about one guest would both
// read the old state. Called by Update and Create or Get.
import type { Door } from '../../transport/door';

/** The last of those who take turns, by guest; nobody stays here who is done. */
const last = new Map<string, Promise<unknown>>();

/**
 * Reads and writes a guest after everybody in this process who began to do so before, whatever became of theirs.
 * @param email of the guest, in any case
 */
export async function inTurn<T>(
	{ organization }: Door,
	email: string,
	work: () => Promise<T>,
): Promise<T> {
	const guest = `${organization} ${email.toLowerCase()}`;
	const own = (last.get(guest) ?? Promise.resolve()).then(work, work);
	last.set(guest, own);
	try {
		return await own;
	} finally {
		if (last.get(guest) === own) last.delete(guest);
	}
}
