import { describe, expect, it } from 'vitest';
import { runNode } from '../support/engine.mts';
import { byEmail, guest } from '../support/guests.mts';
import { credentialsFor, useSandbox } from '../support/sandbox.mts';

const sandbox = useSandbox({ guests: 20 });
const run = async (parameters: Record<string, unknown>, input: object[] = [{}]) =>
	await runNode({
		parameters: parameters as never,
		credentials: credentialsFor(sandbox.current),
		input: input as never,
	});
const first = () => [...sandbox.current.organization.guests.values()][0];
const sent = () => sandbox.current.requests.map(({ method, body }) => ({ method, body }));

/** All fourteen optional fields: as people give them, and as they must arrive. */
const ALL_FIELDS = {
	companyName: 'Partner Co',
	companyUrl: 'https://partner.example',
	contactUrl: 'https://crm.example/contact/1?x=1#y',
	externalDateCreation: '2025-05-15T16:30:00+02:00',
	externalSyncSource: 'salesforce',
	firstName: 'Zoë',
	imageUrl: 'https://partner.example/zoe.png',
	lastName: "O'Brien",
	opportunityName: 'Big deal',
	opportunityUrl: 'https://crm.example/deal/1',
	phone1: '+1-212-555-0123',
	phone2: '12345',
	status: 'prospect',
	timezone: 'Europe/Paris',
};
const ARRIVED = {
	company_name: 'Partner Co',
	company_url: 'https://partner.example',
	contact_url: 'https://crm.example/contact/1?x=1#y',
	external_date_creation: '2025-05-15 14:30:00',
	external_sync_source: 'salesforce',
	first_name: 'Zoë',
	image_url: 'https://partner.example/zoe.png',
	last_name: "O'Brien",
	opportunity_name: 'Big deal',
	opportunity_url: 'https://crm.example/deal/1',
	phone_1: '+1-212-555-0123',
	phone_2: '12345',
	status: 'prospect',
	timezone: 'Europe/Paris',
};

describe('Guest > Create', () => {
	it('sends all fourteen optional fields by the names of the API', async () => {
		const { items, error } = await run(
			guest('create', { email: ' new@partner.example ', additionalFields: ALL_FIELDS }),
		);
		expect(error).toBeUndefined();
		expect(sent()).toEqual([
			{ method: 'POST', body: { email: 'new@partner.example', ...ARRIVED } },
		]);
		expect(items[0].json).toMatchObject({ email: 'new@partner.example', firstName: 'Zoë' });
	});

	it.each([
		['an object', ALL_FIELDS],
		['text', JSON.stringify(ALL_FIELDS)],
		['the spelling of the API', { ...ARRIVED, external_date_creation: '2025-05-15T14:30:00Z' }],
	])('sends the same from Fields (JSON) as %s', async (_, fieldsJson) => {
		await run(
			guest('create', { email: 'new@partner.example', fieldsJson: '={{ $json.fields }}' }),
			[{ fields: fieldsJson }],
		);
		expect(sent()[0].body).toEqual({ email: 'new@partner.example', ...ARRIVED });
	});

	it('lets Additional Fields win over Fields (JSON), because they were set one by one', async () => {
		await run(
			guest('create', {
				email: 'new@partner.example',
				additionalFields: { firstName: 'One' },
				fieldsJson: '{ "firstName": "Two", "lastName": "Both" }',
			}),
		);
		expect(sent()[0].body).toEqual({
			email: 'new@partner.example',
			first_name: 'One',
			last_name: 'Both',
		});
	});

	it('sends no blank fields, because the API would store an empty name', async () => {
		await run(
			guest('create', {
				email: 'new@partner.example',
				additionalFields: { firstName: '', lastName: '={{ null }}', phone1: '  ' },
				fieldsJson: '',
			}),
		);
		expect(sent()[0].body).toEqual({ email: 'new@partner.example' });
	});

	it.each([
		[
			{ phone: '1' },
			'Fields (JSON) names a field that Tallyfy does not know: phone',
			/Did you mean phone1 or phone2\?/,
		],
		[
			{ nonsense: 1 },
			'Fields (JSON) names a field that Tallyfy does not know: nonsense',
			/^Tallyfy would drop it/,
		],
		[['a'], 'Fields (JSON) is not an object', /Give an object/],
		['{broken', 'Fields (JSON) is not JSON', /Give an object/],
		[
			{ externalDateCreation: '2025-02-30' },
			'External Date Creation is not a date: 2025-02-30',
			/ISO date/,
		],
		[{ firstName: { a: 1 } }, 'First Name is an object', /one text/],
	])('refuses %j before any request', async (fields, message, description) => {
		const { error } = await run(
			guest('create', { email: 'new@partner.example', fieldsJson: '={{ $json.fields }}' }),
			[{ fields }],
		);
		expect(error?.message).toBe(message);
		expect(error?.description).toMatch(description);
		expect(error?.context?.itemIndex).toBe(0);
		expect(sandbox.current.requests).toEqual([]);
	});

	it("repeats Tallyfy's own words for every field it refuses", async () => {
		const { error } = await run(
			guest('create', { email: sandbox.current.organization.members[1].email }),
		);
		expect(error?.message).toBe(
			'The given data was invalid. email: This email belongs to a member of your organization.',
		);
		expect(error?.description).toBe('Correct the fields named in the message.');
		expect(error?.httpCode).toBe('422');
	});
});

