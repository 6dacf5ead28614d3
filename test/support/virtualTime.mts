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
		for (;;) {
			this.sleepers.sort((a, b) => a.at - b.at);
			const [next] = this.sleepers;
			if (!next || next.at > end) break;
			this.sleepers.shift();
			this.moment = Math.max(this.moment, next.at);
			next.wake();
			await settle();
		}
		this.moment = end;
	}
}

/** Lets everything run that waits for nothing but its turn. */
async function settle() {
	for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}
