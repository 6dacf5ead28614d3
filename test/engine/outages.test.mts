import { describe, expect, it } from 'vitest';
import { freePort } from '../../dev/n8nProcess.mts';
import type { Fault } from '../../sandbox/faults.mts';
import { startSandbox } from '../../sandbox/server.mts';
import { loadOptionsContext, pollerFor } from '../support/engine.mts';
import { byEmail, guest } from '../support/guests.mts';
import {
	between,
	ends,
	errorOf,
	failed,
	freshCredentials,
	useRuns,
	isAbout,
	newPeople,
	pause,
	rows,
	runToEnd,
	wordsOf,
} from '../support/runs.mts';

const LATENCY = { latencyMs: 50 };
const FROM = 150;
/** The most requests that may go into an outage: those in flight when it begins, and probes. */
const INTO_OUTAGE = 40;

const { sandbox, credentials, known, run, getEach } = useRuns({ guests: 60 });
const create = guest('create', { email: '={{ $json.email }}' });
const outage = (fault: Fault, untilMs?: number) =>
	sandbox.current.misbehave({ faults: [LATENCY, { ...fault, fromMs: FROM, untilMs }] });
const intoOutage = (untilMs: number) =>
	between(sandbox.current, FROM, untilMs, LATENCY.latencyMs).length;
const succeeded = (method: string) =>
	sandbox.current.requests.filter(
		(one) => one.method === method && [200, 201].includes(one.status),
	);

const KINDS: Array<[string, Fault]> = [
	['connections that are reset', { drop: 'before' }],
	['answers that are lost', { drop: 'after' }],
	['503 without a word', { status: 503 }],
	["a proxy's page with 502", { html: 502 }],
	['504 without a word', { status: 504 }],
];

describe('An outage that ends', () => {
	describe.each([1000, 3000])('after %i ms', (ms) => {
		it.each(KINDS)('loses no item, and few requests go into it: %s', async (_, fault) => {
			outage(fault, FROM + ms);
			const { items, error } = await run({ parameters: getEach(), input: rows(known()) });
			expect(error).toBeUndefined();
			expect(items.map(({ json }) => json.email)).toEqual(known());
			expect(intoOutage(FROM + ms)).toBeLessThanOrEqual(INTO_OUTAGE);
		});
	});

	it('loses no item when requests hang, because each ends after the Timeout of the node', async () => {
		outage({ hang: 'before' }, FROM + 1500);
		const { items, error } = await run({
			parameters: getEach({ requestOptions: { timeout: 3000 } }),
			input: rows(known()),
		});
		expect(error).toBeUndefined();
		expect(items.map(({ json }) => json.email)).toEqual(known());
		expect(intoOutage(FROM + 1500)).toBeLessThanOrEqual(INTO_OUTAGE);
	});

	it('loses no item when nobody listens for a while and another process takes the place', async () => {
		const port = await freePort();
		const first = await startSandbox({ guests: 60, port });
		first.misbehave({ faults: [LATENCY] });
		const emails = [...first.organization.guests.keys()];
		const running = runToEnd({
			parameters: getEach(),
			input: rows(emails),
			credentials: freshCredentials(first),
		});
		while (first.requests.length < 12) await pause(5);
		await first.close();
		await pause(1500);
		const second = await startSandbox({ guests: 60, port });
		const { items, error } = await running.finally(() => void second.close());
		expect(second.requests.length).toBeGreaterThan(4);
		expect(error).toBeUndefined();
		expect(items.map(({ json }) => json.email)).toEqual(emails);
	});

	it.each([
		...KINDS,
		['lost answers to writes alone', { method: 'POST', drop: 'after' }] as [string, Fault],
	])('invites each of 100 people exactly once: %s', async (_, fault) => {
		outage(fault, FROM + 1500);
		const people = newPeople(100);
		const { items, error } = await run({ parameters: create, input: rows(people) });
		expect(error).toBeUndefined();
		expect(items.map(({ json }) => json.email)).toEqual(people);
		expect(known()).toHaveLength(160);
		expect(succeeded('POST')).toHaveLength(100);
	});

	it('loses nothing of two executions, a poll and a list search that use one credential', async () => {
		outage({ drop: 'before' }, FROM + 1500);
		const options = { parameters: getEach(), input: rows(known()) };
		const trigger = await pollerFor({
			parameters: { events: ['guestAdded'] },
			credentials: credentials(),
		});
		const { type, context } = await loadOptionsContext({
			parameters: getEach(),
			credentials: credentials(),
		});
		const begun = [run(options), run(options)] as const;
		await pause(FROM + 200);
		const picking = type.methods!.listSearch!.searchGuests.call(context);
		const [polled, picked, ...ended] = await ends(Promise.all([trigger.poll(), picking, ...begun]));
		expect(polled).toEqual([]);
		expect(picked.results).toHaveLength(50);
		for (const { items, error } of ended) {
			expect(error).toBeUndefined();
			expect(items.map(({ json }) => json.email)).toEqual(known());
		}
		expect(intoOutage(FROM + 1500)).toBeLessThanOrEqual(INTO_OUTAGE);
	});
});

