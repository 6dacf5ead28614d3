// What goes to Tallyfy and what comes back: the shapes that all of transport speaks of.
import type { IDataObject, IHttpRequestMethods } from 'n8n-workflow';

/**
 * What a repetition does. `harmless`: nothing that one request did not do (reads, update, delete, enable, disable).
 * `look`: it could do a thing twice, so somebody looks first (create). `never`: nobody can tell (conversions).
 */
export type Repetition = 'harmless' | 'look' | 'never';

/** One request, its path relative to the organization. Blank query values and body fields are not sent. */
export interface ApiRequest {
	method: IHttpRequestMethods;
	url: string;
	qs?: IDataObject;
	body?: IDataObject;
	/** Whom the path names, for errors. */
	subject?: Subject;
	/** What sending it again would do; by its method, if left out. */
	repetition?: Repetition;
	/** Looks whether a request whose answer was lost has been done; gives the answer it would have had. */
	look?: () => Promise<Answer | undefined>;
}

/** Whom a request is about: `{ noun: 'guest', value: 'jo@x.example', parameter: 'Guest' }`. */
export interface Subject {
	noun: string;
	value: string;
	/** Label of the parameter that holds the value. */
	parameter: string;
}

export interface Answer {
	status: number;
	/** Names in lower case, as Node.js gives them. */
	headers: IDataObject;
	body: unknown;
	/** How often the request was sent. */
	tries?: number;
	/** An earlier try got no answer, so it may have been done already. */
	answerLost?: boolean;
}

/** Sends one request and gives the answer, whatever its status. Raises a Problem only when no answer came. */
export type Send = (request: ApiRequest) => Promise<Answer>;

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
