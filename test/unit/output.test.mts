import fc from 'fast-check';
import type { IDataObject } from 'n8n-workflow';
import { describe, expect, it } from 'vitest';
import {
	apiName,
	guestField,
	isDisabled,
	selectedGuest,
	simplifiedGuest,
} from '../../nodes/TallyfyGuests/output/guest.ts';
import { parseTimestamp } from '../../nodes/TallyfyGuests/output/dates.ts';
import { failedItem, linkedItem } from '../../nodes/TallyfyGuests/output/items.ts';

const EARLY = '2025-01-15 10:30:00';
const LATE = '2025-02-01T02:00:00+02:00';
const LATE_ISO = '2025-02-01T00:00:00.000Z';
const GUEST: IDataObject = {
	id: 7,
	email: 'jo@x.example',
	first_name: 'Jo',
	last_name: 'Doe',
	created_at: EARLY,
	last_accessed_at: null,
	link: 'https://go.tallyfy.com/guest-all-task/o/secret',
	details: { company_name: 'Partner Co', associated_members: [1, 2], phone_1: '555' },
};

describe('A date', () => {
	it.each([
		'2025-01-15 10:30:00',
		'2025-01-15T10:30:00.000000Z',
		'2025-01-15T10:30:00,0+00:00',
		'2025-01-15T10:30',
		'20250115T103000Z',
		'2025-01-15T12:30+02',
		'2025-01-15t05:00:00-0530',
		' 2025-01-15 10:30:00 Z ',
	])('spelt %j is the same moment, UTC where no zone is given', (text) => {
		expect(parseTimestamp(text)).toBe(Date.UTC(2025, 0, 15, 10, 30));
	});

	it('starts at midnight without a time, and keeps milliseconds of a longer fraction', () => {
		expect(parseTimestamp('2024-02-29')).toBe(Date.UTC(2024, 1, 29));
		expect(parseTimestamp('2024-02-29 00:00:00.123999')).toBe(Date.UTC(2024, 1, 29, 0, 0, 0, 123));
	});

	it('is read back from every moment and in every zone', () => {
		const date = fc.date({ min: new Date(0), max: new Date('9999-12-30'), noInvalidDate: true });
		const offset = fc.integer({ min: -14 * 60, max: 14 * 60 });
		fc.assert(
			fc.property(date, offset, (moment, minutes) => {
				const local = new Date(moment.getTime() + minutes * 60_000).toISOString().slice(0, -1);
				const zone = new Date(Math.abs(minutes) * 60_000).toISOString().slice(11, 16);
				expect(parseTimestamp(`${local}${minutes < 0 ? '-' : '+'}${zone}`)).toBe(moment.getTime());
			}),
		);
	});

	const impossible = ['2025-02-30', '2025-13-01', '2025-01-00', '2025-01-15T24:00:00'];
	const late = ['2025-01-15T10:60:00', '2025-01-15T10:30:60'];
	const others = ['15.01.2025', '2025-1-5', 'x2025-01-15', '2025-01-15x', '', 1736937000000, null];
	it.each([...impossible, ...late, ...others])('is not guessed from %j', (value) => {
		expect(parseTimestamp(value)).toBeUndefined();
	});
});

