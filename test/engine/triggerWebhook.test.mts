import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { IDataObject, INodeParameters } from 'n8n-workflow';
import type { DeliveryOptions } from '../../sandbox/deliveries.mts';
import type { Guest } from '../../sandbox/organization.mts';
import {
	organizationEvent,
	processPayload,
	taskCompletedPayload,
} from '../../sandbox/webhooks.mts';
import { applicationCredentialsFor, credentialsFor, useSandbox } from '../support/sandbox.mts';
import { webhookMode, type WebhookMode } from '../support/webhookMode.mts';

const sandbox = useSandbox({ guests: 4, members: 2 });

/** Each test has a token and a workflow of its own: no rate limiter and no static data of another test. */
let accessToken = 'sandbox-token';
let workflows = 0;
const open: WebhookMode[] = [];
beforeEach(() => {
	accessToken += ' ';
	vi.spyOn(Math, 'random').mockReturnValue(0);
});
afterEach(async () => {
	vi.restoreAllMocks();
	await Promise.all(open.splice(0).map(async (node) => await node.close()));
});

interface Setting {
	credentials?: Record<string, string>;
	mode?: 'manual';
}

const theNode = async (parameters: INodeParameters = {}, setting: Setting = {}) => {
	const node = await webhookMode({
		parameters,
		credentials: credentialsFor(sandbox.current, { accessToken, ...setting.credentials }),
		mode: setting.mode,
		workflowId: String(++workflows),
	});
	open.push(node);
	return node;
};
const organization = () => sandbox.current.organization;
const guests = () => [...organization().guests.values()];
const watchers = () => organization().watchers.map(({ webhook }) => webhook);
const asked = () => sandbox.current.requests.map(({ method, path }) => `${method} ${path}`);
const ROOT = '/api/organizations/1505bb7b9ba5f8972ffd3fe1ca18ec0c';
const listed = (page: number) =>
	`GET ${ROOT}/watchers?notification=webhook&page=${page}&per_page=100`;
const raised = async (work: Promise<unknown>) =>
	await work.then(
		() => expect.fail('nothing was raised'),
		({ message, description }: Error & { description: string }) => ({ message, description }),
	);

