// What an answer says: the API's own words, codes and messages about fields, and whether it knows nobody. Pure.
import { readable, TallyfyError, withDoubt, type ErrorDetails } from './errors';
import { isObject, type ApiResponse, type Subject, retryAfterSeconds } from './request';
import type { IDataObject } from 'n8n-workflow';

/** Field messages of a 422, flattened: values are lists of texts, bare texts or nested maps (contract, FieldErrors). */
export function fieldMessages(errors: unknown): Record<string, string[]> {
	const found: Record<string, string[]> = Object.create(null);
	const visit = (name: string, value: unknown) => {
		if (Array.isArray(value)) value.forEach((entry) => visit(name, entry));
		else if (isObject(value)) {
			for (const [key, entry] of Object.entries(value)) {
				visit(readable(name ? `${name}.${key}` : key), entry);
			}
		} else if (value !== null && value !== undefined && value !== '') {
			(found[name || 'general'] ??= []).push(readable(String(value)));
		}
	};
	visit('', errors);
	return { ...found };
}

/** The API's own words in an answer, if it has any: `message`, a text or a list of them, `error` as text, or `error.message` (contract, SeatPoolError). */
export function messageIn(body: unknown): string | undefined {
	if (!isObject(body)) return undefined;
	const nested = isObject(body.error) ? body.error.message : body.error;
	const words = [body.message, nested]
		.map((said) =>
			Array.isArray(said) ? said.filter((one) => typeof one === 'string').join(' ') : said,
		)
		.find((said) => typeof said === 'string' && said.trim() !== '');
	return words === undefined ? undefined : readable(words as string);
}

/** What frameworks and servers say when they have nothing to say. */
const GENERIC =
	/^(internal )?server error\.?$|^whoops\b|^something went wrong\.?$|^(http )?(error )?500\b/i;

/** Whether a server error says what is wrong with this request, so that sending it again would not help. */
export function namesReason(body: unknown): boolean {
	if (!isObject(body)) return false;
	const words = messageIn(body) ?? '';
	return (
		(words !== '' && !GENERIC.test(words)) || Object.keys(fieldMessages(body.errors)).length > 0
	);
}

/** The API's name for the kind of refusal: `code`, or `error.code`. */
export function codeIn(body: unknown): string | undefined {
	if (!isObject(body)) return undefined;
	const code = body.code ?? (isObject(body.error) ? body.error.code : undefined);
	return typeof code === 'string' ? readable(code) : undefined;
}

/** A page for people: our API has none, so somebody on the way answered. */
export const isWebPage = (body: unknown) => typeof body === 'string' && /^\s*</.test(body);

/** How the framework says that an address leads nowhere, which other 404s do not. */
const NO_ROUTE = /\broute\b.*\bnot\b.*\bfound\b/i;

/**
 * Whether the answer says "no such guest". Reads give 404, delete and (by its rules) update give 422 on the email
 * (facts.md section 2, "Unknown guest"). A path that does not exist, or a web page, is not that.
 */
export function isNotFound(answer: ApiResponse): boolean {
	if (answer.status === 404) {
		const empty = answer.body === '' || answer.body === undefined || answer.body === null;
		if (!isObject(answer.body)) return empty;
		return (
			codeIn(answer.body) !== 'ENDPOINT_NOT_FOUND' && !NO_ROUTE.test(messageIn(answer.body) ?? '')
		);
	}
	return (
		answer.status === 422 && isObject(answer.body) && 'email' in fieldMessages(answer.body.errors)
	);
}

/**
 * Whether a status means that no answer came from the API itself. 520 to 527 and 530 are how Cloudflare says that the server
 * behind it does not answer.
 */
export const isUnavailable = (status: number) =>
	[408, 502, 503, 504, 530].includes(status) || (status >= 520 && status <= 527);

// What an answer holds: one record, or one page of a list. Pure; called by the door's senders.

/** One page of a list. */
export interface Page {
	records: IDataObject[];
	/** Records in the whole list; undefined when the server did not say, or said less than it gave. */
	total?: number;
}

/** A 2xx, but for one that says itself that it is an error: proxies and frameworks send such. */
export const succeeded = ({ status, body }: ApiResponse) =>
	status >= 200 && status < 300 && !(isObject(body) && body.error === true);

