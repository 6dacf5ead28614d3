// The token that n8n fetches by itself: one request fetches or renews it, the others use it. Knows nothing of n8n.
// n8n asks for a token once per request that finds none, and renews it once per request that meets a 401, so requests that
// start together would each get one of their own (measured on n8n-core 2.8.1).
import type { Problem } from './failure';
import type { Answer } from './request';
import { isSignIn } from './signIn';

/** On whose behalf a request is sent: many at once, of whom none has met a token yet, send one ahead. */
export interface Party {
	signedIn: boolean;
}

export class Session {
	/** Whether a token was there when somebody last asked; people may have saved the credential since, which empties it. */
	private open = false;
	/** Under way: the request that fetches the first token, or a renewal. Gives what went wrong with it. */
	private busy?: Promise<Problem | undefined>;
	private renewals = 0;

	/**
	 * Sends a request when there is a token for it: the first request of a party alone. After a 401 the token is renewed, once for all
	 * who met it, and the request is sent again, once: a 401 did nothing.
	 * @param send may be called twice
	 * @param renew makes n8n fetch a new token. A Problem of its own fails all who wait for it.
	 */
	async use(
		send: () => Promise<Answer>,
		renew: () => Promise<void>,
		party: Party,
	): Promise<Answer> {
		while (this.busy) await this.together(this.busy);
		const known = this.renewals;
		const ahead = !this.open || !party.signedIn;
		const answer = ahead ? await this.alone(send) : await send();
		this.open = party.signedIn = true;
		if (answer.status !== 401) return answer;
		if (this.busy) await this.together(this.busy);
		else if (known === this.renewals) {
			await this.alone(renew);
			this.renewals++;
		}
		return await send();
	}

	/** Does something while all others wait. */
	private async alone<T>(work: () => Promise<T>): Promise<T> {
		const result = work();
		this.busy = result.then(
			() => undefined,
			(problem: Problem) => (isSignIn(problem.failure) ? problem : undefined),
		);
		return await result.finally(() => (this.busy = undefined));
	}

	/** Waits for what another one does. Without a token it makes no sense to go on. */
	private async together(busy: Promise<Problem | undefined>): Promise<void> {
		const problem = await busy;
		if (problem) throw problem;
	}
}
