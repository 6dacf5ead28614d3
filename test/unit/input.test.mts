import type { IDataObject } from 'n8n-workflow';
import { describe, expect, it } from 'vitest';
import { emailAddress, guestSegment } from '../../nodes/TallyfyGuests/resources/guest/locator.ts';
import { guestOutput } from '../../nodes/TallyfyGuests/resources/guest/output.ts';
import { currentMembers } from '../../nodes/TallyfyGuests/resources/guest/associatedMembers.ts';
import { memberIds } from '../../nodes/TallyfyGuests/resources/member/memberIds.ts';
import { additionalFields, PROFILE } from '../../nodes/TallyfyGuests/resources/guest/profile.ts';
import { parsedFields, profileBody } from '../../nodes/TallyfyGuests/resources/guest/newGuest.ts';
import { changedMembers } from '../../nodes/TallyfyGuests/resources/guest/update.ts';
import { limitOf } from '../../nodes/TallyfyGuests/resources/fields.ts';
import type { ItemClient } from '../../nodes/TallyfyGuests/transport/client.ts';

const refusal = (message: string, description: string | RegExp) =>
	expect.objectContaining({
		details: { message, description: expect.stringMatching(description) as string },
	}) as Error;

/** A client that only knows parameters. */
const clientWith = (values: Record<string, unknown>) =>
	({ parameter: (name: string, fallback?: unknown) => values[name] ?? fallback }) as ItemClient;

describe('Email of a guest', () => {
	it.each([
		['keeps every character of', 'a+b/c?d#e%f&g@x.example', 'a+b/c?d#e%f&g@x.example'],
		['keeps the case of', 'Jo@X.example', 'Jo@X.example'],
		['trims', '\n jo@x.example ', 'jo@x.example'],
		[
			'takes away invisible characters around',
			'\ufeff\u200bjo@x.example\u200b\u200e ',
			'jo@x.example',
		],
	])('%s an address, because the rest is for Tallyfy to judge', (_, value, email) => {
		expect(emailAddress(value, 'Email')).toBe(email);
	});

	it.each([
		['', 'is empty', 'check that the input item has it'],
		[' \n', 'is empty', 'check that the input item has it'],
		[undefined, 'is empty', 'check that the input item has it'],
		[null, 'is empty', 'check that the input item has it'],
		['../users/501', 'is not an email: ../users/501', 'Give the full address'],
		['@x.example', 'is not an email: @x.example', 'Give the full address'],
		['jo@x@ ', 'is not an email: jo@x@', 'Give the full address'],
		['a@b/..', 'cannot be part of an address', 'without dots between slashes'],
		[['jo@x.example'], 'is a list', 'one input item for each'],
		[{ email: 'jo@x' }, 'is an object, not an email', 'Give the email as text'],
		[5, 'is a number, not an email', 'Give the email as text'],
	])('is refused before any request when it is %j', (value, wrong, next) => {
		expect(() => emailAddress(value, 'Email')).toThrow(refusal(`Email ${wrong}`, next));
		expect(() => guestSegment.check(value)).toThrow(refusal(`Guest ${wrong}`, next));
	});
});

describe('Fields (JSON) of a new guest', () => {
	const parsed = (value: unknown) => parsedFields(value, 'jo@x');

	it.each<[string, unknown, IDataObject]>([
		['our names', { firstName: 'Jo', phone1: '5' }, { first_name: 'Jo', phone_1: '5' }],
		["the API's names", { company_url: 'u' }, { company_url: 'u' }],
		['the text of an object', ' {"lastName":"Doe"} ', { last_name: 'Doe' }],
		['the same email again, in upper case', { email: ' Jo@X ', status: 's' }, { status: 's' }],
		['no email', { email: null }, {}],
		['nothing', undefined, {}],
		['the text null', 'null', {}],
		['a blank text', ' ', {}],
	])('may hold %s', (_, value, fields) => {
		expect(parsed(value)).toEqual(fields);
	});

	it.each([
		['{firstName:', 'is not JSON', 'hand over the object itself'],
		['[]', 'is not an object', 'Give an object'],
		[5, 'is not an object', 'Give an object'],
		[{ email: 'other@x' }, 'names another email than Email', 'Leave the email out of it.'],
	])('is refused when it is %j', (value, wrong, next) => {
		expect(() => parsed(value)).toThrow(refusal(`Fields (JSON) ${wrong}`, next));
	});

	it.each([
		['phone', /^Did you mean phone1 or phone2\? Tallyfy would drop it/],
		['First-Name', /^Did you mean firstName\? /],
		['timezoneName', /^Did you mean timezone\? /],
		['me', /^Tallyfy would drop it .* Known are: companyName, companyUrl,/],
		['constructor', /^Tallyfy would drop it/],
	])('is refused when it names %s, which Tallyfy would drop without a word', (name, next) => {
		const message = `Fields (JSON) names a field that Tallyfy does not know: ${name}`;
		expect(() => parsed({ [name]: 'x' })).toThrow(refusal(message, next));
	});
});

