// Replies that refuse a request, with the status and message of the API.

export interface Reply {
	status: number;
	body?: unknown;
	headers?: Record<string, string>;
}

export const reply = (status: number, body?: unknown): Reply => ({ status, body });

export const unauthenticated = () => reply(401, { message: 'Unauthenticated.' });

export const forbidden = (message: string) => reply(403, { message });

/** The token belongs to another organization (facts.md 49). */
export const foreignOrganization = () =>
	reply(403, {
		error: true,
		message: "You don't have application's permissions for this organization!",
	});

export const endpointNotFound = () =>
	reply(404, { error: true, message: 'API endpoint not found', code: 'ENDPOINT_NOT_FOUND' });

export const notFound = () =>
	reply(404, { error: true, message: 'Resource not found', code: 'RESOURCE_NOT_FOUND' });

export const invalid = (errors: Record<string, string[]>) =>
	reply(422, { message: 'The given data was invalid.', errors });

/** Too many requests. @param seconds until the next one may be sent; without Retry-After, if left out */
export const tooManyRequests = (body: unknown, seconds?: number): Reply => ({
	status: 429,
	headers: seconds === undefined ? {} : { 'retry-after': String(seconds) },
	body,
});
