// Requests that are sent with retries, in virtual time, to a server that is a function.
import type { IN8nHttpFullResponse } from 'n8n-workflow';
import { vi } from 'vitest';
import { Execution } from '../../nodes/TallyfyGuests/transport/execution.ts';
import { TallyfyError } from '../../nodes/TallyfyGuests/transport/errors.ts';
import { RateLimiter } from '../../nodes/TallyfyGuests/transport/rateLimiter.ts';
import {
	apiResponse,
	type ApiRequest,
	type ApiResponse,
	type Send,
} from '../../nodes/TallyfyGuests/transport/request.ts';
import { withRetry, type RetryOptions } from '../../nodes/TallyfyGuests/transport/withRetry.ts';
import { VirtualTime } from './virtualTime.mts';

/** A response whose headers are read when it comes. */
type Answer = ApiResponse & { headers?: object };
/** What one attempt brings: a response, an error, or whatever comes of a promise. */
export type Meets = Answer | Error | Promise<Answer>;

export const answer = (status: number, body: unknown = {}, headers?: object): Answer => ({
	status,
	body,
	...(headers ? { headers } : {}),
});
export const refused = (seconds: number, body: unknown = {}): Answer =>
	answer(429, body, { 'retry-after': String(seconds) });
export const CAP = { code: 'RATE_LIMIT_EXCEEDED', message: 'Hourly.' };
export const lostWith = (code: string) =>
	new TallyfyError({ message: 'No answer', description: 'Look.', code });
export const LOST = lostWith('ECONNRESET');

export const READ: ApiRequest = { method: 'GET', url: '/guests' };
export const UPDATE: ApiRequest = { method: 'PUT', url: '/guests/a' };
export const CREATE: ApiRequest = { method: 'POST', url: '/guests', idempotency: 'verifyFirst' };
export const CONVERSION: ApiRequest = { method: 'POST', url: '/guests/a/to/member' };

/** What is said of a write that may have been done, where the request says nothing itself. */
export const DOUBT = /^This may have been done all the same\./;

export class Retrying {
	readonly time = new VirtualTime();
	readonly began = this.time.now();
	readonly connection = {
		credentialType: 'tallyfyGuestsApi',
		limiter: new RateLimiter(this.time.now, this.time.sleep, () => 1),
	};
	execution: Execution;
	readonly sent: Array<{ request: ApiRequest; at: number }> = [];

	/** Every back-off is as long as it can be. */
	constructor(readonly server: (request: ApiRequest, sent: number, at: number) => Meets) {
		vi.spyOn(Date, 'now').mockImplementation(this.time.now);
		vi.spyOn(Math, 'random').mockReturnValue(1);
		this.execution = this.newExecution();
	}

	/** A server that meets requests with these in turn, and with the last one from then on. */
	static inTurn(outcomes: Meets[]): Retrying {
		return new Retrying((_, sent) => outcomes[Math.min(sent, outcomes.length) - 1]);
	}

	newExecution(): Execution {
		const execution = new Execution({ sleep: this.time.sleep });
		execution.connection = this.connection;
		return execution;
	}

	/** When requests were sent, in milliseconds since the beginning. */
	get times(): number[] {
		return this.sent.map(({ at }) => at);
	}

	/** What was sent: "GET /guests". */
	get requests(): string[] {
		return this.sent.map(({ request }) => `${request.method} ${request.url}`);
	}

	/** Sends a request with retries, on behalf of the current execution. */
	readonly send = async (request: ApiRequest, options: Partial<RetryOptions> = {}) =>
		await withRetry(
			this.once,
			{ execution: this.execution, connection: this.connection },
			{ limits: { concurrency: 10 }, maxWaitMs: 60_000, ...options },
		)(request);

	/** Sends it, and lets as much time pass as it takes. */
	async met(request: ApiRequest, options: Partial<RetryOptions> = {}): Promise<ApiResponse> {
		return await this.time.until(this.send(request, options));
	}

	/** What comes of several, in the end. */
	async metAll(
		requests: ApiRequest[],
		options: Partial<RetryOptions> = {},
	): Promise<Array<ApiResponse | TallyfyError>> {
		const caught = requests.map(async (request) =>
			this.send(request, options).catch((problem: TallyfyError) => problem),
		);
		return await this.time.until(Promise.all(caught));
	}

	private readonly once: Send = async (request) => {
		const at = this.time.now() - this.began;
		this.sent.push({ request, at });
		const meets = this.server(request, this.sent.length, at);
		if (meets instanceof Error) throw meets;
		const { headers, ...response } = await meets;
		if (!headers) return response;
		const { status, body } = response;
		return apiResponse({ statusCode: status, headers, body } as IN8nHttpFullResponse);
	};
}
