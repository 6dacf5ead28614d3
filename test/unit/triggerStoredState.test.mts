import type { IDataObject } from 'n8n-workflow';
import { describe, expect, it } from 'vitest';
import { guestKey, shortHash } from '../../nodes/TallyfyGuests/trigger/guestState.ts';
import {
	decodeSnapshot,
	encodeSnapshot,
} from '../../nodes/TallyfyGuests/trigger/polling/snapshotState.ts';
import {
	decodeWatermark,
	encodeWatermark,
} from '../../nodes/TallyfyGuests/trigger/polling/newGuests.ts';
import { eventKeys } from '../../nodes/TallyfyGuests/trigger/webhook/deduplication.ts';
import { readPayload } from '../../nodes/TallyfyGuests/trigger/webhook/payload.ts';

const NOW = 1_763_000_000;

describe('What saved workflows have stored', () => {
	it('names guests as before, because under another key every guest would be new', () => {
		const guest = { id: 7, email: 'Jo@x.test', created_at: '2026-01-15 10:30:00' };
		expect(guestKey(guest)).toBe('0lm1xcdrytn');
		expect(guestKey({ email: 'jo@x.test', created_at: 'odd' })).toBe('2eymbc8etmu');
		expect([shortHash('a'), shortHash('b')]).toEqual(['03ve9ta3pa3', '0ek99zmxjvy']);
	});

	it('is the same text for all guests, to be compared with their list', () => {
		const blank = {
			access: 0,
			completion: 0,
			count: 0,
			disabledAt: 0,
			reactivatedAt: 0,
			disabled: false,
		};
		const state = {
			watermark: NOW,
			polledAt: NOW + 100,
			inactiveDays: 1.5,
			guests: new Map([
				[
					shortHash('b'),
					{
						state: {
							...blank,
							access: NOW - 1000,
							completion: NOW - 2000,
							count: 3,
							reactivatedAt: NOW - 3000,
						},
					},
				],
				[shortHash('a'), { state: blank }],
				[
					shortHash('c'),
					{
						state: { ...blank, disabledAt: NOW - 4000, disabled: true },
						missed: { since: NOW + 100, seen: NOW + 40 },
					},
				],
			]),
		};
		const text =
			't5n7l0 t5n7i8,1.5 03ve9ta3pa3 0ek99zmxjvyt5n6qg,t5n5yo,3,,,t5n56w 1fd45xx4hp2,,,t5n4f4,1,,t5n7l0,t5n7jc';
		expect([encodeSnapshot(state), decodeSnapshot(text)]).toEqual([text, state]);
	});

	it('is the same text for the newest guests, with and without what a first poll does not know', () => {
		const bare = { watermark: NOW, floor: NOW - 900, since: new Map<string, number>() };
		const full = {
			...bare,
			since: new Map([
				[shortHash('a'), NOW],
				[shortHash('b'), NOW],
				[shortHash('c'), NOW - 77],
			]),
			total: 1234,
			rise: { floor: NOW, at: NOW + 7 },
		};
		const text = 't5n6t8 t5n7i8,ya,t5n7i8,t5n7if 0:03ve9ta3pa30ek99zmxjvy 25:1fd45xx4hp2';
		expect([encodeWatermark(full), decodeWatermark(text)]).toEqual([text, full]);
		expect([encodeWatermark(bare), decodeWatermark('t5n6t8 t5n7i8')]).toEqual([
			't5n6t8 t5n7i8',
			bare,
		]);
	});

	const at = '2025-10-02T14:30:00Z';
	const task = { id: 't1', title: 'Review', owners: { users: [], guests: ['ann@x.test'] } };
	it.each<[string, IDataObject, string[]]>([
		[
			'a timestamp',
			{ event: 'task.completed', task: { ...task, completed_at: at } },
			['2amgijqsveo'],
		],
		['no timestamp', { event: 'task.completed', task }, ['00dnqaaleip', '1k0990dg8z6']],
		[
			'an ID of its own',
			{ event: 'task.comment_added', task, timestamp: at, comment: { id: 1, text: 'Yes' } },
			['278xo0w4qbs', '2ehuzjbf3iy'],
		],
		[
			'a content that counts',
			{ event: 'task.assigned', task, timestamp: at, delivery_id: 'x', process: { id: 'r' } },
			['0z7mhdt6q7i', '054wf1pnndy'],
		],
		[
			'a content, and no timestamp',
			{ event: 'task.issue_raised', task, issue: [{ text: 'b' }, { text: 'a' }] },
			['0v5sgqazmpt', '1xmtnfllvpo'],
		],
	])('is the same keys for an event with %s', (_, payload, keys) => {
		const event = readPayload(String(payload.event), payload);
		expect(eventKeys(event, payload, 10 * 3_600_000)).toEqual(keys);
	});
});
