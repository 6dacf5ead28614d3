// Servers that are not the sandbox: what nobody has published may be different from what the sandbox does.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { IDataObject } from 'n8n-workflow';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { loadOptionsContext, pollerFor, runNode } from '../support/engine.mts';
import { byEmail, byId, guest, member } from '../support/guests.mts';

const ORGANIZATION = '0123456789abcdef0123456789abcdef';

interface Asked {
	method: string;
	url: string;
	body: string;
}
type Respond = (asked: Asked, response: ServerResponse, count: number) => void;

let server: Server;
let asked: Asked[];
let respond: Respond;

async function textOf(request: IncomingMessage): Promise<string> {
	const chunks: Buffer[] = [];
	for await (const chunk of request) chunks.push(chunk as Buffer);
	return Buffer.concat(chunks).toString();
}

beforeEach(async () => {
	asked = [];
	server = createServer((request, response) => {
		void textOf(request).then((body) => {
			asked.push({ method: request.method ?? '', url: request.url ?? '', body });
			respond(asked[asked.length - 1], response, asked.length);
		});
	});
	await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
	vi.spyOn(Math, 'random').mockReturnValue(0);
});
afterEach(async () => {
	vi.restoreAllMocks();
	server.closeAllConnections();
	await new Promise((closed) => server.close(closed));
});