describe('Guest > Update', () => {
	const update = (membersMode: string, associatedMembers: unknown) =>
		guest('update', { guest: byEmail(first().email), membersMode, associatedMembers });

	it.each([
		['a list', [20001, 20002]],
		['a text with commas', '20001, 20002'],
		['a JSON text', '[20001,20002]'],
	])('replaces the members by %s', async (_, members) => {
		const { items } = await run(update('replace', members));
		expect(sent()).toEqual([{ method: 'PUT', body: { associated_members: [20001, 20002] } }]);
		expect(items[0].json.associatedMembers).toEqual([20001, 20002]);
	});

	it('clears the list with an empty one, which must be sent although it is empty', async () => {
		await run(update('replace', []));
		expect(sent()).toEqual([{ method: 'PUT', body: { associated_members: [] } }]);
	});

	it('adds to what is there: it reads, changes and writes, because Tallyfy only replaces', async () => {
		sandbox.current.organization.setMembers(first(), [20003]);
		const { items } = await run(update('add', [20001, 20003]));
		expect(sent()).toEqual([
			{ method: 'GET', body: {} },
			{ method: 'PUT', body: { associated_members: [20003, 20001] } },
		]);
		expect(items[0].json.associatedMembers).toEqual([20003, 20001]);
	});

	it('removes from what is there', async () => {
		sandbox.current.organization.setMembers(first(), [20003, 20001]);
		const { items } = await run(update('remove', [20003]));
		expect(items[0].json.associatedMembers).toEqual([20001]);
	});

	it('writes nothing when nothing would change', async () => {
		sandbox.current.organization.setMembers(first(), [20001]);
		const { items } = await run(update('add', [20001]));
		expect(sent().map(({ method }) => method)).toEqual(['GET']);
		expect(items[0].json.associatedMembers).toEqual([20001]);
	});

	it.each([
		['replace', ['bob'], 'Associated Members holds "bob", which is no member ID'],
		['replace', [1.5], 'Associated Members holds 1.5, which is no member ID'],
		['replace', '', 'Associated Members is empty'],
		['add', [], 'Associated Members is empty'],
	])('refuses to %s %j before any request', async (mode, members, message) => {
		const { error } = await run(update(mode, members));
		expect(error?.message).toBe(message);
		expect(sandbox.current.requests).toEqual([]);
	});

	it('says that nobody has the email, though Tallyfy answers an update with 422', async () => {
		const { error } = await run(
			guest('update', {
				guest: byEmail('no@x.example'),
				membersMode: 'replace',
				associatedMembers: [20001],
			}),
		);
		expect(error?.message).toBe(
			'The given data was invalid: no guest no@x.example in this organization',
		);
		expect(error?.description).toBe('Check Guest, or pick the guest from the list.');
	});
});

describe('Guest > Delete', () => {
	const remove = (email: string, options = {}) =>
		guest('delete', { guest: byEmail(email), options });

	it('answers that the guest was deleted, and sends no body', async () => {
		const { email } = first();
		const { items } = await run(remove(email));
		expect(items[0].json).toEqual({ deleted: true, email });
		expect(sent()).toEqual([{ method: 'DELETE', body: {} }]);
		expect(sandbox.current.organization.guests.has(email)).toBe(false);
	});

	it('takes an empty 204 for success, because any 2xx is one', async () => {
		sandbox.current.misbehave({ faults: [{ method: 'DELETE', status: 204 }] });
		const { items } = await run(remove('a@x.example'));
		expect(items[0].json).toEqual({ deleted: true, email: 'a@x.example' });
	});

	it('does not take a web page for success', async () => {
		sandbox.current.misbehave({ faults: [{ html: 200 }] });
		const { error } = await run(remove('a@x.example'));
		expect(error?.message).toBe('Tallyfy answered 200, but with a web page instead of JSON');
	});

	it('fails for an unknown guest, and goes on where that was asked for', async () => {
		const strict = await run(remove('no@x.example'));
		expect(strict.error?.message).toContain('no guest no@x.example in this organization');
		const lenient = await run(remove('no@x.example', { ifNotFound: 'empty' }));
		expect(lenient.items[0].json).toEqual({ deleted: false, email: 'no@x.example' });
	});
});

