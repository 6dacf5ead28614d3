import type { IDataObject } from 'n8n-workflow';
import { describe, expect, it } from 'vitest';
import { eventKeys, isNewEvent } from '../../nodes/TallyfyGuests/trigger/webhook/deduplication.ts';
import { readPayload } from '../../nodes/TallyfyGuests/trigger/webhook/payload.ts';
import { shortHash } from '../../nodes/TallyfyGuests/trigger/guestState.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const AT = '2025-10-02T14:30:00Z';

/** The keys of a payload that comes at a time. */
const keysOf = (payload: IDataObject, now = 10 * HOUR) => {
	const event = String(payload.event);
	return eventKeys(readPayload(event, payload), payload, now);
};
/** Whether the second is taken for the first again. */
const isRepeat = (one: IDataObject, other: IDataObject, later = 0) =>
	keysOf(other, 10 * HOUR + later).includes(keysOf(one)[0]);

const task = { id: 't1', title: 'Review', owners: { users: [], guests: ['ann@x.test'] } };
const about = (event: string, more: IDataObject = {}): IDataObject => ({
	event,
	task,
	timestamp: AT,
	...more,
});
const comment = (more: IDataObject) => about('task.comment_added', { comment: more });
const issue = (more: IDataObject, event = 'task.issue_raised') => about(event, { issue: more });
const assigned = (...guests: string[]) =>
	about('task.assigned', { task: { ...task, owners: { users: [], guests } } });
const without = (name: string, payload: IDataObject) => {
	const rest = { ...payload };
	delete rest[name];
	return rest;
};
/** The same content with all keys the other way round. */
const reversed = (value: unknown): unknown => {
	if (Array.isArray(value)) return value.map(reversed);
	if (typeof value !== 'object' || value === null) return value;
	return Object.fromEntries(
		Object.entries(value)
			.map(([key, one]) => [key, reversed(one)])
			.reverse(),
	);
};

describe('Two events of one task in one second', () => {
	it.each<[string, IDataObject, IDataObject]>([
		['comments with ids', comment({ id: 1, text: 'Yes' }), comment({ id: 2, text: 'Yes' })],
		['comments without ids', comment({ text: 'Yes' }), comment({ text: 'No' })],
		[
			'comments that are texts',
			about('task.comment_added', { comment: 'Yes' }),
			about('task.comment_added', { comment: 'No' }),
		],
		[
			'comments somewhere else',
			about('task.comment_added', { text: 'Yes' }),
			about('task.comment_added', { text: 'No' }),
		],
		[
			'comments that differ in a count in the task only',
			about('task.comment_added', { task: { ...task, comments: 1 } }),
			about('task.comment_added', { task: { ...task, comments: 2 } }),
		],
		['assignments', assigned('ann@x.test'), assigned('ann@x.test', 'bob@x.test')],
		[
			'assignments that differ in a list beside the task',
			about('task.assigned', { assignees: ['a'] }),
			about('task.assigned', { assignees: ['b'] }),
		],
		['raised issues', issue({ id: 1, text: 'Broken' }), issue({ id: 2, text: 'Broken' })],
		['raised issues without ids', issue({ text: 'Broken' }), issue({ text: 'Late' })],
		[
			'resolved issues',
			issue({ id: 1 }, 'task.issue_resolved'),
			issue({ id: 2 }, 'task.issue_resolved'),
		],
	])(
		'are two events when they are different %s, because one task can have several',
		(_, one, other) => {
			expect(isRepeat(one, other)).toBe(false);
			expect(isRepeat(one, structuredClone(one))).toBe(true);
			const [bare, another] = [without('timestamp', one), without('timestamp', other)];
			expect(isRepeat(bare, another)).toBe(false);
			expect(isRepeat(bare, structuredClone(bare))).toBe(true);
		},
	);
});

