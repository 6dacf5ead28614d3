import type { IDataObject, INodeParameters } from 'n8n-workflow';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Guest } from '../../sandbox/organization.mts';
import {
	copiesForEveryPoll,
	pollerFor,
	runNode,
	triggerNode,
	type Poller,
} from '../support/engine.mts';
import { credentialsFor, useSandbox } from '../support/sandbox.mts';

const START = Date.parse('2026-11-20T09:00:00Z');
let clock = START;
const now = () => new Date(clock);
const sandbox = useSandbox({ guests: 5, now });

beforeEach(() => {
	clock = START;
	vi.useFakeTimers({ toFake: ['Date'], now: clock });
});
afterEach(() => vi.useRealTimers());

/** Time passes, for Tallyfy and for n8n. */
const wait = (seconds: number) => {
	clock += seconds * 1000;
	vi.setSystemTime(clock);
};
const iso = (seconds: number) => new Date(START + seconds * 1000).toISOString();
const DAY = 86_400;

const ALL = [
	'guestAdded',
	'guestFirstAccess',
	'guestReturned',
	'guestCompletedTask',
	'guestDisabled',
	'guestEnabled',
	'guestInactive',
];

const poller = async (parameters: INodeParameters, changes = {}) =>
	await pollerFor({ parameters, credentials: credentialsFor(sandbox.current, changes) });

/** A trigger that is active since a minute ago. */
async function active(parameters: INodeParameters): Promise<Poller> {
	const trigger = await poller(parameters);
	expect(await trigger.poll()).toEqual([]);
	wait(60);
	sandbox.current.requests.length = 0;
	return trigger;
}

const add = (email: string, body = {}) => sandbox.current.organization.create({ email, ...body });
const guestAt = (index: number): Guest => [...sandbox.current.organization.guests.values()][index];
const jsonOf = async (trigger: Poller) => (await trigger.poll()).map(({ json }) => json);
/** What was asked, without the part that is always the same. */
const asked = () =>
	sandbox.current.requests.map(
		({ method, path }) => `${method} ${path.replace(/^.*\/guests/, '')}`,
	);
const reportedBy = async (trigger: Poller) =>
	(await jsonOf(trigger)).map(
		({ event, guest }) => `${String(event)} ${String((guest as IDataObject).email)}`,
	);

const LIST = 'GET ?sort=created_at&page=1&per_page=100';
const NEWEST = 'GET ?sort=-created_at&page=1&per_page=100';

describe('A poll for Guest Added alone', () => {
	it('reports nothing at the activation, then every guest who was added, once, with one request a poll', async () => {
		const trigger = await active({});
		add('ann@x.test', { first_name: 'Ann', company_name: 'Acme' });
		expect(await jsonOf(trigger)).toEqual([
			{
				event: 'guestAdded',
				at: iso(60),
				before: null,
				guest: {
					email: 'ann@x.test',
					firstName: 'Ann',
					lastName: null,
					companyName: 'Acme',
					disabled: false,
					lastAccessedAt: null,
					createdAt: iso(60),
					associatedMembers: null,
				},
			},
		]);
		expect(asked()).toEqual([NEWEST]);
		wait(60);
		expect(await jsonOf(trigger)).toEqual([]);
		expect(asked()).toEqual([NEWEST, NEWEST]);
	});

	it('reads one page of 250 guests', async () => {
		sandbox.current.reset({ guests: 250, now });
		const trigger = await active({});
		add('ann@x.test');
		expect(await reportedBy(trigger)).toEqual(['guestAdded ann@x.test']);
		expect(asked()).toEqual([NEWEST]);
	});

	it('reports guests who were added while the workflow was inactive and n8n down', async () => {
		const trigger = await active({});
		trigger.restart();
		const names = Array.from({ length: 230 }, (_, index) => `g${index}@x.test`);
		for (const name of names) {
			add(name);
			wait(3600);
		}
		expect(await reportedBy(trigger)).toEqual(names.map((name) => `guestAdded ${name}`));
	});

	it('asks for task numbers only where the output has them', async () => {
		const trigger = await active({ output: 'selected', fields: ['tasksCompleted'] });
		add('ann@x.test');
		expect(await jsonOf(trigger)).toEqual([
			expect.objectContaining({
				guest: { email: 'ann@x.test', tasksCompleted: expect.any(Number) as number },
			}),
		]);
		expect(asked()).toEqual([`${NEWEST}&with=stats`]);
	});
});

