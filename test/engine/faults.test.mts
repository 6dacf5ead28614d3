import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { runNode } from '../support/engine.mts';
import { byEmail, guest } from '../support/guests.mts';
import { credentialsFor, useSandbox } from '../support/sandbox.mts';

const sandbox = useSandbox({ guests: 40 });
const known = () => [...sandbox.current.organization.guests.keys()];
const methods = () => sandbox.current.requests.map(({ method }) => method);
const statuses = () => sandbox.current.requests.map(({ status }) => status);

/** Each test has a token of its own: what the rate limiter learned in one test must not slow the next. */
let run: (options: {
	parameters: ReturnType<typeof guest>;
	input?: object[];
	onError?: 'continueRegularOutput';
	cancelAfterMs?: number;
}) => ReturnType<typeof runNode>;
let count = 0;
beforeEach(() => {
	const accessToken = `sandbox-token${' '.repeat(++count)}`;
	const credentials = credentialsFor(sandbox.current, { accessToken });
	run = async (options) =>
		await runNode({ ...options, credentials } as Parameters<typeof runNode>[0]);
	// Back-off waits a random part of its bound: no part, here.
	vi.spyOn(Math, 'random').mockReturnValue(0);
});
afterEach(() => {
	vi.restoreAllMocks();
});

const getEach = (pacing = {}) => guest('get', { guest: byEmail(), pacing });
const rows = (emails: string[]) => emails.map((email) => ({ email }));

describe('When Tallyfy says "too many requests"', () => {
	it('brings every item home, and nobody starts before the time that it asked for', async () => {
		const windowMs = 6000;
		sandbox.current.misbehave({ limits: { burst: { requests: 20, windowMs } } });
		const { items, error } = await run({ parameters: getEach(), input: rows(known()) });
		expect(error).toBeUndefined();
		expect(items.map(({ json }) => json.email)).toEqual(known());
		const { requests } = sandbox.current;
		const refusals = requests.filter(({ status }) => status === 429);
		expect(refusals.length).toBeGreaterThan(0);
		const early = refusals.flatMap(({ at }) =>
			// Those that were on their way may still arrive, late where the machine is busy.
			requests.filter((other) => other.at > at + 3000 && other.at < requests[0].at + windowMs),
		);
		expect(early).toEqual([]);
	});

	it('waits for a date as well as for seconds', async () => {
		const date = new Date(Date.now() + 3000).toUTCString();
		const headers = { 'retry-after': date };
		sandbox.current.misbehave({ faults: [{ status: 429, headers, body: {}, times: 1 }] });
		const { items } = await run({ parameters: getEach(), input: rows([known()[0]]) });
		expect(items[0].json.email).toBe(known()[0]);
		expect(sandbox.current.requests[1].at).toBeGreaterThanOrEqual(Date.parse(date));
	});

	it('repeats a create too, because a refused request did nothing', async () => {
		sandbox.current.misbehave({ faults: [{ status: 429, body: {}, times: 1 }] });
		const { items } = await run({ parameters: guest('create', { email: 'new@x.test' }) });
		expect(items[0].json.email).toBe('new@x.test');
		expect(methods()).toEqual(['POST', 'POST']);
	});

	it('ends when Max Retry Wait is over when it says so for ever', async () => {
		sandbox.current.misbehave({
			faults: [{ status: 429, headers: { 'retry-after': '0' }, body: { message: 'Slow down.' } }],
		});
		const parameters = getEach({ maxRetryWait: 2 });
		const { error } = await run({ parameters, input: rows([known()[0]]) });
		expect(methods().length).toBeLessThan(6);
		expect(error?.message).toBe('Slow down.');
		expect(error?.description).toMatch(/^Tried \d times\. .*Requests per Minute/);
		expect(error?.httpCode).toBe('429');
	});

	it('gives up at once when the wait is longer than allowed, and says when to come back', async () => {
		sandbox.current.misbehave({
			faults: [{ status: 429, headers: { 'retry-after': '120' }, body: { message: 'Later.' } }],
		});
		const before = Date.now();
		const { items } = await run({
			parameters: getEach(),
			input: rows([known()[0]]),
			onError: 'continueRegularOutput',
		});
		expect(Date.now() - before).toBeLessThan(50_000);
		const { message, error } = items[0].json as { message: string; error: Record<string, unknown> };
		expect(message).toBe('Later.');
		expect(error).toMatchObject({ status: 429, retryAfterSeconds: 120 });
		expect(Date.parse(String(error.retryAt)) - before).toBeGreaterThan(119_000);
		expect(error.description).toContain('Tallyfy asks to wait 120 s');
	});

	it('stops inviting at the hourly cap, while items that need no invite go on', async () => {
		sandbox.current.misbehave({ limits: { invites: { guests: 2, windowMs: 3_600_000 } } });
		const input = rows([
			'a@x.test',
			known()[0],
			'b@x.test',
			...Array.from({ length: 30 }, (_, index) => `${index}@x.test`),
			known()[1],
		]);
		const { items } = await run({
			parameters: guest('createOrGet', { email: '={{ $json.email }}' }),
			input,
			onError: 'continueRegularOutput',
		});
		expect(items).toHaveLength(input.length);
		const failed = items.filter(({ json }) => json.error);
		expect(items.filter(({ json }) => json.created === true)).toHaveLength(2);
		expect(items.filter(({ json }) => json.created === false)).toHaveLength(2);
		for (const { json } of failed) {
			expect(json.error).toMatchObject({ status: 429, code: 'RATE_LIMIT_EXCEEDED' });
			expect((json.error as { retryAfterSeconds: number }).retryAfterSeconds).toBeGreaterThan(3500);
		}
		// The first refusal is known to all who have not been sent yet.
		const refused = sandbox.current.requests.filter(({ status }) => status === 429);
		expect(refused.length).toBeLessThan(failed.length);
	});
});