describe('Guest > Get', () => {
	const withNumbers = async () => {
		const { items } = await run(
			guest('get', { guest: byEmail(first().email), options: { includeStats: true } }),
		);
		expect(sandbox.current.requests[0].path).toMatch(/\?with=stats$/);
		return items[0].json;
	};

	it('reads a guest with the task numbers, where Tallyfy gives them', async () => {
		sandbox.current.misbehave({ quirks: { singleStats: 'filled' } });
		expect(await withNumbers()).toMatchObject({ email: first().email, assignedTasks: 4 });
	});

	it('says null and not 0 for task numbers that Tallyfy leaves empty, as its page of this call shows', async () => {
		const numbers = { assignedTasks: null, tasksCompleted: null };
		expect(await withNumbers()).toMatchObject({ email: first().email, ...numbers });
	});

	it('returns an empty item for an unknown guest where that was asked for', async () => {
		const { items } = await run(
			guest('get', { guest: byEmail('no@x.example'), options: { ifNotFound: 'empty' } }),
		);
		expect(items).toEqual([{ json: {}, pairedItem: { item: 0 } }]);
	});

	it('does not take a wrong base URL for an unknown guest', async () => {
		sandbox.current.misbehave({ faults: [{ html: 404 }] });
		const { error } = await run(
			guest('get', { guest: byEmail('no@x.example'), options: { ifNotFound: 'empty' } }),
		);
		expect(error?.message).toBe('Tallyfy does not know this address');
	});
});

describe('The truth about writes', () => {
	const answering = (method: string, guest: object) =>
		sandbox.current.misbehave({ faults: [{ method, status: 201, body: { data: guest } }] });

	it('names the values that Tallyfy did not store, because it drops them with a success', async () => {
		const linked = {
			...first(),
			email: 'NEW@partner.example',
			first_name: 'Somebody',
			details: {
				...first().details,
				external_date_creation: '2025-05-15T14:30:00Z',
				phone_1: null,
			},
		};
		answering('POST', linked);
		const { items } = await run(
			guest('create', {
				email: 'new@partner.example',
				additionalFields: {
					firstName: 'Zoë',
					phone1: '123',
					externalDateCreation: '2025-05-15T16:30:00+02:00',
				},
			}),
		);
		expect(items[0].json.notStored).toEqual(['firstName', 'phone1']);
		expect(Object.keys(items[0].json).length).toBeLessThanOrEqual(10);
	});

	it('says nothing when all was stored', async () => {
		const { items } = await run(
			guest('create', { email: 'new@partner.example', additionalFields: ALL_FIELDS }),
		);
		expect(items[0].json).not.toHaveProperty('notStored');
	});

	it('names the members when the list came back as another one', async () => {
		answering('PUT', { ...first(), details: { ...first().details, associated_members: [20009] } });
		const { items } = await run(
			guest('update', { guest: byEmail(first().email), associatedMembers: [20002, 20001] }),
		);
		expect(items[0].json.notStored).toEqual(['associatedMembers']);
	});

	it('looks for a name where the output looks, so that an item does not contradict itself', async () => {
		const details = { ...first().details, first_name: 'Zoë' };
		answering('POST', { ...first(), email: 'new@partner.example', first_name: null, details });
		const { items } = await run(
			guest('create', { email: 'new@partner.example', additionalFields: { firstName: 'Zoë' } }),
		);
		expect(items[0].json).toMatchObject({ firstName: 'Zoë' });
		expect(items[0].json).not.toHaveProperty('notStored');
	});

	it('takes members in another order for the same list', async () => {
		const details = { ...first().details, associated_members: [20001, 20002] };
		answering('PUT', { ...first(), details });
		const { items } = await run(
			guest('update', { guest: byEmail(first().email), associatedMembers: [20002, 20001] }),
		);
		expect(items[0].json).not.toHaveProperty('notStored');
	});

	it('names the profile fields that an existing guest keeps', async () => {
		const { items } = await run(
			guest('createOrGet', { email: first().email, additionalFields: { firstName: 'Other' } }),
		);
		expect(items[0].json).toMatchObject({ created: false, notStored: ['firstName'] });
	});
});

describe('Two items about one guest', () => {
	it('both add their member, because n8n sends all items at once and Tallyfy replaces the list', async () => {
		const { email } = first();
		first().details.associated_members = [20001];
		const add = guest('update', {
			guest: byEmail(email),
			membersMode: 'add',
			associatedMembers: '={{ [$json.member] }}',
		});
		const { items } = await run(add, [{ member: 20002 }, { member: 20003 }, { member: 20004 }]);
		expect(items).toHaveLength(3);
		expect(first().details.associated_members).toEqual([20001, 20002, 20003, 20004]);
	});

	it('write in the order of the input, so that the last row counts', async () => {
		sandbox.current.misbehave({ faults: [{ method: 'PUT', latencyMs: 60, times: 1 }] });
		const replace = guest('update', {
			guest: byEmail(first().email),
			membersMode: 'replace',
			associatedMembers: '={{ [$json.member] }}',
		});
		await run(replace, [{ member: 20002 }, { member: 20003 }]);
		expect(first().details.associated_members).toEqual([20003]);
	});

	it('spend one invite, because the second finds whom the first has created', async () => {
		const { items } = await run(guest('createOrGet', { email: '={{ $json.email }}' }), [
			{ email: 'new@partner.example' },
			{ email: ' new@partner.example ' },
			{ email: 'new@partner.example' },
		]);
		expect(items.map(({ json }) => json.created)).toEqual([true, false, false]);
		expect(sandbox.current.requests.filter(({ method }) => method === 'POST')).toHaveLength(1);
	});
});
