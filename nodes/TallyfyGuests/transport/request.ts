// What is sent to Tallyfy and what comes back: requests and responses, as all of transport handles them.
import type { IDataObject, IHttpRequestMethods, IN8nHttpFullResponse } from 'n8n-workflow';

/**
 * What sending a request a second time does. `safe`: nothing new (reads, update, delete, enable, disable; G38). `verifyFirst`: a
 * thing twice, so a read finds out first whether it was done (create). `never`: that cannot be found out (conversions).
 */
export type Idempotency = 'safe' | 'verifyFirst' | 'never';

/** One request, its path relative to the organization. Blank query values and body fields are not sent. */
export interface ApiRequest {
	method: IHttpRequestMethods;
	url: string;
	qs?: IDataObject;
	body?: IDataObject;
	/** The record that the path names, for errors. */
	subject?: Subject;
	/** How long the response may take, in milliseconds, where that is less than usual. */
	timeoutMs?: number;
	/** By its method, if left out: `never` for POST, `safe` for the others. */
	idempotency?: Idempotency;
	/** Finds out whether a request without a response was done; gives the response it would have had, undefined if it was not. */
	verify?: () => Promise<ApiResponse | undefined>;
	/** For the error of a write that may have been done: what, and what to do: "The guest jo@x.example may have been added. …" */
	doubt?: string;
}

/** The record that a request is about: `{ noun: 'guest', value: 'jo@x.example', parameter: 'Guest' }`. */
export interface Subject {
	noun: string;
	value: string;
	/** Label of the parameter that holds the value. */
	parameter: string;
}

export interface ApiResponse {
	status: number;
	body: unknown;
	/** The time of the server when it answered, by its Date header, in milliseconds since 1970. */
	date?: number;
	/** When to come back, by its Retry-After, in milliseconds since 1970; missing where it does not say. */
	retryAt?: number;
	/** Whether it answers a write, which may have been done even if the response cannot be read. */
	isWrite?: boolean;
	/** How often the request was sent; 0 where an earlier refusal was given to it instead. */
	tries?: number;
	/** Whether an earlier attempt of this write got no response, so that it may have been done. */
	answerLost?: boolean;
	/** What to say if this is no success: an earlier attempt of this write may have been done, and no read has settled that. */
	doubt?: string;
}

/** Sends one request and gives the response, whatever its status. @throws TallyfyError only when no response came */
export type Send = (request: ApiRequest) => Promise<ApiResponse>;

/** What sending the request again would do. */
export function idempotencyOf({ method, idempotency }: ApiRequest): Idempotency {
	return idempotency ?? (method === 'POST' ? 'never' : 'safe');
}

/** Whether the request changes something in Tallyfy. A read that must not be repeated (a reminder) does. */
export function isWrite(request: ApiRequest): boolean {
	return request.method !== 'GET' || idempotencyOf(request) === 'never';
}

/**
 * The rate-limit bucket of a request: its route. `GET /guests/a%40b` and `GET /guests/c%40d` share `GET /guests/*`, because
 * Tallyfy limits kinds of requests, not addresses (facts.md 46, G49). In a path every second segment is a key.
 */
export function bucketOf({ method, url }: ApiRequest): string {
	const segments = url.split('/').map((part, at) => (at > 0 && at % 2 === 0 ? '*' : part));
	return `${method} ${segments.join('/')}`;
}

/** True for a JSON object, false for lists, texts, null. */
export function isObject(value: unknown): value is IDataObject {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Without blank values: undefined, null and ''. The API stores '' as an empty name (facts.md 16), and people and agents
 * leave optional fields empty. Empty lists stay: they clear.
 */
export function withoutBlanks(values: IDataObject = {}): IDataObject {
	const isBlank = (value: unknown) =>
		typeof value === 'string' ? value.trim() === '' : (value ?? null) === null;
	return Object.fromEntries(Object.entries(values).filter(([, value]) => !isBlank(value)));
}

/** n8n's full response as the rest of transport has it, whatever its status. */
export function apiResponse({ statusCode, headers, body }: IN8nHttpFullResponse): ApiResponse {
	const now = Date.now();
	const seconds = retryAfterSeconds(headers['retry-after'], now);
	const date = Date.parse(String(headers.date));
	const response: ApiResponse = {
		status: statusCode,
		body,
		...(Number.isNaN(date) ? {} : { date }),
	};
	return seconds === undefined ? response : { ...response, retryAt: now + seconds * 1000 };
}

/** A week, in seconds: longer waits are taken for this one. */
const MAX_RETRY_AFTER_S = 7 * 24 * 3600;

/**
 * Reads a Retry-After header: whole seconds, or an HTTP date (RFC 9110, 10.2.3; G50).
 * @param now milliseconds since 1970
 * @returns seconds from now, rounded up, 0 for a date in the past, a week at the most; undefined when missing or unreadable
 */
export function retryAfterSeconds(header: unknown, now: number): number | undefined {
	const text = String(Array.isArray(header) ? header[0] : (header ?? '')).trim();
	if (/^\d+(\.\d+)?$/.test(text)) return Math.min(Math.ceil(Number(text)), MAX_RETRY_AFTER_S);
	// Date.parse takes nearly anything ("-5" is a year to it), so only what looks like a date may reach it.
	const date = /^[A-Za-z]{3,9},? /.test(text) ? Date.parse(text) : NaN;
	if (Number.isNaN(date)) return undefined;
	return Math.min(Math.max(0, Math.ceil((date - now) / 1000)), MAX_RETRY_AFTER_S);
}