describe('When an answer is lost or Tallyfy is in trouble', () => {
	it.each([502, 503, 504])('repeats a read after %i', async (status) => {
		sandbox.current.misbehave({ faults: [{ status, body: {}, times: 2 }] });
		const { items } = await run({ parameters: getEach(), input: rows([known()[0]]) });
		expect(items[0].json.email).toBe(known()[0]);
		expect(statuses()).toEqual([status, status, 201]);
	});

	it('does not repeat after a 500 that says what is wrong, because that is an answer', async () => {
		const body = { message: 'This guest has a locked process.' };
		sandbox.current.misbehave({ faults: [{ status: 500, body }] });
		const { error } = await run({ parameters: getEach(), input: rows([known()[0]]) });
		expect(error?.message).toBe(body.message);
		expect(methods()).toEqual(['GET']);
	});

	it('repeats after a 500 that says nothing, five times at the most, because the item may be at fault', async () => {
		sandbox.current.misbehave({ faults: [{ status: 500, body: { message: 'Server Error' } }] });
		const { error } = await run({ parameters: getEach(), input: rows([known()[0]]) });
		expect(error?.message).toBe('Server Error');
		expect(error?.description).toMatch(/^Tried 5 times\./);
		expect(methods()).toHaveLength(5);
	});

	it('creates once when the answer to a create is lost after the write: it looks, and finds the guest', async () => {
		sandbox.current.misbehave({ faults: [{ method: 'POST', drop: 'after', times: 1 }] });
		const { items, error } = await run({ parameters: guest('create', { email: 'new@x.test' }) });
		expect(error).toBeUndefined();
		expect(items[0].json.email).toBe('new@x.test');
		expect(methods()).toEqual(['POST', 'GET']);
	});

	it('creates after all when the create was lost before the write: it looks, finds nobody, and repeats', async () => {
		sandbox.current.misbehave({ faults: [{ method: 'POST', drop: 'before', times: 1 }] });
		const { items } = await run({ parameters: guest('create', { email: 'new@x.test' }) });
		expect(items[0].json.email).toBe('new@x.test');
		expect(methods()).toEqual(['POST', 'GET', 'POST']);
	});

	it('looks also when it may not wait for another try, because the guest may be there all the same', async () => {
		sandbox.current.misbehave({ faults: [{ method: 'POST', drop: 'after', times: 1 }] });
		vi.spyOn(Math, 'random').mockReturnValue(1);
		const { items, error } = await run({
			parameters: guest('create', { email: 'new@x.test', pacing: { maxRetryWait: 0 } }),
		});
		expect(error).toBeUndefined();
		expect(items[0].json.email).toBe('new@x.test');
		expect(methods()).toEqual(['POST', 'GET']);
	});

	it('takes "already taken" for success when the lost create did it and the look did not see it yet', async () => {
		sandbox.current.misbehave({
			faults: [
				{ method: 'POST', drop: 'after', times: 1 },
				{ method: 'GET', status: 404, body: { message: 'Resource not found' }, times: 1 },
			],
		});
		const { items } = await run({ parameters: guest('create', { email: 'new@x.test' }) });
		expect(items[0].json.email).toBe('new@x.test');
		expect(methods()).toEqual(['POST', 'GET', 'POST', 'GET']);
	});

	it('takes "unknown email" for success when a delete is repeated after a lost answer', async () => {
		sandbox.current.misbehave({ faults: [{ method: 'DELETE', drop: 'after', times: 1 }] });
		const [email] = known();
		const { items } = await run({ parameters: guest('delete', { guest: byEmail(email) }) });
		expect(items[0].json).toEqual({ deleted: true, email });
		expect(statuses()).toEqual([200, 422]);
	});

	it('repeats an update, which does the same twice', async () => {
		sandbox.current.misbehave({ faults: [{ method: 'PUT', drop: 'after', times: 1 }] });
		const { items } = await run({
			parameters: guest('update', {
				guest: byEmail(known()[0]),
				membersMode: 'replace',
				associatedMembers: [20001],
			}),
		});
		expect(items[0].json.associatedMembers).toEqual([20001]);
		expect(methods()).toEqual(['PUT', 'PUT']);
	});

	it('ends when Max Retry Wait is over when every connection is dropped, naming the host and no secret', async () => {
		sandbox.current.misbehave({ faults: [{ drop: 'before' }] });
		const parameters = getEach({ maxRetryWait: 2 });
		const before = Date.now();
		const { error } = await run({ parameters, input: rows([known()[0]]) });
		const ms = Date.now() - before;
		const { host } = new URL(sandbox.current.baseUrl);
		const [, seconds] = /, for (\d+) s$/.exec(error?.message ?? '') ?? [];
		expect(error?.message).toBe(`No answer from ${host} (ECONNRESET), for ${seconds} s`);
		expect(Number(seconds)).toBeGreaterThanOrEqual(2);
		expect(Number(seconds)).toBeLessThanOrEqual(Math.ceil(ms / 1000));
		expect(error?.description).toMatch(/^Tried \d times\. .*Max Retry Wait/);
	});

	it('returns all guests of a list though one answer in five is lost', async () => {
		sandbox.current.reset({ guests: 2500 });
		sandbox.current.misbehave({ faults: [{ drop: 'before', every: 5 }] });
		const { items } = await run({ parameters: guest('getAll', { returnAll: true }) });
		expect(items.map(({ json }) => json.email)).toEqual(known());
	});
});

