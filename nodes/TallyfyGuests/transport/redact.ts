// Secrets that a server may repeat in what it says, taken out before anybody reads it. Pure; called by the senders, by
// sign-in, and for the codes of guests.
import type { IDataObject } from 'n8n-workflow';
import { succeeded } from './response';
import type { ApiResponse } from './request';

const HIDDEN = '[hidden]';

/** Names that the API itself uses, which hold no secret although a guest's code may be such a word. */
const ENVELOPE = ['message', 'error', 'errors', 'code', 'data', 'details'];

/** No error of the API is nested deeper; without a bound, a body made to be would overflow the stack. */
const DEEPEST = 10;

/** Shorter values are no secrets, and would be found in ordinary words. */
const SHORTEST = 6;

/** The secrets in a credential: its token or client secret, and the token that n8n fetched. */
export function secretsIn({ accessToken, clientSecret, userToken }: IDataObject): string[] {
	return [accessToken, clientSecret, userToken]
		.map((value) =>
			String(value ?? '')
				.trim()
				.replace(/^bearer\s+/i, ''),
		)
		.filter(({ length }) => length >= SHORTEST);
}

/** The token that n8n fetched; '' while there is none. */
export function fetchedToken({ userToken }: IDataObject): string {
	return String(userToken ?? '').trim();
}

/** The answer, without the secrets where it is no success: only then its words are shown. */
export function redact(answer: ApiResponse, secrets: string[]): ApiResponse {
	if (succeeded(answer)) return answer;
	const spellings = secrets.flatMap((secret) => [secret, encodeURIComponent(secret)]);
	const clean = (text: string) =>
		spellings.reduce((left, secret) => left.replaceAll(secret, HIDDEN), text);
	const visit = (value: unknown, depth: number): unknown => {
		if (typeof value === 'string') return clean(value);
		if (typeof value !== 'object' || value === null) return value;
		if (depth > DEEPEST) return '…';
		if (Array.isArray(value)) return value.map((entry) => visit(entry, depth + 1));
		const entries = Object.entries(value).map(([key, entry]) => [
			ENVELOPE.includes(key) ? key : clean(key),
			visit(entry, depth + 1),
		]);
		return Object.fromEntries(entries);
	};
	return { ...answer, body: visit(answer.body, 0) };
}
