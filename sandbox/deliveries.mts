// The requests that the sandbox sends to webhooks.

/** One request to a webhook, and its answer. */
export interface Delivery {
	/** Milliseconds since 1970. */
	at: number;
	to: string;
	headers: Record<string, string>;
	payload: unknown;
	/** Status and body of the answer; left out when there was none. */
	status?: number;
	answer?: string;
	/** Why there was no answer. */
	error?: string;
}

export interface DeliveryOptions {
	/** Added to the usual ones; null removes one. */
	headers?: Record<string, string | null>;
	/** URLs to post to, instead of those of all watchers. */
	to?: string | string[];
}

/** Posts a payload to one URL: text as it is, everything else as JSON. Never throws. */
export async function post(
	to: string,
	payload: unknown,
	organizationId: string,
	changes: DeliveryOptions['headers'] = {},
): Promise<Delivery> {
	const headers = new Headers({
		'content-type': 'application/json',
		'X-Tallyfy-orgID': organizationId,
	});
	for (const [name, value] of Object.entries(changes)) {
		if (value === null) headers.delete(name);
		else headers.set(name, value);
	}
	const delivery: Delivery = {
		at: Date.now(),
		to,
		headers: Object.fromEntries(headers),
		payload,
	};
	try {
		const text = typeof payload === 'string' ? payload : JSON.stringify(payload);
		const response = await fetch(to, {
			method: 'POST',
			headers,
			// As bytes, because fetch adds a content type to a body of text that has none.
			body: new TextEncoder().encode(text),
			redirect: 'manual',
			signal: AbortSignal.timeout(30_000),
		});
		delivery.status = response.status;
		delivery.answer = await response.text();
	} catch (error) {
		const { message, cause } = error as Error;
		delivery.error = cause instanceof Error ? `${message}: ${cause.message}` : message;
	}
	return delivery;
}