describe('Additional fields of a new guest', () => {
	const DATE = 'external_date_creation';
	const HALF_PAST = { [DATE]: '2025-05-15 14:30:00' };
	const luxon = { toISO: () => '2025-05-15T16:30:00+02:00' };

	it.each([
		[DATE, 'External Date Creation'],
		['first_name', 'First Name'],
	])(
		'are refused when a date of an expression is invalid, rather than sent as a text: %s',
		(key, label) => {
			for (const invalid of [{ toISO: () => null }, new Date('x')]) {
				expect(() => profileBody({ [key]: invalid as never })).toThrow(
					refusal(`${label} is an invalid date`, 'expression'),
				);
			}
		},
	);

	it('are sent under the names that the form gives them, all fourteen', () => {
		const sample = {
			url: 'https://x.example',
			date: '2025-05-15',
			source: 'salesforce',
			text: 'x',
		};
		const keys = (additionalFields.options ?? []).map((option) =>
			String('routing' in option && option.routing?.send?.property),
		);
		const values = Object.fromEntries(PROFILE.map(({ kind }, at) => [keys[at], sample[kind]]));
		expect(keys).toHaveLength(14);
		expect(Object.keys(profileBody(values))).toEqual(keys);
	});

	it.each<[string, Record<string, unknown>, IDataObject]>([
		['left out when blank, or an empty name is stored', { first_name: ' ', last_name: null }, {}],
		['trimmed', { first_name: ' Jo ' }, { first_name: 'Jo' }],
		['sent as text', { phone_1: 0, status: false }, { phone_1: '0', status: 'false' }],
		['turned into UTC when dates', { [DATE]: '2025-05-15T16:30:00+02:00' }, HALF_PAST],
		['left at their hour without a zone', { [DATE]: '2025-05-15T14:30:00' }, HALF_PAST],
		['read from a JavaScript date', { [DATE]: new Date('2025-05-15T14:30:00Z') }, HALF_PAST],
		["read from a date of n8n's expressions", { [DATE]: luxon }, HALF_PAST],
		['left to Tallyfy however long', { phone_1: '1'.repeat(21) }, { phone_1: '1'.repeat(21) }],
		['left to Tallyfy as addresses', { company_url: 'x.example' }, { company_url: 'x.example' }],
		[
			'left to Tallyfy as sources',
			{ external_sync_source: 'crm' },
			{ external_sync_source: 'crm' },
		],
		['no others, which the API would drop', { phone: '5' }, {}],
	])('are %s', (_, values, body) => {
		expect(profileBody(values as IDataObject)).toEqual(body);
	});

	it.each<[string, unknown, string, string]>([
		[DATE, '15.5.2025', 'External Date Creation is not a date: 15.5.2025', 'e.g. 2025-05-15'],
		['status', ['a'], 'Status is a list', 'Give one text.'],
	])('are refused by their label: %s', (key, value, message, next) => {
		expect(() => profileBody({ [key]: value } as IDataObject)).toThrow(refusal(message, next));
	});
});