describe('Registering the webhook of an organization', () => {
	it("asks who the token's member is, registers the address once, and keeps its id", async () => {
		const node = await theNode();
		await node.activate();
		expect(asked()).toEqual([
			listed(1),
			'GET /api/me',
			`POST ${ROOT}/users/${organization().me.id}/add-watcher`,
		]);
		expect(sandbox.current.requests.at(-1)?.body).toEqual({
			object_type: 'organization',
			object_id: organization().id,
			notification_type: 'webhook',
			frequency: 'electric',
			webhook: node.address(),
		});
		expect(node.kept()).toEqual({ watcherId: '1' });
	});

	it("goes in the name of an application's member, and its calls are checked against that credential", async () => {
		const node = await webhookMode({
			parameters: { authentication: 'application' },
			credentials: applicationCredentialsFor(sandbox.current),
		});
		open.push(node);
		await node.activate();
		expect(watchers()).toEqual([node.address()]);
		expect(asked()).toContain(`POST ${ROOT}/users/${organization().me.id}/add-watcher`);
		expect(await post(node, completed(guests()[0]), { 'X-Tallyfy-orgID': 'x' })).toMatchObject({
			status: 403,
		});
		expect(await post(node, completed(guests()[0]))).toEqual(STARTED);
		await node.deactivate();
		expect(watchers()).toEqual([]);
	});

	it('finds it again after a restart, because n8n asks each time', async () => {
		const node = await theNode();
		await node.activate();
		await node.activate();
		expect(watchers()).toEqual([node.address()]);
	});

	it.each(['webhook', 'webhook_url', 'url'] as const)(
		'finds it under the name %s, which the API may use',
		async (watcherUrl) => {
			const node = await theNode();
			sandbox.current.misbehave({ quirks: { watcherUrl } });
			organization().addWatcher(`${node.address()}/longer`);
			organization().addWatcher(node.address());
			expect(await node.call('checkExists')).toBe(true);
			expect(node.kept()).toEqual({ watcherId: '2' });
		},
	);

	it.each([
		['in pages of ten', { watcherPages: true, pageCap: 10 }, [1, 2, 3]],
		['in pages of ten whose total_pages is wrong', { totalPages: 'one', pageCap: 10 }, [1, 2, 3]],
		['in pages without meta', { meta: false, pageCap: 10 }, [1, 2, 3, 4]],
		['in a bare list, page after page the same', { watcherPages: 'bare' }, [1, 2]],
	] as const)('finds it among 25 that come %s', async (_, quirks, pages) => {
		const node = await theNode();
		for (let other = 0; other < 24; other++) organization().addWatcher(`https://x.test/${other}`);
		organization().addWatcher(node.address());
		sandbox.current.misbehave({ quirks });
		expect(await node.call('checkExists')).toBe(true);
		expect(asked()).toEqual(pages.map(listed));
		expect(node.kept()).toEqual({ watcherId: '25' });
	});

	it('removes doubled ones but keeps the one it knows', async () => {
		const node = await theNode();
		await node.activate();
		for (let other = 0; other < 2; other++) organization().addWatcher(node.address());
		organization().watchers.reverse();
		await node.activate();
		expect(organization().watchers).toEqual([{ id: '1', webhook: node.address() }]);
	});

	it('removes its own of a time when n8n had another address, because nothing else would', async () => {
		const node = await theNode();
		await node.activate();
		organization().addWatcher('https://old.test/webhook/another/webhook');
		node.moveTo('https://new.test/n8n');
		await node.activate();
		expect(watchers()).toEqual([
			'https://old.test/webhook/another/webhook',
			'https://new.test/n8n/webhook/b7e1/webhook',
		]);
	});

	it("leaves another node's alone, though its id came along with a copied workflow", async () => {
		const node = await theNode();
		await node.activate();
		organization().watchers[0].webhook = 'https://other.test/webhook/c9d2/webhook';
		await node.activate();
		expect(watchers()).toEqual(['https://other.test/webhook/c9d2/webhook', node.address()]);
	});

	it('lists the webhooks before it repeats a request whose answer was lost, so that nothing is doubled', async () => {
		const node = await theNode();
		sandbox.current.misbehave({ faults: [{ path: 'add-watcher', drop: 'after', times: 1 }] });
		await node.activate();
		expect(asked().slice(2)).toEqual([
			`POST ${ROOT}/users/${organization().me.id}/add-watcher`,
			listed(1),
		]);
		expect(watchers()).toEqual([node.address()]);
		expect(node.kept()).toEqual({ watcherId: '1' });
	});

	it('repeats a request that was lost before anything was done', async () => {
		const node = await theNode();
		sandbox.current.misbehave({ faults: [{ path: 'add-watcher', drop: 'before', times: 1 }] });
		await node.activate();
		expect(watchers()).toEqual([node.address()]);
	});

	it('looks the id up when the answer has none', async () => {
		const node = await theNode();
		sandbox.current.misbehave({
			faults: [{ path: 'add-watcher', status: 200, body: { data: {} } }],
		});
		const error = await raised(node.call('create'));
		expect(error.message).toBe('Tallyfy answered 200, but without the ID of the webhook');
		organization().addWatcher(node.address());
		expect(await node.call('create')).toBe(true);
		expect(node.kept()).toEqual({ watcherId: '1' });
	});

	it('says that an administrator is needed, and offers polling', async () => {
		const node = await theNode();
		sandbox.current.misbehave({ quirks: { tokenOwner: 'standard' } });
		expect(await raised(node.activate())).toEqual({
			message:
				'Only administrators can do this: an administrator is needed. Use the credential of an administrator, or choose Listen By: Polling',
			description:
				'An administrator is needed: only they may register a webhook of the organization. Use the credential of an administrator, or choose Listen By: Polling or Source: Pasted Into a Template or Step, which work for every member.',
		});
		expect(node.kept()).toEqual({});
	});

	it('says so too when the list is refused, instead of registering a second one', async () => {
		const node = await theNode();
		await node.activate();
		sandbox.current.misbehave({
			faults: [{ path: 'watchers', status: 403, body: { message: 'Forbidden.' } }],
		});
		const { message } = await raised(node.activate());
		expect(message).toBe(
			'Forbidden: an administrator is needed. Use the credential of an administrator, or choose Listen By: Polling',
		);
		expect(watchers()).toHaveLength(1);
	});

	it('says what to choose where webhooks of organizations are not switched on', async () => {
		const node = await theNode();
		sandbox.current.misbehave({ quirks: { watchers: 'missing' } });
		expect(await raised(node.activate())).toEqual({
			message:
				'API endpoint not found: webhooks of the organization are not switched on here. Choose Listen By: Polling, or Source: Pasted Into a Template or Step',
			description:
				'Webhooks of the organization are not switched on here; Tallyfy is still rolling them out. Choose Listen By: Polling, or Source: Pasted Into a Template or Step. If other Tallyfy nodes fail with this credential too, check its Base URL and Organization ID.',
		});
	});

	it('refuses to be activated without an event', async () => {
		const node = await theNode({ webhookEvents: [] });
		expect(await raised(node.activate())).toEqual({
			message: 'Webhook Events is empty',
			description: 'Choose at least one event in Webhook Events.',
		});
		expect(asked()).toEqual([]);
	});

	it.each<INodeParameters>([{ source: 'pasted' }, { mode: 'polling' }])(
		'is left alone with %j',
		async (parameters) => {
			const node = await theNode(parameters);
			await node.activate();
			await node.deactivate();
			expect(asked()).toEqual([]);
		},
	);
});