/** The `data` of a success; raises a Problem for any other answer. Any 2xx is one: the documents disagree on which. */
function dataOf(answer: ApiResponse, subject?: Subject): unknown {
	if (!succeeded(answer)) throw new TallyfyError(failedResponse(answer, subject));
	if (answer.body === '' || answer.body === undefined || answer.body === null) {
		throw unexpectedResponse(answer, 'with nothing in it');
	}
	if (!isObject(answer.body)) throw unexpectedResponse(answer, 'not with a JSON object');
	return answer.body.data;
}

/** The record in `{ data: {…} }`; raises a Problem when there is none. */
export function recordOf(answer: ApiResponse, subject?: Subject): IDataObject {
	const data = dataOf(answer, subject);
	if (!isObject(data)) throw unexpectedResponse(answer, 'without the object "data"');
	return data;
}

/**
 * The record in a success that may hold none, as an empty 204 does. Raises a Problem for any other answer, and for a text:
 * that is no word of the API, so somebody else may have answered.
 */
export function recordIfAny(answer: ApiResponse, subject?: Subject): IDataObject | undefined {
	if (!succeeded(answer)) throw new TallyfyError(failedResponse(answer, subject));
	const { body } = answer;
	if (typeof body === 'string' && body !== '')
		throw unexpectedResponse(answer, 'not with a JSON object');
	const data = isObject(body) ? body.data : undefined;
	return isObject(data) ? data : undefined;
}

const wholeNumber = (value: unknown): number | undefined => {
	const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
	return Number.isInteger(number) && (number as number) >= 0 ? (number as number) : undefined;
};

/** PHP writes a list with gaps as a map with numbers; everything else comes as it is. */
export function listIn(data: unknown): unknown {
	const keys = isObject(data) ? Object.keys(data) : [];
	const isList = keys.length > 0 && keys.every((key) => /^\d+$/.test(key));
	return isList ? Object.values(data as object) : data;
}

/** Whether the server says itself that pages are left. That it says nothing of the kind means nothing (facts.md 37). */
function promisesMore({ current_page: page, total_pages: pages, links }: IDataObject): boolean {
	const next = isObject(links) ? links.next : undefined;
	return Boolean(next) || Number(pages) > Number(page);
}

/** The records in `{ data: […], meta }`; raises a Problem when there is no list. `meta` may be missing (facts.md 36). */
export function pageOf(answer: ApiResponse): Page {
	const data = listIn(dataOf(answer));
	if (!Array.isArray(data) || !data.every(isObject)) {
		throw unexpectedResponse(answer, 'without the list "data"');
	}
	const { meta } = answer.body as IDataObject;
	const pagination = isObject(meta) && isObject(meta.pagination) ? meta.pagination : {};
	const total = wholeNumber(pagination.total);
	// A total of what is on this page, with more pages to come, would end the walk here.
	const isBelievable =
		total !== undefined &&
		(total > data.length || (total === data.length && !promisesMore(pagination)));
	return { records: data, total: isBelievable ? total : undefined };
}

// What an answer that is no success means, and what to do about it. Pure: knows answers, not n8n.

interface Explanation {
	/** Used when the API said nothing. */
	words: string;
	next: string;
}

