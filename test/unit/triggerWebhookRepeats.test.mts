import type { IDataObject } from 'n8n-workflow';
import { describe, expect, it } from 'vitest';
import type { Happening } from '../../nodes/TallyfyGuests/trigger/webhook/payload.ts';
import { isNew, marksOf } from '../../nodes/TallyfyGuests/trigger/webhook/repeats.ts';

const HOUR = 3_600_000;
const happening = (changes: Partial<Happening> = {}) =>
	({ event: 'task.completed', id: 't1', moment: '2025-10-02T14:30:00Z', ...changes }) as Happening;
const marks = (changes: Partial<Happening> = {}, payload = {}, now = 10 * HOUR) =>
	marksOf(happening(changes), payload, now);

describe('What an event is known by', () => {
	it('is event, id and moment, whatever else the payload says and whenever it comes', () => {
		expect(marks({}, { a: 1 }, 0)).toEqual(marks({}, { a: 2 }, 99 * HOUR));
	});

	it.each<[string, Partial<Happening>]>([
		['another event', { event: 'task.assigned' }],
		['another task', { id: 't2' }],
		[
			'another moment, because it was reopened and completed again',
			{ moment: '2025-10-02T14:31:00Z' },
		],
	])('is not the same for %s', (_, changes) => {
		expect(marks(changes)).not.toEqual(marks());
	});

	it.each<[string, Partial<Happening>]>([
		['moment', { moment: undefined }],
		['id', { id: '' }],
	])('is the payload where there is no %s, and that for an hour or two only', (_, without) => {
		const seen = marks(without, { a: 1 })[0];
		const again = (payload: IDataObject, now: number) =>
			marks(without, payload, now).includes(seen);
		expect(again({ a: 1 }, 10 * HOUR)).toBe(true);
		expect(again({ a: 1 }, 12 * HOUR - 1)).toBe(true);
		expect(again({ a: 1 }, 12 * HOUR)).toBe(false);
		expect(again({ a: 2 }, 10 * HOUR)).toBe(false);
	});
});

describe('The memory of events', () => {
	it('survives in static data when the process does not, and in the process when static data lags', () => {
		const kept: IDataObject = { watcherId: '1' };
		expect(isNew('a', kept, ['m1'])).toBe(true);
		expect(kept).toEqual({ watcherId: '1', seen: ['m1'] });
		expect(isNew('another process', kept, ['m1'])).toBe(false);
		expect(isNew('a', {}, ['m1'])).toBe(false);
	});

	it('gets back what a call at the same time overwrote', () => {
		const [one, other]: IDataObject[] = [{}, {}];
		isNew('b', one, ['m1']);
		isNew('b', other, ['m2']);
		expect(other.seen).toEqual(['m1', 'm2']);
	});

	it('holds the newest 500, in less than 8 KB', () => {
		const kept: IDataObject = {};
		for (let index = 0; index < 1200; index++) isNew('c', kept, marks({ id: `${index}` }));
		expect(kept.seen).toHaveLength(500);
		expect(isNew('c', kept, marks({ id: '1199' }))).toBe(false);
		expect(isNew('c', kept, marks({ id: '700' }))).toBe(false);
		expect(isNew('c', kept, marks({ id: '699' }))).toBe(true);
		expect(JSON.stringify(kept).length).toBeLessThan(8000);
	});

	it('begins anew with static data that it cannot read', () => {
		expect(isNew('e', { seen: 'odd' }, ['m'])).toBe(true);
	});
});
