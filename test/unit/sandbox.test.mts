// The sandbox itself, asked over plain HTTP: whether it behaves as contract/facts.md says (numbers in brackets).
// Everything else is tested against the sandbox, so it must be neither kinder nor stranger than the real thing.
import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { text as readText } from 'node:stream/consumers';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Fault, Quirks } from '../../sandbox/faults.mts';
import { codeOf, ORGANIZATION_ID, type Guest, type Json } from '../../sandbox/organization.mts';
import { CONTRACT, loadContract, SANDBOX_TOKEN } from '../../sandbox/server.mts';
import { ask as askUrl, HEADERS, useSandbox } from '../support/sandbox.mts';

const ORG = `/organizations/${ORGANIZATION_ID}`;
const GUESTS = `${ORG}/guests`;
const EMAIL = 'new@x.example';
const NOT_THE_EMAIL = { errors: { email: [expect.any(String)] } };

/** After each test it expects no violations; a test that makes some on purpose takes them with `violations`. */
const sandbox = useSandbox({ guests: 60 });
const violations = () => sandbox.current.violations.splice(0).join('\n');
const organization = () => sandbox.current.organization;
const guests = () => [...organization().guests.values()];
const tasks = (guest: Guest) => organization().tasks(guest);
const busyGuest = () => guests().find((guest) => tasks(guest).length > 20)!;
const idleGuest = () => guests().find((guest) => tasks(guest).length === 0)!;
const at = (email: string, rest = '') => `${GUESTS}/${encodeURIComponent(email)}${rest}`;

const ask = async (method: string, path: string, body?: unknown, headers?: object) =>
	await askUrl(method, sandbox.current.baseUrl + path, body, headers);
const get = async (path: string) => await ask('GET', path);
const list = async (query = '') => await get(`${GUESTS}?${query}`);
const create = async (email: string, more?: Json) => await ask('POST', GUESTS, { email, ...more });

/** Sends the path as it is, where fetch would tidy it. */
async function askRaw(method: string, path: string): Promise<string> {
	const options = { method, path: `/api${path}`, headers: HEADERS };
	const [response] = await once(httpRequest(sandbox.current.baseUrl, options).end(), 'response');
	return await readText(response as IncomingMessage);
}

describe('headers, tokens and paths', () => {
	const { authorization } = HEADERS;
	const foreign = `/organizations/${'f'.repeat(32)}`;
	const bearer = (rest: string) => ({ ...HEADERS, authorization: `Bearer ${rest}` });
	it.each([
		['404 without the client header (3)', ORG, { authorization }, 404, 'ENDPOINT_NOT_FOUND'],
		['401 without it where no 404 is documented', '/me', { authorization }, 401, 'Unauthenticated'],
		['401 for a bad token', ORG, bearer('stale'), 401, 'Unauthenticated'],
		['401 for two spaces (2)', ORG, bearer(` ${SANDBOX_TOKEN}`), 401, 'Unauthenticated'],
		['403 for a foreign organization (49)', foreign, HEADERS, 403, 'permissions'],
		['404 for an unknown path (42)', `${ORG}/nothing`, HEADERS, 404, 'ENDPOINT_NOT_FOUND'],
	])('answers %s, since nothing may pass by luck', async (_name, path, headers, status, words) => {
		const answer = await ask('GET', path, undefined, headers);
		expect([answer.status, answer.text]).toEqual([status, expect.stringContaining(words)]);
	});
});

describe('adding a guest', () => {
	it('answers 201 with the guest and its link, since create returns it (11, 32)', async () => {
		const { status, data } = await create(EMAIL, { first_name: 'New', phone_1: '1' });
		const stored = { email: EMAIL, first_name: 'New', last_name: null, details: { phone_1: '1' } };
		expect([status, data]).toMatchObject([201, stored]);
		expect(data.link).toMatch(new RegExp(`/guest-all-task/${ORGANIZATION_ID}/[A-Za-z0-9]{40}$`));
	});

	it('drops `phone` with 201, since unknown keys vanish, and notes the violation (7, 13)', async () => {
		const { status, text } = await create(EMAIL, { phone: '555-0123' });
		expect(status).toBe(201);
		expect(text + (await get(at(EMAIL))).text).not.toContain('555-0123');
		expect(violations()).toMatch(/createGuest was asked against the contract.*"phone"/);
	});

	it.each([
		['a word without @', () => 'nobody', 'format "email"'],
		['an address at example.com (14)', () => 'a@example.com', ''],
		['the address of a member (15)', () => organization().members[3].email, ''],
		['a guest who is there already', () => guests()[0].email, ''],
	])('refuses %s with 422 on the email, since the server looks', async (_name, email, noted) => {
		expect(await create(email())).toMatchObject({ status: 422, body: NOT_THE_EMAIL });
		expect(violations()).toMatch(noted || /^$/);
	});
});

