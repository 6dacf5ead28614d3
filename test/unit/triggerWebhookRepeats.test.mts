import type { IDataObject } from 'n8n-workflow';
import { describe, expect, it } from 'vitest';
import { shortHash } from '../../nodes/TallyfyGuests/trigger/guestState.ts';
import { isNewEvent } from '../../nodes/TallyfyGuests/trigger/webhook/deduplication.ts';

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