describe('Stopping', () => {
	it('ends all waiting promptly when the execution is cancelled', async () => {
		sandbox.current.misbehave({
			faults: [{ status: 429, headers: { 'retry-after': '55' }, body: {} }],
		});
		const before = Date.now();
		await run({ parameters: getEach(), input: rows(known()), cancelAfterMs: 300 });
		expect(Date.now() - before).toBeLessThan(50_000);
		expect(methods().length).toBeLessThan(15);
	});

	it('sends nothing more after a failed item, and counts what was done', async () => {
		const emails = known();
		const input = rows([...emails.slice(0, 3), 'no@x.test', ...emails.slice(3)]);
		const { error, items } = await run({ parameters: getEach(), input });
		expect(items).toEqual([]);
		const [, done, unsent] =
			/\((\d+) of 41 items done, (\d+) not sent\)$/.exec(error?.message ?? '') ?? [];
		expect(Number(done) + Number(unsent)).toBe(40);
		expect(Number(unsent)).toBeGreaterThan(0);
		expect(methods()).toHaveLength(Number(done) + 1);
		expect(error?.context?.itemIndex).toBe(3);
	});
});

describe('Pacing', () => {
	/** Long enough for a busy machine to send as many requests as may be in flight before the first is answered. */
	const SLOW = [{ latencyMs: 400 }];

	it.each([
		[{}, 10],
		[{ concurrency: 2 }, 2],
		[{ concurrency: 25 }, 25],
	])('with %j never has more than %i requests in flight', async (pacing, most) => {
		sandbox.current.misbehave({ faults: most > 2 ? SLOW : [{ latencyMs: 60 }] });
		await run({ parameters: getEach(pacing), input: rows([...known(), ...known()]) });
		const peak = sandbox.current.peakInFlight();
		expect(peak).toBeLessThanOrEqual(most);
		// Nor so much less that it would be another limit.
		expect(peak).toBeGreaterThan(most / 2);
	});

	it('is shared by executions that use the same token', async () => {
		sandbox.current.misbehave({ faults: SLOW });
		const once = async () => await run({ parameters: getEach(), input: rows(known()) });
		await Promise.all([once(), once(), once()]);
		const peak = sandbox.current.peakInFlight();
		expect(peak).toBeLessThanOrEqual(10);
		expect(peak).toBeGreaterThan(5);
	});

	it('spreads requests evenly under Requests per Minute', async () => {
		await run({
			parameters: getEach({ requestsPerMinute: 120 }),
			input: rows(known().slice(0, 8)),
		});
		const times = sandbox.current.requests.map(({ at }) => at);
		// Seven spaces of 500 ms; on a busy machine the first may arrive late.
		expect(times.at(-1)! - times[0]).toBeGreaterThan(7 * 500 * 0.6);
	});

	it.each([
		[{ concurrency: 0 }, 'Pacing > Concurrency is 0', 'Give a number from 1 to 64.'],
		[{ concurrency: 65 }, 'Pacing > Concurrency is 65', 'Give a number from 1 to 64.'],
		[{ maxRetryWait: -1 }, 'Pacing > Max Retry Wait is -1', 'Give a number from 0 to 86400.'],
		[{ requestsPerMinute: 0.5 }, 'Pacing > Requests per Minute is 0.5', 'Give 1 or more.'],
	])('refuses %j before any request', async (pacing, message, description) => {
		const { error } = await run({ parameters: getEach(pacing), input: rows([known()[0]]) });
		expect(error?.message).toBe(message);
		expect(error?.description).toBe(description);
		expect(methods()).toEqual([]);
	});
});