describe('one guest', () => {
	const known = () => guests()[0].email;
	const unknown = () => 'nobody@x.example';
	it.each([
		['GET', 'known', known, undefined, 201, { data: { id: 1000 } }],
		['GET', 'unknown', unknown, undefined, 404, { code: 'RESOURCE_NOT_FOUND' }],
		['PUT', 'unknown', unknown, { associated_members: [] }, 422, NOT_THE_EMAIL],
		['DELETE', 'unknown', unknown, undefined, 422, NOT_THE_EMAIL],
	])('%s %s: as documented, odd as it is', async (method, _name, email, sent, status, body) => {
		expect(await ask(method, at(email()), sent)).toMatchObject({ status, body });
	});

	it('takes associated members and loses names, since PUT knows nothing else (20)', async () => {
		const sent = { associated_members: [20002, 20003], first_name: 'Changed' };
		const { status, data } = await ask('PUT', at(known()), sent);
		const { first_name } = guests()[0];
		const details = { associated_members: [20002, 20003] };
		expect([status, data]).toMatchObject([201, { first_name, details }]);
		expect(first_name).not.toBe('Changed');
		expect(violations()).toMatch(/updateGuest was asked against the contract.*"first_name"/);
		const cleared = await ask('PUT', at(known()), { associated_members: [] });
		expect(cleared.data.details).toMatchObject({ associated_members: [] });
	});

	it('loses its tasks and fields by a delete, even if it comes back (22)', async () => {
		const { email } = busyGuest();
		const before = tasks(busyGuest());
		organization().customFieldsOf(busyGuest()).region = 'EMEA';
		expect(await ask('DELETE', at(email))).toMatchObject({ status: 200, data: { email } });
		expect((await get(at(email))).status).toBe(404);
		await create(email);
		const again = organization().guests.get(email)!;
		expect(tasks(again)).not.toEqual(before);
		expect(organization().customFieldsOf(again).region).toBeNull();
	});

	it('can be disabled unless it has open tasks: 403, a rule of the business (23, 24)', async () => {
		const busy = busyGuest().email;
		const body = { message: 'Cannot disable guest with incomplete tasks' };
		expect(await ask('DELETE', at(busy, '/disable'))).toMatchObject({ status: 403, body });
		expect((await get(at(busy))).data).toMatchObject({ details: { disabled_at: null } });
		const idle = idleGuest().email;
		const disabled = { details: { disabled_at: expect.any(String) } };
		expect((await ask('DELETE', at(idle, '/disable'))).data).toMatchObject(disabled);
		const enabled = { details: { disabled_at: null } };
		expect((await ask('PUT', at(idle, '/enable'))).data).toMatchObject(enabled);
	});
});