const credentials = () => ({
	accessToken: 'token-of-another-server',
	organizationId: ORGANIZATION,
	baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api`,
	clientHeader: 'APIClient',
});

const run = async (
	parameters: ReturnType<typeof guest>,
	input?: IDataObject[],
	onError?: 'continueRegularOutput',
) => await runNode({ parameters, input, onError, credentials: credentials() });

const json = (response: ServerResponse, body: unknown, status = 200, headers = {}) => {
	response.writeHead(status, { 'content-type': 'application/json', ...headers });
	response.end(JSON.stringify(body));
};
/** Begins an answer and breaks the connection in the middle of it. */
const cutOff = (response: ServerResponse) => {
	response.writeHead(200, { 'content-type': 'application/json', 'content-length': 500 });
	response.write('{"data":{"email":"jo@x.test",');
	setTimeout(() => response.destroy(), 5);
};
const methods = () => asked.map(({ method }) => method);
const jo = { id: 7, email: 'jo@x.test', details: { associated_members: [1001] } };

describe('An answer that breaks off', () => {
	it('is asked for again, because half an answer is none', async () => {
		respond = (_, response, count) =>
			count === 1 ? cutOff(response) : json(response, { data: jo });
		const { items, error } = await run(guest('get', { guest: byEmail('jo@x.test') }));
		expect(error).toBeUndefined();
		expect(items[0].json.email).toBe('jo@x.test');
		expect(methods()).toEqual(['GET', 'GET']);
	});

	it('of a create is looked up before it is sent again', async () => {
		respond = ({ method }, response, count) => {
			if (count === 1) cutOff(response);
			else if (method === 'GET') json(response, { message: 'Unknown' }, 404);
			else json(response, { data: jo }, 201);
		};
		const { items } = await run(guest('create', { email: 'jo@x.test' }));
		expect(items[0].json.email).toBe('jo@x.test');
		expect(methods()).toEqual(['POST', 'GET', 'POST']);
	});

	it('is called a lost connection, when it does so for ever', async () => {
		respond = (_, response) => cutOff(response);
		const pacing = { maxRetryWait: 1 };
		const { error } = await run(guest('get', { guest: byEmail('jo@x.test'), pacing }));
		expect(error?.message).toMatch(/^No answer from 127\.0\.0\.1:\d+ \(ECONNRESET\), for 1 s$/);
	});
});

describe('Values that an expression or an agent got wrong', () => {
	const list = async (parameters: Record<string, unknown>) => {
		respond = (_, response) =>
			json(response, {
				data: [
					jo,
					{ email: 'off@x.test', last_accessed_at: '2025-01-01', details: { disabled_at: '2025' } },
				],
			});
		return await run(guest('getAll', { returnAll: true, ...parameters }));
	};

	it.each([
		[{ filters: { status: 'Disabled' } }, 'Filters > Status is Disabled'],
		[{ filters: { neverAccessed: 'maybe' } }, 'Filters > Never Accessed is maybe'],
		[{ filters: { search: ['jo'] } }, 'Filters > Search is not a text'],
		[{ filters: { search: '={{ ({ email: "jo" }) }}' } }, 'Filters > Search is not a text'],
		[{ options: { sortDirection: 'desc' } }, 'Options > Sort Direction is desc'],
		[{ options: { sortBy: 'Created At' } }, 'Options > Sort By is Created At'],
	])(
		'are refused, because the whole list would be the wrong answer: %j',
		async (given, message) => {
			const { items, error } = await list(given);
			expect(items).toEqual([]);
			expect(error?.message).toBe(message);
			expect(asked).toEqual([]);
		},
	);

	it.each([
		[{ filters: { neverAccessed: 'false' } }, 2],
		[{ filters: { neverAccessed: 'true' } }, 1],
		[{ filters: { status: '' } }, 2],
		[{ options: { sortBy: 'created_at', sortDirection: '' } }, 2],
	])('mean what they say where that is plain: %j', async (given, count) => {
		const { items, error } = await list(given);
		expect(error).toBeUndefined();
		expect(items).toHaveLength(count);
	});
});

describe('Update, when it adds or removes', () => {
	const update = async (members: unknown, membersMode: string) => {
		respond = ({ method, body }, response) => {
			const sent = method === 'PUT' ? (JSON.parse(body) as object) : {};
			json(response, {
				data: { ...jo, details: { associated_members: members, ...sent } },
			});
		};
		const result = await run(
			guest('update', {
				guest: byEmail('jo@x.test'),
				membersMode,
				associatedMembers: '={{ [1002] }}',
			}),
		);
		return { ...result, put: asked.find(({ method }) => method === 'PUT')?.body };
	};

	it.each([
		[[{ id: 1001, email: 'm@x.test' }]],
		[{ data: [{ id: '1001' }] }],
		[{ 3: '1001' }],
		['1001'],
		['[1001]'],
	])('keeps who is in a list that is written as %j', async (members) => {
		const { put, error } = await update(members, 'add');
		expect(error).toBeUndefined();
		expect(put).toBe('{"associated_members":[1001,1002]}');
	});

	it.each([[null], [[]], [{}], [''], ['[]']])('takes %j for nobody', async (members) => {
		expect((await update(members, 'add')).put).toBe('{"associated_members":[1002]}');
	});

	it.each([
		['add', undefined],
		['remove', undefined],
		['add', ['Jo']],
		['remove', [{ name: 'Jo' }]],
	])(
		'does not %s where Tallyfy does not tell who is in the list (%j): it would lose them',
		async (mode, members) => {
			const { put, error } = await update(members, mode);
			expect(put).toBeUndefined();
			expect(error?.message).toContain("does not tell the guest's associated members");
			expect(error?.description).toContain('Replace');
		},
	);
});

describe('A guest without an email', () => {
	it('is not taken for another one without', async () => {
		const data = [
			{ id: 1, email: '' },
			{ id: 2, email: '' },
			{ id: 3, email: null },
		];
		respond = (_, response) => json(response, { data, meta: { pagination: { total: 3 } } });
		const { items } = await run(guest('getAll', { returnAll: true, output: 'raw' }));
		expect(items.map((item) => item.json.id)).toEqual([1, 2, 3]);
	});
});

describe('A success without a body', () => {
	it.each([
		['create', { email: 'jo@x.test' }, ['POST', 'GET']],
		[
			'update',
			{ guest: byEmail('jo@x.test'), membersMode: 'replace', associatedMembers: [1001] },
			['PUT', 'GET'],
		],
	])('is a success of %s: the guest is read', async (operation, parameters, sent) => {
		respond = ({ method }, response) => {
			if (method === 'GET') json(response, { data: jo });
			else response.writeHead(204).end();
		};
		const { items, error } = await run(guest(operation, parameters));
		expect(error).toBeUndefined();
		expect(items[0].json.email).toBe('jo@x.test');
		expect(methods()).toEqual(sent);
	});
});

describe('Create or Get', () => {
	it('reads the guest once more after a write of members that is answered with nothing, because it was done', async () => {
		let members: unknown = [];
		respond = ({ method, body }, response) => {
			if (method === 'PUT') {
				members = (JSON.parse(body) as { associated_members: unknown }).associated_members;
				response.writeHead(204).end();
			} else json(response, { data: { ...jo, associated_members: members } });
		};
		const { items, error } = await run(
			guest('createOrGet', { email: 'jo@x.test', associatedMembers: [1001] }),
		);
		expect(error).toBeUndefined();
		expect(items[0].json).toMatchObject({ created: false, associatedMembers: [1001] });
		expect(methods()).toEqual(['GET', 'PUT', 'GET']);
	});

	it('sets the members of the guest whom it was asked for, also when the answer names nobody', async () => {
		respond = ({ method }, response) => {
			if (method === 'GET') json(response, { message: 'Unknown' }, 404);
			else if (method === 'POST') json(response, { data: { id: 7 } }, 201);
			else json(response, { data: jo });
		};
		await run(guest('createOrGet', { email: 'jo@x.test', associatedMembers: [1001] }));
		expect(asked[2]).toMatchObject({ method: 'PUT', body: '{"associated_members":[1001]}' });
		expect(asked[2].url).toMatch(/\/guests\/jo%40x\.test$/);
	});

	it('invites somebody once who is in several rows, also where a second invitation succeeds', async () => {
		const there = new Set<string>();
		respond = ({ method, body, url }, response) => {
			const email = decodeURIComponent(url.split('/').at(-1) ?? '').toLowerCase();
			setTimeout(() => {
				if (method === 'POST') {
					there.add((JSON.parse(body) as typeof jo).email.toLowerCase());
					json(response, { data: jo }, 201);
				} else if (there.has(email)) json(response, { data: jo });
				else json(response, { message: 'Unknown' }, 404);
			}, 20);
		};
		const { items } = await run(guest('createOrGet', { email: '={{ $json.email }}' }), [
			{ email: 'jo@x.test' },
			{ email: 'jo@x.test ' },
			{ email: 'al@x.test' },
			{ email: 'Jo@x.test' },
		]);
		expect(items.map(({ json: { created } }) => created)).toEqual([true, false, true, false]);
		expect(methods().filter((method) => method === 'POST')).toHaveLength(2);
	});

	it('tries a row of its own after one of the same email has failed', async () => {
		respond = ({ method }, response, count) => {
			if (method === 'POST' && count === 2) json(response, { message: 'Broken' }, 500);
			else if (method === 'POST') json(response, { data: jo }, 201);
			else json(response, { message: 'Unknown' }, 404);
		};
		const { items } = await run(
			guest('createOrGet', { email: 'jo@x.test' }),
			[{}, {}],
			'continueRegularOutput',
		);
		expect(items[0].json.message).toBe('Broken');
		expect(items[1].json.created).toBe(true);
	});

	it('believes the place where a value was stored, when another place says something else', async () => {
		const details = { status: 'VIP', first_name: 'Jo', company_name: 'Other' };
		const data = { ...jo, status: 'active', first_name: null, details };
		respond = (_, response) => json(response, { data });
		const { items } = await run(
			guest('createOrGet', {
				email: 'jo@x.test',
				additionalFields: { status: 'VIP', firstName: 'Jo', companyName: 'Mine' },
			}),
		);
		expect(items[0].json.notStored).toEqual(['companyName']);
	});
});

describe('Custom fields', () => {
	it.each([[{ data: null }], [{ data: { custom_fields: null } }]])(
		'are none in %j, and not one of that name',
		async (body) => {
			respond = ({ url }, response) => {
				const link = `https://x.test/guest-all-task/${ORGANIZATION}/code`;
				json(response, url.includes('custom-fields') ? body : { data: { ...jo, link } });
			};
			const { items, error } = await run({
				resource: 'guestCustomField',
				operation: 'getAll',
				guest: byEmail('jo@x.test'),
			});
			expect(error).toBeUndefined();
			expect(items).toEqual([]);
		},
	);
});

