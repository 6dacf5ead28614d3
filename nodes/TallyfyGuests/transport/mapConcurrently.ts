// Several requests at a time, in the order of a list. Used for pages, and for single guests.

/** At most so many are begun at a time; pacing (64 at most) may let fewer go out. */
const SIDE_BY_SIDE = 64;

/** Does a number of things side by side, in order of their index. After a failure no more are begun. */
export async function mapConcurrently<T>(
	count: number,
	work: (index: number) => Promise<T>,
): Promise<T[]> {
	const results: T[] = [];
	let next = 0;
	let failed = false;
	const worker = async () => {
		while (next < count && !failed) {
			const index = next++;
			results[index] = await work(index).catch((error: Error) => {
				failed = true;
				return Promise.reject(error);
			});
		}
	};
	await Promise.all(Array.from({ length: Math.min(count, SIDE_BY_SIDE) }, worker));
	return results;
}
