// The contract as a program: finds operations, checks requests and answers. Used by server.mts and by tests.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { OpenAPIBackend, type Document, type Operation, type Request } from 'openapi-backend';
import { parse } from 'yaml';

export const CONTRACT = fileURLToPath(
	new URL('contract/tallyfy-guests.openapi.yaml', import.meta.url),
);

/** The contract, ready to find operations and to check requests and answers. */
export async function loadContract(): Promise<OpenAPIBackend> {
	const definition = parse(readFileSync(CONTRACT, 'utf8')) as Document;
	const api = new OpenAPIBackend({
		definition,
		apiRoot: '/api',
		quick: true,
		coerceTypes: true,
		ajvOpts: { strict: false },
		customizeAjv: (ajv) => {
			// The mail server decides what an address is; quoted and odd local parts are legal.
			ajv.addFormat('email', /^.+@[^@]+$/s);
			ajv.addFormat('uri', /^[a-z][a-z0-9+.-]*:\/\/\S+$/i);
			return ajv;
		},
	});
	await api.init();
	return api;
}

/**
 * The request without what the contract leaves open: whether watchers have pages is unknown there, so asking for one is
 * no violation.
 */
export function published(request: Request, { operationId }: Operation): Request {
	if (operationId !== 'listWatchers') return request;
	const query = new URLSearchParams(String(request.query));
	for (const key of ['page', 'per_page']) query.delete(key);
	return { ...request, query: query.toString() };
}
