import { describe, expect, it } from 'vitest';
import { runNode } from '../support/engine.mts';
import { byEmail, guest } from '../support/guests.mts';
import { nodeUnderTest } from '../support/description.mts';
import { credentialsFor, useSandbox } from '../support/sandbox.mts';

const sandbox = useSandbox({ guests: 60 });
const run = async (parameters: ReturnType<typeof guest>) =>
	await runNode({
		parameters,
		credentials: credentialsFor(sandbox.current),
		onError: 'continueRegularOutput',
	});
const all = (names: string[], value: unknown) =>
	Object.fromEntries(names.map((name) => [name, value]));

describe('The node', () => {
	it('works as a tool of an agent, because it says so', async () => {
		expect((await nodeUnderTest()).description.usableAsTool).toBe(true);
	});

	it.each([
		['empty', ''],
		['null', null],
	])('takes optional parameters that an agent sends %s for not given', async (_, blank) => {
		const filters = ['search', 'status', 'company', 'createdAfter', 'createdBefore'];
		const listed = await run(
			guest('getAll', {
				...all(['returnAll', 'limit', 'output', 'fields'], blank),
				filters: all(
					[...filters, 'lastAccessedAfter', 'lastAccessedBefore', 'neverAccessed'],
					blank,
				),
				options: all(['includeStats', 'sortBy', 'sortDirection'], blank),
				pacing: all(['concurrency', 'maxRetryWait', 'requestsPerMinute'], blank),
			}),
		);
		expect(listed.items.filter(({ json }) => json.error)).toEqual([]);
		expect(listed.items).toHaveLength(50);
		expect(JSON.stringify(listed.items)).not.toContain('guest-all-task');
		expect(sandbox.current.requests.map(({ path }) => path.split('?')[1])).toEqual([
			'page=1&per_page=50',
		]);

		const created = await run(
			guest('create', {
				email: 'new@x.test',
				...all(['output', 'fields', 'fieldsJson'], blank),
				additionalFields: all(['firstName', 'companyUrl', 'externalDateCreation', 'phone1'], blank),
			}),
		);
		expect(created.items[0].json.email).toBe('new@x.test');
		expect(sandbox.current.requests.at(-1)?.body).toEqual({ email: 'new@x.test' });
	});

	it('takes the text "true" for true, as agents write it', async () => {
		const { items } = await run(guest('getAll', { returnAll: 'true' }));
		expect(items).toHaveLength(60);
	});

	it('answers a bad email with words that an agent can act on', async () => {
		const { items } = await run(guest('get', { guest: byEmail('Timmy Rolfson') }));
		expect(items[0].json).toEqual({
			message: 'Guest is not an email: Timmy Rolfson',
			error: { description: 'Give the full address, e.g. nathan@example.com.' },
		});
	});
});