describe('A poll for all events', () => {
	interface Case {
		prepare?: (guest: Guest) => void;
		happens: (guest: Guest) => void;
		at?: string;
		before: IDataObject | null;
	}
	const organization = () => sandbox.current.organization;
	const cases: Record<string, Case> = {
		guestFirstAccess: {
			happens: (guest) => organization().visit(guest),
			before: { lastAccessedAt: null },
		},
		guestReturned: {
			prepare: (guest) => organization().visit(guest),
			happens: (guest) => organization().visit(guest),
			before: { lastAccessedAt: iso(0) },
		},
		guestCompletedTask: {
			prepare: (guest) => organization().completeTask(guest),
			happens: (guest) => organization().completeTask(guest, { oneOff: true }),
			before: { tasksCompleted: 1, lastTaskCompletedAt: iso(0) },
		},
		guestDisabled: {
			happens: (guest) => organization().setDisabled(guest, true),
			before: { disabled: false },
		},
		guestEnabled: {
			prepare: (guest) => organization().setDisabled(guest, true),
			happens: (guest) => organization().setDisabled(guest, false),
			before: { disabled: true },
		},
		guestInactive: {
			prepare: (guest) => organization().visit(guest),
			happens: () => wait(90 * DAY - 30),
			at: iso(90 * DAY),
			before: { lastAccessedAt: iso(0) },
		},
	};

	it.each(Object.entries(cases))(
		'reports %s, once',
		async (event, { prepare, happens, at = iso(60), before }) => {
			sandbox.current.reset({ guests: 0, now });
			// An ID without made-up tasks.
			for (const name of ['zero', 'one']) organization().remove(add(`${name}@x.test`));
			const guest = add('ann@x.test');
			prepare?.(guest);
			const trigger = await active({ events: ALL });
			happens(guest);
			const [item, ...more] = await jsonOf(trigger);
			expect(item).toMatchObject({ event, at, before, guest: { email: 'ann@x.test' } });
			expect(more).toEqual([]);
			expect(asked()).toEqual([`${LIST}&with=stats`]);
			wait(60);
			expect(await jsonOf(trigger)).toEqual([]);
		},
	);

	it('reports only what was chosen, in the order in which it happened', async () => {
		const trigger = await active({ events: ['guestReturned', 'guestAdded'] });
		const ann = add('ann@x.test');
		wait(1);
		organization().visit(guestAt(1));
		wait(1);
		organization().visit(ann);
		organization().setDisabled(guestAt(2), true);
		expect(await reportedBy(trigger)).toEqual([
			'guestAdded ann@x.test',
			`guestReturned ${guestAt(1).email}`,
		]);
		expect(asked()).toEqual([LIST]);
	});

	it('reads each page once', async () => {
		sandbox.current.reset({ guests: 250, now });
		const trigger = await active({ events: ['guestFirstAccess'] });
		await trigger.poll();
		expect(asked().sort()).toEqual([1, 2, 3].map((page) => LIST.replace('=1&', `=${page}&`)));
	});

	it('reports a guest who was deleted and added again as added', async () => {
		const trigger = await active({ events: ['guestAdded', 'guestReturned'] });
		const { email } = guestAt(0);
		organization().remove(guestAt(0));
		add(email);
		expect(await reportedBy(trigger)).toEqual([`guestAdded ${email}`]);
	});

	it('reports what happened while n8n was down, and nothing that was reported before', async () => {
		const trigger = await active({ events: ALL });
		organization().visit(guestAt(1));
		expect(await reportedBy(trigger)).toEqual([`guestReturned ${guestAt(1).email}`]);
		wait(60);
		expect(await trigger.poll()).toEqual([]);
		trigger.restart();
		wait(DAY);
		organization().setDisabled(guestAt(2), true);
		expect(await reportedBy(trigger)).toEqual([`guestDisabled ${guestAt(2).email}`]);
		trigger.restart();
		expect(await trigger.poll()).toEqual([]);
	});

	it('stores nothing again when only time has passed', async () => {
		const trigger = await active({ events: ALL });
		const stored = trigger.stored();
		wait(3600);
		await trigger.poll();
		expect(trigger.stored()).toBe(stored);
	});

	it('reads the guest alone, where the disabling is over without a date, because lists lag', async () => {
		organization().setDisabled(guestAt(1), true);
		const trigger = await active({ events: ['guestEnabled'] });
		const guest = guestAt(1);
		const { reactivated_at } = guest.details;
		organization().setDisabled(guest, false);
		guest.details.reactivated_at = reactivated_at;
		expect(await jsonOf(trigger)).toMatchObject([
			{ event: 'guestEnabled', at: iso(60), before: { disabled: true } },
		]);
		expect(asked()).toEqual([LIST, `GET /${encodeURIComponent(guest.email)}?with=stats`]);
	});

	it('reports nothing twice out of an old list, and nothing that is over', async () => {
		const trigger = await active({ events: ALL });
		organization().visit(guestAt(1));
		organization().setDisabled(guestAt(2), true);
		add('ann@x.test');
		expect(await trigger.poll()).toHaveLength(3);
		sandbox.current.misbehave({ quirks: { lagMs: 50_000 } });
		wait(10);
		expect(await trigger.poll()).toEqual([]);
		sandbox.current.misbehave({});
		wait(10);
		expect(await trigger.poll()).toEqual([]);
	});

	it('reports nothing that a guest of another organization did there before', async () => {
		const trigger = await active({ events: ALL });
		const linked = sandbox.current.organization.create(
			{ email: 'ann@x.test' },
			'2024-01-01T00:00:00Z',
		);
		organization().visit(linked, '2025-01-01T00:00:00Z');
		expect(await reportedBy(trigger)).toEqual(['guestAdded ann@x.test']);
		organization().visit(linked);
		expect(await reportedBy(trigger)).toEqual(['guestReturned ann@x.test']);
	});

	it.each([[['guestAdded']], [ALL]])(
		'reports nothing of a guest whose link alone was reset, and the new link with the next event: %j',
		async (events) => {
			const trigger = await active({ events, output: 'selected', fields: ['link'] });
			const guest = add('ann@x.test');
			const before = guest.link;
			expect(await jsonOf(trigger)).toMatchObject([{ guest: { link: before } }]);
			wait(60);
			guest.link = `${String(before)}-reset`;
			organization().version++;
			expect(await jsonOf(trigger)).toEqual([]);
			if (events.length === 1) return;
			organization().setDisabled(guest, true);
			wait(60);
			organization().setDisabled(guest, false);
			guest.link = `${String(before)}-enabled`;
			expect(await jsonOf(trigger)).toMatchObject([
				{ event: 'guestEnabled', guest: { link: guest.link } },
			]);
			wait(60);
			expect(await jsonOf(trigger)).toEqual([]);
		},
	);

	it('does not report that a disabled guest is inactive', async () => {
		const guest = guestAt(1);
		organization().visit(guest);
		organization().setDisabled(guest, true);
		const trigger = await active({ events: ['guestInactive'], inactiveDays: 10 });
		wait(11 * DAY);
		expect(await reportedBy(trigger)).toEqual([]);
	});
});

