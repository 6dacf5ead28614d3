// What it means that no answer came. Pure; called by send.
import { readable, type ErrorDetails } from './failure';

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
export function lostConnection(error: Error, baseURL: string): ErrorDetails {
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
