import { describe, expect, it } from 'vitest';
import { guest } from '../support/guests.mts';
import { errorOf, useRuns, newPeople, pause, rows } from '../support/runs.mts';

const { sandbox, known, run, getEach } = useRuns({ guests: 40 });

describe('One guest who always gives 502', () => {
	it('is given up after five tries, because the others are answered and there is no outage', async () => {
		const [bad] = known();
		const path = encodeURIComponent(bad).replace(/[.+]/g, '\\$&');
		sandbox.current.misbehave({ faults: [{ latencyMs: 20 }, { path, status: 502 }] });
		const { items, ms } = await run({
			parameters: getEach(),
			input: rows([...known().slice(1, 20), bad, ...known().slice(20)]),
			onError: 'continueRegularOutput',
		});
		expect(items.filter((item) => errorOf(item))).toHaveLength(1);
		expect(errorOf(items[19])?.status).toBe(502);
		expect(sandbox.current.requests.filter(({ status }) => status === 502).length).toBeLessThan(8);
		expect(ms).toBeLessThan(40_000);
	});
});

describe('A probe that is never answered', () => {
	it('keeps nothing waiting for longer than the next probe takes', async () => {
		let count = 0;
		let isOver = false;
		const { requests } = sandbox.current;
		const answered = () => requests.filter(({ status }) => status === 201).length;
		sandbox.current.misbehave({
			faults: [{ drop: 'before', times: 4 }],
		});
		sandbox.current.beforeEach(async () => {
			// The first one after the four that are cut has no answer before all others have theirs.
			if (++count === 5) while (answered() < known().length - 1 && !isOver) await pause(20);
		});
		const { items } = await run({ parameters: getEach(), input: rows(known()) }).finally(
			() => (isOver = true),
		);
		expect(items.map(({ json }) => json.email)).toEqual(known());
		expect(count).toBeGreaterThan(5);
	});
});

describe('A refusal that says to wait just as long as is allowed', () => {
	it('is waited out, though several requests are refused one after the other', async () => {
		const limit = { status: 429, headers: { 'retry-after': '2' }, body: {}, untilMs: 1500 };
		sandbox.current.misbehave({ faults: [{ latencyMs: 30 }, limit] });
		const { items } = await run({
			parameters: getEach({ pacing: { maxRetryWait: 2 } }),
			input: rows(known()),
		});
		expect(items.map(({ json }) => json.email)).toEqual(known());
	});
});

describe('A node that stops in an outage', () => {
	it('counts what may have been done apart from what was not sent', async () => {
		sandbox.current.misbehave({
			faults: [
				{ latencyMs: 30 },
				{ method: 'POST', drop: 'after' },
				{ method: 'GET', status: 503 },
			],
		});
		const { error } = await run({
			parameters: guest('create', {
				email: '={{ $json.email }}',
				pacing: { maxRetryWait: 2 },
			}),
			input: rows(newPeople(40)),
		});
		const [, unknown, unsent] =
			/\(0 of 40 items done, (\d+) may have been done, (\d+) not sent\)$/.exec(
				error?.message ?? '',
			) ?? [];
		expect(Number(unknown)).toBe(known().length - 40);
		expect(Number(unknown) + Number(unsent)).toBe(40);
	});
});
