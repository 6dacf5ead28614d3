// Takes secrets out of what a server says when it refuses something: it may repeat them. Pure.
import type { IDataObject } from 'n8n-workflow';
import { succeeded } from './response';
import type { ApiResponse } from './request';

/** Names that the API itself uses, which hold no secret although a guest's code may be such a word. */
const ENVELOPE = ['message', 'error', 'errors', 'code', 'data', 'details'];

/** No error of the API is nested deeper; without a bound, a body made for it would overflow the stack. */
const MAX_DEPTH = 10;

/** Shorter values are no secrets, and would be found in ordinary words. */
const MIN_LENGTH = 6;

/** The secrets in a credential: its token or client secret, and the token that n8n fetched. */
export function secretsIn({ accessToken, clientSecret, userToken }: IDataObject): string[] {
	return [accessToken, clientSecret, userToken]
		.map((value) => String(value ?? '').trim())
		.map((value) => value.replace(/^bearer\s+/i, ''))
		.filter(({ length }) => length >= MIN_LENGTH);
}

/** The token that n8n fetched; '' while there is none. */
export function fetchedToken({ userToken }: IDataObject): string {
	return String(userToken ?? '').trim();
}

/** The response without the secrets, also encoded ones; a success as it is, because errors show nothing of it. */
export function redact(response: ApiResponse, secrets: string[]): ApiResponse {
	if (succeeded(response)) return response;
	const spellings = secrets.flatMap((secret) => [secret, encodeURIComponent(secret)]);
	const clean = (text: string) =>
		spellings.reduce((left, secret) => left.replaceAll(secret, '[hidden]'), text);
	const visit = (value: unknown, depth: number): unknown => {
		if (typeof value === 'string') return clean(value);
		if (typeof value !== 'object' || value === null) return value;
		if (depth > MAX_DEPTH) return '…';
		if (Array.isArray(value)) return value.map((entry) => visit(entry, depth + 1));
		const entries = Object.entries(value).map(([key, entry]) => [
			ENVELOPE.includes(key) ? key : clean(key),
			visit(entry, depth + 1),
		]);
		return Object.fromEntries(entries);
	};
	return { ...response, body: visit(response.body, 0) };
}
