import { beforeEach, describe, expect, it } from 'vitest';
import { Execution } from '../../nodes/TallyfyGuests/transport/execution.ts';
import { settle, VirtualTime } from '../support/virtualTime.mts';

let time: VirtualTime;
let may: Array<[item: number, may: boolean]>;

beforeEach(() => {
	time = new VirtualTime();
	may = [];
});

const executionOf = (options: Partial<ConstructorParameters<typeof Execution>[0]> = {}) =>
	new Execution({ sleep: time.sleep, ...options });

/** n8n begins these items; each asks whether it may send as soon as its parameters have been read. */
function beginAll(execution: Execution, items: number[]) {
	for (const item of items) {
		void execution
			.begin(item)
			.then(async () => await execution.maySend(item))
			.then((sent) => may.push([item, sent]));
	}
}

const upTo = (count: number, from = 0) => Array.from({ length: count }, (_, at) => from + at);

describe('When items may be sent', () => {
	it('is when n8n has begun all of them and their parameters have been read, in their order', async () => {
		const execution = executionOf({ expected: 3, graceMs: 1000 });
		beginAll(execution, [0, 1]);
		await time.pass(999);
		expect(may).toEqual([]);
		beginAll(execution, [2]);
		await settle();
		expect(may).toEqual([
			[0, true],
			[1, true],
			[2, true],
		]);
	});

	it('is not before the last has read its parameters, or has failed at that', async () => {
		const execution = executionOf({ expected: 3 });
		for (const item of upTo(3)) void execution.begin(item);
		for (const item of [1, 0]) void execution.maySend(item).then((sent) => may.push([item, sent]));
		await time.pass(10_000);
		expect(may).toEqual([]);
		execution.itemEnded(2, 'failed');
		await settle();
		expect(may).toEqual([
			[1, true],
			[0, true],
		]);
	});

	it('is never when n8n gave up beginning: it threw out of its loop, and the node has failed already', async () => {
		const execution = executionOf({ expected: 60, graceMs: 1000 });
		beginAll(execution, upTo(59));
		await time.pass(999);
		expect(may).toEqual([]);
		await time.pass(1001);
		expect(may).toEqual(upTo(59).map((item) => [item, false]));
	});

	it('waits as long as n8n goes on to begin items, because it may be slow', async () => {
		const execution = executionOf({ expected: 5, graceMs: 1000 });
		for (const item of upTo(5)) {
			beginAll(execution, [item]);
			await time.pass(900);
		}
		expect(may.map(([, sent]) => sent)).toEqual(Array(5).fill(true));
	});

	it('is all the same when n8n goes on without items whose parameters it could not evaluate', async () => {
		const execution = executionOf({ expected: 3, mayMissItems: true });
		beginAll(execution, [0, 2]);
		await time.pass(0);
		expect(may).toEqual([
			[0, true],
			[2, true],
		]);
	});

	it('is at once for the one item of a node with Execute Once, however many there are', async () => {
		const execution = executionOf({ expected: 1, graceMs: 1000 });
		beginAll(execution, [0]);
		await settle();
		expect(may).toEqual([[0, true]]);
	});

	it('is when those have begun that begin together, where it is not known how many there will be', async () => {
		const execution = executionOf();
		beginAll(execution, [0, 1]);
		expect(execution.beginsNoMore).toBe(false);
		await settle();
		expect(may).toEqual([
			[0, true],
			[1, true],
		]);
		expect(execution.beginsNoMore).toBe(true);
	});

	it('is batch by batch, where n8n waits between them', async () => {
		const execution = executionOf({ expected: 5, batchSize: 2, graceMs: 6000 });
		const seen: number[] = [];
		for (const batch of [[0, 1], [2, 3], [4]]) {
			beginAll(execution, batch);
			await time.pass(5000);
			seen.push(may.length);
		}
		expect(seen).toEqual([2, 4, 5]);
		expect(may.every(([, sent]) => sent)).toBe(true);
	});

	it('is over for items of a later batch when n8n begins no more, and for what the earlier ones still want', async () => {
		const execution = executionOf({ expected: 6, batchSize: 2, graceMs: 6000 });
		beginAll(execution, [0, 1]);
		await time.pass(5000);
		beginAll(execution, [2]);
		await time.pass(20_000);
		expect(may).toEqual([
			[0, true],
			[1, true],
			[2, false],
		]);
		expect(await execution.maySend(0)).toBe(false);
	});

	it('is at once, to hear that nothing may be sent, when the execution is cancelled', async () => {
		const execution = executionOf({ expected: 3, graceMs: 1000 });
		beginAll(execution, [0, 1]);
		await settle();
		execution.cancel();
		await settle();
		expect(may).toHaveLength(2);
		expect(execution.cancelled).toBe(true);
	});

	it('is not asked over and over while items are missing, because that would let nothing else run', async () => {
		let looks = 0;
		const options = {
			sleep: time.sleep,
			graceMs: 1000,
			get expected() {
				looks++;
				return 3;
			},
		};
		const execution = new Execution(options);
		beginAll(execution, [0, 1]);
		for (let turn = 0; turn < 1000; turn++) await Promise.resolve();
		const seen = looks;
		// Or else a test that fails would never end.
		execution.cancel();
		expect(seen).toBeLessThan(50);
	});
});

describe('Twenty thousand items', () => {
	it('begin without looking at all of them for each', async () => {
		let looks = 0;
		const options = {
			sleep: time.sleep,
			graceMs: 1000,
			get expected() {
				looks++;
				return 20_001;
			},
		};
		const execution = new Execution(options);
		beginAll(execution, upTo(20_000));
		await time.pass(0);
		expect(may).toEqual([]);
		beginAll(execution, [20_000]);
		await time.pass(0);
		expect(may).toHaveLength(20_001);
		expect(may.every(([item, sent], at) => sent && item === at)).toBe(true);
		for (const item of upTo(20_001)) execution.itemEnded(item, 'done');
		await execution.ended();
		expect(looks).toBeLessThan(10 * 20_000);
	});

	it('are not prepared in one go, because n8n would stand still', async () => {
		const execution = executionOf({ expected: 20_000 });
		let prepared = 0;
		for (const item of upTo(20_000)) void execution.begin(item).then(() => prepared++);
		await settle();
		expect(prepared).toBe(100);
		await time.pass(0);
		expect(prepared).toBe(20_000);
	});
});

describe('Work that the items of an execution share', () => {
	const execution = () => new Execution({ sleep: async () => {} });

	it('is done once for all who name the same key, also for those who come later', async () => {
		const shared = execution();
		let times = 0;
		const work = async () => await Promise.resolve(++times);
		const results = await Promise.all([shared.once('a', work), shared.once('a', work)]);
		expect([...results, await shared.once('a', work)]).toEqual([1, 1, 1]);
		expect(await shared.once('b', work)).toBe(2);
	});

	it('is done again for the next item after it failed, because that may have been an outage', async () => {
		const shared = execution();
		const fail = async () => await Promise.reject(new Error('No answer'));
		const failing = [shared.once('a', fail), shared.once('a', fail)];
		expect(await Promise.allSettled(failing)).toMatchObject([
			{ reason: { message: 'No answer' } },
			{ reason: { message: 'No answer' } },
		]);
		expect(await shared.once('a', async () => await Promise.resolve('there'))).toBe('there');
	});
});
