// What an answer says: the API's own words, codes and messages about fields, and whether it knows nobody. Pure.
import { readable } from './failure';
import { isObject, type ApiResponse } from './request';

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
export function wordsOf(body: unknown): string | undefined {
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
	const words = wordsOf(body) ?? '';
	return (
		(words !== '' && !GENERIC.test(words)) || Object.keys(fieldMessages(body.errors)).length > 0
	);
}

/** The API's name for the kind of refusal: `code`, or `error.code`. */
export function codeOf(body: unknown): string | undefined {
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
export function saysUnknown(answer: ApiResponse): boolean {
	if (answer.status === 404) {
		const empty = answer.body === '' || answer.body === undefined || answer.body === null;
		if (!isObject(answer.body)) return empty;
		return (
			codeOf(answer.body) !== 'ENDPOINT_NOT_FOUND' && !NO_ROUTE.test(wordsOf(answer.body) ?? '')
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