describe('A guest in the output', () => {
	it('has eight flat fields, the most useful first, and never the link, which is a secret', () => {
		expect(Object.entries(simplifiedGuest(GUEST))).toEqual([
			['email', 'jo@x.example'],
			['firstName', 'Jo'],
			['lastName', 'Doe'],
			['companyName', 'Partner Co'],
			['disabled', false],
			['lastAccessedAt', null],
			['createdAt', '2025-01-15T10:30:00.000Z'],
			['associatedMembers', [1, 2]],
		]);
	});

	it.each([
		['flat', { assigned_tasks: 3, tasks_completed: 2 }, [3, 2]],
		['wrapped', { data: { assigned_tasks: 3, tasks_completed: 2 } }, [3, 2]],
		['an empty list, as PHP has it', [], [null, null]],
		['empty', {}, [null, null]],
	])('has ten with task numbers that are %s', (_, stats, [assignedTasks, tasksCompleted]) => {
		const simple = simplifiedGuest({ ...GUEST, stats });
		expect(Object.keys(simple)).toHaveLength(10);
		expect(simple).toMatchObject({ assignedTasks, tasksCompleted });
	});

	it('has the chosen fields in their order, the email always and once', () => {
		expect(Object.entries(selectedGuest(GUEST, ['link', 'email', 'phone1', 'id']))).toEqual([
			['email', 'jo@x.example'],
			['link', GUEST.link],
			['phone1', '555'],
			['id', 7],
		]);
	});

	it.each<[string, string, IDataObject, unknown]>([
		['on top, before details', 'status', { status: 'a', details: { status: 'b' } }, 'a'],
		['in details, where names once were', 'firstName', { details: { first_name: 'b' } }, 'b'],
		['in details past a null', 'status', { status: null, details: { status: 'b' } }, 'b'],
		['on top past a false', 'status', { status: false, details: { status: 'b' } }, false],
		['nowhere, as null', 'phone2', { details: [] }, null],
		['as a date in UTC', 'createdAt', { created_at: LATE }, LATE_ISO],
		['as a date by its name', 'externalDateCreation', { external_date_creation: LATE }, LATE_ISO],
		['as it is when it is no date', 'createdAt', { created_at: 'long ago' }, 'long ago'],
		['as it is when it only looks like a date', 'status', { status: LATE }, LATE],
	])('has a field found %s', (_, name, guest, value) => {
		expect(guestField(guest, name)).toBe(value);
	});

	it.each<[boolean, string, IDataObject]>([
		[false, 'without a mark', {}],
		[false, 'with an empty mark', { details: { disabled_at: '' } }],
		[false, 'whose free text says so', { details: { status: 'disabled' } }],
		[true, 'with the mark', { details: { disabled_at: EARLY } }],
		[true, "with the Python client's mark", { details: { disabled_on: EARLY } }],
		[true, "with the command line's mark on top", { disabled_at: EARLY }],
		[
			true,
			'with an empty mark in details and one on top',
			{ details: { disabled_at: '' }, disabled_at: EARLY },
		],
		[true, 'with a mark that is no date', { details: { disabled_at: 'yes' } }],
		[false, 'enabled later', { details: { disabled_at: EARLY, reactivated_at: LATE } }],
		[false, 'enabled later, said on top', { disabled_at: EARLY, reactivated_at: LATE }],
		[true, 'enabled earlier', { details: { disabled_at: LATE, reactivated_at: EARLY } }],
	])('is disabled: %s for a guest %s', (disabled, _, guest) => {
		expect(isDisabled(guest)).toBe(disabled);
		expect(guestField(guest, 'disabled')).toBe(disabled);
	});

	it('says since when it is disabled, wherever the mark stands', () => {
		const disabled_on = '2025-01-01 08:00:00';
		expect(guestField({ details: { disabled_on } }, 'disabledAt')).toBe('2025-01-01T08:00:00.000Z');
		expect(guestField({ details: {} }, 'disabledAt')).toBeNull();
	});

	it.each([
		['lastKnownIp', 'last_known_ip'],
		['phone1', 'phone_1'],
		['email', 'email'],
	])('calls %s what the API calls %s', (name, key) => {
		expect(apiName(name)).toBe(key);
	});
});

describe('An output item', () => {
	const pairedItem = { item: 3 };

	it('is linked to the input item it came from, because the engine links nothing', () => {
		expect(linkedItem({ a: 1 }, 3)).toStrictEqual({ json: { a: 1 }, pairedItem });
	});

	it('that failed has just "message" and "error", or n8n drops all but the message', () => {
		const error = { description: 'd', status: 422, fields: { email: ['x'] } };
		const json = { message: 'm', error };
		expect(failedItem({ message: 'm', ...error }, 3)).toStrictEqual({ json, pairedItem });
	});
});