describe('A web page of a firewall', () => {
	const link = `https://x.test/guest-all-task/${ORGANIZATION}/code`;
	const page = (_: Asked, response: ServerResponse) => {
		response.writeHead(403, { 'content-type': 'text/html' }).end('<!doctype html><h1>No</h1>');
	};

	it.each([
		['a conversion', member('convertToGuest', { member: byId('1001') })],
		[
			'a custom field',
			{
				resource: 'guestCustomField',
				operation: 'set',
				guest: { ...(byEmail(link) as object), mode: 'link' },
				key: 'region',
				value: 'EMEA',
			} as unknown as ReturnType<typeof guest>,
		],
	])('is not taken for a missing right of Tallyfy: %s', async (_, parameters) => {
		respond = page;
		const { error } = await run(parameters);
		expect(error?.message).toMatch(/^A web page came back \(403\)/);
		expect(error?.description).toContain('a proxy or a firewall');
		expect(error?.description).not.toContain('dministrator');
	});
});

describe('A list to pick from', () => {
	it.each([
		['searchGuests', [{ email: null, first_name: 'No' }, { email: '' }, jo], ['jo@x.test']],
		[
			'searchMembers',
			[
				{ id: null, email: 'm@x.test' },
				{ id: '8', email: 'n@x.test' },
			],
			['8'],
		],
	])('of %s leaves out whom nobody could ask for', async (method, data, values) => {
		respond = (_, response) => json(response, { data });
		const { type, context } = await loadOptionsContext({
			parameters: {},
			credentials: credentials(),
		});
		const { results } = (await type.methods?.listSearch?.[method].call(context)) ?? { results: [] };
		expect(results.map(({ value }) => value)).toEqual(values);
	});

	it('of associated members does so too', async () => {
		respond = (_, response) =>
			json(response, { data: [{ id: null, email: 'm@x.test' }, { id: '8' }] });
		const { type, context } = await loadOptionsContext({
			parameters: {},
			credentials: credentials(),
		});
		const options = (await type.methods?.loadOptions?.getMembers.call(context)) ?? [];
		expect(options.map(({ value }) => value)).toEqual([8]);
	});
});

