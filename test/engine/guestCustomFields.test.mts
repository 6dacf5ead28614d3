import { describe, expect, it } from 'vitest';
import { ORGANIZATION_ID, type Guest } from '../../sandbox/organization.mts';
import { runNode } from '../support/engine.mts';
import { byEmail } from '../support/guests.mts';
import { credentialsFor, useSandbox } from '../support/sandbox.mts';

const sandbox = useSandbox({ guests: 5 });
const run = async (
	operation: string,
	parameters: Record<string, unknown>,
	input: object[] = [{}],
	more = {},
) =>
	await runNode({
		parameters: { resource: 'guestCustomField', operation, ...parameters } as never,
		credentials: credentialsFor(sandbox.current),
		input: input as never,
		...more,
	});
const byLink = (value: unknown) => ({ __rl: true, mode: 'link', value });
const guests = () => [...sandbox.current.organization.guests.values()];
const first = () => guests()[0];
const codeOf = ({ link }: Guest) => String(link).split('/').at(-1) as string;
const valuesOf = (guest: Guest) => sandbox.current.organization.customFieldsOf(guest);
const asked = () =>
	sandbox.current.requests.map(({ method, path, body }) => ({
		call: `${method} ${path.replace(`/api/organizations/${ORGANIZATION_ID}`, '')}`,
		body,
	}));
/** Another answer than the sandbox's own. Only the one about custom fields: the guest is read as ever. */
const answerWith = (status: number, body?: unknown) =>
	sandbox.current.misbehave({ faults: [{ path: '/custom-fields', status, body }] });
const jsonOf = (items: Array<{ json: unknown }>) => items.map(({ json }) => json);

describe('Guest Custom Field > Get Many', () => {
	it('gives one item a key, with the value', async () => {
		const { items, error } = await run('getAll', { guest: byEmail(first().email) });
		expect(error).toBeUndefined();
		expect(jsonOf(items)).toEqual([
			{ key: 'account_number', value: `A-${first().id}` },
			{ key: 'region', value: null },
			{ key: 'tier', value: null },
		]);
		expect(asked().map(({ call }) => call)).toEqual([
			`GET /guests/${encodeURIComponent(first().email)}`,
			`GET /guests/${codeOf(first())}/custom-fields`,
		]);
	});

	const both = [
		{ key: 'region', value: 'EMEA' },
		{ key: 'tier', value: ['a', 2] },
	];
	const map = { region: 'EMEA', tier: ['a', 2] };
	it.each([
		['a map in data', { data: map }, both],
		['a bare map', map, both],
		['a map in custom_fields, as in other records', { data: { custom_fields: map } }, both],
		['a list of keys and values', { data: both.map((entry) => ({ ...entry, id: 7 })) }, both],
		['a list of names and values', { data: [{ name: 'region', value: 'EMEA' }] }, [both[0]]],
		['a bare list', both, both],
		['an empty map', { data: {} }, []],
		['an empty map as PHP writes it', { data: [] }, []],
		['a map with a text in a key "data"', { data: 'x' }, [{ key: 'data', value: 'x' }]],
		['a list of something else', { data: ['a', null] }, [{ fields: ['a', null] }]],
		['a list of half entries', { data: [{ key: 'a' }] }, [{ fields: [{ key: 'a' }] }]],
	])('reads %s, because the envelope is not published', async (_, body, expected) => {
		answerWith(200, body);
		const { items, error } = await run('getAll', { guest: byEmail(first().email) });
		expect(error).toBeUndefined();
		expect(jsonOf(items)).toEqual(expected);
	});

	it.each([
		['nothing', 204, undefined, 'Tallyfy answered 204, but not with a JSON object'],
		['a text', 200, 'ok', 'Tallyfy answered 200, but not with a JSON object'],
		['a number', 200, 7, 'Tallyfy answered 200, but not with a JSON object'],
	])('does not take %s for fields', async (_, status, body, message) => {
		answerWith(status, body);
		const { error } = await run('getAll', { guest: byEmail(first().email) });
		expect(error?.message).toBe(message);
	});

	it('does not take a web page for fields', async () => {
		sandbox.current.misbehave({ faults: [{ path: '/custom-fields', html: 200 }] });
		const { error } = await run('getAll', { guest: byEmail(first().email) });
		expect(error?.message).toBe('Tallyfy answered 200, but with a web page instead of JSON');
	});

	it('says what to check for a link that nobody has', async () => {
		const link = `https://go.tallyfy.com/guest-all-task/${ORGANIZATION_ID}/SECRET1`;
		const { error } = await run('getAll', { guest: byLink(link) });
		expect(error?.message).toBe('Resource not found: no guest with this link in this organization');
		expect(error?.description).toMatch(/^Check Guest: the link changes/);
	});

	it('links the fields of each guest to their input item', async () => {
		const { items } = await run(
			'getAll',
			{ guest: byEmail() },
			guests()
				.slice(0, 2)
				.map(({ email }) => ({ email })),
		);
		expect(items.map(({ pairedItem }) => (pairedItem as { item: number }).item)).toEqual([
			0, 0, 0, 1, 1, 1,
		]);
		expect(items[3].json.value).toBe(`A-${guests()[1].id}`);
	});
});

