import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadContract } from '../../sandbox/server.mts';
import { nodeUnderTest, operationsOf, type DescribedOperation } from '../support/description.mts';

const coverage = JSON.parse(
	readFileSync(new URL('coverage.json', import.meta.url), 'utf8'),
) as Record<'covered' | 'notCovered', Record<string, string>>;
let contract: Array<{ operationId: string; method: string; path: string }>;
let operations: DescribedOperation[];

beforeAll(async () => {
	const api = await loadContract();
	contract = api.router.getOperations().map(({ operationId, method, path }) => ({
		operationId: String(operationId),
		method: method.toUpperCase(),
		path,
	}));
	operations = operationsOf(await nodeUnderTest());
});

const shape = (path: string) => path.replace(/\{\w+\}/g, '{}');

describe('The contract', () => {
	it('has every operation covered, or left out for a reason: add a line to coverage.json', () => {
		const named = [...Object.keys(coverage.covered), ...Object.keys(coverage.notCovered)];
		expect(named.sort()).toEqual(contract.map(({ operationId }) => operationId).sort());
	});

	it('knows the method and path of every operation of the node', () => {
		const strange = operations.filter(
			({ method, url }) =>
				!contract.some(
					(entry) =>
						entry.method === method && shape(entry.path) === shape(`/organizations/{org}${url}`),
				),
		);
		expect(strange.map(({ method, url }) => `${method} ${url}`)).toEqual([]);
	});

	it('is covered by operations that exist', () => {
		const existing = operations.map(({ resource, operation }) => `${resource}.${operation}`);
		const claimed = Object.values(coverage.covered)
			.flatMap((by) => by.split(', '))
			.filter((by) => /^\w+\.\w+$/.test(by));
		expect(claimed.filter((by) => !existing.includes(by))).toEqual([]);
		expect(existing.filter((by) => !claimed.includes(by))).toEqual([]);
	});
});
