import { beforeEach, describe, expect, it } from 'vitest';
import type { INodeParameters } from 'n8n-workflow';
import { byEmail, guest } from '../support/guests.mts';
import { errorOf, freshCredentials, runToEnd, wordsOf } from '../support/runs.mts';
import { useSandbox } from '../support/sandbox.mts';
import { TRIALS, tryAll, type Verdict } from '../support/trials.mts';
import { WRITES } from '../support/writes.mts';

/** What is wrong with what an item says, in words; undefined when it is true. */
function untruth(verdict: Verdict): string | undefined {
	const { write, ended, good, done, outcome, arrived, invited } = verdict;
	if (!ended) return 'did not end';
	if (good && !done) return 'said to be done, but it is not';
	if (!good && done && outcome !== 'unknown') return 'done, and said to have failed for certain';
	if (write.never && arrived > 1) return `sent ${arrived} times`;
	if (invited > 1) return `invited ${invited} times`;
	if (outcome !== undefined && outcome !== 'unknown') return `of outcome ${outcome}`;
	return undefined;
}

describe('Operations that write, with every fault at the write', () => {
	let tried: Promise<Verdict[]> | undefined;
	const verdicts = async () => await (tried ??= tryAll(TRIALS));
	const of = async (name: string) => (await verdicts()).filter(({ write }) => write.name === name);

	it('are all tried', async () => {
		expect(await verdicts()).toHaveLength(TRIALS.length);
	});

	it.each(WRITES.map(({ name }) => name))('say the truth about what was done: %s', async (name) => {
		const wrong = (await of(name)).flatMap((verdict) => {
			const why = untruth(verdict);
			return why ? [`${verdict.fault}: ${why}`] : [];
		});
		expect(wrong).toEqual([]);
	});

	it.each(WRITES.filter(({ idempotent }) => idempotent).map(({ name }) => name))(
		'are repeated when that changes nothing, so that no single fault makes them fail: %s',
		async (name) => {
			const lost = (await of(name)).filter(({ once, good, done }) => once && !(good && done));
			expect(lost.map(({ fault }) => fault)).toEqual([]);
		},
	);

	it('say that the guest was created when Create or Get fails on the members', async () => {
		const silent = (await of('createOrGet, with members, at the members')).filter(
			({ good, words }) => !good && !/created/i.test(words),
		);
		expect(silent.map(({ fault, words }) => `${fault}: ${words}`)).toEqual([]);
	});

	it('say that the guest may be there when the look after a lost create fails', async () => {
		const failing = (await of('create')).filter(({ fault }) => fault.endsWith('500 to every look'));
		expect(failing.map(({ good, outcome }) => [good, outcome])).toEqual([[false, 'unknown']]);
		expect(failing[0].words).toMatch(/may|might|not known|perhaps/i);
	});

	it('say in words, not only in a field, that something may have been done', async () => {
		const silent = (await verdicts()).filter(
			({ outcome, words }) => outcome && !/may|might|not known|nobody knows|unknown/i.test(words),
		);
		expect(silent.map(({ write, fault, words }) => `${write.name}, ${fault}: ${words}`)).toEqual(
			[],
		);
	});
});

describe('What certainly was not done', () => {
	const sandbox = useSandbox({ guests: 6 });
	const known = () => [...sandbox.current.organization.guests.keys()];
	let credentials: ReturnType<typeof freshCredentials>;
	beforeEach(() => {
		credentials = freshCredentials(sandbox.current);
	});
	const run = async (parameters: INodeParameters, more: Record<string, string> = {}) => {
		const given = { ...credentials, ...more };
		const { items } = await runToEnd({
			parameters,
			credentials: given,
			onError: 'continueRegularOutput',
		});
		return items[0];
	};
	const NO_DOUBT = /may have|might have|not known|nobody knows|unknown whether/i;
	const only = (operation: string, more = {}) =>
		guest(operation, { guest: byEmail(known()[0]), pacing: { maxRetryWait: 2 }, ...more });

	it('is not in doubt: a conversion that never left, because nobody listens', async () => {
		const nobody = { baseUrl: 'http://127.0.0.1:1/api' };
		const item = await run(only('convertToMember'), nobody);
		expect(errorOf(item)).toBeDefined();
		expect(errorOf(item)?.outcome).toBeUndefined();
		expect(wordsOf(item)).not.toMatch(NO_DOUBT);
	});

	it('is not in doubt: a conversion that waited behind a pause for everybody', async () => {
		const headers = { 'retry-after': '120' };
		sandbox.current.misbehave({ faults: [{ status: 429, headers, body: { message: 'Later.' } }] });
		await run(only('get'));
		const item = await run(only('convertToMember'));
		expect(errorOf(item)?.status).toBe(429);
		expect(errorOf(item)?.outcome).toBeUndefined();
		expect(wordsOf(item)).not.toMatch(NO_DOUBT);
	});

	it('is not in doubt: a conversion that was refused', async () => {
		const body = { message: 'Not allowed.' };
		sandbox.current.misbehave({ faults: [{ method: 'POST', status: 403, body }] });
		const item = await run(only('convertToMember'));
		expect(errorOf(item)).toMatchObject({ status: 403 });
		expect(errorOf(item)?.outcome).toBeUndefined();
	});

	it('is not in doubt: a read whose answer is lost', async () => {
		sandbox.current.misbehave({ faults: [{ drop: 'after' }] });
		const item = await run(only('get'));
		expect(errorOf(item)).toBeDefined();
		expect(errorOf(item)?.outcome).toBeUndefined();
	});

	it.each([
		['update', 'PUT', { membersMode: 'replace', associatedMembers: [20001] }],
		['delete', 'DELETE', {}],
		['enable', 'PUT', {}],
		['disable', 'DELETE', {}],
	])(
		'is not repeated: %s after a 500 that names its reason',
		async (operation, method, more: object) => {
			const body = { message: 'Guest has a locked process' };
			sandbox.current.misbehave({ faults: [{ method, status: 500, body }] });
			const item = await run(only(operation, more));
			expect(item.json.message).toContain('Guest has a locked process');
			const sent = sandbox.current.requests.filter((one) => one.method === method);
			expect(sent).toHaveLength(1);
		},
	);

	it('names what was: Create or Get that fails on members who do not exist has created the guest', async () => {
		const email = 'new@new.test';
		const item = await run(guest('createOrGet', { email, associatedMembers: [99999] }));
		expect(errorOf(item)).toMatchObject({ status: 422 });
		expect(known()).toContain(email);
		expect(wordsOf(item)).toMatch(/created/i);
	});
});
