import { expect, it } from 'vitest';
import { credentialsFor, useSandbox } from '../support/sandbox.mts';
import { runNode } from '../support/engine.mts';
const sandbox = useSandbox();
it('lists', async () => {
	const r = await runNode({
		parameters: { resource: 'guest', operation: 'getAll', returnAll: true },
		credentials: credentialsFor(sandbox.current),
	});
	console.log(r.error, r.items.length, r.items[0]);
	const g = await runNode({
		parameters: {
			resource: 'guest',
			operation: 'get',
			guest: { __rl: true, mode: 'email', value: '={{ $json.email }}' },
			output: 'selected',
			fields: ['firstName', 'link'],
			options: { includeStats: true },
		},
		input: [{ email: r.items[0].json.email as string }, { email: 'nobody@x.test' }],
		onError: 'continueErrorOutput',
		credentials: credentialsFor(sandbox.current),
	});
	console.log(g.error, JSON.stringify(g.items), JSON.stringify(g.errorItems));
	const h = await runNode({
		parameters: {
			resource: 'guest',
			operation: 'get',
			guest: { __rl: true, mode: 'email', value: '={{ $json.email }}' },
		},
		input: [{ email: r.items[0].json.email as string }, { email: 'nobody@x.test' }],
		credentials: credentialsFor(sandbox.current),
	});
	console.log(h.error?.message, h.error?.description, h.error?.context, h.items);
	expect(sandbox.current.requests.length).toBe(7);
});
