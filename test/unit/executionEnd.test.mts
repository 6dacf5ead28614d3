import { beforeEach, describe, expect, it } from 'vitest';
import { Execution } from '../../nodes/TallyfyGuests/transport/execution.ts';
import { settle, VirtualTime } from '../support/virtualTime.mts';

const FAILURE = { message: 'Broken', description: 'Mend it.' };

let time: VirtualTime;

beforeEach(() => {
	time = new VirtualTime();
});

const executionOf = (options: Partial<ConstructorParameters<typeof Execution>[0]> = {}) =>
	new Execution({ sleep: time.sleep, ...options });

/** n8n begins these items. */
function beginAll(execution: Execution, items: number[]) {
	for (const item of items) void execution.begin(item);
}

const upTo = (count: number) => Array.from({ length: count }, (_, at) => at);

describe('The end of an execution', () => {
	/** Whether it has ended by now. */
	function watch(execution: Execution) {
		const seen = { ended: false };
		void execution.ended().then(() => (seen.ended = true));
		return seen;
	}

	it('is when every item has come to its end', async () => {
		const execution = executionOf({ expected: 3 });
		beginAll(execution, [0, 1, 2]);
		const seen = watch(execution);
		execution.itemEnded(0, 'done');
		execution.itemEnded(1, 'notSent');
		await settle();
		expect(seen.ended).toBe(false);
		execution.itemEnded(2, 'failed');
		await settle();
		expect(seen.ended).toBe(true);
		await execution.ended();
	});

	it('does not wait for items that n8n never begins', async () => {
		const execution = executionOf({ expected: 3, graceMs: 1000 });
		beginAll(execution, [0]);
		const seen = watch(execution);
		execution.itemEnded(0, 'failed');
		await time.pass(999);
		expect(seen.ended).toBe(false);
		await time.pass(1001);
		expect(seen.ended).toBe(true);
	});

	it.each([
		['Execute Once', 1],
		['an unknown number of items', undefined],
	])('comes with one failed item and %s', async (_, expected) => {
		const execution = executionOf({ expected, graceMs: 1000 });
		beginAll(execution, [0]);
		const seen = watch(execution);
		await settle();
		execution.itemEnded(0, 'failed');
		await settle();
		expect(seen.ended).toBe(true);
	});

	it('knows which items have begun, so that the next execution can be told from this one', () => {
		const execution = executionOf({ expected: 2 });
		void execution.begin(0);
		expect([execution.hasBegun(0), execution.hasBegun(1)]).toEqual([true, false]);
		expect(execution.beginsNoMore).toBe(false);
		void execution.begin(1);
		expect(execution.beginsNoMore).toBe(true);
	});
});

describe('The message that stops the node', () => {
	it('counts what was done, what was only begun, and what was not sent', () => {
		const execution = executionOf({ expected: 40 });
		beginAll(execution, upTo(20));
		for (const item of upTo(12)) execution.itemEnded(item, 'done');
		execution.itemEnded(12, 'failed');
		const message = () => execution.stoppedBy(FAILURE).message;
		expect(message()).toBe('Broken (12 of 40 items done, 27 not sent)');
		execution.itemEnded(13, 'partly');
		execution.itemEnded(14, 'notSent');
		expect(message()).toBe('Broken (12 of 40 items done, 1 only begun, 26 not sent)');
		expect(execution.stoppedBy(FAILURE).description).toBe(
			'Mend it. To keep results and go on with the other items, set On Error in the settings of this node to Continue.',
		);
	});

	it('says nothing of what is left when nothing is', () => {
		const execution = executionOf({ expected: 2 });
		beginAll(execution, [0, 1]);
		execution.itemEnded(0, 'done');
		execution.itemEnded(1, 'failed');
		expect(execution.stoppedBy(FAILURE).message).toBe('Broken (1 of 2 items done)');
	});

	it('counts those that have begun, where it is not known how many there will be', async () => {
		const execution = executionOf();
		beginAll(execution, [0, 1, 2]);
		execution.itemEnded(0, 'failed');
		expect(execution.stoppedBy(FAILURE).message).toBe('Broken (0 of 3 items done, 2 not sent)');
	});

	it('is that of the item when there is only one', () => {
		const execution = executionOf({ expected: 1 });
		beginAll(execution, [0]);
		expect(execution.stoppedBy(FAILURE)).toBe(FAILURE);
	});
});