describe('The members a guest has', () => {
	it.each<[unknown, number[]]>([
		[
			[20001, '20002'],
			[20001, 20002],
		],
		[[{ id: 20001 }], [20001]],
		[{ data: [{ id: '20001' }] }, [20001]],
		[{ '0': 20001, '2': 20002 }, [20001, 20002]],
		['20001, 20002', [20001, 20002]],
		[[], []],
		[null, []],
	])('are read from %j, because the API does not say how it writes the list', (listed, ids) => {
		const details = { associated_members: listed } as IDataObject;
		expect(currentMembers({ details })).toEqual(ids);
	});

	it.each<[IDataObject]>([
		[{}],
		[{ associated_members: [{ name: 'Nathan' }] }],
		[{ associated_members: { '20001': 'Nathan' } }],
		[{ associated_members: 'Nathan' }],
	])('are not guessed from %j: written back, the list would lose members', (details) => {
		expect(() => currentMembers({ details })).toThrow(
			refusal("Tallyfy does not tell the guest's associated members", 'Mode: Replace'),
		);
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
	])('are read from %j, each once', (value, ids) => {
		expect(memberIds(value, 'Associated Members')).toEqual(ids);
	});

	it.each<[unknown, string, string]>([
		['', 'is empty', 'or an empty list to clear'],
		['  ', 'is empty', 'or an empty list to clear'],
		['1e3', 'holds "1e3", which is no member ID', 'whole numbers'],
		['[1', 'is not a list', 'Give a list of member IDs'],
		[undefined, 'is empty', 'or an empty list to clear'],
		[null, 'is empty', 'or an empty list to clear'],
		[{ id: 1 }, 'is not a list', 'Give a list of member IDs'],
		['jo', 'holds "jo", which is no member ID', 'whole numbers'],
		['1,,2', 'holds "", which is no member ID', 'whole numbers'],
		[[1, 0], 'holds 0, which is no member ID', 'whole numbers'],
		[[1.5], 'holds 1.5, which is no member ID', 'whole numbers'],
		[[2 ** 53], 'holds 9007199254740992, which is no member ID', 'whole numbers'],
		[[[1]], 'holds [1], which is no member ID', 'whole numbers'],
		[[undefined], 'holds nothing, which is no member ID', 'whole numbers'],
	])(
		'are refused as %j, rather than clearing the list or sending half of it',
		(value, wrong, next) => {
			expect(() => memberIds(value, 'Associated Members')).toThrow(
				refusal(`Associated Members ${wrong}`, next),
			);
		},
	);

	it.each(['["1","2"]', '[ 1, 2 ]', ' 1 ,2'])('are read from the text %s', (text) => {
		expect(memberIds(text, 'Associated Members')).toEqual([1, 2]);
	});

	it.each([
		['add', [1, 2, 3]],
		['remove', [1]],
		['replace', [2, 3]],
	])('of a guest with 1 and 2 are, after "%s" of 2 and 3, %j', (mode, after) => {
		expect(changedMembers(mode, [1, 2], [2, 3])).toEqual(after);
	});
});

describe('Limit of a list', () => {
	it.each<[Record<string, unknown>, number | undefined]>([
		[{}, 50],
		[{ limit: '' }, 50],
		[{ returnAll: '', limit: 1 }, 1],
		[{ returnAll: false, limit: '7' }, 7],
		[{ returnAll: true, limit: 3 }, undefined],
		[{ returnAll: 'true', limit: 'x' }, undefined],
		[{ returnAll: 'false', limit: 3 }, 3],
	])('with %j is %s, also where expressions give texts', (values, wanted) => {
		expect(limitOf(clientWith(values))).toBe(wanted);
	});

	it.each([0, -1, 1.5, 'many'])('is refused when it is %j', (limit) => {
		const message = `Limit is ${JSON.stringify(limit)}`;
		expect(() => limitOf(clientWith({ limit }))).toThrow(refusal(message, 'of 1 or more'));
	});
});

describe('Output of a guest operation', () => {
	const guest = { email: 'jo@x', first_name: 'Jo', link: 'https://secret' };
	const mapped = (output?: string, fields?: unknown) =>
		guestOutput(clientWith({ output, fields }))(guest);

	it.each([undefined, '', 'simplified'])('is simplified for %j, so the link stays out', (mode) => {
		expect(mapped(mode)).toMatchObject({ email: 'jo@x', firstName: 'Jo', disabled: false });
		expect(mapped(mode)).not.toHaveProperty('link');
	});

	it("is the API's own object when raw", () => {
		expect(mapped('raw')).toBe(guest);
	});

	it.each<[unknown, IDataObject]>([
		[['firstName', 'email'], { email: 'jo@x', firstName: 'Jo' }],
		['link, first_name ,', { email: 'jo@x', link: 'https://secret', firstName: 'Jo' }],
		[undefined, { email: 'jo@x' }],
	])('has the selected fields %j, in our or the spelling of the API', (fields, shown) => {
		expect(mapped('selected', fields)).toEqual(shown);
	});

	it.each([
		['selected', ['nme'], 'Fields names an unknown field: nme', 'Choose from: assignedTasks,'],
		['all', [], 'Output is all', 'Choose one of: simplified, raw, selected.'],
	])('is refused when it is %s %j', (mode, fields, message, next) => {
		const client = clientWith({ output: mode, fields });
		expect(() => guestOutput(client)).toThrow(refusal(message, next));
	});
});
