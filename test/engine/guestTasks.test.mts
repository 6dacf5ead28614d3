import { describe, expect, it } from 'vitest';
import { ORGANIZATION_ID, type Guest } from '../../sandbox/organization.mts';
import { runNode } from '../support/engine.mts';
import { byEmail } from '../support/guests.mts';
import { credentialsFor, useSandbox } from '../support/sandbox.mts';

const sandbox = useSandbox({ guests: 20 });
const run = async (parameters: Record<string, unknown>, input: object[] = [{}], more = {}) =>
	await runNode({
		parameters: { resource: 'guestTask', operation: 'getAll', ...parameters } as never,
		credentials: credentialsFor(sandbox.current),
		input: input as never,
		...more,
	});
const byLink = (value: unknown) => ({ __rl: true, mode: 'link', value });

/** The guest with this id. The id tells the number of tasks: id % 26, but none where 3 divides it. */
const guestWithId = (id: number) =>
	[...sandbox.current.organization.guests.values()].find((guest) => guest.id === id) as Guest;
const WITH_12 = 1000;
const WITH_13 = 1001;
const WITH_NONE = 1002;
const WITH_25 = 1013;
const codeOf = ({ link }: Guest) => String(link).split('/').at(-1) as string;
const idsOf = (guest: Guest) => sandbox.current.organization.tasks(guest).map(({ id }) => id);
const sentPaths = () =>
	sandbox.current.requests.map(({ method, path }) => `${method} ${path.split('?')[0]}`);
const queries = () =>
	sandbox.current.requests
		.filter(({ path }) => path.includes('/tasks'))
		.map(({ path }) => Object.fromEntries(new URL(path, 'http://x').searchParams));
const organizationPath = `/api/organizations/${ORGANIZATION_ID}`;
/** All that a run tells, but for the node's own parameters, which n8n puts into its errors as they were typed. */
const everything = ({ error, ...rest }: Awaited<ReturnType<typeof run>>) =>
	JSON.stringify([rest, { ...error, node: undefined }, error?.message, error?.stack]);

