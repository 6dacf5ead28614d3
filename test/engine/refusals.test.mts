import type { INodeExecutionData } from 'n8n-workflow';
import { describe, expect, it } from 'vitest';
import type { Fault } from '../../sandbox/faults.mts';
import { taskCompletedPayload } from '../../sandbox/webhooks.mts';
import { loadOptionsContext } from '../support/engine.mts';
import { guest } from '../support/guests.mts';
import { ends, errorOf, failed, useRuns, newPeople, pause, rows } from '../support/runs.mts';
import { webhookMode } from '../support/webhookMode.mts';

const { sandbox, credentials, known, run, getEach } = useRuns({ guests: 60 });
const refusal = (seconds?: number): Fault => ({
	status: 429,
	headers: seconds === undefined ? {} : { 'retry-after': String(seconds) },
	body: { message: 'Too Many Attempts.' },
});
const requests = () => sandbox.current.requests;
const secondsUntil = (moment: unknown) => (Date.parse(String(moment)) - Date.now()) / 1000;

describe('A strict limit without Retry-After', () => {
	it('of one request in 2 s loses no item, because all wait together as long as is allowed', async () => {
		const limits = { burst: { requests: 1, windowMs: 2000, silent: true } };
		sandbox.current.misbehave({ limits });
		const input = rows(known().slice(0, 8));
		const { items, error } = await run({ parameters: getEach(), input });
		expect(error).toBeUndefined();
		expect(items.map(({ json }) => json.email)).toEqual(known().slice(0, 8));
	});

	it('of nothing at all for 4 s loses no item, and is not stormed', async () => {
		sandbox.current.misbehave({ faults: [{ ...refusal(), untilMs: 4000 }] });
		const { items, error, ms } = await run({ parameters: getEach(), input: rows(known()) });
		expect(error).toBeUndefined();
		expect(items.map(({ json }) => json.email)).toEqual(known());
		expect(requests().filter(({ status }) => status === 429).length).toBeLessThanOrEqual(40);
		expect(ms).toBeLessThan(30_000);
	});

	it('without end is given up after Max Retry Wait, by all at once', async () => {
		sandbox.current.misbehave({ faults: [refusal()] });
		const { items, ms } = await run({
			parameters: getEach({ pacing: { maxRetryWait: 3 } }),
			input: rows(known()),
			onError: 'continueRegularOutput',
		});
		expect(failed(items)).toHaveLength(60);
		expect(new Set(items.map((item) => errorOf(item)?.status))).toEqual(new Set([429]));
		expect(requests().length).toBeLessThanOrEqual(40);
		expect(ms).toBeLessThan(30_000);
	});
});

describe('A refusal that says to come back in 120 s', () => {
	it('is met by those in flight only, though each of 300 guests has a path of its own', async () => {
		sandbox.current.reset({ guests: 300 });
		sandbox.current.misbehave({ faults: [{ ...refusal(120), latencyMs: 20 }] });
		const { items } = await run({
			parameters: getEach(),
			input: rows(known()),
			onError: 'continueRegularOutput',
		});
		expect(requests().length).toBeLessThanOrEqual(10);
		expect(items).toHaveLength(300);
		for (const item of items) {
			expect(errorOf(item)).toMatchObject({ status: 429 });
			expect(errorOf(item)?.outcome).toBeUndefined();
			expect(secondsUntil(errorOf(item)?.retryAt)).toBeGreaterThan(60);
			expect(secondsUntil(errorOf(item)?.retryAt)).toBeLessThan(121);
		}
	});
});

