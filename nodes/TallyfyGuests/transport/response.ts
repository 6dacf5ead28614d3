// What a response says: its message, its record or page of a list, and for one that is no success what it means and what to do
// about it. Pure: knows nothing of n8n.
import type { IDataObject } from 'n8n-workflow';
import { readable, TallyfyError, withDoubt, type ErrorDetails } from './errors';
import { isObject, type ApiResponse, type Subject } from './request';

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

/** The API's message in a body: `message`, a text or a list of them, `error` as text, or `error.message` (contract, SeatPoolError). */
export function messageIn(body: unknown): string | undefined {
	if (!isObject(body)) return undefined;
	const nested = isObject(body.error) ? body.error.message : body.error;
	const texts = [body.message, nested].map((said) =>
		[said]
			.flat()
			.filter((one) => typeof one === 'string')
			.join(' ')
			.trim(),
	);
	const message = texts.find((text) => text !== '');
	return message === undefined ? undefined : readable(message);
}

/** The API's name for the kind of refusal: `code`, or `error.code`. */
export function codeIn(body: unknown): string | undefined {
	if (!isObject(body)) return undefined;
	const code = body.code ?? (isObject(body.error) ? body.error.code : undefined);
	return typeof code === 'string' ? readable(code) : undefined;
}

/** Whether a body is a page for people: the API has none, so it came from a proxy or from the web application (G55). */
export const isWebPage = (body: unknown) => typeof body === 'string' && /^\s*</.test(body);

const isEmpty = (body: unknown) => body === '' || body === undefined || body === null;

/** How the framework says that an address leads nowhere, which other 404s do not (G47). */
const NO_ROUTE = /\broute\b.*\bnot\b.*\bfound\b/i;

/**
 * Whether the response says "no such guest". Reads give 404, delete and (by its rules) update give 422 on the email
 * (facts.md section 2, "Unknown guest"; G47). A path that does not exist, or a web page, is not that.
 */
export function isNotFound({ status, body }: ApiResponse): boolean {
	if (status === 404) {
		if (!isObject(body)) return isEmpty(body);
		return codeIn(body) !== 'ENDPOINT_NOT_FOUND' && !NO_ROUTE.test(messageIn(body) ?? '');
	}
	return status === 422 && isObject(body) && 'email' in fieldMessages(body.errors);
}

/** Whether a status means that the API itself did not answer. With 520 to 527 and 530 Cloudflare says so (G53). */
export const isUnavailable = (status: number) =>
	[408, 502, 503, 504, 530].includes(status) || (status >= 520 && status <= 527);

/** Whether a response is a 2xx that does not say itself that it is an error: proxies and frameworks send such (G36). */
export const succeeded = ({ status, body }: ApiResponse) =>
	status >= 200 && status < 300 && !(isObject(body) && body.error === true);

/** The `data` of a success, with any 2xx: the documents disagree on which (G36). @throws TallyfyError for any other response */
function dataOf(response: ApiResponse, subject?: Subject): unknown {
	if (!succeeded(response)) throw new TallyfyError(failedResponse(response, subject));
	const { body } = response;
	if (isObject(body)) return body.data;
	throw unexpectedResponse(response, isEmpty(body) ? 'with nothing in it' : NO_JSON);
}

const NO_JSON = 'not with a JSON object';

/** The record in `{ data: {…} }`. @throws TallyfyError when there is none */
export function recordOf(response: ApiResponse, subject?: Subject): IDataObject {
	const data = dataOf(response, subject);
	if (!isObject(data)) throw unexpectedResponse(response, 'without the object "data"');
	return data;
}

/** The record in a success that may hold none, as an empty 204 does. @throws TallyfyError for anything else, also for a text */
export function recordIfAny(response: ApiResponse, subject?: Subject): IDataObject | undefined {
	if (!succeeded(response)) throw new TallyfyError(failedResponse(response, subject));
	const { body } = response;
	if (typeof body === 'string' && body !== '') throw unexpectedResponse(response, NO_JSON);
	const data = isObject(body) ? body.data : undefined;
	return isObject(data) ? data : undefined;
}

