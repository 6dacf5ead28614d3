// The sandbox's watchers and webhooks: who may subscribe, how the list looks, and what arrives at a real server.
// Source of the shapes: tallyfy/documentation, webhook-payload-structure.mdx (2026-08-12); facts.md 52, 53.
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Quirks } from '../../sandbox/faults.mts';
import { ORGANIZATION_ID, type Guest, type Json } from '../../sandbox/organization.mts';
import { loadContract } from '../../sandbox/server.mts';
import {
	ORGANIZATION_EVENTS,
	organizationEvent,
	processPayload,
	taskCompletedPayload,
} from '../../sandbox/webhooks.mts';
import { ask, useSandbox } from '../support/sandbox.mts';

const sandbox = useSandbox({ guests: 40 });
const organization = () => sandbox.current.organization;
const guests = () => [...organization().guests.values()];
const idle = () => guests().find((guest) => organization().tasks(guest).length === 0)!;
const busy = () => guests().find((guest) => organization().tasks(guest).length > 9)!;
const quirk = (quirks: Quirks) => sandbox.current.misbehave({ quirks });
const ORG = `/organizations/${ORGANIZATION_ID}`;
const api = async (method: string, path: string, body?: unknown) =>
	await ask(method, sandbox.current.baseUrl + path, body);
const watchers = async (query = '') =>
	await api('GET', `${ORG}/watchers?notification=webhook${query}`);
const subscribe = async (webhook: string, userId = organization().me.id) =>
	await api('POST', `${ORG}/users/${userId}/add-watcher`, {
		object_type: 'organization',
		object_id: ORGANIZATION_ID,
		notification_type: 'webhook',
		frequency: 'electric',
		webhook,
	});
const control = async (method: string, path: string, body?: unknown) =>
	await ask(method, `${sandbox.current.accountUrl}/sandbox${path}`, body);

/** A server that notes what it gets and answers what it is told. */
interface Received {
	url?: string;
	headers: IncomingHttpHeaders;
	text: string;
}
const received: Received[] = [];
let answer = { status: 200, text: 'taken' };
let listener: Server;
let listening = '';
const portOf = (server: Server) => (server.address() as AddressInfo).port;
async function closedPort(): Promise<number> {
	const server = createServer().listen(0, '127.0.0.1');
	await once(server, 'listening');
	const port = portOf(server);
	await once(server.close(), 'close');
	return port;
}
beforeAll(async () => {
	listener = createServer((request, response) => {
		void text(request).then((body) => {
			received.push({ url: request.url, headers: request.headers, text: body });
			response.writeHead(answer.status, { location: 'http://127.0.0.1:9/elsewhere' });
			response.end(answer.text);
		});
	}).listen(0, '127.0.0.1');
	await once(listener, 'listening');
	listening = `http://127.0.0.1:${portOf(listener)}`;
});
beforeEach(() => {
	received.length = 0;
	answer = { status: 200, text: 'taken' };
});
afterAll(() => void listener.close());

describe('watchers', () => {
	it('come ten a page with meta, whatever number there is, and as many as asked for', async () => {
		for (let i = 0; i < 12; i++) await subscribe(`${listening}/${i}`);
		const { data, pagination } = await watchers();
		expect([data.length, data[0]]).toEqual([10, { id: '1', webhook: `${listening}/0` }]);
		expect(pagination).toMatchObject({ total: 12, per_page: 10, total_pages: 2 });
		expect((await watchers('&page=2')).data).toHaveLength(2);
		expect((await watchers('&page=2&per_page=5')).data[0]).toMatchObject({ id: '6' });
		expect((await watchers('&per_page=100')).data).toHaveLength(12);
	});

	it('come otherwise by quirk, since nobody knows whether they have pages', async () => {
		for (let i = 0; i < 12; i++) await subscribe(`${listening}/${i}`);
		quirk({ watcherPages: false });
		const { body } = await watchers();
		expect([Object.keys(body), body.data]).toMatchObject([['data'], { length: 12 }]);
		quirk({ watcherPages: 3 });
		expect((await watchers()).data).toHaveLength(3);
		quirk({ watcherPages: 'bare' });
		expect(JSON.parse((await watchers()).text)).toHaveLength(12);
		quirk({ watcherPages: true });
		expect((await watchers()).data).toHaveLength(10);
	});

	it.each(['webhook_url', 'url'] as const)('can show their address as %s', async (watcherUrl) => {
		quirk({ watcherUrl });
		const shown = { id: '1', [watcherUrl]: listening };
		expect((await subscribe(listening)).data).toEqual(shown);
		expect((await watchers()).data).toEqual([shown]);
	});

	it('never get an id twice, so that an old id removes nobody else', async () => {
		const { id: first } = (await subscribe(listening)).data;
		await subscribe(listening);
		expect((await api('DELETE', `${ORG}/remove-watcher/${String(first)}`)).status).toBe(200);
		expect((await subscribe(listening)).data.id).toBe('3');
		expect((await api('DELETE', `${ORG}/remove-watcher/${String(first)}`)).status).toBe(404);
		expect((await watchers()).data.map(({ id }) => id)).toEqual(['2', '3']);
	});

	it('are missing by quirk, as where the backend has not been rolled out', async () => {
		quirk({ watchers: 'missing' });
		const missing = { status: 404, body: { code: 'ENDPOINT_NOT_FOUND' } };
		expect(await watchers()).toMatchObject(missing);
		expect(await subscribe(listening)).toMatchObject(missing);
		expect(await api('DELETE', `${ORG}/remove-watcher/1`)).toMatchObject(missing);
	});

	it('are added by an administrator only, and for nobody else (52)', async () => {
		expect((await subscribe(listening, 20002)).status).toBe(403);
		quirk({ tokenOwner: 'standard' });
		const { data } = await api('GET', '/me');
		expect(data).toMatchObject({ id: organization().me.id, role: 'Standard' });
		expect(await subscribe(listening)).toMatchObject({
			status: 403,
			body: { message: 'Only administrators can do this' },
		});
		expect(organization().watchers).toEqual([]);
	});
});