describe('Removing the webhook of an organization', () => {
	it('goes by the id that was kept, and forgets it', async () => {
		const node = await theNode();
		await node.activate();
		sandbox.current.forget();
		await node.deactivate();
		expect(asked()).toEqual([`DELETE ${ROOT}/remove-watcher/1`]);
		expect(watchers()).toEqual([]);
		expect(node.kept()).toEqual({});
	});

	it('goes by the address when no id was kept', async () => {
		const node = await theNode();
		organization().addWatcher('https://x.test/other');
		organization().addWatcher(node.address());
		await node.deactivate();
		expect(watchers()).toEqual(['https://x.test/other']);
	});

	it('succeeds when it is gone already, but searches another one with its address', async () => {
		const node = await theNode();
		await node.activate();
		organization().watchers.length = 0;
		await node.deactivate();
		expect(node.kept()).toEqual({});
		await node.activate();
		organization().watchers[0].id = 'renumbered';
		await node.deactivate();
		expect(watchers()).toEqual([]);
	});

	it('succeeds with a removal whose answer was lost', async () => {
		const node = await theNode();
		await node.activate();
		sandbox.current.misbehave({ faults: [{ path: 'remove-watcher', drop: 'after', times: 1 }] });
		await node.deactivate();
		expect(watchers()).toEqual([]);
	});

	it.each([
		[500, { message: 'Server Error' }, 'Server Error'],
		[403, { message: 'Forbidden.' }, /^Forbidden: an administrator is needed/],
		[403, '<html>', 'A web page came back (403), which is not from the Tallyfy API'],
		[404, { message: 'Gone', code: 'ENDPOINT_NOT_FOUND' }, /^Gone: webhooks of the organization/],
	])('fails with %i, and keeps the id for the next time', async (status, body, message) => {
		const node = await theNode();
		await node.activate();
		sandbox.current.misbehave({ faults: [{ path: 'remove-watcher', status, body }] });
		expect((await raised(node.deactivate())).message).toMatch(message);
		expect(node.kept()).toEqual({ watcherId: '1' });
		sandbox.current.misbehave({});
		await node.deactivate();
		expect(watchers()).toEqual([]);
	});

	it('also removes what is left from a time when the source was Organization', async () => {
		const node = await theNode();
		await node.activate();
		node.parameters.source = 'pasted';
		await node.deactivate();
		expect(watchers()).toEqual([]);
	});
});

