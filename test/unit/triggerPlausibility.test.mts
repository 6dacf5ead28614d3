import { describe, expect, it } from 'vitest';
import { assertPlausible } from '../../nodes/TallyfyGuests/trigger/polling/plausibility.ts';

const NOW = 1_763_000_000;
const HOUR = 3600;
let nodes = 0;
const newNode = () => `node ${nodes++}`;
/** Whether a poll that finds the list implausible takes it. */
const takes = (node: string, now: number, state = 's') => {
	try {
		assertPlausible('why', { node, state, now });
		return true;
	} catch {
		return false;
	}
};

describe('A list that cannot be right', () => {
	it('is taken at the third poll, when an hour has passed since the first', () => {
		const slow = newNode();
		expect([0, 1, 2].map((day) => takes(slow, NOW + day * 24 * HOUR))).toEqual([
			false,
			false,
			true,
		]);
		const quick = newNode();
		const minutes = Array.from({ length: 61 }, (_, minute) => takes(quick, NOW + minute * 60));
		expect(minutes.indexOf(true)).toBe(60);
	});

	it('is taken by the next poll too, because the one that took it may have failed after that', () => {
		const node = newNode();
		expect([0, 1, 2, 3].map((hour) => takes(node, NOW + hour * HOUR))).toEqual([
			false,
			false,
			true,
			true,
		]);
	});

	it.each<[string, (node: string) => void]>([
		[
			'it was right in between',
			(node) => assertPlausible(undefined, { node, state: 's', now: NOW }),
		],
		['it is compared with another state', (node) => takes(node, NOW, 'another')],
	])('has its time from the beginning when %s', (_, happens) => {
		const node = newNode();
		takes(node, NOW);
		takes(node, NOW + HOUR);
		happens(node);
		expect(takes(node, NOW + 2 * HOUR)).toBe(false);
	});

	it('has its time from the beginning when the clock of n8n was put back', () => {
		const node = newNode();
		takes(node, NOW);
		expect([0, 1, 2].map((hour) => takes(node, NOW - 9 * HOUR + hour * HOUR))).toEqual([
			false,
			false,
			true,
		]);
	});

	it('is remembered for each node alone, for the last thousand', () => {
		const [one, other] = [newNode(), newNode()];
		for (const hour of [0, 1]) takes(one, NOW + hour * HOUR);
		expect([takes(other, NOW + 2 * HOUR), takes(one, NOW + 2 * HOUR)]).toEqual([false, true]);
		for (let index = 0; index < 1000; index++) takes(newNode(), NOW);
		expect(takes(one, NOW + 3 * HOUR)).toBe(false);
	});

	it('raises why, and says what to do', () => {
		expect(() => assertPlausible('why', { node: newNode(), state: 's', now: NOW })).toThrow(
			expect.objectContaining({
				details: {
					message: 'why',
					description: expect.stringMatching(
						/an hour and at three polls, it is taken as it is/,
					) as string,
				},
			}) as Error,
		);
	});
});