describe('addresses in the path', () => {
	const odd = ['a#b+c/d@', 'what?@', '50%off@', "o'neil&co=1@", '"two words"@', 'jürgen@'];
	it.each(odd)('%s is found percent-encoded, since it is one segment (19)', async (name) => {
		const email = `${name}x.example`;
		await create(email);
		expect((await get(at(email))).data.email).toBe(email);
		expect((await ask('DELETE', at(email))).status).toBe(200);
		expect(organization().guests.has(email)).toBe(false);
	});

	it('a raw ../ climbs, since a server resolves dots before it looks who is meant', async () => {
		// The contract has no DELETE of a member; 404 instead of 422 on the email shows where the request went.
		expect(await askRaw('DELETE', `${GUESTS}/../users/20001`)).toContain('ENDPOINT_NOT_FOUND');
		expect(await askRaw('GET', `${GUESTS}/..`)).toContain('"users_count"');
		// An empty address ends in a slash, which means nothing.
		expect((await get(at(''))).data).toHaveLength(60);
		const { id, email } = organization().members[1];
		await askRaw('PUT', `${GUESTS}/../users/${id}/to/guest`);
		expect(organization().guests.has(email)).toBe(true);
	});

	it('a raw ? ends the path, so that a disable becomes a delete', async () => {
		const { email } = idleGuest();
		await askRaw('DELETE', `${GUESTS}/${email}?b@x/disable`);
		expect(organization().guests.has(email)).toBe(false);
		expect(violations()).toContain('deleteGuest');
	});

	it('are logged byte for byte, so that tests see what was really sent', async () => {
		const sent = ['../users/20001', 'a%23b%2bC%2Fd%40x.test', 'jo+x@y.test?with=stats', './%2E%2E'];
		for (const path of sent) await askRaw('GET', `${GUESTS}/${path}`);
		const logged = sandbox.current.requests.map(({ path }) => path);
		expect(logged).toEqual(sent.map((path) => `/api${GUESTS}/${path}`));
	});
});

describe('lists of guests', () => {
	const quirk = (quirks: Quirks) => sandbox.current.misbehave({ quirks });

	it('give 999 when nothing is asked for, since that is the documented default (17)', async () => {
		sandbox.current.reset({ guests: 1005 });
		const { data, pagination } = await list();
		expect(data).toHaveLength(999);
		expect(pagination).toMatchObject({ total: 1005, count: 999, per_page: 999, total_pages: 2 });
	});

	const paging: Array<[string, Quirks, string, Json]> = [
		['honour per_page', {}, 'per_page=25&page=3', { count: 10, per_page: 25, total_pages: 3 }],
		['end with an empty page', {}, 'per_page=25&page=4', { count: 0, current_page: 4 }],
		['cap pages', { pageCap: 7 }, 'per_page=100', { count: 7, per_page: 7, total_pages: 9 }],
		['say one page (37)', { totalPages: 'one' }, 'per_page=25', { count: 25, total_pages: 1 }],
	];
	it.each(paging)('%s, and always give the total', async (_name, quirks, query, expected) => {
		quirk(quirks);
		const { data, pagination } = await list(query);
		expect(pagination).toMatchObject({ total: 60, ...expected });
		expect(data).toHaveLength(Number(expected.count));
	});

	it('give every guest once over all pages, in one order', async () => {
		const pages = [1, 2, 3].map(async (page) => await list(`per_page=25&page=${page}`));
		const emails = (await Promise.all(pages)).flatMap(({ data }) => data.map((one) => one.email));
		expect(emails).toEqual(guests().map(({ email }) => email));
	});

	const links = { object: { next: expect.stringContaining('page=2') }, list: [], null: null };
	it.each([...Object.entries(links), ['missing', undefined] as const])(
		'have links as %s, since all of these occur (36)',
		async (kind, expected) => {
			quirk({ links: kind as Quirks['links'] });
			expect((await list('per_page=25')).pagination.links).toEqual(expected);
			if (kind === 'object') expect((await list()).pagination.links).toEqual([]);
		},
	);

	it('come without meta, by quirk or when asked without pagination (17)', async () => {
		expect(Object.keys((await list('without_pagination=true')).body)).toEqual(['data']);
		quirk({ meta: false });
		expect(Object.keys((await list('per_page=5')).body)).toEqual(['data']);
	});

	const flat = expect.objectContaining({ assigned_tasks: expect.any(Number) }) as unknown;
	const wrappings = { flat, wrapped: { data: flat }, empty: {}, list: [] };
	it.each(Object.entries(wrappings))('have stats %s, if asked for (34)', async (kind, expected) => {
		quirk({ stats: kind as Quirks['stats'], singleStats: 'filled' });
		const { email } = guests()[0];
		expect((await list('per_page=1&with=stats')).data[0].stats).toEqual(expected);
		expect((await get(at(email, '?with=stats'))).data.stats).toEqual(expected);
		expect((await list('per_page=1')).data[0]).not.toHaveProperty('stats');
	});

	it('are where task numbers are: a guest who is read alone has none, as documented (34)', async () => {
		const { email } = guests()[0];
		expect((await list('per_page=1&with=stats')).data[0].stats).toEqual(flat);
		expect((await get(at(email, '?with=stats'))).data.stats).toEqual({});
		expect((await get(at(email))).data).not.toHaveProperty('stats');
		quirk({ stats: 'wrapped' });
		expect((await get(at(email, '?with=stats'))).data.stats).toEqual({ data: {} });
	});

	it('can count everything ever assigned as assigned, since nobody says which it is', async () => {
		const numbers = async () => (await list('per_page=1&with=stats')).data[0].stats as Json;
		const { assigned_tasks: open, tasks_completed: done } = await numbers();
		quirk({ assignedTasks: 'ever' });
		expect(await numbers()).toMatchObject({
			assigned_tasks: Number(open) + Number(done),
			tasks_completed: done,
		});
	});

	it('can have names in details, as before 2026-03-01', async () => {
		quirk({ namesInDetails: true });
		const { email, first_name, last_name } = guests()[0];
		for (const shown of [(await list()).data[0], (await get(at(email))).data]) {
			expect(shown).not.toHaveProperty('first_name');
			expect(shown.details).toMatchObject({ first_name, last_name });
		}
	});

	it('search emails, and ignore and note `limit`, since there is none (17, 18)', async () => {
		const { email } = guests()[5];
		expect((await list(`q=${email.slice(0, -4).toUpperCase()}`)).data).toMatchObject([{ email }]);
		expect((await list('limit=5&per_page=20')).data).toHaveLength(20);
		expect(violations()).toMatch(/listGuests was asked against the contract.*"limit"/);
	});

	it('are the same for the same seed, so that a failure can be seen again', async () => {
		const made = async (seed: number) => {
			sandbox.current.reset({ guests: 20, seed });
			return (await list()).text;
		};
		const first = await made(7);
		expect(await made(7)).toBe(first);
		expect(await made(8)).not.toBe(first);
	});
});

