import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { INodeParameters } from 'n8n-workflow';
import { engineVersion, type RunOptions } from '../support/engine.mts';
import { runAgent } from '../support/agent.mts';
import { byEmail, guest } from '../support/guests.mts';
import {
	ends,
	errorOf,
	freshCredentials,
	newPeople,
	pause,
	rows,
	runToEnd,
	watchRejections,
} from '../support/runs.mts';
import { useSandbox } from '../support/sandbox.mts';

const sandbox = useSandbox({ guests: 60 });
const known = () => [...sandbox.current.organization.guests.keys()];
const sent = () => sandbox.current.requests.map(({ method, path }) => `${method} ${path}`);

let credentials: ReturnType<typeof freshCredentials>;
let rejections: ReturnType<typeof watchRejections>;
beforeEach(() => {
	credentials = freshCredentials(sandbox.current);
	rejections = watchRejections();
});
afterEach(() => {
	rejections.stop();
	expect(rejections.seen).toEqual([]);
});

const run = async (options: Omit<RunOptions, 'credentials'>) =>
	await runToEnd({ ...options, credentials });
const getEach = (more = {}) => guest('get', { guest: byEmail(), ...more });

describe('Execute Once, where n8n lists three items and starts one', () => {
	const three = () => rows(['no@x.test', ...known().slice(0, 2)]);

	it('ends with the error of its item, because it waits for those that began only', async () => {
		const { error } = await run({
			parameters: getEach(),
			input: three(),
			settings: { executeOnce: true },
		});
		expect(error?.message).toContain('no guest no@x.test');
		expect(sent()).toHaveLength(1);
	});

	it('ends with one item, a failed one, when it is to continue', async () => {
		const { items } = await run({
			parameters: getEach(),
			input: three(),
			settings: { executeOnce: true },
			onError: 'continueRegularOutput',
		});
		expect(items.map((item) => errorOf(item)?.status)).toEqual([404]);
		expect(sent()).toHaveLength(1);
	});

	it('ends with one good item', async () => {
		const { items } = await run({
			parameters: getEach(),
			input: three().reverse(),
			settings: { executeOnce: true },
		});
		expect(items.map(({ json }) => json.email)).toEqual([known()[1]]);
	});
});

describe('A tool of an agent that has three items', () => {
	const asTool = async (emails: string[], more = {}) =>
		await ends(
			runAgent({
				parameters: getEach({
					guest: byEmail("={{ $fromAI('email', 'Email of the guest', 'string') }}"),
				}),
				credentials,
				items: [{ task: 1 }, { task: 2 }, { task: 3 }],
				calls: rows(emails),
				by: 'agent',
				...more,
			}),
		);

	it('answers a good call', async () => {
		const [{ text }] = await asTool([known()[0]]);
		expect(text).toContain(known()[0]);
	});

	it('ends a call that fails, although the items that n8n lists are the ones of the agent', async () => {
		const [{ error }] = await asTool(['no@x.test']);
		expect(error).toContain('no guest no@x.test');
	});

	it('ends a call that fails when it is to continue', async () => {
		const [{ text }] = await asTool(['no@x.test'], { onError: 'continueRegularOutput' });
		expect(text).toContain('no guest no@x.test');
	});

	it('ends calls that the model makes at the same time, each with its own result', async () => {
		const [first, second, third] = await asTool([known()[0], 'no@x.test', known()[1]]);
		expect(second.error).toContain('no guest no@x.test');
		expect(first.text).toContain(known()[0]);
		expect(third.text).toContain(known()[1]);
	});

	it('ends calls that the engine makes for an agent, of which the failed one stops the execution or is told to the agent', async () => {
		const said = await asTool([known()[0], 'no@x.test'], { by: 'engine' });
		expect(JSON.stringify(said)).toContain('no guest no@x.test');
	});

	it('ends calls that the engine makes for an agent when it is to continue', async () => {
		const more = { by: 'engine', onError: 'continueRegularOutput' };
		const [good, bad] = await asTool([known()[0], 'no@x.test'], more);
		expect(good.text).toContain(known()[0]);
		expect(bad.text).toContain('no guest no@x.test');
	});
});

