// A failure: what went wrong with one item, in words a person or an agent can act on. Knows no answers and no n8n.
// Raised everywhere in transport and by the guards of the operations; becomes an item or an error in resources/operation.

/** Everything known about one failed item. The output of Continue On Fail carries it, so the shape is public. */
export interface ErrorDetails {
	/** What happened: the API's own words first. */
	message: string;
	/** What to do next, and which parameter to look at. */
	description: string;
	/** HTTP status; missing when no answer came or no request left. */
	status?: number;
	/** Tallyfy's code (`RATE_LIMIT_EXCEEDED`), or the network's (`ECONNREFUSED`). */
	code?: string;
	/** Field name to messages, of a 422. */
	fields?: Record<string, string[]>;
	retryAfterSeconds?: number;
	/** ISO date and time from which a retry makes sense. */
	retryAt?: string;
	/** Something may have been done for the item, or was; missing where it is certain that nothing was. */
	outcome?: 'unknown';
}

/** Said of an item for which nothing was sent. */
export const NOT_SENT = 'This was not sent, and nothing was done.';

/**
 * A failure of something that may have been done all the same.
 * @param doubt what may have been done, and what to do about it
 */
export function withDoubt(failure: ErrorDetails, doubt: string): ErrorDetails {
	if (failure.outcome) return failure;
	// The advice for a server in trouble is the wrong one here.
	const description = failure.description
		.replace(/ ?Try again later\./, '')
		.replace(`${NOT_SENT} `, '');
	return { ...failure, description: `${doubt} ${description}`.trim(), outcome: 'unknown' };
}

/** The only error that transport and the guards raise. */
export class TallyfyError extends Error {
	constructor(readonly details: ErrorDetails) {
		super(details.message);
	}
}

/** What any error means: a Problem says it itself; the others come from n8n, for example from an expression. */
export function detailsOf(error: Error & { description?: unknown }): ErrorDetails {
	if (error instanceof TallyfyError) return error.details;
	return {
		message: readable(error.message),
		description: error.description
			? readable(String(error.description))
			: 'Check the parameters of this operation and the expressions in them.',
	};
}

/** A value that must not leave: names the parameter, what is wrong with it, and what to do. */
export function invalidParameter(parameter: string, wrong: string, next: string): TallyfyError {
	return new TallyfyError({ message: readable(`${parameter} ${wrong}`), description: next });
}

const MAX_WORDS = 300;

/**
 * The permanent link of a guest, in both of its forms (work.md 181): `/guest-all-task/{org}/{code}` and `/guest/{code}`. A help
 * page such as `/documenting/guests/` is none.
 */
const GUEST_LINK = /guest(?:-all)?-task|(?:\/|%2f)guest(?:\\?\/|%2f)/i;

/** The code in a path of the API: `/guests/{code}/tasks`. An email there is none. */
const CODE_IN_PATH = /(\/guests\/)[\w-]+(?=\/(?:tasks|custom-fields|form-field|file)\b)/gi;

/**
 * A text of the server, fit for an error: one line, not endless, and without secrets. The permanent link of a guest lets
 * anybody act as that guest (contract, Guest.link), and a server may well quote the request that it refused.
 */
export function readable(text: string): string {
	const line = text
		.replace(/https?(?::|%3a)(?:\\?\/|%2f){2}\S+/gi, (url) =>
			GUEST_LINK.test(url) ? '[link hidden]' : url,
		)
		.replace(/\bguest-all-task(?:\\?\/|%2f)\S+/gi, '[link hidden]')
		.replace(CODE_IN_PATH, '$1[hidden]')
		.replace(/\bbearer\s+\S+/gi, 'Bearer [hidden]')
		.replace(/\s+/g, ' ')
		.trim();
	return line.length > MAX_WORDS ? `${line.slice(0, MAX_WORDS)}…` : line;
}

// What it means that no answer came. Pure; called by send.

/** Where n8n may have kept the network's code: on the error, as its httpCode, in its cause (gone in n8n 2.8), in its words. */
interface LostError extends Error {
	code?: unknown;
	httpCode?: unknown;
	cause?: { code?: unknown };
	messages?: string[];
	description?: string | null;
}

const NETWORK_CODE =
	/\b(ECONN[A-Z]+|E(?:PIPE|PROTO|TIMEDOUT|NOTFOUND|AI_AGAIN|HOSTUNREACH|NETUNREACH|ADDRNOTAVAIL)|ERR_[A-Z_]+|[A-Z_]*CERT[A-Z_]*|UNABLE_TO_[A-Z_]+)\b/;

/** An answer that broke off in the middle has the second name: n8n's HTTP client gives it to no other loss. */
const BROKEN = /socket hang up|\bERR_BAD_RESPONSE\b/i;

function networkCode(text: string): string | undefined {
	if (BROKEN.test(text)) return 'ECONNRESET';
	if (/\btimeout\b/i.test(text)) return 'ETIMEDOUT';
	return NETWORK_CODE.exec(text)?.[1];
}

/**
 * What it means that a request brought no answer.
 * @param baseURL the address that was asked; only its host is named
 */
export function noResponse(error: Error, baseURL: string): ErrorDetails {
	const { code, httpCode, cause, messages = [], description } = error as LostError;
	const texts = [code, httpCode, cause?.code, ...messages, description, error.message].map(String);
	const found = texts.map(networkCode).find(Boolean);
	if (found === 'ERR_INVALID_CHAR') {
		return {
			message: 'The credential holds a character that cannot be sent',
			description:
				'Paste Access Token into the credential once more, whole and without "…", and check Client Header. Nothing was sent.',
			code: found,
		};
	}
	const { host } = new URL(baseURL);
	const reason = found ?? readable(messages[0] ?? error.message);
	return {
		message: `No answer from ${host} (${reason})`,
		description:
			'Check Base URL in the credential, the proxy, and whether Tallyfy can be reached from where n8n runs.',
		...(found ? { code: found } : {}),
	};
}