describe('Guest Custom Field > Set', () => {
	const set = (key: unknown, value: unknown, guest: unknown = byEmail(first().email)) => ({
		guest,
		key,
		value,
	});

	it('sends the value to the one key, and leaves the others as they are', async () => {
		const { items } = await run('set', set(' region ', 'EMEA'));
		expect(asked()[1]).toEqual({
			call: `PATCH /guests/${codeOf(first())}/custom-fields/region`,
			body: { value: 'EMEA' },
		});
		expect(jsonOf(items)).toEqual([{ key: 'region', value: 'EMEA' }]);
		expect(valuesOf(first())).toEqual({
			account_number: `A-${first().id}`,
			region: 'EMEA',
			tier: null,
		});
	});

	it('works by link, without reading the guest', async () => {
		await run('set', set('region', 'EMEA', byLink(first().link)));
		expect(asked()).toHaveLength(1);
		expect(valuesOf(first()).region).toBe('EMEA');
	});

	it.each([
		['a number', 42],
		['zero', 0],
		['false', false],
		['a list', ['a', 'b']],
		['an empty list', []],
		['a table', [{ a: 1 }, { a: 2 }]],
		['an object', { a: { b: null } }],
	])('keeps the type of %s from an expression', async (_, value) => {
		const { items, error } = await run('set', set('region', '={{ $json.value }}'), [{ value }]);
		expect(error).toBeUndefined();
		expect(asked()[1].body).toEqual({ value });
		expect(jsonOf(items)).toEqual([{ key: 'region', value }]);
	});

	it.each(['00123', '5', 'true', '{"a":1}', ' padded '])(
		'leaves the text %j a text, because an account number is none',
		async (value) => {
			await run('set', set('region', value));
			expect(asked()[1].body).toEqual({ value });
		},
	);

	it('sends a date of an expression as ISO', async () => {
		await run('set', set('region', '={{ DateTime.utc(2026, 1, 2) }}'));
		expect(asked()[1].body).toEqual({ value: '2026-01-02T00:00:00.000Z' });
	});

	it.each([['={{ "" }}'], ['  '], ['={{ null }}'], ['={{ $json.nothing }}'], ['={{ NaN }}'], ['']])(
		'refuses the empty value %j before any request, and points to Clear',
		async (value) => {
			const { error } = await run('set', set('region', value));
			expect(error?.message).toBe('Value is empty');
			expect(error?.description).toMatch(/use the operation Clear/);
			expect(sandbox.current.requests).toEqual([]);
		},
	);

	it.each([
		['', 'Key is empty'],
		['  ', 'Key is empty'],
		[null, 'Key is empty'],
		['..', 'Key cannot be part of an address'],
		['a/../b', 'Key cannot be part of an address'],
		['%2e%2e', 'Key cannot be part of an address'],
		[['region'], 'Key is not a text'],
		[{ key: 'region' }, 'Key is not a text'],
	])(
		'refuses the key %j before any request, because it is a piece of a path',
		async (key, message) => {
			for (const operation of ['set', 'clear']) {
				const { error } = await run(operation, set('={{ $json.key }}', 'x'), [{ key }]);
				expect([operation, error?.message]).toEqual([operation, message]);
			}
			expect(sandbox.current.requests).toEqual([]);
		},
	);

	it.each([
		['a/b', 'a%2Fb'],
		['cost center?#&', 'cost%20center%3F%23%26'],
		['{guestCode}', '%7BguestCode%7D'],
	])('encodes the key %s', async (key, encoded) => {
		await run('set', set(key, 'x'));
		expect(asked()[1].call).toBe(`PATCH /guests/${codeOf(first())}/custom-fields/${encoded}`);
	});

	it('tells the value that Tallyfy stored, where it says it', async () => {
		answerWith(200, { data: { region: 'emea' } });
		const { items } = await run('set', set('region', 'EMEA'));
		expect(jsonOf(items)).toEqual([{ key: 'region', value: 'emea' }]);
	});

	it('says so when Tallyfy answers with a success and stored nothing', async () => {
		answerWith(200, { data: { region: null } });
		const { items } = await run('set', set('region', 'EMEA'));
		expect(jsonOf(items)).toEqual([{ key: 'region', value: null, notStored: ['value'] }]);
	});

	it.each([
		['nothing', 204, undefined],
		['another key', 200, { data: { tier: 1 } }],
		['an object of another shape', 200, { data: [1] }],
	])('takes any success for one, also with %s in it', async (_, status, body) => {
		answerWith(status, body);
		const { items, error } = await run('set', set('region', 'EMEA'));
		expect(error).toBeUndefined();
		expect(jsonOf(items)).toEqual([{ key: 'region', value: 'EMEA' }]);
	});

	it('does not take a web page for success', async () => {
		for (const operation of ['set', 'clear']) {
			sandbox.current.misbehave({ faults: [{ path: '/custom-fields', html: 200 }] });
			const { error } = await run(operation, set('region', 'EMEA'));
			expect(error?.message).toBe('Tallyfy answered 200, but with a web page instead of JSON');
		}
	});

	it('names an unknown key, and what to check', async () => {
		const { error } = await run('set', set('nope', 'x'));
		expect(error?.message).toBe(
			'The given data was invalid. nope: This custom field does not exist.',
		);
		expect(error?.description).toMatch(/^Check Key and Value: .* for nope only values of its type/);
	});

	it('does not mix up a key called email with an unknown guest', async () => {
		const { error } = await run('set', set('email', 'x'));
		expect(error?.message).toBe(
			'The given data was invalid. email: This custom field does not exist.',
		);
	});

	it('links each item to its input, and goes on after one that failed', async () => {
		const { items } = await run(
			'set',
			set('={{ $json.key }}', '={{ $json.value }}'),
			[
				{ key: 'nope', value: 1 },
				{ key: 'region', value: 2 },
				{ key: 'tier', value: 3 },
			],
			{ onError: 'continueRegularOutput' },
		);
		expect(items).toMatchObject([
			{ pairedItem: { item: 0 } },
			{ json: { key: 'region', value: 2 }, pairedItem: { item: 1 } },
			{ json: { key: 'tier', value: 3 }, pairedItem: { item: 2 } },
		]);
		expect(items[0].json.error).toMatchObject({
			status: 422,
			fields: { nope: ['This custom field does not exist.'] },
		});
	});
});