describe("The last item's expression fails, for which n8n leaves its loop over the items", () => {
	const LAST = "={{ $json.email.extractDomain() ? $json.email : '' }}";
	const withoutEmail = (emails: string[]) => [...rows(emails.slice(0, 59)), { name: 'nobody' }];

	/** From 2.39 on n8n goes on without an item that it cannot evaluate, where On Error says so. */
	const goesOn = Number(engineVersion.split('.')[1]) >= 39;

	it.runIf(goesOn)('and the other 59 are deleted when the node continues', async () => {
		const { error, items } = await run({
			parameters: guest('delete', { guest: byEmail(LAST) }),
			input: withoutEmail(known()),
			onError: 'continueRegularOutput',
		});
		expect(error).toBeUndefined();
		expect(items.filter(({ json }) => json.deleted === true)).toHaveLength(59);
		expect(String(items[59].error)).toMatch(/extractDomain can't be used/);
		expect(known()).toHaveLength(1);
	});

	it.each([
		['stops', undefined, {}],
		...(goesOn ? [] : [['continues', 'continueRegularOutput', {}] as const]),
		['is tried three times', undefined, { retryOnFail: true, maxTries: 3, waitBetweenTries: 50 }],
	] as const)(
		'and not one of 59 guests is deleted, then or later, when the node %s',
		async (_, onError, settings) => {
			const input = withoutEmail(known());
			const { error, items } = await run({
				parameters: guest('delete', { guest: byEmail(LAST) }),
				input,
				onError,
				settings,
			});
			expect(error?.message).toMatch(/extractDomain can't be used/);
			if (onError) expect(items.map(({ json }) => json)).toEqual(input);
			expect(sent()).toEqual([]);
			await pause(5000);
			expect(sent()).toEqual([]);
			expect(known()).toHaveLength(60);
		},
	);

	it('and nobody is created twice when it succeeds on the second try', async () => {
		const good = Date.now() + 400;
		const email = `={{ $json.email || (Date.now() < ${good} ? $jmespath(1) : 'late@new.test') }}`;
		const { items, error } = await run({
			parameters: guest('create', { email }),
			input: withoutEmail(newPeople(60)),
			settings: { retryOnFail: true, maxTries: 3, waitBetweenTries: 800 },
		});
		expect(error).toBeUndefined();
		expect(items).toHaveLength(60);
		expect(sandbox.current.requests.map(({ method, status }) => [method, status])).toEqual(
			Array.from({ length: 60 }, () => ['POST', 201]),
		);
	});
});

describe("n8n's Batching, which starts the items one after the other", () => {
	const batching = (batchInterval: number) => ({
		requestOptions: { batching: { batch: { batchSize: 2, batchInterval } } },
	});

	it('spreads the requests, and brings every item', async () => {
		// So long that a request may be late by a second: the machine may be busy.
		const { items } = await run({
			parameters: getEach(batching(1000)),
			input: rows(known().slice(0, 10)),
		});
		expect(items.map(({ json }) => json.email)).toEqual(known().slice(0, 10));
		const times = sandbox.current.requests.map(({ at }) => at);
		expect(times.at(-1)! - times[0]).toBeGreaterThan(4 * 1000 * 0.7);
	});

	it.each([0, 3, 9])(
		'ends with the error of item %i, and leaves no rejection that nobody handles',
		async (index) => {
			const input = rows(known().slice(0, 10));
			input[index] = { email: 'no@x.test' };
			const { error } = await run({ parameters: getEach(batching(100)), input });
			expect(error?.message).toContain('no guest no@x.test');
			const count = sent().length;
			await pause(1000);
			expect(sent()).toHaveLength(count);
		},
	);
});

describe('What the description does not know', () => {
	const NAMES = /Get Many|getAll/;

	it.each([
		['operation', { resource: 'guest', operation: 'frobnicate' }, NAMES],
		['resource', { resource: 'nothing', operation: 'get' }, /guestTask|Guest Task/],
	] as const)(
		'is an error that names what there is, and no request: %s',
		async (_, parameters, names) => {
			const { error, items } = await run({ parameters: parameters as unknown as INodeParameters });
			expect(sent()).toEqual([]);
			expect(items).toEqual([]);
			expect(`${error?.message} ${error?.description}`).toMatch(names);
		},
	);

	it('is a failed item where the node continues', async () => {
		const { items } = await run({
			parameters: guest('frobnicate'),
			input: [{ a: 1 }, { a: 2 }],
			onError: 'continueRegularOutput',
		});
		expect(sent()).toEqual([]);
		expect(items.map(({ json }) => typeof json.message)).toEqual(['string', 'string']);
		expect(items.every(errorOf)).toBe(true);
	});
});

describe('The signal that ends an execution', () => {
	it.each([
		['a run that was good', known, undefined],
		['a run that failed', () => [known()[0], 'no@x.test'], undefined],
		['a run that was cancelled', known, 150],
	])('has no listeners left after %s', async (_, emails, cancelAfterMs) => {
		if (cancelAfterMs) sandbox.current.misbehave({ faults: [{ latencyMs: 100 }] });
		const { abortListeners } = await run({
			parameters: getEach(),
			input: rows(emails()),
			cancelAfterMs,
		});
		expect(abortListeners).toBe(0);
	});
});