describe('a delivery', () => {
	it('arrives at every watcher, with the header of the organization, and is logged', async () => {
		await subscribe(`${listening}/one`);
		await subscribe(`${listening}/two`);
		const payload = { event: 'task.completed', task: { id: 'ü' } };
		answer = { status: 202, text: 'thanks' };
		const made = await sandbox.current.deliver(payload);
		expect(received.map(({ url }) => url).sort()).toEqual(['/one', '/two']);
		for (const { headers, text: body } of received) {
			expect(headers).toMatchObject({
				'x-tallyfy-orgid': ORGANIZATION_ID,
				'content-type': 'application/json',
			});
			expect(JSON.parse(body)).toEqual(payload);
		}
		expect(made).toMatchObject([
			{ to: `${listening}/one`, payload, status: 202, answer: 'thanks' },
			{ to: `${listening}/two`, payload, status: 202, answer: 'thanks' },
		]);
		expect((await control('GET', '/deliveries')).text).toBe(
			JSON.stringify(sandbox.current.deliveries),
		);
		expect(sandbox.current.deliveries).toHaveLength(2);
		sandbox.current.forget();
		expect(sandbox.current.deliveries).toEqual([]);
	});

	it('goes where it is told, with headers changed or left out, and text as it is', async () => {
		const headers = { 'X-Tallyfy-orgID': null, 'Content-Type': 'text/plain', 'x-more': '1' };
		await sandbox.current.deliver('no {json', { to: `${listening}/pasted`, headers });
		expect(received).toMatchObject([{ url: '/pasted', text: 'no {json' }]);
		expect(received[0].headers).toMatchObject({ 'content-type': 'text/plain', 'x-more': '1' });
		expect(received[0].headers).not.toHaveProperty('x-tallyfy-orgid');
		await sandbox.current.deliver('x', { to: listening, headers: { 'content-type': null } });
		expect(received[1].headers).not.toHaveProperty('content-type');
	});

	it('says what went wrong, and follows no redirect', async () => {
		answer = { status: 302, text: '' };
		const gone = `http://127.0.0.1:${await closedPort()}/`;
		const made = await sandbox.current.deliver({}, { to: [listening, gone] });
		expect(made).toMatchObject([
			{ status: 302 },
			{ to: gone, error: expect.stringContaining('ECONNREFUSED') },
		]);
		expect(made[1]).not.toHaveProperty('status');
		expect(received).toHaveLength(1);
	});

	it('is made over HTTP, too: a payload of any size, or an event by name and guest', async () => {
		await subscribe(listening);
		const payload = { big: 'x'.repeat(2_000_000) };
		const { text: told } = await control('POST', '/deliver', { payload });
		expect(JSON.parse(told)).toMatchObject([{ status: 200 }]);
		expect(received[0].text).toHaveLength(JSON.stringify(payload).length);
		const guest = idle().email;
		const event = 'task.assigned';
		await control('POST', '/deliver', { event, guest, headers: { 'x-tallyfy-orgid': 'other' } });
		expect(received[1].headers['x-tallyfy-orgid']).toBe('other');
		expect(JSON.parse(received[1].text)).toMatchObject({
			event,
			this_task: { status: 'not-started', owners: { guests: [guest] } },
		});
		expect((await control('POST', '/deliver', { event, guest: 'nobody' })).status).toBe(404);
	});

	it('is made by itself when a guest completes a task over HTTP', async () => {
		await subscribe(listening);
		const guest = idle();
		const path = `/guests/${encodeURIComponent(guest.email)}/complete-task`;
		const at = '2026-11-04T10:00:00Z';
		expect((await control('POST', path, { at, by: 'member' })).body).toEqual({ ok: true });
		expect(JSON.parse(received[0].text)).toMatchObject({
			event: 'task.completed',
			task: { id: organization().tasks(guest)[0].id, completed_at: at },
			completer: { email: organization().me.email },
		});
		expect(sandbox.current.deliveries).toMatchObject([{ to: listening, status: 200 }]);
	});
});