/** Posts a payload to the node; gives status and answer. */
const post = async (
	node: WebhookMode,
	payload: unknown,
	headers: DeliveryOptions['headers'] = {},
) => {
	const [delivery] = await sandbox.current.deliver(payload, { to: node.address(), headers });
	return { status: delivery.status, answer: JSON.parse(delivery.answer ?? '""') as unknown };
};
const STARTED = { status: 200, answer: { received: true } };
const ignored = (event: string | null, because: string) => ({
	status: 200,
	answer: { received: true, ignored: event, because },
});
const REPEATED = (event: string) => ignored(event, 'it has come before');
const completed = (guest: Guest, options = {}) =>
	organizationEvent('task.completed', organization(), guest, options);
const itemsOf = (node: WebhookMode) => node.starts.map((items) => items.map(({ json }) => json));
const nameOf = ({ first_name, last_name }: Guest) => [first_name, last_name].join(' ');

describe('A call of an organization webhook', () => {
	it('gives one item for the guest who completed a task, with process and task, without the link', async () => {
		const node = await theNode();
		await node.activate();
		const [guest] = guests();
		const payload = completed(guest) as Record<'task' | 'process', IDataObject>;
		const [delivery] = await sandbox.current.deliver(payload);
		expect(delivery.status).toBe(200);
		const { task, process } = payload;
		expect(itemsOf(node)).toEqual([
			[
				{
					event: 'task.completed',
					at: new Date(String(task.completed_at)).toISOString(),
					guest: { email: guest.email },
					process: {
						id: process.id,
						name: 'Vendor Contract Review - ACME Corp',
						url: process.ClientURL,
						templateName: 'Vendor Contract Review',
					},
					task: {
						id: task.id,
						title: task.title,
						status: 'completed',
						deadline: expect.stringMatching(/Z$/),
						completedAt: new Date(String(task.completed_at)).toISOString(),
					},
					completedBy: { email: guest.email, name: nameOf(guest), isGuest: true },
					before: null,
				},
			],
		]);
		expect(JSON.stringify(itemsOf(node))).not.toContain('guest-all-task');
		expect(asked().filter((request) => request.includes('/guests'))).toEqual([]);
	});

	it('gives an item for each guest of the task, not for those of other tasks, when a member completed it', async () => {
		const node = await theNode();
		const [one, two, three] = guests();
		const payload = completed(one, { by: 'member', owners: [one, two], others: [three] });
		expect(await post(node, payload)).toEqual(STARTED);
		const [items] = itemsOf(node);
		expect(items.map(({ guest }) => guest)).toEqual([{ email: one.email }, { email: two.email }]);
		expect(items[0].completedBy).toEqual({
			email: organization().me.email,
			name: organization().me.full_name,
			isGuest: false,
		});
	});

	it('starts for a guest who completed a task of others', async () => {
		const node = await theNode();
		const [one, two] = guests();
		await post(node, completed(one, { owners: [], others: [one, two] }));
		expect(itemsOf(node)[0].map(({ guest }) => guest)).toEqual([{ email: one.email }]);
	});

	it('gives an item for each guest of a process', async () => {
		const node = await theNode({ webhookEvents: ['process.launched', 'process.completed'] });
		const [one, two] = guests();
		for (const event of ['process.launched', 'process.completed'] as const) {
			const payload = organizationEvent(event, organization(), one, { others: [two], id: 'p1' });
			expect(await post(node, payload)).toEqual(STARTED);
		}
		for (const [items, event] of [
			[itemsOf(node)[0], 'process.launched'],
			[itemsOf(node)[1], 'process.completed'],
		] as const) {
			expect(items.map(({ guest }) => guest)).toEqual([{ email: one.email }, { email: two.email }]);
			expect(items[0]).toMatchObject({
				event,
				process: { id: 'p1' },
				task: null,
				completedBy: null,
			});
		}
	});

	it('starts nothing for an event that was not chosen, that is unknown, or that has no name', async () => {
		const node = await theNode();
		const [guest] = guests();
		const unchosen = organizationEvent('task.assigned', organization(), guest);
		expect(await post(node, unchosen)).toEqual(
			ignored('task.assigned', 'it is not among Webhook Events'),
		);
		const unknown = { ...unchosen, event: 'guest.invented' };
		const because = 'it is no event that this node knows';
		expect(await post(node, unknown)).toEqual(ignored('guest.invented', because));
		expect(await post(node, { what: 'ever' })).toEqual(ignored(null, because));
		expect(node.starts).toEqual([]);
	});

	it.each([
		'task.assigned',
		'task.comment_added',
		'task.issue_raised',
		'task.issue_resolved',
	] as const)('starts for %s when it was chosen, with completedBy null', async (event) => {
		const node = await theNode({ webhookEvents: [event] });
		const [guest] = guests();
		expect(await post(node, organizationEvent(event, organization(), guest))).toEqual(STARTED);
		expect(itemsOf(node)[0]).toEqual([
			expect.objectContaining({ event, guest: { email: guest.email }, completedBy: null }),
		]);
	});

	it('starts nothing for an event that concerns no guest', async () => {
		const node = await theNode();
		const [guest] = guests();
		const payload = completed(guest, { by: 'member', owners: [] });
		expect(await post(node, payload)).toEqual(ignored('task.completed', 'it concerns no guest'));
		const contractsExample = {
			event: 'task.completed',
			task: { id: 'f4a1c2b39e7d48a6b0c15e2d3f6a8b90' },
		};
		expect(await post(node, contractsExample)).toEqual(
			ignored('task.completed', 'it concerns no guest'),
		);
		expect(node.starts).toEqual([]);
	});

	it('is taken without the header, which is not documented here, but not with a wrong one', async () => {
		const node = await theNode();
		const [guest] = guests();
		expect(await post(node, completed(guest), { 'X-Tallyfy-orgID': null })).toEqual(STARTED);
		expect(await post(node, completed(guest), { 'X-Tallyfy-orgID': 'f'.repeat(32) })).toEqual({
			status: 403,
			answer: {
				message:
					'The header X-Tallyfy-orgID names another organization. It must be the Organization ID in the credential of this node.',
			},
		});
		expect(node.starts).toHaveLength(1);
	});
});