describe('Guest Custom Field > Clear', () => {
	const clear = (key: string, guest: unknown = byEmail(first().email)) => ({ guest, key });

	it('deletes the value of the one key, and sends no body', async () => {
		Object.assign(valuesOf(first()), { region: 'EMEA', tier: 'gold' });
		const { items } = await run('clear', clear('region'));
		expect(jsonOf(items)).toEqual([{ cleared: true, key: 'region' }]);
		expect(asked()[1]).toEqual({
			call: `DELETE /guests/${codeOf(first())}/custom-fields/region`,
			body: {},
		});
		expect(valuesOf(first())).toMatchObject({ region: null, tier: 'gold' });
	});

	it('takes an empty 204 for success, because any 2xx is one', async () => {
		answerWith(204);
		const { items } = await run('clear', clear('region'));
		expect(jsonOf(items)).toEqual([{ cleared: true, key: 'region' }]);
	});

	it('says that a key is managed by Tallyfy or needs an administrator, because a 403 can be both', async () => {
		const { error } = await run('clear', clear('account_number'));
		expect(error?.message).toBe('This custom field is managed by the system');
		expect(error?.description).toMatch(
			/^Only administrators may change .* account_number is not a key that Tallyfy manages\.$/,
		);
	});

	it('names an unknown key, and what to check', async () => {
		const { error } = await run('clear', clear('nope'));
		expect(error?.message).toBe('Resource not found: no custom field nope in this organization');
		expect(error?.description).toMatch(/^Check Key: .* nope may not be one of them\.$/);
	});

	it('points to the link too where that was given, because the code may be the unknown one', async () => {
		const { error } = await run('clear', clear('nope', byLink(first().link)));
		expect(error?.description).toMatch(/Check Guest too: the link changes/);
	});

	it('does not blame the key for a wrong base URL or a server in trouble', async () => {
		sandbox.current.misbehave({ faults: [{ path: '/custom-fields', html: 404 }] });
		const lost = await run('clear', clear('region'));
		expect(lost.error?.description).toMatch(/^Check Base URL/);
		answerWith(500, { message: 'Server Error' });
		const broken = await run('clear', clear('region'));
		expect(broken.error?.description).toMatch(/on the side of Tallyfy/);
	});
});

describe('Custom fields', () => {
	it.each(['getAll', 'set', 'clear'])(
		'tell neither link nor code in an error of %s, even when the server quotes them',
		async (operation) => {
			const code = codeOf(first());
			for (const guest of [byEmail(first().email), byLink(first().link)]) {
				for (const status of [403, 404, 422]) {
					answerWith(status, {
						message: `No guest ${code} at ${first().link}`,
						errors: { region: [code] },
					});
					const { error, ...rest } = await run(operation, { guest, key: 'region', value: 'x' });
					expect(error?.message).toMatch(/^No guest \[hidden\] at \[link hidden\]/);
					// n8n puts the node's own parameters into its errors, as they were typed.
					const own = { ...error, node: undefined };
					const told = JSON.stringify([rest, own, error?.message, error?.stack]);
					expect(told).not.toContain(code);
					expect(told).not.toContain('guest-all-task');
				}
			}
		},
	);

	it('need a link: a guest without one is named, with the next step', async () => {
		const guest = first();
		guest.link = null;
		for (const operation of ['getAll', 'set', 'clear']) {
			const { error } = await run(operation, {
				guest: byEmail(guest.email),
				key: 'region',
				value: 'x',
			});
			expect([operation, error?.message]).toEqual([
				operation,
				`Guest ${guest.email} has no link yet`,
			]);
		}
		expect(asked().every(({ call }) => call.startsWith('GET /guests/'))).toBe(true);
	});
});