describe('the payload of a completed task', () => {
	const TOP = [
		'this_task',
		'launcher',
		'completer',
		'process-tasks',
		'form-fields',
		'template',
		'process',
		'guest-links',
		'next_task',
	];
	const links = (...of: Guest[]) =>
		Object.fromEntries(of.map(({ email, link }) => [email, { link_for_guest: link }]));

	it('has the keys that are documented, and the task that was completed last', () => {
		const guest = busy();
		const task = organization().completeTask(guest, '2026-11-04T10:00:00Z');
		const payload = taskCompletedPayload(organization(), guest);
		expect(Object.keys(payload).sort()).toEqual([...TOP].sort());
		expect(payload).toMatchObject({
			this_task: {
				id: task.id,
				title: task.title,
				status: 'completed',
				completed_at: '2026-11-04T10:00:00Z',
				completed_by: { email: guest.email },
				owners: { users: [{ id: 20001 }], guests: [guest.email] },
			},
			completer: { id: guest.id, email: guest.email },
			process: { id: task.run_id, organization_id: ORGANIZATION_ID, status: 'in-progress' },
			'guest-links': links(guest),
			next_task: { status: 'not-started', owners: { guests: [guest.email] } },
		});
	});

	it('has an empty list for what is empty, since PHP writes it so', () => {
		const payload = taskCompletedPayload(organization(), idle());
		expect(payload).toMatchObject({ next_task: [], process: { status: 'complete' } });
		expect(taskCompletedPayload(organization(), idle(), { owners: [] })).toMatchObject({
			this_task: { owners: { guests: [] } },
			'guest-links': [],
		});
	});

	it('knows owners of the task from others in the process, and the completer from both', () => {
		const [guest, second, other] = guests();
		const by = 'member';
		const payload = taskCompletedPayload(organization(), guest, {
			by,
			owners: [guest, second],
			others: [other],
		});
		expect(payload).toMatchObject({
			completer: { email: organization().me.email },
			this_task: {
				owners: { guests: [guest.email, second.email] },
				completed_by: { email: organization().me.email },
			},
			'guest-links': links(guest, second, other),
		});
	});

	it('has no process when the task is a one-off', () => {
		const guest = idle();
		const task = organization().completeTask(guest, { oneOff: true });
		const payload = taskCompletedPayload(organization(), guest, { task });
		expect(payload).toMatchObject({ this_task: { id: task.id }, process: null, template: null });
	});
});

describe('the payload of a process', () => {
	it('has the process on top and the links of all guests in it', () => {
		const [one, two] = guests();
		const id = 'a'.repeat(32);
		const payload = processPayload(organization(), [one, two], { id });
		expect(payload).toMatchObject({ id, status: 'in-progress', completed_at: null });
		expect(Object.keys(payload['guest-links'] as Json)).toEqual([one.email, two.email]);
		const done = processPayload(organization(), [], { what: 'completed' });
		expect(done).toMatchObject({ status: 'complete', progress: 100, 'guest-links': [] });
		expect(done.completed_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
		expect(done.id).toMatch(/^[0-9a-f]{32}$/);
	});
});

describe('the event of an organization', () => {
	it('has the seven names of the contract and no other', async () => {
		const { inputDocument } = await loadContract();
		const { webhooks } = inputDocument as unknown as {
			webhooks: { organizationEvent: { post: { requestBody: Json } } };
		};
		const { content } = webhooks.organizationEvent.post.requestBody as {
			content: Record<string, { schema: { properties: { event: { enum: string[] } } } }>;
		};
		const known = content['application/json'].schema.properties.event.enum;
		expect([...ORGANIZATION_EVENTS].sort()).toEqual([...known].sort());
	});

	it.each(ORGANIZATION_EVENTS)('%s has the task or the process beside its name', (event) => {
		const guest = idle();
		const payload = organizationEvent(event, organization(), guest);
		const about = event.startsWith('task') ? payload.task : payload.process;
		expect(payload.event).toBe(event);
		expect((about as Json).id).toMatch(/^[0-9a-f]{32}$/);
		expect(Object.keys(payload['guest-links'] as Json)).toEqual([guest.email]);
		const { completer } = payload;
		expect(completer !== undefined).toBe(event === 'task.completed');
	});
});
