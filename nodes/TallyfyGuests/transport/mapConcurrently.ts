// Several requests at a time, in the order of a list: for pages, and for single guests.

/** At most so many are begun at a time; pacing (64 at most) may let fewer be sent. */
const MAX_AT_A_TIME = 64;

/** Does a number of things side by side, at most so many, in order of their index. After a failure no more are begun. */
export async function mapConcurrently<T>(
	count: number,
	work: (index: number) => Promise<T>,
	most = MAX_AT_A_TIME,
): Promise<T[]> {
	const results: T[] = [];
	let next = 0;
	const worker = async () => {
		while (next < count) {
			const index = next++;
			results[index] = await work(index).catch((error: Error) => {
				next = count;
				throw error;
			});
		}
	};
	await Promise.all(Array.from({ length: Math.min(count, most) }, worker));
	return results;
}
