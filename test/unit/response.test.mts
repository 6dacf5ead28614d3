import { describe, expect, it } from 'vitest';
import { pageOf, recordOf, succeeded } from '../../nodes/TallyfyGuests/transport/response.ts';

const answer = (body: unknown, status = 200) => ({ status, body });
const problem = (message: string, description: string, status = 200) =>
	expect.objectContaining({
		details: { message, description: expect.stringContaining(description) as string, status },
	}) as Error;

const LOOK = 'before you run this item again';
const NO_JSON: Array<[unknown, string, string]> = [
	['', 'with nothing in it', LOOK],
	[undefined, 'with nothing in it', LOOK],
	[null, 'with nothing in it', LOOK],
	['<html>', 'with a web page instead of JSON', 'Check Base URL'],
	['hello', 'not with a JSON object', LOOK],
	[[{ email: 'a@x' }], 'not with a JSON object', LOOK],
];

describe('A response with one guest', () => {
	it.each([200, 201, 202, 299])(
		'is its "data" with status %i, because the documents disagree on which',
		(status) => {
			expect(succeeded(answer('', status))).toBe(true);
			expect(recordOf(answer({ data: { id: 1 } }, status))).toEqual({ id: 1 });
		},
	);

	it('is none when it says itself that it is an error, and its words are what went wrong', () => {
		const said = answer({ error: true, message: 'Guest quota reached', data: { id: 1 } });
		expect(succeeded(said)).toBe(false);
		expect(() => recordOf(said)).toThrow(problem('Guest quota reached', 'Check the parameters'));
	});

	it.each([199, 300, 404])('is none with status %i, even if there is "data"', (status) => {
		const said = { message: 'Gone wrong', data: { id: 1 } };
		expect(succeeded(answer('', status))).toBe(false);
		expect(() => recordOf(answer(said, status))).toThrow(problem('Gone wrong', 'Check', status));
	});

	it('names the guest that a refusal is about', () => {
		const subject = { noun: 'guest', value: 'jo@x', parameter: 'Guest' };
		expect(() => recordOf(answer({ message: 'Gone' }, 404), subject)).toThrow(
			problem('Gone: no guest jo@x in this organization', 'Check Guest', 404),
		);
	});

	it.each([
		...NO_JSON,
		[{}, 'without the object "data"', LOOK],
		[{ data: null }, 'without the object "data"', LOOK],
		[{ data: [] }, 'without the object "data"', LOOK],
	])('is not made up from %j', (body, wrong, next) => {
		expect(() => recordOf(answer(body))).toThrow(
			problem(`Tallyfy answered 200, but ${wrong}`, next),
		);
	});
});

describe('A response with a page of guests', () => {
	const two = [{ id: 1 }, { id: 2 }];

	it.each<[unknown, number | undefined, string]>([
		[{ pagination: { total: 120 } }, 120, 'as it is'],
		[{ pagination: { total: '120' } }, 120, 'from a text'],
		[{ pagination: { total: 2 } }, 2, 'when this page is all'],
		[{ pagination: { total: 1 } }, undefined, 'unless it is less than what came'],
		[
			{ pagination: { total: 2, current_page: '1', total_pages: '3' } },
			undefined,
			'unless it only counts this page, and there are more pages',
		],
		[
			{ pagination: { total: 2, links: { next: 'https://x.test?page=2' } } },
			undefined,
			'unless it only counts this page, and there is a next one',
		],
		[
			{ pagination: { total: 2, current_page: 3, total_pages: 3, links: { next: null } } },
			2,
			'when this page is the last',
		],
		[{ pagination: { total: -1 } }, undefined, 'unless it is below 0'],
		[{ pagination: { total: 2.5 } }, undefined, 'unless it is no whole number'],
		[{ pagination: [] }, undefined, 'unless pagination is an empty list, as PHP has it'],
		[{}, undefined, 'unless pagination is missing'],
		[[], undefined, 'unless meta is a list'],
		[undefined, undefined, 'unless meta is missing'],
	])('with meta %j has the total %s: it is believed %s', (meta, total) => {
		expect(pageOf(answer({ data: two, meta }))).toEqual({ records: two, total });
	});

	it.each([
		{ 0: { id: 1 }, 1: { id: 2 } },
		{ 4: { id: 1 }, 9: { id: 2 } },
	])('may be a map with numbers, as PHP writes a list with gaps: %j', (data) => {
		expect(pageOf(answer({ data }))).toEqual({ records: two, total: undefined });
	});

	it('may be empty', () => {
		expect(pageOf(answer({ data: [], meta: { pagination: { total: 0 } } }))).toEqual({
			records: [],
			total: 0,
		});
	});

	it('is none when it was refused', () => {
		expect(() => pageOf(answer({ message: 'No', data: [] }, 403))).toThrow(
			problem('No', 'Organization ID', 403),
		);
	});

	it.each([
		...NO_JSON,
		[{}, 'without the list "data"', LOOK],
		[{ data: { id: 1 } }, 'without the list "data"', LOOK],
		[{ data: [{ id: 1 }, 'x'] }, 'without the list "data"', LOOK],
	])('is not made up from %j', (body, wrong, next) => {
		expect(() => pageOf(answer(body))).toThrow(problem(`Tallyfy answered 200, but ${wrong}`, next));
	});
});