describe('tasks of a guest', () => {
	it('come by code, ten a page whatever per_page says (27, 28)', async () => {
		const path = `${GUESTS}/${codeOf(busyGuest())}/tasks`;
		const total = tasks(busyGuest()).length;
		const { data, pagination } = await get(`${path}?per_page=50`);
		expect(data).toHaveLength(10);
		expect(pagination).toMatchObject({ total, per_page: 10, total_pages: 3 });
		expect((await get(`${path}?page=3`)).data).toHaveLength(total - 20);
	});

	it('are filtered by the words that the server knows, and by no others: then every task comes (107, 108)', async () => {
		const path = `${GUESTS}/${codeOf(busyGuest())}/tasks`;
		const asked = async (status: string) => {
			const { data, pagination } = await get(`${path}?status=${status}`);
			return [pagination.total, [...new Set(data.map((task) => task.status))].sort()];
		};
		const all = tasks(busyGuest());
		const open = all.filter(({ status }) => status !== 'completed');
		expect(await asked('complete')).toEqual([all.length - open.length, ['completed']]);
		expect(await asked('active')).toEqual([open.length, ['active']]);
		expect(await asked('in-progress')).toEqual([0, []]);
		for (const word of ['all', 'completed', 'hasproblem']) {
			expect([word, ...(await asked(word))]).toEqual([word, all.length, ['active', 'completed']]);
		}
		sandbox.current.misbehave({ quirks: { taskStatus: 'ignored' } });
		expect((await asked('active'))[0]).toBe(all.length);
		sandbox.current.misbehave({});
		Object.assign(open[0], { deadline: '2026-10-31T12:00:00Z', has_issues: true });
		Object.assign(open[1], { deadline: '2026-11-01T18:00:00Z' });
		vi.useFakeTimers({ toFake: ['Date'], now: Date.parse('2026-11-01T12:00:00Z') });
		for (const word of ['overdue', 'due-soon', 'has-problem']) {
			expect([word, ...(await asked(word))]).toEqual([word, 1, ['active']]);
		}
		vi.useRealTimers();
	});

	it('do not come by email, since the code is their only key (27)', async () => {
		expect((await get(at(busyGuest().email, '/tasks'))).status).toBe(404);
		expect(violations()).toContain('listGuestTasks was asked against the contract');
	});
});