describe('An outage without end, with Max Retry Wait 3', () => {
	const pacing = { maxRetryWait: 3 };
	const endless = async (parameters: ReturnType<typeof guest>) =>
		await run({ parameters, input: rows(known()), onError: 'continueRegularOutput' });

	it.each(KINDS)('ends soon, and every item says how it ended: %s', async (_, fault) => {
		outage(fault);
		const { items, ms } = await endless(getEach({ pacing }));
		// Those who wait for Max Retry Wait one after the other, ten at a time, take 18 s.
		expect(ms).toBeLessThan(14_000);
		expect(items.map(({ pairedItem }) => pairedItem)).toEqual(known().map((_, item) => ({ item })));
		const good = items.filter(({ json }) => json.email);
		expect(good.length + failed(items).length).toBe(60);
		expect(failed(items).length).toBeGreaterThan(20);
		expect(intoOutage(60_000)).toBeLessThanOrEqual(INTO_OUTAGE);
	});

	it('says for how long no answer came, and of whom nothing was sent', async () => {
		outage({ drop: 'before' });
		const { items } = await endless(getEach({ pacing }));
		const unsent = known().flatMap((email, index) =>
			sandbox.current.requests.some((one) => isAbout(one, email)) ? [] : [items[index]],
		);
		expect(unsent.length).toBeGreaterThan(10);
		for (const item of unsent) {
			expect(wordsOf(item)).toMatch(/\b\d+(\.\d+)? s\b/);
			expect(wordsOf(item)).toMatch(/not sent|was sent|never sent|not been sent/i);
			expect(errorOf(item)?.outcome).toBeUndefined();
		}
	});

	it('does not make the later items wait anew, though two at a time are sent', async () => {
		outage({ status: 503 });
		const { items, ms } = await endless(getEach({ pacing: { ...pacing, concurrency: 2 } }));
		expect(failed(items).length).toBeGreaterThan(40);
		expect(ms).toBeLessThan(30_000);
	});

	it('says of a conversion in flight that nobody knows, and of one that was never sent that it was not', async () => {
		outage({ drop: 'before' });
		// Whoever is converted is no guest any more.
		const emails = known();
		const { items } = await endless(guest('convertToMember', { guest: byEmail(), pacing }));
		const said = emails.map((email, index) => {
			const begun = sandbox.current.requests.some((one) => isAbout(one, email));
			const error = errorOf(items[index]);
			return { email, begun, failed: error !== undefined, outcome: error?.outcome };
		});
		const inDoubt = said.filter(({ begun, failed: hasFailed }) => begun && hasFailed);
		expect(said.filter(({ outcome }) => outcome === 'unknown')).toEqual(inDoubt);
		expect(inDoubt.length).toBeGreaterThan(0);
		expect(said.filter(({ begun }) => !begun).length).toBeGreaterThan(10);
	});

	it('is forgotten when the server is back: the next execution works at once', async () => {
		outage({ drop: 'before' });
		await endless(getEach({ pacing }));
		sandbox.current.misbehave({});
		const { items, ms } = await run({ parameters: getEach(), input: rows(known()) });
		expect(items.map(({ json }) => json.email)).toEqual(known());
		// Nor does it wait for the next probe, which may be 8 s away.
		const next = await run({ parameters: getEach(), input: rows(known()) });
		expect(ms).toBeLessThan(next.ms + 6000);
	});
});

describe('A server that is there all the time', () => {
	it('loses no item when all connections are cut at once, with 40 requests in flight', async () => {
		sandbox.current.reset({ guests: 300 });
		// So long that a busy machine sends 40 requests before the first is answered.
		sandbox.current.misbehave({ faults: [{ latencyMs: 600 }] });
		let atTheCut = 0;
		const watching = setInterval(() => {
			if (sandbox.current.peakInFlight() < 40) return;
			clearInterval(watching);
			atTheCut = sandbox.current.requests.length;
			sandbox.current.cutConnections();
		}, 5);
		const { items, error } = await run({
			parameters: getEach({ pacing: { concurrency: 40 } }),
			input: rows(known()),
		}).finally(() => clearInterval(watching));
		expect(atTheCut).toBeGreaterThan(0);
		expect(error).toBeUndefined();
		expect(items.map(({ json }) => json.email)).toEqual(known());
		expect(sandbox.current.requests.length).toBeLessThanOrEqual(300 + 50);
	});

	it('has one lost connection among good answers repeated once, at once', async () => {
		sandbox.current.misbehave({ faults: [LATENCY, { drop: 'before', fromMs: FROM, times: 1 }] });
		const { items } = await run({ parameters: getEach(), input: rows(known()) });
		expect(items.map(({ json }) => json.email)).toEqual(known());
		const { requests } = sandbox.current;
		expect(requests).toHaveLength(61);
		const lost = requests.find(({ faulted }) => faulted);
		const [, again] = requests.filter(({ path }) => path === lost?.path);
		// After 0.5 s at the most, but for what a busy machine adds; the probe of an outage comes after 8 s.
		expect(again.at - lost!.at).toBeLessThan(5000);
	});
});