describe('A call of a pasted webhook', () => {
	const pasted = async (parameters: INodeParameters = {}) =>
		await theNode({ source: 'pasted', ...parameters });

	it('knows a completed task by its shape', async () => {
		const node = await pasted();
		const [one, two] = guests();
		const payload = taskCompletedPayload(organization(), one, { others: [two] });
		expect(await post(node, payload)).toEqual(STARTED);
		expect(itemsOf(node)[0]).toEqual([
			expect.objectContaining({ event: 'task.completed', guest: { email: one.email } }),
		]);
	});

	it.each(['launched', 'completed'] as const)(
		'knows a process that was %s by its status, with all of its guests',
		async (what) => {
			const node = await pasted();
			const [one, two] = guests();
			const payload = processPayload(organization(), [one, two], { what });
			expect(await post(node, payload)).toEqual(STARTED);
			const [items] = itemsOf(node);
			expect(items.map(({ event, guest }) => [event, guest])).toEqual([
				[`process.${what}`, { email: one.email }],
				[`process.${what}`, { email: two.email }],
			]);
		},
	);

	it('is refused without the header, and with a wrong one', async () => {
		const node = await pasted();
		const payload = taskCompletedPayload(organization(), guests()[0]);
		const refused = (what: string) => ({
			status: 403,
			answer: {
				message: `The header X-Tallyfy-orgID ${what}. It must be the Organization ID in the credential of this node.`,
			},
		});
		expect(await post(node, payload, { 'X-Tallyfy-orgID': null })).toEqual(refused('is missing'));
		expect(await post(node, payload, { 'X-Tallyfy-orgID': 'x' })).toEqual(
			refused('names another organization'),
		);
		expect(node.starts).toEqual([]);
	});

	it('is refused when its process is of another organization', async () => {
		const node = await pasted();
		const payload = taskCompletedPayload(organization(), guests()[0]) as { process: IDataObject };
		payload.process.organization_id = 'f'.repeat(32);
		expect(await post(node, payload)).toEqual({
			status: 403,
			answer: {
				message: 'The payload is about another organization than the credential of this node.',
			},
		});
		expect(node.starts).toEqual([]);
	});

	it.each([
		['', 'The body is empty, or no JSON.'],
		['[]', 'The body is JSON, but not an object.'],
		['"text"', 'The body is JSON, but not an object.'],
	])('is refused with the body %j', async (body, message) => {
		const node = await pasted();
		expect(await post(node, body)).toEqual({ status: 400, answer: { message } });
		expect(node.starts).toEqual([]);
	});

	it.each(['text/plain', 'application/x-www-form-urlencoded', 'application/octet-stream'])(
		'is read as JSON though Content-Type says %s, and refused when it is none',
		async (type) => {
			const node = await pasted();
			const payload = taskCompletedPayload(organization(), guests()[0]);
			expect(await post(node, payload, { 'content-type': type })).toEqual(STARTED);
			expect(await post(node, 'a=b&c', { 'content-type': type })).toEqual({
				status: 400,
				answer: { message: 'The body is no JSON.' },
			});
		},
	);

	it('is refused with more than 1 MB, measured', async () => {
		const node = await pasted();
		const payload = taskCompletedPayload(organization(), guests()[0]);
		const filled = (bytes: number) => {
			const bare = JSON.stringify({ ...payload, filling: '' }).length;
			return { ...payload, filling: 'x'.repeat(bytes - bare) };
		};
		expect(await post(node, filled(1024 * 1024 + 1))).toEqual({
			status: 413,
			answer: { message: 'The body is larger than 1 MB.' },
		});
		expect(node.starts).toEqual([]);
		expect(await post(node, filled(1024 * 1024))).toEqual(STARTED);
	});
});