describe('limits', () => {
	const NOW = Date.UTC(2026, 10, 1);
	afterEach(() => void vi.useRealTimers());

	it('hold back a burst with 429 and Retry-After, until the next window (46)', async () => {
		vi.setSystemTime(NOW);
		sandbox.current.misbehave({ limits: { burst: { requests: 2, windowMs: 5000 } } });
		expect([(await list()).status, (await list()).status]).toEqual([200, 200]);
		vi.setSystemTime(NOW + 1500);
		const { status, headers, body } = await list();
		expect([status, headers.get('retry-after'), body.code]).toEqual([429, '4', undefined]);
		vi.setSystemTime(NOW + 5000);
		expect((await list()).status).toBe(200);
	});

	it('refuse an invite over the hourly cap with its code, and nothing else (46)', async () => {
		vi.setSystemTime(NOW);
		sandbox.current.misbehave({ limits: { invites: { guests: 1, windowMs: 3_600_000 } } });
		expect((await create('first@x.example')).status).toBe(201);
		const { status, headers, body } = await create(EMAIL);
		expect([status, body.code]).toEqual([429, 'RATE_LIMIT_EXCEEDED']);
		expect(headers.get('retry-after')).toBe('3600');
		expect((await get(at(EMAIL))).status).toBe(404);
	});
});

describe('trouble on order', () => {
	const trouble = (...faults: Fault[]) => sandbox.current.misbehave({ faults });

	it('answers late, but answers', async () => {
		trouble({ latencyMs: 150 });
		const start = performance.now();
		expect((await list()).status).toBe(200);
		expect(performance.now() - start).toBeGreaterThan(140);
	});

	const json = { status: 503, headers: { 'retry-after': '9' }, body: { message: 'down' } };
	it.each<[string, Fault, number, string | null, string]>([
		['a status of our choice', json, 503, '9', '{"message":"down"}'],
		['a web page, as a proxy does', { html: 502 }, 502, null, '<!doctype html>'],
	])('answers with %s before anything is done', async (_name, fault, status, retryAfter, text) => {
		trouble({ method: 'POST', path: '/guests$', ...fault });
		const answer = await create(EMAIL);
		expect([answer.status, answer.headers.get('retry-after')]).toEqual([status, retryAfter]);
		expect(answer.headers.get('content-type')).toContain(fault.html ? 'text/html' : '/json');
		expect(answer.text.startsWith(text)).toBe(true);
		expect((await get(at(EMAIL))).status).toBe(404);
	});

	it.each([
		['before the write, so that the guest is not there', 'before', 404],
		['after the write, so that the guest is there', 'after', 201],
	] as const)('hangs up %s', async (_name, drop, status) => {
		trouble({ method: 'POST', drop });
		await expect(create(EMAIL)).rejects.toThrow('fetch failed');
		expect((await get(at(EMAIL))).status).toBe(status);
	});

	it('hits every nth request so many times, since trouble passes', async () => {
		trouble({ path: '/guests', every: 3, times: 2, status: 503 });
		const statuses: number[] = [];
		for (let i = 0; i < 10; i++) statuses.push((await list()).status);
		expect(statuses).toEqual([200, 200, 503, 200, 200, 503, 200, 200, 200, 200]);
	});

	it('shows in the log and in the count of requests that it hit, which slow ones are not', async () => {
		trouble({ latencyMs: 1 }, { path: 'page=2', drop: 'after' }, { path: 'page=3', status: 503 });
		await list();
		await expect(list('page=2')).rejects.toThrow('fetch failed');
		await list('page=3');
		const { requests, accountUrl } = sandbox.current;
		const seen = requests.map(({ status, handled, faulted }) => [status, handled, faulted]);
		expect(seen).toEqual([
			[200, 200, undefined],
			[200, 200, true],
			[503, undefined, true],
		]);
		expect((await askUrl('GET', `${accountUrl}/sandbox`)).body.faulted).toBe(2);
	});

	it('begins after so many requests, and says when it will be over', async () => {
		trouble({ latencyMs: 1 }, { afterRequests: 2, untilMs: 60_000, status: 503 });
		const seen: unknown[] = [];
		for (let i = 0; i < 3; i++) {
			const { status } = await list();
			seen.push([status, sandbox.current.troubleOverAt() !== undefined]);
		}
		expect(seen).toEqual([
			[200, false],
			[200, false],
			[503, true],
		]);
	});

	it('lets guests be invited again and counts them, since nobody says that the server refuses', async () => {
		const invited = async () => {
			const { body } = await askUrl('GET', `${sandbox.current.accountUrl}/sandbox`);
			return [body.invitedAgain, body.guests];
		};
		await create(EMAIL);
		expect((await create(EMAIL)).status).toBe(422);
		expect(await invited()).toEqual([0, 61]);
		const faults: Fault[] = [{ drop: 'after' }];
		sandbox.current.misbehave({ faults, quirks: { existingGuest: 'invited' } });
		await expect(create(EMAIL)).rejects.toThrow('fetch failed');
		expect(await invited()).toEqual([1, 61]);
	});

	it('shows in the peak of requests under way, which counts them only while they are', async () => {
		for (let i = 0; i < 3; i++) await list();
		expect(sandbox.current.peakInFlight()).toBe(1);
		trouble({ latencyMs: 100 });
		await Promise.all(Array.from({ length: 6 }, async () => await list()));
		expect(sandbox.current.peakInFlight()).toBe(6);
	});
});

