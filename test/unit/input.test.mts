import type { IDataObject } from 'n8n-workflow';
import { describe, expect, it } from 'vitest';
import { emailAddress, guestSegment } from '../../nodes/TallyfyGuests/resources/guest/email.ts';
import { guestOutput } from '../../nodes/TallyfyGuests/resources/guest/fields.ts';
import {
	additionalFields,
	parsedFields,
	profileBody,
	PROFILE,
} from '../../nodes/TallyfyGuests/resources/guest/profile.ts';
import { changedMembers, memberIds } from '../../nodes/TallyfyGuests/resources/guest/update.ts';
import { wantedRecords } from '../../nodes/TallyfyGuests/resources/limit.ts';
import type { Door } from '../../nodes/TallyfyGuests/transport/door.ts';

const problem = (message: string, description: string) =>
	expect.objectContaining({
		failure: { message, description: expect.stringContaining(description) as string },
	}) as Error;

/** A door that only knows parameters. */
const doorWith = (values: Record<string, unknown>) =>
	({ parameter: (name: string, fallback?: unknown) => values[name] ?? fallback }) as Door;

describe('Email of a guest', () => {
	it.each([
		['keeps + / ? # in', 'a+b/c?d#e@x.example', 'a+b/c?d#e@x.example'],
		['keeps the case of', 'Jo@X.example', 'Jo@X.example'],
		['takes the last @ of', '"a@b"@x', '"a@b"@x'],
		['trims', '\n jo@x.example ', 'jo@x.example'],
	])('%s an address, because the rest is for Tallyfy to judge', (_, value, email) => {
		expect(emailAddress(value, 'Email')).toBe(email);
	});

	it.each([
		['', 'is empty', 'check that the input item has it'],
		[' \n', 'is empty', 'check that the input item has it'],
		[undefined, 'is empty', 'check that the input item has it'],
		[null, 'is empty', 'check that the input item has it'],
		['jo', 'is not an email: jo', 'Give the full address'],
		['../users/501', 'is not an email: ../users/501', 'Give the full address'],
		['@x.example', 'is not an email: @x.example', 'Give the full address'],
		['jo@ ', 'is not an email: jo@', 'Give the full address'],
		[['jo@x.example'], 'is a list', 'one input item for each'],
		[{ email: 'jo@x' }, 'is an object, not an email', 'Give the email as text'],
		[5, 'is a number, not an email', 'Give the email as text'],
		[true, 'is a boolean, not an email', 'Give the email as text'],
	])('refuses %j before any request', (value, wrong, next) => {
		expect(() => emailAddress(value, 'Email')).toThrow(problem(`Email ${wrong}`, next));
		expect(() => guestSegment.check(value)).toThrow(problem(`Guest ${wrong}`, next));
	});
});

describe('Fields (JSON) of a new guest', () => {
	const parsed = (value: unknown) => parsedFields(value, 'jo@x');

	it.each<[string, unknown, IDataObject]>([
		[
			'an object with our names',
			{ firstName: 'Jo', phone1: '5' },
			{ first_name: 'Jo', phone_1: '5' },
		],
		["the API's names", { company_url: 'u' }, { company_url: 'u' }],
		['the text of an object', ' {"lastName":"Doe"} ', { last_name: 'Doe' }],
		['the same email again', { email: ' jo@x ', status: 's' }, { status: 's' }],
		['no email', { email: null }, {}],
		['nothing', undefined, {}],
		['null', null, {}],
		['the text null', 'null', {}],
		['a blank text', ' ', {}],
	])('reads %s', (_, value, fields) => {
		expect(parsed(value)).toEqual(fields);
	});

	it.each([
		['{firstName:', 'is not JSON', 'hand over the object itself'],
		['[]', 'is not an object', 'Give an object'],
		[5, 'is not an object', 'Give an object'],
		[{ email: 'other@x' }, 'names another email than Email', 'Leave the email out of it.'],
	])('refuses %j', (value, wrong, next) => {
		expect(() => parsed(value)).toThrow(problem(`Fields (JSON) ${wrong}`, next));
	});

	it.each([
		['phone', 'Did you mean phone1? Tallyfy would drop it'],
		['First-Name', 'Did you mean firstName? '],
		['timezoneName', 'Did you mean timezone? '],
		['company', 'Did you mean companyName? '],
		['website', 'Known are: companyName, companyUrl,'],
		['constructor', 'Known are: '],
	])('refuses the name %s, which Tallyfy would drop without a word', (name, next) => {
		const message = `Fields (JSON) names a field that Tallyfy does not know: ${name}`;
		expect(() => parsed({ [name]: 'x' })).toThrow(problem(message, next));
	});

	it('guesses nothing where nothing is close', () => {
		expect(() => parsed({ me: 'x' })).toThrow(
			expect.objectContaining({
				failure: expect.objectContaining({
					description: expect.stringMatching(/^Tallyfy would drop it/) as string,
				}) as unknown,
			}) as Error,
		);
	});
});

