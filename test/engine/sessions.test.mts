import { beforeEach, describe, expect, it } from 'vitest';
import type { INodeParameters } from 'n8n-workflow';
import { byEmail, guest } from '../support/guests.mts';
import { failed, freshApplication, pause, rows, runToEnd } from '../support/runs.mts';
import { useSandbox } from '../support/sandbox.mts';

const sandbox = useSandbox({ guests: 60 });
const known = () => [...sandbox.current.organization.guests.keys()];
let credentials: ReturnType<typeof freshApplication>;
beforeEach(() => {
	credentials = freshApplication(sandbox.current);
});
const getEach = (more = {}) =>
	({
		...guest('get', { guest: byEmail(), ...more }),
		authentication: 'application',
	}) as INodeParameters;
const run = async (emails: string[], more = {}) =>
	await runToEnd({
		parameters: getEach(more),
		input: rows(emails),
		credentials,
		onError: 'continueRegularOutput',
	});

/** The same numbers for the same seed (mulberry32). */
function numbers(seed: number): () => number {
	let state = seed;
	return () => {
		state = (state + 0x6d2b79f5) | 0;
		let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	};
}

describe('Two executions with one application, whose token is revoked in the middle', () => {
	it('lose no item, wherever it happens: 30 histories', async () => {
		await run([known()[0]]);
		const lost: string[] = [];
		for (let seed = 1; seed <= 30; seed++) {
			const random = numbers(seed);
			const below = (most: number) => Math.floor(random() * most);
			sandbox.current.misbehave({
				faults: [
					{ latencyMs: 5 },
					{ latencyMs: below(25), every: 2 + below(3) },
					{ latencyMs: below(60), path: 'token$' },
				],
			});
			sandbox.current.revokeAfter(1 + below(70));
			const second = below(40);
			const early = run(known().slice(0, 40));
			await pause(second);
			const late = run(known().slice(20, 60));
			for (const { items } of await Promise.all([early, late])) {
				if (items.length !== 40) lost.push(`seed ${seed}: ${items.length} items`);
				lost.push(...failed(items).map(({ json }) => `seed ${seed}: ${String(json.message)}`));
			}
		}
		expect(lost).toEqual([]);
	});

	it('ask for one new token, not for one each', async () => {
		await run([known()[0]]);
		sandbox.current.misbehave({ faults: [{ latencyMs: 10 }] });
		sandbox.current.revokeAfter(20);
		const ended = await Promise.all([run(known()), run(known())]);
		expect(ended.flatMap(({ items }) => failed(items))).toEqual([]);
		expect(sandbox.current.tokensIssued()).toBe(2);
	});
});

describe('The first request of an execution, with a token in the credential', () => {
	/** Holds the answer about this guest back until `isOver` says so; `begun` is when it was asked for. */
	const holdBack = (email: string, isOver: () => boolean) => {
		const begun = new Promise<void>((begin) => {
			sandbox.current.beforeEach(async ({ path }) => {
				if (!path.includes(encodeURIComponent(email))) return;
				begin();
				while (!isOver()) await pause(10);
			});
		});
		return { begun };
	};

	it('blocks nobody: other executions go on while it is answered slowly', async () => {
		await run(known().slice(0, 40));
		const [slow, ...quick] = known();
		let isOver = false;
		const held = holdBack(slow, () => isOver);
		const behindIt = run([slow, ...quick.slice(0, 20)]);
		await held.begun;
		const other = await run(quick.slice(20, 50)).finally(() => (isOver = true));
		expect(failed(other.items)).toEqual([]);
		expect(failed((await behindIt).items)).toEqual([]);
	});

	it('does not go alone: its own execution sends more beside it', async () => {
		await run(known().slice(0, 40));
		const [slow, ...quick] = known();
		sandbox.current.forget();
		const { requests } = sandbox.current;
		let isOver = false;
		holdBack(slow, () => isOver || requests.filter(({ status }) => status === 201).length === 20);
		const { items } = await run([slow, ...quick.slice(0, 20)]).finally(() => (isOver = true));
		expect(failed(items)).toEqual([]);
		expect(sandbox.current.peakInFlight()).toBeGreaterThan(1);
	});

	it('goes alone where there is none, so that 40 items fetch one', async () => {
		sandbox.current.misbehave({ faults: [{ latencyMs: 20 }] });
		const { items } = await run(known().slice(0, 40));
		expect(failed(items)).toEqual([]);
		expect(sandbox.current.tokensIssued()).toBe(1);
	});
});