describe('A pause of 20 s that one execution caused', () => {
	/** How long somebody took, and what came of it. */
	const timed = async <T,>(work: Promise<T>) => {
		const before = Date.now();
		const came = await ends(work).catch((error: Error) => error);
		return { came, ms: Date.now() - before };
	};
	const pick = async () => {
		const { type, context } = await loadOptionsContext({
			parameters: getEach(),
			credentials: credentials(),
		});
		return await type.methods!.listSearch!.searchGuests.call(context);
	};
	const deliver = async () => {
		const node = await webhookMode({
			parameters: { source: 'pasted', output: 'selected', fields: ['companyName'] },
			credentials: credentials(),
			workflowId: 'paused',
		});
		const { organization } = sandbox.current;
		const payload = taskCompletedPayload(organization, [...organization.guests.values()][0]);
		const before = Date.now();
		const [{ status }] = await sandbox.current.deliver(payload, { to: node.address() });
		await node.close();
		return { status, starts: node.starts, ms: Date.now() - before };
	};
	/** Everybody at once, in one pause. */
	const measure = async () => {
		sandbox.current.misbehave({ faults: [{ ...refusal(20), untilMs: 20_000 }] });
		const input = rows(known().slice(0, 4));
		const causing = timed(run({ parameters: getEach(), input }));
		while (requests().length < 4) await pause(5);
		await pause(200);
		const one = rows(known().slice(10, 11));
		const hasty = getEach({ pacing: { maxRetryWait: 1 } });
		const many = { input: rows(known().slice(10, 13)), onError: 'continueRegularOutput' } as const;
		const [caused, patient, impatient, search, webhook] = await Promise.all([
			causing,
			timed(run({ parameters: getEach(), input: one })),
			timed(run({ parameters: hasty, ...many }).then((ended) => ({ ...ended, at: Date.now() }))),
			timed(pick()),
			timed(deliver()),
		]);
		return { caused, patient, impatient, search, webhook };
	};
	let measured: ReturnType<typeof measure> | undefined;
	const together = async () => await (measured ??= measure());

	it('is waited for by those who may', async () => {
		const { caused, patient } = await together();
		for (const { came } of [caused, patient]) {
			const { items, error } = came as Awaited<ReturnType<typeof run>>;
			expect(error).toBeUndefined();
			expect(failed(items)).toEqual([]);
			expect(items.length).toBeGreaterThan(0);
		}
	});

	it('does not hold another execution longer than its own Max Retry Wait; it gets the refusal', async () => {
		const { came, ms } = (await together()).impatient;
		expect(ms).toBeLessThan(12_000);
		const { items, at } = came as { items: INodeExecutionData[]; at: number };
		expect(items).toHaveLength(3);
		for (const item of items) {
			expect(errorOf(item)).toMatchObject({ status: 429 });
			expect(item.json.message).toContain('Too Many Attempts.');
			expect(Date.parse(String(errorOf(item)?.retryAt)) - at).toBeGreaterThan(3000);
			expect(Date.parse(String(errorOf(item)?.retryAt)) - at).toBeLessThan(21_000);
		}
	});

	it('does not hold a list search longer than 5 s, which then says the refusal', async () => {
		const { came, ms } = (await together()).search;
		expect(ms).toBeLessThan(15_000);
		const { message, description } = came as unknown as Error & { description?: string };
		expect(`${message} ${description}`).toContain('Too Many Attempts.');
	});

	it("does not hold a webhook's read longer than 2 s: the item has what the payload knows, and why", async () => {
		const { came } = (await together()).webhook;
		const { status, starts, ms } = came as Awaited<ReturnType<typeof deliver>>;
		expect(ms).toBeLessThan(12_000);
		expect(status).toBe(200);
		expect(JSON.stringify(starts)).toContain('Too Many Attempts.');
	});
});

describe('RATE_LIMIT_EXCEEDED without Retry-After', () => {
	const cap = {
		method: 'POST',
		status: 429,
		body: { message: "You've reached the hourly limit.", code: 'RATE_LIMIT_EXCEEDED' },
	};

	it('is sent once, because the hour will not be over soon', async () => {
		sandbox.current.misbehave({ faults: [cap] });
		const { error, ms } = await run({ parameters: guest('create', { email: 'new@new.test' }) });
		expect(error?.message).toBe("You've reached the hourly limit.");
		expect(requests()).toHaveLength(1);
		expect(ms).toBeLessThan(30_000);
	});

	it('ends all invitations of the run, and nothing else', async () => {
		sandbox.current.misbehave({ faults: [{ latencyMs: 20 }, cap] });
		const emails = newPeople(40).flatMap((email, index) => [email, known()[index]]);
		const { items } = await run({
			parameters: guest('createOrGet', { email: '={{ $json.email }}' }),
			input: rows(emails),
			onError: 'continueRegularOutput',
		});
		const invited = requests().filter(({ method }) => method === 'POST');
		expect(invited.length).toBeLessThanOrEqual(10);
		expect(items.filter(({ json }) => json.created === false)).toHaveLength(40);
		expect(failed(items).map((item) => errorOf(item)?.code)).toEqual(
			Array.from({ length: 40 }, () => 'RATE_LIMIT_EXCEEDED'),
		);
	});
});