describe('Additional fields of a new guest', () => {
	it('are one list for the form, the body and the API', () => {
		const sample = (kind: string) =>
			({ url: 'https://x.example', date: '2025-05-15', source: 'salesforce' })[kind] ?? 'x';
		const keys = (additionalFields.options ?? []).map((option) =>
			'routing' in option ? option.routing?.send?.property : undefined,
		);
		const values = Object.fromEntries(PROFILE.map(({ kind }, at) => [keys[at], sample(kind)]));
		expect(keys).toHaveLength(14);
		expect(Object.keys(profileBody(values))).toEqual(keys);
	});

	it.each<[string, IDataObject, IDataObject]>([
		[
			'leaves out blanks, which Tallyfy would store as an empty name',
			{ first_name: ' ', last_name: null, status: '' },
			{},
		],
		['trims texts', { first_name: ' Jo ' }, { first_name: 'Jo' }],
		[
			'sends numbers and switches as texts',
			{ phone_1: 0, status: false },
			{ phone_1: '0', status: 'false' },
		],
		[
			'turns dates with a zone into UTC',
			{ external_date_creation: '2025-05-15T14:30:00+02:00' },
			{ external_date_creation: '2025-05-15 12:30:00' },
		],
		[
			'keeps the hours of dates without one',
			{ external_date_creation: '2025-05-15T14:30:00' },
			{ external_date_creation: '2025-05-15 14:30:00' },
		],
		[
			'takes a JavaScript date',
			{ external_date_creation: new Date('2025-05-15T14:30:00Z') as never },
			{ external_date_creation: '2025-05-15 14:30:00' },
		],
		[
			"takes a date of n8n's expressions",
			{ external_date_creation: { toISO: () => '2025-05-15T14:30:00.000Z' } as never },
			{ external_date_creation: '2025-05-15 14:30:00' },
		],
		['counts characters, not bytes', { phone_1: '🙂'.repeat(20) }, { phone_1: '🙂'.repeat(20) }],
		['allows 200 characters', { first_name: 'x'.repeat(200) }, { first_name: 'x'.repeat(200) }],
		[
			'allows any web address',
			{ company_url: 'HTTP://localhost:80/a?b#c' },
			{ company_url: 'HTTP://localhost:80/a?b#c' },
		],
		['lets no other key through', { email: 'a@x', phone: '5' }, {}],
	])('%s', (_, values, body) => {
		expect(profileBody(values)).toEqual(body);
	});

	it.each<[IDataObject, string, string]>([
		[{ phone_1: '1'.repeat(21) }, 'Phone 1 has 21 characters', 'Tallyfy takes at most 20.'],
		[{ last_name: 'x'.repeat(201) }, 'Last Name has 201 characters', 'Tallyfy takes at most 200.'],
		[
			{ image_url: 'x.example' },
			'Image URL is not a web address: x.example',
			'https://www.example.com',
		],
		[
			{ contact_url: 'https://a b' },
			'Contact URL is not a web address: https://a b',
			'Give the full address',
		],
		[{ external_sync_source: 'hubspot' }, 'External Sync Source is hubspot', 'salesforce only'],
		[
			{ external_date_creation: '15.5.2025' },
			'External Date Creation is not a date: 15.5.2025',
			'2025-05-15',
		],
		[
			{ external_date_creation: new Date('x') as never },
			'External Date Creation is an object',
			'Give one text.',
		],
		[{ status: ['a'] }, 'Status is a list', 'Give one text.'],
		[{ status: { a: 1 } }, 'Status is an object', 'Give one text.'],
	])('refuses %j by the label of the field', (values, message, next) => {
		expect(() => profileBody(values)).toThrow(problem(message, next));
	});
});