describe('A delivery that comes again', () => {
	const all: Array<[string, IDataObject]> = [
		['a comment', comment({ id: 1, text: 'Yes' })],
		['a comment without an id', comment({ text: 'Yes' })],
		['an assignment', assigned('ann@x.test', 'bob@x.test')],
		['an issue', issue({ id: 1, text: 'Broken' })],
		['a comment without a timestamp', without('timestamp', comment({ text: 'Yes' }))],
	];

	it.each(all)(
		'is a repeat with its keys in another order, because they mean nothing: %s',
		(_, payload) => {
			expect(isRepeat(payload, reversed(payload) as IDataObject)).toBe(true);
		},
	);

	it.each(all)(
		'is a repeat when only what belongs to the delivery or to the rest of the process has changed: %s',
		(_, payload) => {
			const before = {
				delivery_id: 'a',
				attempt: 1,
				sent_at: AT,
				process: { id: 'r1', progress: 10, last_updated: AT },
				next_task: [],
			};
			const after = {
				delivery_id: 'b',
				attempt: 2,
				sent_at: '2025-10-02T14:31:00Z',
				process: { id: 'r1', progress: 60, last_updated: '2025-10-02T14:31:00Z' },
				next_task: { id: 't2' },
			};
			expect(isRepeat({ ...payload, ...before }, { ...payload, ...after })).toBe(true);
		},
	);

	it('is a repeat with the people in another order, because a list of people has none', () => {
		const [one, other] = [
			['ann@x.test', 'bob@x.test'],
			['bob@x.test', 'ann@x.test'],
		];
		expect(isRepeat(assigned(...one), assigned(...other))).toBe(true);
	});

	it('is a repeat for as long as it is remembered when the comment has an id, whatever else changed', () => {
		const [one, other] = [1, 2].map((minute) => ({
			...comment({ id: 7, text: `as of minute ${minute}` }),
			timestamp: `2025-10-02T14:3${minute}:00Z`,
		}));
		expect(isRepeat(one, other, 99 * HOUR)).toBe(true);
	});

	it('is a repeat for 15 minutes when it has no timestamp and may happen again, and a new event after 30', () => {
		const bare = without('timestamp', issue({ text: 'Broken' }));
		expect(isRepeat(bare, bare, 15 * MINUTE)).toBe(true);
		expect(isRepeat(bare, bare, 30 * MINUTE)).toBe(false);
	});

	it('is a repeat when a version before this one has remembered it', () => {
		const payload = assigned('ann@x.test');
		expect(keysOf(payload)).toContain(shortHash(`task.assigned t1 ${AT}`));
		expect(keysOf(payload)[0]).not.toBe(shortHash(`task.assigned t1 ${AT}`));
	});
});

describe('The same again at another time', () => {
	it.each<[string, IDataObject]>([
		['the same people assigned', assigned('ann@x.test')],
		['the same issue raised, which was resolved between', issue({ id: 1, text: 'Broken' })],
		['the same words said, when comments have no ids', comment({ text: 'Yes' })],
	])('is another event: %s', (_, payload) => {
		expect(isRepeat(payload, { ...payload, timestamp: '2025-10-02T14:31:00Z' })).toBe(false);
	});
});

describe('What happens once at a time', () => {
	const completed = { event: 'task.completed', task: { ...task, completed_at: AT } };

	it('is known by event, id and timestamp alone, as before, whatever else changed', () => {
		expect(keysOf(completed)).toEqual([shortHash(`task.completed t1 ${AT}`)]);
		expect(isRepeat(completed, { ...completed, anything: 1 }, 99 * HOUR)).toBe(true);
	});

	it.each<[string, IDataObject]>([
		['timestamp', { event: 'task.completed', task }],
		['id', { event: 'task.completed', task: { owners: task.owners, completed_at: AT } }],
	])('is known by its content for an hour or two where it has no %s', (_, payload) => {
		expect(isRepeat(payload, reversed(payload) as IDataObject, HOUR)).toBe(true);
		expect(isRepeat(payload, payload, 2 * HOUR)).toBe(false);
		expect(isRepeat(payload, { ...payload, process: { id: 'r1' } })).toBe(false);
	});

	it('is another event when a reopened task is completed again', () => {
		const again = { ...completed, task: { ...task, completed_at: '2025-10-02T14:31:00Z' } };
		expect(isRepeat(completed, again)).toBe(false);
	});
});

describe('The memory of events', () => {
	it('survives in static data when the process does not, and in the process when static data lags', () => {
		const kept: IDataObject = { watcherId: '1' };
		expect(isNewEvent('a', kept, ['m1'])).toBe(true);
		expect(kept).toEqual({ watcherId: '1', seen: ['m1'] });
		expect(isNewEvent('another process', kept, ['m1'])).toBe(false);
		expect(isNewEvent('a', {}, ['m1'])).toBe(false);
	});

	it('gets back what a call at the same time overwrote', () => {
		const [one, other]: IDataObject[] = [{}, {}];
		isNewEvent('b', one, ['m1']);
		isNewEvent('b', other, ['m2']);
		expect(other.seen).toEqual(['m1', 'm2']);
	});

	it('holds the newest 500, in less than 8 KB', () => {
		const kept: IDataObject = {};
		for (let index = 0; index < 1200; index++) isNewEvent('c', kept, [shortHash(`${index}`)]);
		expect(kept.seen).toHaveLength(500);
		expect(isNewEvent('c', kept, [shortHash('1199')])).toBe(false);
		expect(isNewEvent('c', kept, [shortHash('700')])).toBe(false);
		expect(isNewEvent('c', kept, [shortHash('699')])).toBe(true);
		expect(JSON.stringify(kept).length).toBeLessThan(8000);
	});

	it('takes an event for a repeat that is remembered by any of its keys, and remembers the first', () => {
		const kept: IDataObject = { seen: ['as older versions wrote it'] };
		expect(isNewEvent('f', kept, ['new', 'as older versions wrote it'])).toBe(false);
		expect(isNewEvent('f', kept, ['new', 'other'])).toBe(true);
		expect(kept.seen).toEqual(['as older versions wrote it', 'new']);
	});

	it('begins anew with static data that it cannot read', () => {
		expect(isNewEvent('e', { seen: 'odd' }, ['m'])).toBe(true);
	});
});