function explain(answer: ApiResponse, subject: Subject | undefined): Explanation {
	const { status, body } = answer;
	if (status >= 300 && status < 400) {
		return {
			words: `Tallyfy answered with a redirect (${status}), which is not followed`,
			next: 'Check Base URL in the credential; usually it is https://go.tallyfy.com/api.',
		};
	}
	if (isWebPage(body) && status >= 400 && status < 500 && ![404, 429].includes(status)) {
		return {
			words: `A web page came back (${status}), which is not from the Tallyfy API`,
			next: 'Something between n8n and Tallyfy, such as a proxy or a firewall, did not let this through: ask whoever runs it. If there is nothing, check Base URL in the credential; usually it is https://go.tallyfy.com/api.',
		};
	}
	if (status === 401) {
		return {
			words: 'Tallyfy did not accept the access token',
			next: 'A personal token stops working the moment its owner logs out of the Tallyfy web application. Make a new one (Settings > Integrations > REST API) and put it into the credential.',
		};
	}
	if (status === 403) {
		return {
			words: 'Tallyfy does not allow this',
			next: 'If this is about rights, check that the owner of the token may do it and that Organization ID in the credential is theirs. If it is a rule of Tallyfy about this guest, meet it in Tallyfy first.',
		};
	}
	if (
		codeIn(body) === 'ENDPOINT_NOT_FOUND' ||
		(status === 404 && !(subject && isNotFound(answer)))
	) {
		return {
			words: 'Tallyfy does not know this address',
			next: 'Check Base URL, Organization ID and Client Header in the credential.',
		};
	}
	if (subject && isNotFound(answer)) {
		return {
			words: `no ${subject.noun} ${subject.value} in this organization`,
			next: `Check ${subject.parameter}, or pick the ${subject.noun} from the list.`,
		};
	}
	if (codeIn(body) === 'SEAT_POOL_EXHAUSTED') {
		const details = isObject(body) && isObject(body.error) ? body.error.details : undefined;
		const type = isObject(details) ? details.pool_type : undefined;
		const pool = type ? `${String(type)} seats` : 'seats';
		return {
			words: `No ${pool} left`,
			next: `The pool of ${pool} is full. Free a seat or buy one in Tallyfy, then run this item again.`,
		};
	}
	if (status === 422) {
		return {
			words: 'Tallyfy refused the values',
			next: 'Correct the fields named in the message.',
		};
	}
	if (status === 429) {
		return {
			words: 'Tallyfy is receiving too many requests',
			next:
				codeIn(body) === 'RATE_LIMIT_EXCEEDED'
					? 'This is an hourly limit of the organization (30 guest invites by default). Run the items that are left later.'
					: 'Run the items that are left later, or set Requests per Minute in Pacing of this node.',
		};
	}
	if (status >= 500) {
		return {
			words: `Tallyfy could not answer (${status})`,
			next: 'This is on the side of Tallyfy. Try again later.',
		};
	}
	return {
		words: `Tallyfy refused the request (${status})`,
		next: 'Check the parameters of this operation.',
	};
}

/**
 * What an answer that is no success means.
 * @param subject whom the request was about, for "no such guest"
 * @param now milliseconds since 1970
 */
export function failedResponse(
	answer: ApiResponse,
	subject?: Subject,
	now = Date.now(),
): ErrorDetails {
	const { words, next } = explain(answer, subject);
	const fields = isObject(answer.body) ? fieldMessages(answer.body.errors) : {};
	const listed = Object.entries(fields).map(([field, texts]) => `${field}: ${texts.join(' ')}`);
	const unknown = subject !== undefined && isNotFound(answer);
	const own = messageIn(answer.body);
	const said = [own, ...(unknown ? [] : listed)].filter(Boolean).join(' ');
	const message =
		unknown && said
			? `${said.replace(/\.$/, '')}: ${words}`
			: said || `${words[0].toUpperCase()}${words.slice(1)}`;
	const failure: ErrorDetails = {
		message: readable(message),
		description: next,
		status: answer.status,
	};
	const code = codeIn(answer.body);
	if (code) failure.code = code;
	if (listed.length) failure.fields = fields;
	if (answer.status === 429 || answer.status === 503) {
		// Told to others later than it came.
		const receivedAt = answer.receivedAt ?? now;
		const asked = retryAfterSeconds(answer.headers['retry-after'], receivedAt);
		if (asked !== undefined) {
			const seconds = Math.max(0, asked - Math.floor((now - receivedAt) / 1000));
			failure.retryAfterSeconds = seconds;
			failure.retryAt = new Date(now + seconds * 1000).toISOString();
			if (seconds > 0)
				failure.description += ` Tallyfy asks to wait ${seconds} s, until ${failure.retryAt}.`;
		}
	}
	if ((answer.tries ?? 1) > 1)
		failure.description = `Tried ${answer.tries} times. ${failure.description}`;
	return answer.doubt ? withDoubt(failure, answer.doubt) : failure;
}

/** A success (2xx) whose body is not what the contract promises. */
export function unexpectedResponse(answer: ApiResponse, wrong: string): TallyfyError {
	const page = isWebPage(answer.body);
	const failure: ErrorDetails = {
		message: `Tallyfy answered ${answer.status}, but ${page ? 'with a web page instead of JSON' : wrong}`,
		description: page
			? 'Something between n8n and Tallyfy, or the web application itself, answered. Check Base URL in the credential; usually it is https://go.tallyfy.com/api.'
			: 'Nothing can be said about what happened in Tallyfy. Look there before you run this item again.',
		status: answer.status,
	};
	return new TallyfyError(answer.isWrite ? { ...failure, outcome: 'unknown' } : failure);
}
