// What goes to Tallyfy and what comes back: the shapes that all of transport speaks of.
import type { IDataObject, IHttpRequestMethods, IN8nHttpFullResponse } from 'n8n-workflow';

/**
 * What sending a request a second time does. `safe`: nothing that sending it once did not do (reads, update, delete, enable,
 * disable). `verifyFirst`: it could do a thing twice, so it is looked up first whether it was done (create). `never`: that
 * cannot be told (conversions).
 */
export type Idempotency = 'safe' | 'verifyFirst' | 'never';

/** One request, its path relative to the organization. Blank query values and body fields are not sent. */
export interface ApiRequest {
	method: IHttpRequestMethods;
	url: string;
	qs?: IDataObject;
	body?: IDataObject;
	/** Whom the path names, for errors. */
	subject?: Subject;
	/** How long the answer may take, in milliseconds, where that is less than usual. */
	timeoutMs?: number;
	/** By its method, if left out: `never` for POST, `safe` for the others. */
	idempotency?: Idempotency;
	/** Finds out whether a request whose answer was lost has been done; gives the answer it would have had, undefined for no. */
	verify?: () => Promise<ApiResponse | undefined>;
	/** For the error of a write that may have been done: what, and what to do: "The guest jo@x.example may have been added. …" */
	doubt?: string;
}

/** Whom a request is about: `{ noun: 'guest', value: 'jo@x.example', parameter: 'Guest' }`. */
export interface Subject {
	noun: string;
	value: string;
	/** Label of the parameter that holds the value. */
	parameter: string;
}

export interface ApiResponse {
	status: number;
	/** Names in lower case, as Node.js gives them. */
	headers: IDataObject;
	body: unknown;
	/** When it came, in milliseconds since 1970; a refusal is told to others later. */
	receivedAt?: number;
	/** Whether it answers a write: what came may have been done, even if it cannot be read. */
	isWrite?: boolean;
	/** How often the request was sent. */
	tries?: number;
	/** An earlier try got no answer, so it may have been done; also where a look could not find that yet (facts.md 39). */
	answerLost?: boolean;
	/** An earlier try of this write got no answer that tells what became of it: what to say about that if this is no success. */
	doubt?: string;
}

/** Sends one request and gives the answer, whatever its status. Raises a Problem only when no answer came. */
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
 * The rate-limit bucket of a request: its route, with whom it is about left out. `GET /guests/a%40b` and `GET /guests/c%40d`
 * share one, because Tallyfy limits kinds of requests, not addresses (facts.md 46). In a path every second segment is a key.
 */
export function bucketOf({ method, url }: ApiRequest): string {
	const route = url
		.split('/')
		.map((segment, at) => (at > 0 && at % 2 === 0 ? '*' : segment))
		.join('/');
	return `${method} ${route}`;
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
	return Object.fromEntries(
		Object.entries(values).filter(([, value]) => {
			const blank = typeof value === 'string' ? value.trim() === '' : (value ?? null) === null;
			return !blank;
		}),
	);
}

// n8n's full response in our words. Called by every sender.

/** The answer in n8n's full response, whatever its status. */
export function apiResponse({ statusCode, headers, body }: IN8nHttpFullResponse): ApiResponse {
	return { status: statusCode, headers: headers as IDataObject, body };
}

// When the server says to come back. Pure; used to wait, and to tell people.

/** A longer wait is taken for this one, in seconds. */
const LONGEST_S = 7 * 24 * 3600;

/**
 * Reads a Retry-After header: whole seconds, or an HTTP date (RFC 9110, 10.2.3).
 * @param now milliseconds since 1970
 * @returns seconds from now, rounded up, 0 for a date in the past, a week at the most; undefined when missing or unreadable
 */
export function retryAfterSeconds(header: unknown, now: number): number | undefined {
	const text = String(Array.isArray(header) ? header[0] : (header ?? '')).trim();
	if (/^\d+(\.\d+)?$/.test(text)) return Math.min(Math.ceil(Number(text)), LONGEST_S);
	// Date.parse takes nearly anything ("-5" is a year to it), so only what looks like a date may reach it.
	if (!/^[A-Za-z]{3,9},? /.test(text)) return undefined;
	const date = Date.parse(text);
	if (Number.isNaN(date)) return undefined;
	return Math.min(Math.max(0, Math.ceil((date - now) / 1000)), LONGEST_S);
}