describe('What a webhook item says of the guest', () => {
	const calledWith = async (parameters: INodeParameters, payload = completed(guests()[0])) => {
		const node = await theNode(parameters);
		expect(await post(node, payload)).toEqual(STARTED);
		return itemsOf(node)[0];
	};
	const selected = (...fields: string[]) => ({ output: 'selected', fields });

	it('is email and link from the payload where both were chosen, without a request', async () => {
		const [guest] = guests();
		const [item] = await calledWith(selected('link'));
		expect(item.guest).toEqual({ email: guest.email, link: guest.link });
		expect(asked()).toEqual([]);
	});

	it.each([
		['as documented, without task numbers', undefined, null],
		['with task numbers', 'filled' as const, expect.any(Number)],
	])(
		'is read where more was chosen, by its encoded email, %s',
		async (_name, singleStats, count) => {
			sandbox.current.misbehave({ quirks: { singleStats } });
			const guest = organization().create({
				email: 'a/b?c#d+e@x.test',
				first_name: 'Ann',
				company_name: 'X & Co',
			});
			const [item] = await calledWith(
				selected('firstName', 'companyName', 'tasksCompleted', 'link'),
				completed(guest),
			);
			expect(asked()).toEqual([`GET ${ROOT}/guests/a%2Fb%3Fc%23d%2Be%40x.test?with=stats`]);
			expect(item.guest).toEqual({
				email: 'a/b?c#d+e@x.test',
				firstName: 'Ann',
				companyName: 'X & Co',
				tasksCompleted: count,
				link: guest.link,
			});
			expect(item).not.toHaveProperty('unread');
		},
	);

	it('is what the payload knows when the guest cannot be read, and says why', async () => {
		const [guest] = guests();
		const payload = completed(guest);
		organization().remove(guest);
		const [item] = await calledWith(selected('companyName', 'link'), payload);
		expect(item).toMatchObject({
			guest: { email: guest.email, companyName: null, link: guest.link },
			unread: expect.stringContaining(`no guest ${guest.email} in this organization`),
		});
	});

	it('never asks for an address that would climb out of the path', async () => {
		const [guest] = guests();
		const payload = JSON.parse(
			JSON.stringify(completed(guest)).replaceAll(guest.email, '../users/20001?@x.test'),
		) as IDataObject;
		const [item] = await calledWith(selected('companyName'), payload);
		expect(asked()).toEqual([]);
		expect(item).toMatchObject({
			guest: { email: '../users/20001?@x.test', companyName: null },
			unread: 'The email in the payload cannot be part of an address',
		});
	});

	it("is with Output: Raw beside Tallyfy's payload, links and all", async () => {
		const [guest] = guests();
		const payload = completed(guest);
		const [item] = await calledWith({ output: 'raw' }, payload);
		expect(item.payload).toEqual(payload);
		expect(item.guest).toEqual({ email: guest.email, link: guest.link });
	});

	it('is refused loudly with a field that does not exist, and the event is not taken for a repeat later', async () => {
		const node = await theNode(selected('shoeSize'));
		const payload = completed(guests()[0]);
		expect(await post(node, payload)).toMatchObject({ status: 500 });
		expect(node.errors[0].message).toBe('Fields names an unknown field: shoeSize');
		node.parameters.fields = ['link'];
		expect(await post(node, payload)).toEqual(STARTED);
	});
});

