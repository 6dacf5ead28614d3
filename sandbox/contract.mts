// The contract, loaded: finds the operation of a request, and checks requests and answers. Used by api.mts and by tests.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { OpenAPIBackend, type Document, type Operation, type Request } from 'openapi-backend';
import { parse } from 'yaml';

export const CONTRACT = fileURLToPath(
	new URL('contract/tallyfy-guests.openapi.yaml', import.meta.url),
);

export async function loadContract(): Promise<OpenAPIBackend> {
	const definition = parse(readFileSync(CONTRACT, 'utf8')) as Document;
	const api = new OpenAPIBackend({
		definition,
		apiRoot: '/api',
		quick: true,
		coerceTypes: true,
		ajvOpts: { strict: false },
		customizeAjv: (ajv) => {
			// Wide, because the mail server decides what an email is: quoted local parts, for instance, are legal.
			ajv.addFormat('email', /^.+@[^@]+$/s);
			ajv.addFormat('uri', /^[a-z][a-z0-9+.-]*:\/\/\S+$/i);
			return ajv;
		},
	});
	await api.init();
	return api;
}

/** The request as the contract can check it: it leaves open whether watchers come in pages, so asking for one is no violation. */
export function checkable(request: Request, { operationId }: Operation): Request {
	if (operationId !== 'listWatchers') return request;
	const query = new URLSearchParams(String(request.query));
	for (const key of ['page', 'per_page']) query.delete(key);
	return { ...request, query: query.toString() };
}
