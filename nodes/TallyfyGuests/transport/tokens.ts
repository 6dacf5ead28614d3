// The token that n8n fetches by itself, for all who use one application credential: one request fetches or renews it, the
// others wait for that. n8n asks for a token once per request that finds none, and renews it once per request that meets a
// 401, so requests that start together would each get one of their own (measured on n8n-core 2.8.1). Knows nothing of n8n.
import type { TallyfyError } from './errors';
import type { ApiResponse } from './request';
import { isBeforeSending } from './signIn';

/** A 401 after so many renewals of one request is an answer. */
const MOST_RENEWALS = 2;

/** What a request needs of n8n to be sent with a token. */
export interface TokenUse {
	/** Sends the request with the token in the credential; may be called several times, because a 401 did nothing. */
	send: () => Promise<ApiResponse>;
	/** Makes n8n fetch a new token. A Problem about the sign-in fails all who wait for it. */
	renew: () => Promise<void>;
	/** Whether there is a token in the credential now. */
	readToken: () => Promise<boolean>;
}

export class TokenManager {
	/** How often the token was fetched or renewed, as far as this process knows. */
	private generation = 0;
	/** Under way: a first fetch or a renewal. Gives the Problem of a sign-in that failed. */
	private pending?: Promise<TallyfyError | undefined>;

	/**
	 * Sends a request when there is a token for it. Where there is none, one request goes ahead, because n8n fetches the token
	 * with it. After a 401 the token is renewed, once for all who met it, and the request is sent again.
	 * @param execution asked for a token once
	 */
	async use(
		execution: { hasToken: boolean },
		{ send, renew, readToken }: TokenUse,
	): Promise<ApiResponse> {
		for (let renewals = 0; ; renewals++) {
			const known = this.generation;
			const lacksToken = !execution.hasToken && !(await readToken());
			// A loop, because several wait for the same: nothing else runs between its last look and what follows.
			while (this.pending) await this.pendingDone();
			const goesAhead = lacksToken && !execution.hasToken && this.generation === known;
			const generation = goesAhead ? known + 1 : this.generation;
			const response = goesAhead ? await this.alone(send) : await send();
			execution.hasToken = true;
			if (response.status !== 401 || renewals === MOST_RENEWALS) return response;
			while (this.pending) await this.pendingDone();
			if (this.generation === generation) await this.alone(renew);
		}
	}

	/** Fetches or renews the token while all others wait. They find the new generation: they wake before the caller does. */
	private async alone<T>(work: () => Promise<T>): Promise<T> {
		const result = work();
		this.pending = result.then(
			() => {
				this.generation++;
				this.pending = undefined;
				return undefined;
			},
			(problem: TallyfyError) => {
				this.pending = undefined;
				// What holds for the one that went ahead holds for those that waited for it.
				return isBeforeSending(problem.details) ? problem : undefined;
			},
		);
		return await result;
	}

	/** Waits for a fetch or a renewal that is under way. Without a token it makes no sense to go on. */
	private async pendingDone(): Promise<void> {
		const problem = await this.pending;
		if (problem) throw problem;
	}
}