describe('the contract', () => {
	type Ask = [status: number, path?: Record<string, string | number>, query?: string, body?: Json];

	function asks(): Record<string, Ask> {
		const [one, gone, promoted] = guests().filter((guest) => tasks(guest).length > 0);
		const guest = { guestEmail: one.email };
		const code = { guestCode: codeOf(one) };
		const extras = { external_sync_source: 'salesforce', company_url: 'https://x.example' };
		const webhook = 'https://n8n.example.org/webhook/abc';
		const target = { object_type: 'organization', object_id: ORGANIZATION_ID, webhook };
		const watcher = { ...target, notification_type: 'webhook', frequency: 'electric' };
		organization().watchers.push({ id: '77', webhook });
		return {
			getMe: [200],
			listMyOrganizations: [200],
			getOrganization: [200],
			listMembers: [200, {}, '?per_page=10&sort=-created_at&with=groups,stats'],
			listGuests: [200, {}, '?per_page=100&sort=-created_at&with=stats'],
			listGuestsMinimal: [200],
			createGuest: [201, {}, '', { email: EMAIL, ...extras }],
			getGuest: [201, guest, '?with=stats'],
			updateGuest: [201, guest, '', { associated_members: [20002] }],
			deleteGuest: [200, { guestEmail: gone.email }],
			enableGuest: [200, guest],
			disableGuest: [200, { guestEmail: idleGuest().email }],
			convertGuestToMember: [200, { guestEmail: promoted.email }],
			convertMemberToGuest: [200, { userId: 20005 }],
			listGuestTasks: [200, code, '?status=all&page=1'],
			getGuestCustomFields: [200, code],
			replaceGuestCustomFields: [200, code, '', { custom_fields: { region: 'EMEA' } }],
			setGuestCustomField: [200, { ...code, key: 'tier' }, '', { value: 1 }],
			clearGuestCustomField: [200, { ...code, key: 'tier' }],
			listWatchers: [200, {}, '?notification=webhook'],
			addWatcher: [201, { userId: 20001 }, '', watcher],
			removeWatcher: [200, { watcherId: '77' }],
		};
	}

	it('is kept by every operation, in what is asked and in what is answered', async () => {
		// What belongs to work is in sandboxWork.test.mts.
		const operations = (await loadContract([CONTRACT])).router.getOperations();
		const table = asks();
		expect(new Set(operations.map((one) => one.operationId))).toEqual(new Set(Object.keys(table)));
		for (const { operationId = '', method, path: template, responses = {} } of operations) {
			const [status, given = {}, query = '', body] = table[operationId];
			const values: typeof given = { org: ORGANIZATION_ID, ...given };
			const path = template.replace(/\{(\w+)\}/g, (_, key: string) =>
				encodeURIComponent(values[key]),
			);
			const answer = await ask(method.toUpperCase(), path + query, body);
			expect(answer.status, `${operationId}: ${answer.text}`).toBe(status);
			expect(sandbox.current.requests.at(-1)?.operationId).toBe(operationId);
			// The answer is held against the contract only if its status is there.
			expect([String(status) in responses, '2XX' in responses], operationId).toContain(true);
		}
		expect(sandbox.current.violations).toEqual([]);
	});
});