describe('The parameters of polling', () => {
	it('leave the state alone where only filters or events change, and take upper and lower case as the same', async () => {
		const trigger = await active({ events: ['guestAdded', 'guestDisabled'] });
		add('Ann@X.test', { company_name: 'ACME Ltd' });
		add('bob@x.test', { company_name: 'Other' });
		trigger.change({
			events: ['guestAdded', 'guestReturned'],
			filters: { company: ' acme', emailContains: 'ann@' },
		});
		expect(await reportedBy(trigger)).toEqual(['guestAdded Ann@X.test']);
		trigger.change({ events: ['guestAdded', 'guestReturned'] });
		expect(await trigger.poll()).toEqual([]);
		expect(asked().filter((path) => path.includes('q='))).toEqual([]);
	});

	it.each([
		['events that need another state', { events: ['guestAdded', 'guestReturned'] }, {}],
		[
			'task numbers, which were not asked for before',
			{ events: ['guestAdded', 'guestCompletedTask'] },
			{},
		],
	])('start anew for %s', async (_, parameters) => {
		const trigger = await active({ events: ['guestAdded'] });
		add('ann@x.test');
		trigger.change(parameters);
		expect(await trigger.poll()).toEqual([]);
		add('bob@x.test');
		expect(await reportedBy(trigger)).toEqual(['guestAdded bob@x.test']);
	});

	it('start anew for another organization', async () => {
		const data = credentialsFor(sandbox.current);
		const trigger = await pollerFor({ parameters: {}, credentials: data });
		await trigger.poll();
		add('ann@x.test');
		data.baseUrl = data.baseUrl.replace('127.0.0.1', 'localhost');
		expect(await trigger.poll()).toEqual([]);
	});

	it('count days of inactivity from when they were changed: guests who were inactive before are not reported', async () => {
		sandbox.current.organization.visit(guestAt(1));
		const trigger = await active({ events: ['guestInactive'], inactiveDays: 90 });
		wait(20 * DAY);
		await trigger.poll();
		trigger.change({ events: ['guestInactive'], inactiveDays: 10 });
		expect(await trigger.poll()).toEqual([]);
	});

	it.each([
		[{ events: [] }, 'Events names no event', /^Choose at least one of: guestAdded, /],
		[
			{ events: ['guestAded'] },
			'Events names an unknown event: guestAded',
			/^Choose at least one of/,
		],
		[
			{ events: ['guestInactive'], inactiveDays: 0 },
			'Inactive Days is 0',
			/^Give a number of days, 1 or more\.$/,
		],
		[{ output: 'all' }, 'Output is all', /^Choose one of: simplified, raw, selected\.$/],
	])(
		'that make no sense (%j) are refused before any request',
		async (parameters, message, next) => {
			const trigger = await poller(parameters);
			await expect(trigger.poll()).rejects.toMatchObject({
				message,
				description: expect.stringMatching(next) as string,
			});
			expect(sandbox.current.requests).toEqual([]);
		},
	);

	it('give the link only where it is asked for', async () => {
		const simple = await active({});
		const asLink = await active({ output: 'selected', fields: ['link'] });
		const { link } = add('ann@x.test');
		expect(JSON.stringify(await jsonOf(simple))).not.toContain('guest-all-task');
		expect(await jsonOf(asLink)).toMatchObject([{ guest: { email: 'ann@x.test', link } }]);
	});
});