describe('The trigger', () => {
	it.each([
		['empty', { stats: [] }],
		['wrapped and empty', { stats: { data: [] } }],
		['missing', {}],
	])(
		'does not take task numbers for news that the list never shows (%s) and a read of one guest does',
		async (_, listed) => {
			let disabled: string | null = '2025-01-01';
			const known = { id: 7, email: 'jo@x.test', created_at: '2024-01-01' };
			respond = ({ url }, response) => {
				const record = { ...known, details: { disabled_at: disabled } };
				const stats = { tasks_completed: 4, last_task_completed_at: '2025-02-02' };
				if (url.includes('/guests/')) json(response, { data: { ...record, stats } });
				else
					json(response, { data: [{ ...record, ...listed }], meta: { pagination: { total: 1 } } });
			};
			const events = ['guestCompletedTask', 'guestEnabled'];
			const trigger = await pollerFor({ parameters: { events }, credentials: credentials() });
			expect(await trigger.poll()).toEqual([]);
			disabled = null;
			const items = await trigger.poll();
			expect(items.map(({ json: { event } }) => event)).toEqual(['guestEnabled']);
			expect('tasksCompleted' in (items[0].json.guest as object)).toBe('stats' in listed);
			expect(await trigger.poll()).toEqual([]);
		},
	);
});

