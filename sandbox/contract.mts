// The contract, loaded: finds the operation of a request, and checks requests and answers. Used by api.mts and by tests.
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { OpenAPIBackend, type Document, type Operation, type Request } from 'openapi-backend';
import { parse } from 'yaml';

const inContract = (name: string) => fileURLToPath(new URL(`contract/${name}`, import.meta.url));

export const CONTRACT = inContract('tallyfy-guests.openapi.yaml');
/** Refers to what stands in CONTRACT by its file name. */
export const WORK_CONTRACT = inContract('tallyfy-work.openapi.yaml');

type Part = Record<string, Record<string, unknown>>;

/** Adds what the second has to the first; a name in both would hide one of them. */
function merge(first: Part, second: Part, where: string): void {
	for (const [name, value] of Object.entries(second)) {
		if (name in first) throw new Error(`${where} ${name} stands in two documents of the contract`);
		first[name] = value;
	}
}

/** The documents as one, since openapi-backend takes one. */
function definitionOf(files: string[]): Document {
	const [first, ...others] = files.map((file) => {
		const text = readFileSync(file, 'utf8').replaceAll(`'${basename(CONTRACT)}#/`, `'#/`);
		return parse(text) as { paths: Part; components: Record<string, Part> };
	});
	for (const { paths, components } of others) {
		merge(first.paths, paths, 'The path');
		for (const [kind, named] of Object.entries(components)) {
			merge((first.components[kind] ??= {}), named, `The one of ${kind}`);
		}
	}
	return first as unknown as Document;
}

/** @param files some of the contract's documents; all, if left out */
export async function loadContract(files = [CONTRACT, WORK_CONTRACT]): Promise<OpenAPIBackend> {
	const api = new OpenAPIBackend({
		definition: definitionOf(files),
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
	// The router would collect them again for each request, which takes longer the more there are.
	const operations = api.router.getOperations();
	api.router.getOperations = () => operations;
	return api;
}

/** The request as the contract can check it: it leaves open whether watchers come in pages, so asking for one is no violation. */
export function checkable(request: Request, { operationId }: Operation): Request {
	if (operationId !== 'listWatchers') return request;
	const query = new URLSearchParams(String(request.query));
	for (const key of ['page', 'per_page']) query.delete(key);
	return { ...request, query: query.toString() };
}
