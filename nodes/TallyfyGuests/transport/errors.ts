// What is known of a failure, in words that a person or an agent can act on, and the error that carries it. Raised in all of
// transport and by the checks of the operations; resources/operation makes an item or an error of n8n from it.

/** Everything known about one failed item. The output of Continue On Fail carries it, so the shape is public. */
export interface ErrorDetails {
	/** What happened: the API's own words first. */
	message: string;
	/** What to do next, and which parameter to look at. */
	description: string;
	/** HTTP status; missing when no response came or nothing was sent. */
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

/** The only error that transport and the checks of operations raise. */
export class TallyfyError extends Error {
	constructor(readonly details: ErrorDetails) {
		super(details.message);
	}
}

/** Said of an item for which nothing was sent. */
export const NOT_SENT = 'This was not sent, and nothing was done.';

/** The failure of something that may have been done all the same: `doubt` says what, and what to do, unless that was said before. */
export function withDoubt(details: ErrorDetails, doubt: string): ErrorDetails {
	if (details.outcome) return details;
	// The advice for a server in trouble is the wrong one here.
	const description = details.description
		.replace(/ ?Try again later\./, '')
		.replace(`${NOT_SENT} `, '');
	return { ...details, description: `${doubt} ${description}`.trim(), outcome: 'unknown' };
}

/** What any error means: a TallyfyError says it itself; the others come from n8n, for example from an expression. */
export function detailsOf(error: Error & { description?: unknown }): ErrorDetails {
	if (error instanceof TallyfyError) return error.details;
	return {
		message: readable(error.message),
		description: error.description
			? readable(String(error.description))
			: 'Check the parameters of this operation and the expressions in them.',
	};
}

/** The error of a value that must not be sent: names the parameter, what is wrong with it, and what to do. */
export function invalidParameter(parameter: string, wrong: string, next: string): TallyfyError {
	return new TallyfyError({ message: readable(`${parameter} ${wrong}`), description: next });
}

const MAX_LENGTH = 300;

/** The permanent link of a guest (facts.md 27, G30): `/guest-all-task/{org}/{code}` or `/guest/{code}`; not a help page. */
const GUEST_LINK = /guest(?:-all)?-task|(?:\/|%2f)guest(?:\\?\/|%2f)/i;

/** The code in a path of the API: `/guests/{code}/tasks`. An email there is none. */
const CODE_IN_PATH = /(\/guests\/)[\w-]+(?=\/(?:tasks|custom-fields|form-field|file)\b)/gi;

/**
 * A text of the server as it may stand in an error: on one line, of limited length, and without secrets. With the permanent
 * link of a guest one can act as that guest (contract, Guest.link), and a server may quote the request that it refused.
 */
export function readable(text: string): string {
	const hideLink = (url: string) => (GUEST_LINK.test(url) ? '[link hidden]' : url);
	const line = text
		.replace(/https?(?::|%3a)(?:\\?\/|%2f){2}\S+/gi, hideLink)
		.replace(/\bguest-all-task(?:\\?\/|%2f)\S+/gi, '[link hidden]')
		.replace(CODE_IN_PATH, '$1[hidden]')
		.replace(/\bbearer\s+\S+/gi, 'Bearer [hidden]')
		.replace(/\s+/g, ' ')
		.trim();
	return line.length > MAX_LENGTH ? `${line.slice(0, MAX_LENGTH)}…` : line;
}

const NETWORK_CODE =
	/\b(ECONN[A-Z]+|E(?:PIPE|PROTO|TIMEDOUT|NOTFOUND|AI_AGAIN|HOSTUNREACH|NETUNREACH|ADDRNOTAVAIL)|ERR_[A-Z_]+|[A-Z_]*CERT[A-Z_]*|UNABLE_TO_[A-Z_]+)\b/;

/** A response that broke off in the middle: n8n's HTTP client uses the second name for nothing else. */
const BROKEN = /socket hang up|\bERR_BAD_RESPONSE\b/i;

function networkCode(text: string): string | undefined {
	if (BROKEN.test(text)) return 'ECONNRESET';
	if (/\btimeout\b/i.test(text)) return 'ETIMEDOUT';
	return NETWORK_CODE.exec(text)?.[1];
}

const INVALID_CHARACTER = {
	message: 'The credential holds a character that cannot be sent',
	description:
		'Paste Access Token into the credential once more, whole and without "…", and check Client Header. Nothing was sent.',
};

/** Where n8n may have kept the network's code: on the error, as its httpCode, in its cause (gone in n8n 2.8), in its texts. */
interface NetworkError extends Error {
	code?: unknown;
	httpCode?: unknown;
	cause?: { code?: unknown };
	messages?: string[];
	description?: string | null;
}

/** What it means that no response came from an address, of which only the host is named. */
export function noResponse(error: Error, baseURL: string): ErrorDetails {
	const { code, httpCode, cause, messages = [], description } = error as NetworkError;
	const texts = [code, httpCode, cause?.code, ...messages, description, error.message].map(String);
	const found = texts.map(networkCode).find(Boolean);
	if (found === 'ERR_INVALID_CHAR') return { ...INVALID_CHARACTER, code: found };
	const reason = found ?? readable(messages[0] ?? error.message);
	return {
		message: `No answer from ${new URL(baseURL).host} (${reason})`,
		description:
			'Check Base URL in the credential, the proxy, and whether Tallyfy can be reached from where n8n runs.',
		...(found ? { code: found } : {}),
	};
}

/** What it means that no response came for as long as a request may wait: since `silentSince`, in milliseconds since 1970. */
export function outageDetails(
	{ message, description, status, code }: ErrorDetails,
	silentSince: number,
	wasSent: boolean,
): ErrorDetails {
	const seconds = Math.max(1, Math.round((Date.now() - silentSince) / 1000));
	return {
		message: `${message.replace(/\.$/, '')}, for ${seconds} s`,
		description: `${wasSent ? '' : `${NOT_SENT} `}${description} Run the items that are left when Tallyfy answers again; Max Retry Wait in Pacing says how long to wait for that.`,
		...(status && wasSent ? { status } : {}),
		...(code ? { code } : {}),
	};
}