/** One page of a list. */
export interface Page {
	records: IDataObject[];
	/** Records in the whole list; undefined when the server did not say, or said less than it gave. */
	total?: number;
}

/**
 * A list that came as a map with numbers, as a list; everything else as it is. PHP writes a list with gaps so (G4), as it writes
 * an empty map as `[]` (facts.md section 2, "stats wrapping").
 */
export function listIn(data: unknown): unknown {
	const keys = isObject(data) ? Object.keys(data) : [];
	const isList = keys.length > 0 && keys.every((key) => /^\d+$/.test(key));
	return isList ? Object.values(data as object) : data;
}

/** The records in `{ data: […], meta }` (facts.md 6); `meta` may be missing (G3). @throws TallyfyError when there is no list */
export function pageOf(response: ApiResponse): Page {
	const data = listIn(dataOf(response));
	if (!Array.isArray(data) || !data.every(isObject)) {
		throw unexpectedResponse(response, 'without the list "data"');
	}
	const { meta } = response.body as IDataObject;
	const pagination = isObject(meta) && isObject(meta.pagination) ? meta.pagination : {};
	return { records: data, total: totalIn(pagination, data.length) };
}

/**
 * The total of the list, as far as it can be believed (G2). A server that computes the number of pages from a size of its own
 * (facts.md 37) may give the total of this page alone; one that also says that there are more pages is not believed.
 */
function totalIn(pagination: IDataObject, count: number): number | undefined {
	const { total: given, current_page: page, total_pages: pages, links } = pagination;
	const total = typeof given === 'string' && given.trim() !== '' ? Number(given) : given;
	if (!Number.isInteger(total) || (total as number) < count) return undefined;
	const hasMore = Boolean(isObject(links) && links.next) || Number(pages) > Number(page);
	return total === count && hasMore ? undefined : (total as number);
}

const CHECK_BASE_URL =
	'Check Base URL in the credential; usually it is https://go.tallyfy.com/api.';

/** By status: what to say where the API says nothing, and what to do next. A 401 is taken to be about the token (G56). */
const EXPLANATIONS: Record<number, [message: string, next: string]> = {
	401: [
		'Tallyfy did not accept the access token',
		'A personal token stops working the moment its owner logs out of the Tallyfy web application. Make a new one (Settings > Integrations > REST API) and put it into the credential.',
	],
	// Final for the moment (facts 132, 143).
	402: [
		'The trial of this organization is at its limit',
		'A trial allows 100 task assignments in all, and repeating this does not help. Choose a plan in Tallyfy, then run this item again.',
	],
	403: [
		'Tallyfy does not allow this',
		'If this is about rights, check that the owner of the token may do it and that Organization ID in the credential is theirs. If it is a rule of Tallyfy about this guest, meet it in Tallyfy first.',
	],
	404: [
		'Tallyfy does not know this address',
		'Check Base URL, Organization ID and Client Header in the credential.',
	],
	422: ['Tallyfy refused the values', 'Correct the fields named in the message.'],
	423: [
		'The process of this task is locked',
		'An open issue of the process locks its tasks. Resolve it in Tallyfy, then run this item again.',
	],
	429: [
		'Tallyfy is receiving too many requests',
		'Run the items that are left later, or set Requests per Minute in Pacing of this node.',
	],
};

const HOURLY_LIMIT =
	'This is an hourly limit of the organization (30 guest invites by default). Run the items that are left later.';