describe('A repeated call', () => {
	it('starts nothing again, and a task that was reopened and completed again does', async () => {
		const node = await theNode();
		const [guest] = guests();
		const task = organization().completeTask(guest, '2026-01-01 10:00:00');
		const first = completed(guest, { task });
		expect(await post(node, first)).toEqual(STARTED);
		expect(await post(node, first)).toEqual(REPEATED('task.completed'));
		const again = JSON.parse(
			JSON.stringify(first).replaceAll('2026-01-01T10:00:00Z', '2026-01-01T10:05:00Z'),
		) as IDataObject;
		expect(again).not.toEqual(first);
		expect(await post(node, again)).toEqual(STARTED);
		expect(await post(node, first)).toEqual(REPEATED('task.completed'));
		expect(node.starts).toHaveLength(2);
	});

	it('starts once among ten at the same time, which n8n runs side by side', async () => {
		const node = await theNode();
		const payload = completed(guests()[0]);
		node.gather(10);
		await Promise.all(Array.from({ length: 10 }, async () => await post(node, payload)));
		expect(node.starts).toHaveLength(1);
	});

	it('keeps all of fifty events that come at the same time, and no email', async () => {
		const node = await theNode();
		const payloads = Array.from({ length: 50 }, (_, index) => {
			const payload = completed(guests()[index % 4]) as {
				this_task: IDataObject;
				task: IDataObject;
			};
			const task = { ...payload.task, id: `task-${index}` };
			return { ...payload, task, this_task: task };
		});
		node.gather(50);
		const answers = await Promise.all(payloads.map(async (payload) => await post(node, payload)));
		expect(answers).toEqual(payloads.map(() => STARTED));
		await post(node, completed(guests()[0]));
		expect(node.kept().seen).toHaveLength(51);
		expect(JSON.stringify(node.kept())).not.toContain('@');
	});

	it('is another event to another node', async () => {
		const nodes = [await theNode(), await theNode()];
		const payload = completed(guests()[0]);
		for (const node of nodes) expect(await post(node, payload)).toEqual(STARTED);
	});

	it.each([
		['comments', 'task.comment_added', { comment: { text: 'Yes' } }, { comment: { text: 'No' } }],
		['assignments', 'task.assigned', { assignees: ['ann'] }, { assignees: ['bob'] }],
		['issues', 'task.issue_raised', { issue: { id: 1 } }, { issue: { id: 2 } }],
	] as const)(
		'differs from another of the same second about the same task: two %s start twice, and each once',
		async (_, event, one, other) => {
			const node = await theNode({ webhookEvents: [event] });
			const bare = organizationEvent(event, organization(), guests()[0]) as IDataObject;
			for (const at of [{ timestamp: '2026-11-20T09:00:00Z' }, {}]) {
				const [first, second] = [one, other].map((what) => ({ ...bare, ...at, ...what }));
				expect(await post(node, first)).toEqual(STARTED);
				expect(await post(node, second)).toEqual(STARTED);
				expect(await post(node, first)).toEqual(REPEATED(event));
				expect(await post(node, second)).toEqual(REPEATED(event));
			}
			expect(node.starts).toHaveLength(4);
		},
	);

	it('starts every time in a test', async () => {
		const node = await theNode({}, { mode: 'manual' });
		const payload = completed(guests()[0]);
		for (let time = 0; time < 2; time++) expect(await post(node, payload)).toEqual(STARTED);
		expect(node.kept()).toEqual({});
	});
});