describe('The state', () => {
	it.each([[['guestAdded']], [ALL]])(
		'for %j holds no email, name, link, code, token or ID',
		async (events) => {
			const trigger = await active({ events });
			add('ann@x.test', { first_name: 'Ann', company_name: 'Acme' });
			await trigger.poll();
			const stored = trigger.stored();
			const { organization, baseUrl } = sandbox.current;
			const secrets = [...organization.guests.values()].flatMap(({ email, link, first_name }) => [
				email,
				String(link).split('/').at(-1) ?? '',
				String(first_name),
			]);
			const all = [
				...secrets,
				'@',
				'http',
				organization.id,
				'sandbox-token',
				new URL(baseUrl).host,
			];
			expect(all.filter((secret) => stored.includes(secret))).toEqual([]);
			expect(Object.keys(JSON.parse(stored) as IDataObject)).toEqual(['polling']);
			expect(JSON.parse(stored)).toEqual({
				polling: expect.stringMatching(
					events.length > 1 ? /^1 stats [0-9a-z]{11}\n\S+ \S+,90 / : /^1 newest [0-9a-z]{11}\n\S+ /,
				) as string,
			});
		},
	);

	it.each([
		['a token that is refused', 401, 'Unauthenticated.', /personal token stops working the moment/],
		['a member without rights', 403, 'No', /If this is about rights/],
	])('stays as it was when a poll fails halfway, for %s', async (_, status, message, next) => {
		sandbox.current.reset({ guests: 250, now });
		const trigger = await active({ events: ALL });
		sandbox.current.organization.visit(guestAt(1));
		const stored = trigger.stored();
		const fault = { path: 'page=3', status, body: { message } };
		sandbox.current.misbehave({ faults: [fault] });
		await expect(trigger.poll()).rejects.toMatchObject({
			name: 'NodeApiError',
			message,
			description: expect.stringMatching(next) as string,
			httpCode: String(status),
		});
		expect(trigger.stored()).toBe(stored);
		sandbox.current.misbehave({});
		expect(await reportedBy(trigger)).toEqual([`guestReturned ${guestAt(1).email}`]);
	});

	it.skipIf(copiesForEveryPoll)('is worked on by one poll at a time', async () => {
		const trigger = await active({});
		add('ann@x.test');
		sandbox.current.misbehave({ faults: [{ latencyMs: 100 }] });
		const [one, other] = await Promise.all([trigger.poll(), trigger.poll()]);
		expect([one.length, other.length]).toEqual([1, 0]);
		expect(asked()).toEqual([NEWEST]);
	});

	it('does not grow beyond 50,000 guests: it says so and offers Guest Added alone, which works', async () => {
		sandbox.current.reset({ guests: 50_001, now });
		const all = await poller({ events: ALL });
		await expect(all.poll()).rejects.toMatchObject({
			message:
				'This organization has 50,001 guests, more than the 50,000 that can be compared at each poll',
			description: expect.stringMatching(/^Choose Guest Added as the only one of Events/) as string,
		});
		expect(asked()).toHaveLength(1);
		const trigger = await active({});
		add('ann@x.test');
		expect(await reportedBy(trigger)).toEqual(['guestAdded ann@x.test']);
	});
});