/** Message and next step. Full seats may stop a conversion (facts.md 44, G41), the hourly cap a new guest (facts.md 46, G44). */
function explain(response: ApiResponse, subject?: Subject): [message: string, next: string] {
	const { status, body } = response;
	const code = codeIn(body);
	if (status >= 300 && status < 400) {
		return [`Tallyfy answered with a redirect (${status}), which is not followed`, CHECK_BASE_URL];
	}
	if (isWebPage(body) && status >= 400 && status < 500 && ![404, 429].includes(status)) {
		return [
			`A web page came back (${status}), which is not from the Tallyfy API`,
			`Something between n8n and Tallyfy, such as a proxy or a firewall, did not let this through: ask whoever runs it. If there is nothing, ${CHECK_BASE_URL.replace('C', 'c')}`,
		];
	}
	if (status === 401 || status === 403) return EXPLANATIONS[status];
	if (code === 'ENDPOINT_NOT_FOUND') return EXPLANATIONS[404];
	if (subject && isNotFound(response)) {
		const { noun, value, parameter } = subject;
		const next = `Check ${parameter}, or pick the ${noun} from the list.`;
		return [`no ${noun} ${value} in this organization`, next];
	}
	if (code === 'SEAT_POOL_EXHAUSTED' && status !== 404) {
		const details = isObject(body) && isObject(body.error) ? body.error.details : undefined;
		const pool = isObject(details) && details.pool_type ? `${details.pool_type} seats` : 'seats';
		const next = `The pool of ${pool} is full. Free a seat or buy one in Tallyfy, then run this item again.`;
		return [`No ${pool} left`, next];
	}
	const [message, next] = EXPLANATIONS[status] ?? [];
	if (message)
		return [message, code === 'RATE_LIMIT_EXCEEDED' && status === 429 ? HOURLY_LIMIT : next];
	return status >= 500
		? [`Tallyfy could not answer (${status})`, 'This is on the side of Tallyfy. Try again later.']
		: [`Tallyfy refused the request (${status})`, 'Check the parameters of this operation.'];
}

/**
 * What a response that is no success means, and what to do about it.
 * @param subject the record that the request was about, for "no such guest"
 * @param now milliseconds since 1970
 */
export function failedResponse(
	response: ApiResponse,
	subject?: Subject,
	now = Date.now(),
): ErrorDetails {
	const { status, body, retryAt, tries = 1, doubt } = response;
	const [explanation, next] = explain(response, subject);
	const fields = isObject(body) ? fieldMessages(body.errors) : {};
	const listed = Object.entries(fields).map(([field, texts]) => `${field}: ${texts.join(' ')}`);
	const isMissing = subject !== undefined && isNotFound(response);
	const said = [messageIn(body), ...(isMissing ? [] : listed)].filter(Boolean).join(' ');
	const message = isMissing && said ? `${said.replace(/\.$/, '')}: ${explanation}` : said;
	const code = codeIn(body);
	const details: ErrorDetails = {
		message: readable(message || explanation.replace(/^n/, 'N')),
		description: tries > 1 ? `Tried ${tries} times. ${next}` : next,
		status,
		...(code ? { code } : {}),
		...(listed.length > 0 ? { fields } : {}),
	};
	if ((status === 429 || status === 503) && retryAt !== undefined) {
		const seconds = Math.max(0, Math.ceil((retryAt - now) / 1000));
		details.retryAfterSeconds = seconds;
		details.retryAt = new Date(now + seconds * 1000).toISOString();
		const asked = ` Tallyfy asks to wait ${seconds} s, until ${details.retryAt}.`;
		if (seconds > 0) details.description += asked;
	}
	return doubt ? withDoubt(details, doubt) : details;
}

/** The error of a success (2xx) whose body is not what the contract promises. */
export function unexpectedResponse(response: ApiResponse, wrong: string): TallyfyError {
	const { status, body, isWrite } = response;
	const isPage = isWebPage(body);
	return new TallyfyError({
		message: `Tallyfy answered ${status}, but ${isPage ? 'with a web page instead of JSON' : wrong}`,
		description: isPage
			? `Something between n8n and Tallyfy, or the web application itself, answered. ${CHECK_BASE_URL}`
			: 'Nothing can be said about what happened in Tallyfy. Look there before you run this item again.',
		status,
		...(isWrite ? { outcome: 'unknown' } : {}),
	});
}