describe('The code of a guest', () => {
	it('is read from the link of the guest with the email, because no other field has it', async () => {
		const guest = guestWithId(WITH_12);
		const { items, error } = await run({ guest: byEmail(` ${guest.email} `), limit: 1 });
		expect(error).toBeUndefined();
		expect(items).toHaveLength(1);
		expect(sentPaths()).toEqual([
			`GET ${organizationPath}/guests/${encodeURIComponent(guest.email)}`,
			`GET ${organizationPath}/guests/${codeOf(guest)}/tasks`,
		]);
	});

	it.each([
		['mode link', (link: string) => byLink(link)],
		['an expression', () => byLink('={{ $json.link }}')],
		['an email that is a link', (link: string) => byEmail(link)],
		['a link between blanks', (link: string) => byLink(` ${link} `)],
		['a link with what browsers add', (link: string) => byLink(` ${link}/?lang=en#top `)],
		[
			'a link on another host',
			(link: string) => byLink(link.replace('go.tallyfy.com', 'evil.test')),
		],
	])('is cut out of %s without reading the guest', async (_, locator) => {
		const guest = guestWithId(WITH_12);
		const link = String(guest.link);
		const { items, error } = await run({ guest: locator(link), limit: 1 }, [{ link }]);
		expect(error).toBeUndefined();
		expect(items).toHaveLength(1);
		expect(sentPaths()).toEqual([`GET ${organizationPath}/guests/${codeOf(guest)}/tasks`]);
	});

	const ORG = ORGANIZATION_ID;
	const NOT_A_LINK = "Guest is a web address, but not a guest's permanent link";
	const ODD_CODE =
		'Guest is a link whose code holds other characters than letters, digits, - and _';
	it.each([
		['https://go.tallyfy.com/', NOT_A_LINK, /whole link/],
		[`https://go.tallyfy.com/guest-all-task/${ORG}`, NOT_A_LINK, /whole link/],
		[`https://go.tallyfy.com/guest-all-task/${ORG}/`, NOT_A_LINK, /whole link/],
		[`https://go.tallyfy.com/guest-all-task/${ORG}/SECRET1/more`, NOT_A_LINK, /whole link/],
		[`https://go.tallyfy.com/other/${ORG}/SECRET1`, NOT_A_LINK, /whole link/],
		[`https://x.test/?next=/guest-all-task/${ORG}/SECRET1`, NOT_A_LINK, /whole link/],
		[`https://x/guest-all-task/${ORG}/..`, ODD_CODE, /Copy the whole link again/],
		[`https://x/guest-all-task/${ORG}/%2e%2e`, ODD_CODE, /Copy the whole link again/],
		[`https://x/guest-all-task/${ORG}/SECRET1%2Ftasks`, ODD_CODE, /Copy the whole link again/],
		[`https://x/guest-all-task/${ORG}/SECRET1 b`, ODD_CODE, /Copy the whole link again/],
		[
			`https://go.tallyfy.com/guest-all-task/${'0'.repeat(32)}/SECRET1`,
			'Guest is the link of a guest of another organization',
			/Choose the credential/,
		],
		[
			'https://go.tallyfy.com/guest-all-task/../SECRET1',
			'Guest is the link of a guest of another organization',
			/Choose the credential/,
		],
		['SECRET1', 'Guest is neither an email nor a permanent link', /full address/],
		['SECRET1@', 'Guest is neither an email nor a permanent link', /full address/],
		['', 'Guest is empty', /Give the email/],
	])('is refused in %j before any request, and not repeated', async (link, message, next) => {
		const result = await run({ guest: byLink('={{ $json.link }}') }, [{ link }]);
		expect(result.error?.message).toBe(message);
		expect(result.error?.description).toMatch(next);
		expect(`${result.error?.message} ${result.error?.description}`).not.toContain('SECRET1');
		expect(sandbox.current.requests).toEqual([]);
	});

	it('is not replaced by the id or the email for a guest without a link, who is told about instead', async () => {
		const guest = guestWithId(WITH_12);
		guest.link = null;
		const { error } = await run({ guest: byEmail(guest.email) });
		expect(error?.message).toBe(`Guest ${guest.email} has no link yet`);
		expect(error?.description).toMatch(/administrator reset this guest's link/);
		expect(sentPaths()).toHaveLength(1);
	});

	it.each(['https://go.tallyfy.com', 'https://go.tallyfy.com/guest-all-task/x/a%2Fb'])(
		'is not made up from a link such as %s',
		async (link) => {
			const guest = guestWithId(WITH_12);
			guest.link = link;
			const { error } = await run({ guest: byEmail(guest.email) });
			expect(error?.message).toBe(`Guest ${guest.email} has a link without a code`);
			expect(sentPaths()).toHaveLength(1);
		},
	);

	it('needs a guest: nobody with this email is said so', async () => {
		const { error } = await run({ guest: byEmail('no@x.example') });
		expect(error?.message).toBe('Resource not found: no guest no@x.example in this organization');
		expect(error?.description).toBe('Check Guest, or pick the guest from the list.');
	});

	it('that nobody has is said so with what to check, because links change', async () => {
		const link = `https://go.tallyfy.com/guest-all-task/${ORG}/SECRET1`;
		const { error } = await run({ guest: byLink(link) });
		expect(error?.message).toBe('Resource not found: no guest with this link in this organization');
		expect(error?.description).toMatch(/^Check Guest: the link changes when .* resets it/);
	});

	it('that went away after the guest was read is said so too', async () => {
		const { email } = guestWithId(WITH_12);
		const notFound = { error: true, message: 'Resource not found', code: 'RESOURCE_NOT_FOUND' };
		sandbox.current.misbehave({ faults: [{ path: '/tasks', status: 404, body: notFound }] });
		const { error } = await run({ guest: byEmail(email) });
		expect(error?.message).toBe(
			`Resource not found: no guest with the link of ${email} in this organization`,
		);
		expect(error?.description).toMatch(/^Their link was reset, .* Run it again/);
	});

	it('is not blamed for a wrong base URL', async () => {
		sandbox.current.misbehave({ faults: [{ path: '/tasks', html: 404 }] });
		const { error } = await run({ guest: byEmail(guestWithId(WITH_12).email) });
		expect(error?.message).toBe('Tallyfy does not know this address');
		expect(error?.description).toMatch(/Base URL/);
	});

	it.each([
		['by email', (guest: Guest) => byEmail(guest.email)],
		['by link', (guest: Guest) => byLink(guest.link)],
	])('given %s is in no error, even when the server quotes it', async (_, locator) => {
		const guest = guestWithId(WITH_12);
		const code = codeOf(guest);
		for (const status of [400, 403, 404, 422, 500]) {
			const body = {
				message: `No query results for [Guest] ${code} of ${guest.link}`,
				errors: { guest: [`${code} is wrong`] },
			};
			sandbox.current.misbehave({ faults: [{ path: '/tasks', status, body }] });
			for (const onError of ['stopWorkflow', 'continueRegularOutput', 'continueErrorOutput']) {
				const input = onError === 'continueErrorOutput' ? [{ row: 1 }] : [{}];
				const result = await run({ guest: locator(guest), pacing: { maxRetryWait: 0 } }, input, {
					onError,
				});
				const told = everything(result);
				expect(told).toContain('No query results for [Guest] [hidden] of [link hidden]');
				expect(told).not.toContain(code);
				expect(told).not.toContain('guest-all-task');
			}
		}
	});

	it.each(['null', 'true', '404', 'message'])(
		'that is the word "%s" does not garble an answer',
		async (code) => {
			const link = `https://go.tallyfy.com/guest-all-task/${ORG}/${code}`;
			const { error } = await run({ guest: byLink(link) });
			expect(error?.message).toBe(
				'Resource not found: no guest with this link in this organization',
			);
		},
	);
});

describe('Guest Task > Get Many', () => {
	it('returns all tasks though the server gives ten a page, each once and in its order', async () => {
		const guest = guestWithId(WITH_25);
		const { items } = await run({ guest: byEmail(guest.email), returnAll: true });
		expect(items.map(({ json }) => json.id)).toEqual(idsOf(guest));
		expect(items).toHaveLength(25);
		expect(queries().map(({ page }) => page)).toEqual(['1', '2', '3']);
	});

	it.each([
		[3, ['1']],
		[10, ['1']],
		[11, ['1', '2']],
		[20, ['1', '2']],
	])('gives %i tasks for that limit, and asks for no more pages', async (limit, pages) => {
		const guest = guestWithId(WITH_25);
		const { items } = await run({ guest: byEmail(guest.email), limit });
		expect(items.map(({ json }) => json.id)).toEqual(idsOf(guest).slice(0, limit));
		expect(queries().map(({ page }) => page)).toEqual(pages);
	});

	it('gives no items for a guest without tasks', async () => {
		const { items, error } = await run({ guest: byEmail(guestWithId(WITH_NONE).email) });
		expect([items, error]).toEqual([[], undefined]);
	});

	it.each([
		['all', 'all'],
		['active', 'active'],
		['completed', 'complete'],
		['due_soon', 'due-soon'],
		['hasproblem', 'has-problem'],
		['incomplete', 'active'],
		['inprogress', 'in-progress'],
		['overdue', 'overdue'],
		['complete', 'complete'],
	])('asks for the status "%s" with the word %s, which filters', async (status, word) => {
		const guest = guestWithId(WITH_25);
		await run({ guest: byEmail(guest.email), returnAll: true, filters: { status } });
		expect(queries().length).toBeGreaterThan(0);
		expect(queries().filter((query) => query.status !== word)).toEqual([]);
	});

	it.each([
		['active', [1, 2, 3, 4, 5]],
		['all', [1, 2, 3, 4, 5, 6]],
		['completed', [6]],
		['due_soon', [3]],
		['hasproblem', [5]],
		['incomplete', [1, 2, 3, 4, 5]],
		['inprogress', [4, 5]],
		['overdue', [2]],
	])(
		'gives only what %s means, where Tallyfy does not know the word and answers every task',
		async (status, ids) => {
			const inHours = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString();
			const open = {
				status: 'not-started',
				completed_at: null,
				deadline: inHours(100),
				has_issues: false,
			};
			const data = [
				{ id: 1, ...open },
				{ id: 2, ...open, deadline: inHours(-1) },
				{ id: 3, ...open, deadline: inHours(23) },
				{ id: 4, ...open, status: 'in-progress' },
				{ id: 5, ...open, status: 'in-progress', has_issues: true },
				{ id: 6, ...open, status: 'completed', completed_at: inHours(-2), deadline: inHours(-1) },
			];
			sandbox.current.misbehave({ faults: [{ path: '/tasks', status: 200, body: { data } }] });
			const guest = guestWithId(WITH_25);
			const { items } = await run({
				guest: byEmail(guest.email),
				returnAll: true,
				filters: { status },
			});
			expect(items.map(({ json }) => json.id)).toEqual(ids);
		},
	);

	it('returns what the filter leaves', async () => {
		const guest = guestWithId(WITH_25);
		const { items } = await run({
			guest: byEmail(guest.email),
			returnAll: true,
			filters: { status: 'complete' },
		});
		expect(items).toHaveLength(16);
		expect(new Set(items.map(({ json }) => json.status))).toEqual(new Set(['completed']));
	});

	it.each([{}, { status: 'any' }, { status: '' }])('sends no status for %j', async (filters) => {
		const { items } = await run({ guest: byEmail(guestWithId(WITH_12).email), filters });
		expect(items).toHaveLength(12);
		expect(queries().filter((query) => 'status' in query)).toEqual([]);
	});

	it.each([
		[{ filters: { status: 'done' } }, 'Filters > Status is done', /Choose one of: active, all/],
		[{ limit: 0 }, 'Limit is 0', /whole number/],
		[{ output: 'selected' }, 'Output is selected', /Choose one of: simplified, raw/],
	])('refuses %j before any request', async (parameters, message, next) => {
		const { error } = await run({ guest: byEmail('a@x.example'), ...parameters });
		expect(error?.message).toBe(message);
		expect(error?.description).toMatch(next);
		expect(sandbox.current.requests).toEqual([]);
	});

	it('gives ten flat fields, dates in one spelling, and the guest', async () => {
		const guest = guestWithId(WITH_12);
		const [, task] = sandbox.current.organization.tasks(guest);
		Object.assign(task, { deadline: '2026-12-01 17:00:00', checklist_id: 'c'.repeat(32) });
		const { items } = await run({ guest: byEmail(guest.email), limit: 2 });
		expect(items[1].json).toEqual({
			id: task.id,
			title: task.title,
			status: 'completed',
			deadline: '2026-12-01T17:00:00.000Z',
			processId: task.run_id,
			templateId: 'c'.repeat(32),
			isOneOff: false,
			createdAt: '2026-10-01T09:00:00.000Z',
			completedAt: '2026-10-15T09:00:00.000Z',
			guestEmail: guest.email,
		});
		expect(items[0].json.completedAt).toBeNull();
	});

	it('leaves the email out for a guest given by link, because nobody said it', async () => {
		const { items } = await run({ guest: byLink(guestWithId(WITH_12).link), limit: 1 });
		expect(Object.keys(items[0].json)).toHaveLength(9);
		expect(items[0].json).not.toHaveProperty('guestEmail');
	});

	it.each([
		['by email', (guest: Guest) => byEmail(guest.email)],
		['by link', (guest: Guest) => byLink(guest.link)],
	])('gives no link and no code, which open tasks without a login, %s', async (_, locator) => {
		const guest = guestWithId(WITH_12);
		for (const task of sandbox.current.organization.tasks(guest)) {
			(task.owners as Record<string, unknown>).taskUrls = [`${guest.link}/task`];
		}
		const result = await run({ guest: locator(guest), returnAll: true });
		expect(result.items).toHaveLength(12);
		expect(everything(result)).not.toContain(codeOf(guest));
		expect(everything(result)).not.toContain('guest-all-task');
	});

	it('gives the API object untouched as raw output', async () => {
		const guest = guestWithId(WITH_12);
		const { items } = await run({ guest: byEmail(guest.email), limit: 1, output: 'raw' });
		expect(items[0].json).toEqual(sandbox.current.organization.tasks(guest)[0]);
	});

	it('links the tasks of each guest to the input item that asked for them', async () => {
		const guests = [guestWithId(WITH_13), guestWithId(WITH_12)];
		const { items } = await run(
			{ guest: byEmail(), returnAll: true },
			guests.map(({ email }) => ({ email })),
		);
		const linked = guests.map((_, item) =>
			items.filter(({ pairedItem }) => (pairedItem as { item: number }).item === item),
		);
		expect(linked.map((of) => of.length)).toEqual([13, 12]);
		expect(linked.map((of) => of.map(({ json }) => json.id))).toEqual(guests.map(idsOf));
		expect(linked[1][0].json.guestEmail).toBe(guests[1].email);
	});

	it('goes on after an item that failed', async () => {
		const { email } = guestWithId(WITH_12);
		const { items } = await run(
			{ guest: byEmail(), limit: 1 },
			[{ email: 'no@x.example' }, { email }],
			{ onError: 'continueRegularOutput' },
		);
		expect(items).toMatchObject([
			{ json: { error: { status: 404 } }, pairedItem: { item: 0 } },
			{ json: { guestEmail: email }, pairedItem: { item: 1 } },
		]);
	});
});
