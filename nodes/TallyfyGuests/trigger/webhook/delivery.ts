// One call of the webhook's URL: what is in it, and whether it comes from the right organization. Pure. Called by receive.
import type { IDataObject } from 'n8n-workflow';
import { isObject } from '../../transport/request';
import { words } from './concerned';
import { organizationsIn } from './payload';

/** Larger payloads are refused. In bytes. */
export const LARGEST_PAYLOAD = 1024 * 1024;

/** A call as n8n gives it. */
export interface Delivery {
	/** Names in lower case. */
	headers: IDataObject;
	/** The body as it came; n8n leaves it out where it did not read it. */
	rawBody?: { length: number; toString(encoding: 'utf8'): string };
	/** The body as n8n understood it. */
	body?: unknown;
}

/** An answer that starts nothing. */
export interface Refusal {
	status: 400 | 403 | 413;
	message: string;
}

const refusal = (status: Refusal['status'], message: string): { refusal: Refusal } => ({
	refusal: { status, message },
});

/** The payload of a call: a JSON object of at most 1 MB, whatever Content-Type says. */
export function payloadIn(delivery: Delivery): { payload: IDataObject } | { refusal: Refusal } {
	const { headers, rawBody, body } = delivery;
	const tooLarge = refusal(413, 'The body is larger than 1 MB.');
	if (Number(headers['content-length']) > LARGEST_PAYLOAD) return tooLarge;
	if (
		rawBody === undefined &&
		isObject(body) &&
		!/^multipart/.test(words(headers['content-type']))
	) {
		if (Object.keys(body).length === 0) return refusal(400, 'The body is empty.');
		return JSON.stringify(body).length > LARGEST_PAYLOAD ? tooLarge : { payload: body };
	}
	if ((rawBody?.length ?? 0) > LARGEST_PAYLOAD) return tooLarge;
	const text = (rawBody?.toString('utf8') ?? '').replace(/^\uFEFF/, '').trim();
	if (text === '') return refusal(400, 'The body is empty, or no JSON.');
	try {
		const payload: unknown = JSON.parse(text);
		if (isObject(payload)) return { payload };
		return refusal(400, 'The body is JSON, but not an object.');
	} catch {
		return refusal(400, 'The body is no JSON.');
	}
}

const same = (id: string, other: string) => id.trim().toLowerCase() === other.trim().toLowerCase();

/**
 * Why a call is not for this organization. The header is the only check that Tallyfy documents (facts.md 53).
 * @param mustSay where the header is documented; whether an organization's webhook sends it is not published
 */
export function strangerIn(
	headers: IDataObject,
	organization: string,
	mustSay: boolean,
): Refusal | undefined {
	const named = headers['x-tallyfy-orgid'];
	if (named === undefined && !mustSay) return undefined;
	if (named === undefined || !same(String(named), organization)) {
		const what = named === undefined ? 'is missing' : 'names another organization';
		return {
			status: 403,
			message: `The header X-Tallyfy-orgID ${what}. It must be the Organization ID in the credential of this node.`,
		};
	}
	return undefined;
}

/** Why a payload is not about this organization. */
export function foreignIn(payload: IDataObject, organization: string): Refusal | undefined {
	if (organizationsIn(payload).every((id) => same(id, organization))) return undefined;
	return {
		status: 403,
		message: 'The payload is about another organization than the credential of this node.',
	};
}
