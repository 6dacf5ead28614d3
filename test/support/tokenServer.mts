// n8n with one application credential, and a server that takes one token: for the token manager.
import { TallyfyError } from '../../nodes/TallyfyGuests/transport/errors.ts';
import type { ApiResponse } from '../../nodes/TallyfyGuests/transport/request.ts';
import { signInFailure } from '../../nodes/TallyfyGuests/transport/signIn.ts';
import { TokenManager, type TokenUse } from '../../nodes/TallyfyGuests/transport/tokens.ts';

/** Something that takes time; how long decides which comes first. */
export const turn = async () => await new Promise((resolve) => setTimeout(resolve));

const answer = (status: number): ApiResponse => ({ status, body: {} });

export class TokenServer {
	readonly manager = new TokenManager();
	/** The token that the server takes now. */
	valid = 'a';
	/** How often n8n fetched a token: by itself, because a request found none, or because it was asked to. */
	fetched = 0;
	/** How often n8n was asked for a new one. */
	renewed = 0;
	inFlight = 0;
	peak = 0;
	sent = 0;
	/** Whether no token can be had. */
	refuses = false;

	/**
	 * @param held the token that n8n has
	 * @param takes lets time pass
	 */
	constructor(
		public held = '',
		private readonly takes: () => Promise<unknown> = turn,
	) {}

	/** What one request needs of n8n. */
	readonly forOne: TokenUse = {
		send: async () => {
			this.sent++;
			this.peak = Math.max(this.peak, ++this.inFlight);
			try {
				if (!this.held) await this.fetch();
				const used = this.held;
				await this.takes();
				const status = used === this.valid ? 200 : 401;
				await this.takes();
				return answer(status);
			} finally {
				this.inFlight--;
			}
		},
		renew: async () => {
			this.renewed++;
			await this.fetch();
		},
		readToken: async () => {
			await Promise.resolve();
			return this.held !== '';
		},
	};

	/** What comes of several requests of one execution: statuses, or what to do about the failure. */
	async statuses(
		count: number,
		execution = { hasToken: false },
		changes: Partial<TokenUse> = {},
	): Promise<Array<number | string>> {
		const all = Array.from({ length: count }, async () =>
			this.manager.use(execution, { ...this.forOne, ...changes }).then(
				({ status }) => status,
				(problem: TallyfyError) => problem.details.description,
			),
		);
		return await Promise.all(all);
	}

	private async fetch(): Promise<void> {
		this.fetched++;
		await this.takes();
		if (this.refuses) throw new TallyfyError(signInFailure('at step 1', 'Check Client ID.'));
		this.held = this.valid;
	}
}