describe('Associated members', () => {
	it.each([
		[
			[1001, '1002', ' 1003 '],
			[1001, 1002, 1003],
		],
		[[], []],
		['1001, 1002', [1001, 1002]],
		[' [1001,1002] ', [1001, 1002]],
		['[]', []],
		[1001, [1001]],
		[
			[2, 1, '2'],
			[2, 1],
		],
	])('reads %j as ids, each once', (value, ids) => {
		expect(memberIds(value)).toEqual(ids);
	});

	it.each(['', undefined, null])(
		'refuses %j, because nothing given must not clear the list',
		(value) => {
			expect(() => memberIds(value)).toThrow(
				problem('Associated Members is empty', 'or an empty list to clear'),
			);
		},
	);

	it.each([
		[{ id: 1 }, 'is not a list', 'Give a list of member IDs'],
		[true, 'is not a list', 'Give a list of member IDs'],
		['jo', 'holds "jo", which is no member ID', 'whole numbers'],
		['1,,2', 'holds "", which is no member ID', 'whole numbers'],
		[[1, 0], 'holds 0, which is no member ID', 'whole numbers'],
		[[-5], 'holds -5, which is no member ID', 'whole numbers'],
		[[1.5], 'holds 1.5, which is no member ID', 'whole numbers'],
		[[2 ** 53], 'holds 9007199254740992, which is no member ID', 'whole numbers'],
		[[[1]], 'holds [1], which is no member ID', 'whole numbers'],
		[[null], 'holds null, which is no member ID', 'whole numbers'],
		[[undefined], 'holds nothing, which is no member ID', 'whole numbers'],
	])('refuses %j rather than sending half of it', (value, wrong, next) => {
		expect(() => memberIds(value)).toThrow(problem(`Associated Members ${wrong}`, next));
	});

	it.each([
		['add', [1, 2, 3]],
		['remove', [1]],
		['replace', [2, 3]],
	])('after "%s" of 2 and 3 to a list of 1 and 2 are %j', (mode, after) => {
		expect(changedMembers(mode, [1, 2], [2, 3])).toEqual(after);
	});
});

describe('Limit of a list', () => {
	it.each<[Record<string, unknown>, number | undefined]>([
		[{}, 50],
		[{ limit: '' }, 50],
		[{ limit: 1 }, 1],
		[{ limit: '7' }, 7],
		[{ returnAll: false, limit: 3 }, 3],
		[{ returnAll: true, limit: 3 }, undefined],
		[{ returnAll: 'true', limit: 'x' }, undefined],
		[{ returnAll: 'false', limit: 3 }, 3],
	])('with %j is %s', (values, wanted) => {
		expect(wantedRecords(doorWith(values))).toBe(wanted);
	});

	it.each([0, -1, 1.5, 'many', '1e-1'])('refuses %j', (limit) => {
		expect(() => wantedRecords(doorWith({ limit }))).toThrow(
			problem(`Limit is ${JSON.stringify(limit)}`, 'Give a whole number of 1 or more'),
		);
	});
});

describe('Output of a guest operation', () => {
	const guest = { email: 'jo@x', first_name: 'Jo', link: 'https://secret', other: 1 };
	const shaped = (values: Record<string, unknown>) => guestOutput(doorWith(values))(guest);

	it('is simplified unless something else is chosen, so that the link stays out', () => {
		for (const values of [{}, { output: '' }, { output: 'simplified' }]) {
			expect(shaped(values)).toMatchObject({ email: 'jo@x', firstName: 'Jo', disabled: false });
			expect(shaped(values)).not.toHaveProperty('link');
		}
	});

	it("is the API's own object when raw", () => {
		expect(shaped({ output: 'raw' })).toBe(guest);
	});

	it.each<[unknown, IDataObject]>([
		[['firstName', 'email'], { email: 'jo@x', firstName: 'Jo' }],
		['link, first_name ,', { email: 'jo@x', link: 'https://secret', firstName: 'Jo' }],
		[[], { email: 'jo@x' }],
		[undefined, { email: 'jo@x' }],
	])('has the selected fields %j, in our or the spelling of the API', (fields, shown) => {
		expect(shaped({ output: 'selected', fields })).toEqual(shown);
	});

	it.each([
		[
			{ output: 'selected', fields: ['nme'] },
			'Fields names an unknown field: nme',
			'assignedTasks,',
		],
		[{ output: 'all' }, 'Output is all', 'Choose simplified, raw or selected.'],
	])('refuses %j before any request', (values, message, next) => {
		expect(() => guestOutput(doorWith(values))).toThrow(problem(message, next));
	});
});
