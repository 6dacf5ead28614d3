// The token that n8n fetches by itself, for all requests with one application credential: one request fetches or renews it, the
// others wait for that. n8n fetches one for each request that finds none, and renews it for each that gets a 401, so requests
// that start together would each get a token of their own (measured on n8n-core 2.8.1). Knows nothing of n8n.
import type { TallyfyError } from './errors';
import type { ApiResponse } from './request';
import { isBeforeSending } from './signIn';

/** A 401 after so many renewals for one request is its response. */
const MAX_RENEWALS = 2;

/** What a request needs of n8n to be sent with a token. */
export interface TokenUse {
	/** Sends the request with the token in the credential; may be called several times, because a 401 did nothing (G56). */
	send: () => Promise<ApiResponse>;
	/** Makes n8n fetch a new token. A TallyfyError about the sign-in fails all requests that wait for it. */
	renew: () => Promise<void>;
	/** Whether there is a token in the credential now. */
	readToken: () => Promise<boolean>;
}

export class TokenManager {
	/** How often the token was fetched or renewed, as far as this process knows. */
	private generation = 0;
	/** A first fetch or a renewal under way. Gives the error of a sign-in that failed. */
	private pending?: Promise<TallyfyError | undefined>;

	/**
	 * Sends a request when there is a token for it. Where there is none, one request goes first, because n8n fetches the token
	 * with it. After a 401 the token is renewed, once for all requests that got one, and the request is sent again.
	 * @param execution remembers that there is a token
	 */
	async use(
		execution: { hasToken: boolean },
		{ send, renew, readToken }: TokenUse,
	): Promise<ApiResponse> {
		for (let renewals = 0; ; renewals++) {
			const known = this.generation;
			const lacksToken = !execution.hasToken && !(await readToken());
			// A loop here, not in a function of its own: nothing else may run between its last check and what follows.
			while (this.pending) await this.pendingEnd();
			const goesFirst = lacksToken && !execution.hasToken && this.generation === known;
			const generation = goesFirst ? known + 1 : this.generation;
			const response = goesFirst ? await this.alone(send) : await send();
			execution.hasToken = true;
			if (response.status !== 401 || renewals === MAX_RENEWALS) return response;
			while (this.pending) await this.pendingEnd();
			if (this.generation === generation) await this.alone(renew);
		}
	}

	/** Fetches or renews the token while all others wait. They find the new generation, because they go on before the caller does. */
	private async alone<T>(work: () => Promise<T>): Promise<T> {
		const result = work();
		const end = (generations: number, error?: TallyfyError) => {
			this.generation += generations;
			this.pending = undefined;
			// What holds for the request that went first holds for those that waited for it.
			return error && isBeforeSending(error.details) ? error : undefined;
		};
		this.pending = result.then(
			() => end(1),
			(error: TallyfyError) => end(0, error),
		);
		return await result;
	}

	/** Waits for the fetch or renewal under way. @throws TallyfyError of a sign-in that failed */
	private async pendingEnd(): Promise<void> {
		const error = await this.pending;
		if (error) throw error;
	}
}
