// What the items of one execution of a node share: their pace, the moment to stop, and the count of what was done.
import type { Account } from './account';
import type { Failure } from './failure';
import type { Answer } from './request';
import type { Party } from './session';

export class Run implements Party {
	private readonly counts = { done: 0, failed: 0, begun: 0, unsent: 0 };
	private readonly closed = new Map<string, Answer>();
	private readonly whenSettled: Array<() => void> = [];
	/** No more requests start: an item failed in a node that stops then, or the execution was cancelled. */
	stopped = false;
	/** Of many items one goes ahead to see whether there is a token. */
	signedIn: boolean;
	/** Why no token can be had: what holds for one request holds for all of this run. */
	locked?: Failure;

	/** @param total items of the execution */
	constructor(
		private readonly total: number,
		readonly account: Account,
	) {
		this.signedIn = total < 2;
	}

	stop(): void {
		this.stopped = true;
		this.account.pace.dismiss(this);
	}

	/** From now on requests of this lane get this refusal, unsent: the server said when to come back, and it is far away. */
	close(lane: string, refusal: Answer): void {
		this.closed.set(lane, refusal);
		this.account.pace.dismiss(this, lane);
	}

	/** From now on every request fails with this, unsent. */
	lock(failure: Failure): void {
		this.locked = failure;
		this.account.pace.dismiss(this);
	}

	refusalOf(lane: string): Answer | undefined {
		return this.closed.get(lane);
	}

	/** An item has come to its end; `begun` when something was written for it, and the rest was not sent. */
	settle(as: 'done' | 'failed' | 'begun' | 'unsent'): void {
		this.counts[as]++;
		if (this.isSettled) for (const go of this.whenSettled.splice(0)) go();
	}

	/** Resolves when all items have come to their end. */
	async settled(): Promise<void> {
		if (!this.isSettled) await new Promise<void>((go) => this.whenSettled.push(go));
	}

	/** The failure that stops the node, with what became of the other items: nothing that was done may be lost from sight. */
	stoppedBy(failure: Failure): Failure {
		if (this.total < 2) return failure;
		const { done, begun, unsent } = this.counts;
		const left = `${begun ? `, ${begun} only begun` : ''}${unsent ? `, ${unsent} not sent` : ''}`;
		return {
			...failure,
			message: `${failure.message} (${done} of ${this.total} items done${left})`,
			description: `${failure.description} To keep results and go on with the other items, set On Error in the settings of this node to Continue.`,
		};
	}

	private get isSettled(): boolean {
		const { done, failed, begun, unsent } = this.counts;
		return done + failed + begun + unsent >= this.total;
	}
}
