// Secrets that a server may repeat in what it says, taken out before anybody reads it. Pure; called by the senders, by
// sign-in, and for the codes of guests.
import type { IDataObject } from 'n8n-workflow';
import { succeeded } from './answer';
import type { Answer } from './request';

const HIDDEN = '[hidden]';

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

/** The answer, without the secrets where it is no success: only then its words are shown. */
export function withoutSecrets(answer: Answer, secrets: string[]): Answer {
	if (succeeded(answer) || secrets.length === 0) return answer;
	const spellings = secrets.flatMap((secret) => [secret, encodeURIComponent(secret)]);
	const clean = (text: string) =>
		spellings.reduce((left, secret) => left.replaceAll(secret, HIDDEN), text);
	const visit = (value: unknown): unknown => {
		if (typeof value === 'string') return clean(value);
		if (Array.isArray(value)) return value.map(visit);
		if (typeof value !== 'object' || value === null) return value;
		return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, visit(entry)]));
	};
	return { ...answer, body: visit(answer.body) };
}
