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
/** Guest Custom Field > Get Many, which needs the code of a guest given by email too. */
const runFields = async (parameters: Record<string, unknown>, ...rest: [object[]?, object?]) =>
	await run({ resource: 'guestCustomField', ...parameters }, ...rest);
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
		const { items, error } = await runFields({ guest: byEmail(` ${guest.email} `) });
		expect(error).toBeUndefined();
		expect(items).toHaveLength(3);
		expect(sentPaths()).toEqual([
			`GET ${organizationPath}/guests/${encodeURIComponent(guest.email)}`,
			`GET ${organizationPath}/guests/${codeOf(guest)}/custom-fields`,
		]);
	});

	it('is read from a link with /guest/ right before the code too', async () => {
		sandbox.current.misbehave({ quirks: { guestLink: 'guest' } });
		const guest = guestWithId(WITH_12);
		const { error } = await runFields({ guest: byEmail(guest.email) });
		expect(error).toBeUndefined();
		expect(sentPaths()[1]).toBe(`GET ${organizationPath}/guests/${codeOf(guest)}/custom-fields`);
	});

	it.each([
		(code: string) => `https://go.tallyfy.com/guest/${code}`,
		(code: string) => `https://go.tallyfy.com/guest/${code}?task=97e0a4d2c1b3485f8e6d0c7b5a493f12`,
		(code: string) =>
			`https://go.tallyfy.com/organizations/${ORGANIZATION_ID}/guest/${code}/tasks/`,
		(code: string) => `go.tallyfy.com/guest/${code}`,
	])('is cut out of the other form of a link: %s', async (link) => {
		const guest = guestWithId(WITH_12);
		const { items, error } = await run({ guest: byLink(link(codeOf(guest))), limit: 1 });
		expect([items.length, error]).toEqual([1, undefined]);
		expect(sentPaths()).toEqual([`GET ${organizationPath}/guests/${codeOf(guest)}/tasks`]);
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
		['https://go.tallyfy.com/guest/', NOT_A_LINK, /whole link/],
		['https://go.tallyfy.com/guests/SECRET1', NOT_A_LINK, /whole link/],
		['https://go.tallyfy.com/guest/..', ODD_CODE, /Copy the whole link again/],
		['https://go.tallyfy.com/guest/SECRET1%2Ftasks', ODD_CODE, /Copy the whole link again/],
		[
			`https://go.tallyfy.com/${'0'.repeat(32)}/guest/SECRET1`,
			'Guest is the link of a guest of another organization',
			/Choose the credential/,
		],
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
		const { error } = await runFields({ guest: byEmail(guest.email) });
		expect(error?.message).toBe(`Guest ${guest.email} has no link yet`);
		expect(error?.description).toMatch(/administrator reset this guest's link/);
		expect(sentPaths()).toHaveLength(1);
	});

	it.each(['https://go.tallyfy.com', 'https://go.tallyfy.com/guest-all-task/x/a%2Fb'])(
		'is not made up from a link such as %s',
		async (link) => {
			const guest = guestWithId(WITH_12);
			guest.link = link;
			const { error } = await runFields({ guest: byEmail(guest.email) });
			expect(error?.message).toBe(`Guest ${guest.email} has a link without a code`);
			expect(sentPaths()).toHaveLength(1);
		},
	);

	it('needs a guest: nobody with this email is said so', async () => {
		const { error } = await runFields({ guest: byEmail('no@x.example') });
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
		sandbox.current.misbehave({
			faults: [{ path: '/custom-fields', status: 404, body: notFound }],
		});
		const { error } = await runFields({ guest: byEmail(email) });
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
		['by email', (guest: Guest) => byEmail(guest.email), runFields],
		['by link', (guest: Guest) => byLink(guest.link), run],
	])('given %s is in no error, even when the server quotes it', async (_, locator, runIt) => {
		const guest = guestWithId(WITH_12);
		const code = codeOf(guest);
		for (const status of [400, 403, 404, 422, 500]) {
			const body = {
				message: `No query results for [Guest] ${code} of ${guest.link}`,
				errors: { guest: [`${code} is wrong`] },
			};
			sandbox.current.misbehave({ faults: [{ path: '/(tasks|custom-fields)', status, body }] });
			for (const onError of ['stopWorkflow', 'continueRegularOutput', 'continueErrorOutput']) {
				const input = onError === 'continueErrorOutput' ? [{ row: 1 }] : [{}];
				const parameters = { guest: locator(guest), pacing: { maxRetryWait: 0 } };
				const result = await runIt(parameters, input, { onError });
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

describe('Guest Task > Get Many by link', () => {
	it('returns all tasks though the server gives ten a page, each once and in its order', async () => {
		const guest = guestWithId(WITH_25);
		const { items } = await run({ guest: byLink(guest.link), returnAll: true });
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
		const { items } = await run({ guest: byLink(guest.link), limit });
		expect(items.map(({ json }) => json.id)).toEqual(idsOf(guest).slice(0, limit));
		expect(queries().map(({ page }) => page)).toEqual(pages);
	});

	it('gives no items for a guest without tasks', async () => {
		const { items, error } = await run({ guest: byLink(guestWithId(WITH_NONE).link) });
		expect([items, error]).toEqual([[], undefined]);
	});

	it('filters here what this list cannot filter: process, kind and deadline', async () => {
		const guest = guestWithId(WITH_25);
		const tasks = sandbox.current.organization.tasks(guest);
		tasks.forEach((task, index) => {
			task.deadline = `2026-12-${String(index + 1).padStart(2, '0')}T12:00:00Z`;
			if (index % 2 === 0) Object.assign(task, { is_oneoff_task: true, run_id: null });
		});
		const process = String(tasks[1].run_id);
		const filters = {
			process,
			deadlineAfter: '2026-12-04',
			deadlineBefore: '2026-12-08T12:00:00Z',
		};
		const { items } = await run({ guest: byLink(guest.link), returnAll: true, filters });
		expect(items.map(({ json }) => json.id)).toEqual([tasks[3].id, tasks[5].id]);
		const one = { ...filters, process: '', kind: 'oneOff' };
		const oneOff = await run({ guest: byLink(guest.link), returnAll: true, filters: one });
		expect(oneOff.items.map(({ json }) => json.id)).toEqual([tasks[4].id, tasks[6].id]);
		expect(queries().every((query) => Object.keys(query).sort().join() === 'page,per_page')).toBe(
			true,
		);
	});

	it('leaves the email out, because nobody said it, and names of process and step, which are not in this list', async () => {
		const guest = guestWithId(WITH_12);
		const [, task] = sandbox.current.organization.tasks(guest);
		const { items } = await run({ guest: byLink(guest.link), limit: 2 });
		expect(items[1].json).toEqual({
			id: task.id,
			title: task.title,
			status: 'completed',
			deadline: '2026-12-01T17:00:00.000Z',
			processId: task.run_id,
			processName: null,
			stepTitle: null,
			isOneOff: false,
			completedAt: '2026-10-15T09:00:00.000Z',
		});
	});

	it('gives no link and no code, which open tasks without a login', async () => {
		const guest = guestWithId(WITH_12);
		for (const task of sandbox.current.organization.tasks(guest)) {
			(task.owners as Record<string, unknown>).taskUrls = [`${guest.link}/task`];
		}
		const result = await run({ guest: byLink(guest.link), returnAll: true });
		expect(result.items).toHaveLength(12);
		expect(everything(result)).not.toContain(codeOf(guest));
		expect(everything(result)).not.toContain('guest-all-task');
	});

	it('gives the API object untouched as raw output', async () => {
		const guest = guestWithId(WITH_12);
		const { items } = await run({ guest: byLink(guest.link), limit: 1, output: 'raw' });
		expect(items[0].json).toEqual(sandbox.current.organization.tasks(guest)[0]);
	});

	it('links the tasks of each guest to the input item that asked for them, and goes on after one that failed', async () => {
		const guests = [guestWithId(WITH_13), guestWithId(WITH_12)];
		const links = guests.map(({ link }) => ({ link }));
		const { items } = await run(
			{ guest: byLink('={{ $json.link }}'), returnAll: true },
			[links[0], { link: 'no' }, links[1]],
			{ onError: 'continueRegularOutput' },
		);
		const linked = [0, 1, 2].map((item) =>
			items.filter(({ pairedItem }) => (pairedItem as { item: number }).item === item),
		);
		expect(linked.map((of) => of.length)).toEqual([13, 1, 12]);
		expect(linked[0].map(({ json }) => json.id)).toEqual(idsOf(guests[0]));
		expect(linked[2].map(({ json }) => json.id)).toEqual(idsOf(guests[1]));
	});
});
