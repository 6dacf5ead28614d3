// A clock that runs only when told to, with sleeps that end in its time.

export class VirtualTime {
	private moment = 1_000_000;
	private sleepers: Array<{ at: number; wake: () => void }> = [];

	readonly now = () => this.moment;

	readonly sleep = async (ms: number) =>
		await new Promise<void>((wake) => this.sleepers.push({ at: this.moment + ms, wake }));

	/** Lets so much time pass, waking sleepers in their order. */
	async pass(ms: number): Promise<void> {
		const end = this.moment + ms;
		await settle();
		while (await this.wakeNext(end));
		this.moment = end;
	}

	/** Lets as much time pass as it takes. Raises an error when all wait for something that no time brings. */
	async until<T>(promise: Promise<T>): Promise<T> {
		let isSettled = false;
		const settled = () => (isSettled = true);
		promise.then(settled, settled);
		await settle();
		while (!isSettled) {
			if (!(await this.wakeNext(Infinity))) throw new Error('This waits for ever');
		}
		return await promise;
	}

	/** Wakes the next sleeper whose time comes before an end. */
	private async wakeNext(end: number): Promise<boolean> {
		this.sleepers.sort((a, b) => a.at - b.at);
		const [next] = this.sleepers;
		if (!next || next.at > end) return false;
		this.sleepers.shift();
		this.moment = Math.max(this.moment, next.at);
		next.wake();
		await settle();
		return true;
	}
}

/** Lets everything run that waits for nothing but its turn. */
export async function settle(): Promise<void> {
	await new Promise((resolve) => setImmediate(resolve));
}