describe('A server that ignores the page, and says that there are 250', () => {
	const created = (index: number) => new Date(Date.UTC(2026, 0, 1) + index * 1000).toISOString();
	const hundred = Array.from({ length: 100 }, (_, index) => ({
		id: index,
		email: `${index}@x.test`,
		created_at: created(index),
		details: {},
	}));
	const MESSAGE =
		'Tallyfy says that there are 250 in this list, but reading brought only 100 different ones';
	/** Gives the first of them, as many as are asked for. */
	const firstPage = (_: Asked, response: ServerResponse) => {
		const perPage = Number(
			new URL(asked.at(-1)?.url ?? '', 'http://x').searchParams.get('per_page'),
		);
		json(response, {
			data: hundred.slice(0, perPage || 100),
			meta: { pagination: { total: 250 } },
		});
	};

	it.each([
		['Return All', { returnAll: true }],
		['a limit that needs another page', { limit: 150 }],
		['a filter of our own', { returnAll: true, filters: { neverAccessed: true } }],
	])('makes Get Many fail with %s: no list that only seems to be all', async (_, parameters) => {
		respond = firstPage;
		const { items, error } = await run(guest('getAll', parameters));
		expect(items).toEqual([]);
		expect(error?.message).toBe(MESSAGE);
		expect(error?.description).toContain('a lower Limit works');
		expect(asked.length).toBeLessThanOrEqual(9);
	});

	it('makes one item fail, and says so on it, where the workflow goes on', async () => {
		respond = firstPage;
		const { items } = await run(
			guest('getAll', { returnAll: '={{ $json.all }}', limit: 2 }),
			[{ all: true }, { all: false }],
			'continueRegularOutput',
		);
		expect(items.map((item) => item.json.message ?? item.json.email)).toEqual([
			MESSAGE,
			'0@x.test',
			'1@x.test',
		]);
	});

	it.each([50, 100])('does not matter to a limit of %i: one request', async (limit) => {
		respond = firstPage;
		const { items, error } = await run(guest('getAll', { limit }));
		expect(error).toBeUndefined();
		expect(items).toHaveLength(limit);
		expect(asked.map(({ url }) => url.split('?')[1])).toEqual([`page=1&per_page=${limit}`]);
	});

	it.each([
		['all events', ['guestAdded', 'guestDisabled']],
		['Guest Added alone, where the order is not known', ['guestAdded']],
	])(
		'makes the first poll fail for %s, and a later one, which keeps what is known',
		async (_, events) => {
			const trigger = await pollerFor({ parameters: { events }, credentials: credentials() });
			// Not in the order of their dates.
			hundred.sort((one, other) => ((one.id * 37) % 101) - ((other.id * 37) % 101));
			respond = firstPage;
			await expect(trigger.poll()).rejects.toMatchObject({ message: MESSAGE });
			respond = ({ url }, response) => {
				const page = Number(new URL(url, 'http://x').searchParams.get('page'));
				json(response, {
					data: page === 1 ? hundred : [],
					meta: { pagination: { total: 100 } },
				});
			};
			expect(await trigger.poll()).toEqual([]);
			const stored = trigger.stored();
			respond = firstPage;
			await expect(trigger.poll()).rejects.toMatchObject({ message: MESSAGE });
			expect(trigger.stored()).toBe(stored);
		},
	);
});

describe('A list that somebody adds to, newest first, while its pages come side by side', () => {
	it('has everybody who was in it all the time, each once', async () => {
		const list = Array.from({ length: 1000 }, (_, index) => ({
			id: index,
			email: `${index}@x.test`,
		}));
		const before = list.map(({ email }) => email);
		respond = ({ url }, response, count) => {
			const query = new URL(url, 'http://x').searchParams;
			const page = Number(query.get('page'));
			if (count === 5) setTimeout(() => list.unshift({ id: 5000, email: 'new@x.test' }), 30);
			const answer = () => {
				const data = list.slice((page - 1) * 100, page * 100);
				json(response, { data, meta: { pagination: { total: list.length } } });
			};
			// Pages with an even number are late: they are read after the addition, and the page after them before.
			if (page % 2) answer();
			else setTimeout(answer, 60);
		};
		const { items, error } = await run(guest('getAll', { returnAll: true }));
		expect(error).toBeUndefined();
		const emails = items.map((item) => String(item.json.email));
		expect(new Set(emails).size).toBe(emails.length);
		expect(before.filter((email) => !emails.includes(email))).toEqual([]);
		expect(asked.length).toBeLessThanOrEqual(22);
	});
});