describe('A run by hand', () => {
	const runTrigger = async (parameters: INodeParameters, options = {}) =>
		await runNode({
			parameters,
			credentials: credentialsFor(sandbox.current),
			node: await triggerNode(),
			...options,
		});

	it('gives the newest guests as samples, three at least and one for each event, and says that they are', async () => {
		sandbox.current.reset({ guests: 20, now });
		const newest = [19, 18, 17].map((index) => guestAt(index).email);
		const few = (await runTrigger({})).items.map(({ json }) => json);
		expect(few).toMatchObject(
			newest.map((email) => ({
				event: 'guestAdded',
				before: null,
				guest: { email },
				sample: true,
			})),
		);
		const many = (await runTrigger({ events: ALL })).items.map(({ json }) => json);
		expect(many.map(({ event, sample }) => [event, sample])).toEqual(
			ALL.map((event) => [event, true]),
		);
		expect(many.filter(({ at }) => Number.isNaN(Date.parse(String(at))))).toEqual([]);
		expect(asked()).toEqual([NEWEST, `${NEWEST}&with=stats`]);
	});

	it('has the items of a poll or a webhook go on as they are, linked', async () => {
		const input = [{ event: 'guestAdded' }, { event: 'guestReturned' }];
		for (const options of [
			{ parameters: {}, mode: 'trigger' },
			{ parameters: { mode: 'webhook' } },
		]) {
			const { items } = await runTrigger(options.parameters as INodeParameters, {
				...options,
				input,
			});
			expect(items).toEqual(input.map((json, item) => ({ json, pairedItem: { item } })));
		}
		expect(sandbox.current.requests).toEqual([]);
	});

	it('says what to do where there are no guests', async () => {
		sandbox.current.reset({ guests: 0, now });
		const { error } = await runTrigger({});
		expect(error).toMatchObject({
			message: 'This organization has no guests to show as samples',
			description:
				'Add a guest in Tallyfy and execute this node again, or activate the workflow: it starts when there is one.',
		});
	});

	it('fails with the message of every other request', async () => {
		const { error } = await runTrigger(
			{},
			{ credentials: credentialsFor(sandbox.current, { accessToken: 'dead' }) },
		);
		expect(error).toMatchObject({ message: 'Unauthenticated.', httpCode: '401' });
	});
});

describe('The mode Webhook', () => {
	it('does not poll, though n8n calls it at the poll times', async () => {
		const trigger = await poller({ mode: 'webhook' });
		expect(await trigger.poll()).toEqual([]);
		expect(sandbox.current.requests).toEqual([]);
		expect(trigger.stored()).toBe('{}');
	});
});