describe('Guest > Create or Get', () => {
	const createOrGet = (parameters = {}) =>
		guest('createOrGet', { email: '={{ $json.email }}', ...parameters });

	it('spends no invite on a guest who is there', async () => {
		const [email] = known();
		const { items } = await run({ parameters: createOrGet(), input: rows([email]) });
		expect(items[0].json).toMatchObject({ created: false, email });
		expect(methods()).toEqual(['GET']);
	});

	it('creates a guest who is not there, with all fields', async () => {
		const { items } = await run({
			parameters: createOrGet({ additionalFields: { firstName: 'Zoë' } }),
			input: rows(['new@x.test']),
		});
		expect(items[0].json).toMatchObject({ created: true, email: 'new@x.test', firstName: 'Zoë' });
		expect(methods()).toEqual(['GET', 'POST']);
	});

	it('returns the guest who appears in between', async () => {
		const email = 'quick@x.test';
		sandbox.current.misbehave({
			faults: [{ method: 'GET', status: 404, body: { message: 'Resource not found' }, times: 1 }],
		});
		sandbox.current.organization.create({ email });
		const { items } = await run({ parameters: createOrGet(), input: rows([email]) });
		expect(items[0].json).toMatchObject({ created: false, email });
		expect(methods()).toEqual(['GET', 'POST', 'GET']);
	});

	it.each([
		['new', 'new@x.test', ['GET', 'POST', 'PUT']],
		['existing', undefined, ['GET', 'PUT']],
	])('sets the associated members of a %s guest in the same step', async (_, email, sent) => {
		const { items } = await run({
			parameters: createOrGet({ associatedMembers: [20001, 20002] }),
			input: rows([email ?? known()[0]]),
		});
		expect(items[0].json.associatedMembers).toEqual([20001, 20002]);
		expect(methods()).toEqual(sent);
	});

	it("repeats Tallyfy's words when it refuses the address", async () => {
		const [, member] = sandbox.current.organization.members;
		const { error } = await run({ parameters: createOrGet(), input: rows([member.email]) });
		expect(error?.message).toContain('This email belongs to a member of your organization.');
	});
});

describe('Errors', () => {
	it('hold no token, link or code, whatever the server puts into its words', async () => {
		const [first] = sandbox.current.organization.guests.values();
		const code = first.link!.split('/').at(-1)!;
		const words = `Bearer sandbox-token may not open ${first.link} or guest-all-task/x/${code}`;
		const bodies = [
			{ message: words },
			{ error: words },
			{ error: { message: words, code: 'X' } },
			{ errors: { [`link ${first.link}`]: [words] } },
			`<html>${words}</html>`,
		];
		for (const status of [400, 401, 403, 404, 409, 422, 429, 500, 502]) {
			for (const body of bodies) {
				const headers = { 'retry-after': '9999' };
				const parameters = getEach({ maxRetryWait: 0 });
				sandbox.current.misbehave({ faults: [{ status, body, headers }] });
				const stopped = await run({ parameters, input: rows([first.email]) });
				const gone = await run({
					parameters,
					input: rows([first.email]),
					onError: 'continueRegularOutput',
				});
				const { message, description, messages, context, cause } =
					stopped.error as unknown as Record<string, unknown>;
				const thrown = JSON.stringify([
					message,
					description,
					messages,
					context,
					String(cause),
					gone.items,
				]);
				expect([status, body, thrown.includes(code), thrown.includes('sandbox-token')]).toEqual([
					status,
					body,
					false,
					false,
				]);
			}
		}
	});
});
