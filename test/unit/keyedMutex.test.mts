import { describe, expect, it } from 'vitest';
import { withLock } from '../../nodes/TallyfyGuests/transport/keyedMutex.ts';
import type { ItemClient } from '../../nodes/TallyfyGuests/transport/client.ts';

const clientOf = (baseURL: string, ready = async () => undefined as void) =>
	({ baseURL, ready }) as ItemClient;
const ONE = clientOf('one');

/** Work that ends when it is told to, and says what it does. */
function work(log: string[], name: string) {
	let end: (error?: Error) => void = () => undefined;
	const ended = new Promise<void>((resolve, reject) => {
		end = (error) => (error ? reject(error) : resolve());
	});
	const run = async () => {
		log.push(name);
		await ended;
		return name;
	};
	return { run, end };
}
const nextTick = async () => await new Promise((resolve) => setTimeout(resolve));

describe('Work about one key', () => {
	it('runs one after the other, and upper and lower case of an email are the same', async () => {
		const log: string[] = [];
		const [first, second] = [work(log, 'first'), work(log, 'second')];
		const both = [withLock(ONE, 'Jo@x', first.run), withLock(ONE, 'jo@x', second.run)];
		await nextTick();
		expect(log).toEqual(['first']);
		first.end();
		second.end();
		expect(await Promise.all(both)).toEqual(['first', 'second']);
	});

	it('does not hold up other guests, nor the same email elsewhere', async () => {
		const log: string[] = [];
		const all = ['one', 'other', 'elsewhere'].map((name) => work(log, name));
		const begun = [
			withLock(ONE, 'jo@x', all[0].run),
			withLock(ONE, 'al@x', all[1].run),
			withLock(clientOf('another'), 'jo@x', all[2].run),
		];
		await nextTick();
		expect(log).toEqual(['one', 'other', 'elsewhere']);
		for (const { end } of all) end();
		await Promise.all(begun);
	});

	it('does not begin before the item may send, because it would do something for a node that has failed', async () => {
		const log: string[] = [];
		const [one, other] = [work(log, 'one'), work(log, 'other')];
		let go: () => void = () => undefined;
		const ready = async () => await new Promise<void>((resolve) => (go = resolve));
		const waiting = withLock(clientOf('one', ready), 'jo@x', one.run);
		await nextTick();
		expect(log).toEqual([]);
		// Nor does it hold up another item meanwhile.
		const begun = withLock(ONE, 'jo@x', other.run);
		await nextTick();
		expect(log).toEqual(['other']);
		go();
		other.end();
		one.end();
		expect(await Promise.all([waiting, begun])).toEqual(['one', 'other']);
	});

	it('never begins when the item may not send, and the next one goes on', async () => {
		const log: string[] = [];
		const [one, other] = [work(log, 'one'), work(log, 'other')];
		const never = async () => await Promise.reject(new Error('Stopped'));
		other.end();
		await expect(withLock(clientOf('one', never), 'jo@x', one.run)).rejects.toThrow('Stopped');
		await withLock(ONE, 'jo@x', other.run);
		expect(log).toEqual(['other']);
	});

	it('goes on after a failure, which only the caller of the failed work gets', async () => {
		const log: string[] = [];
		const [first, second] = [work(log, 'first'), work(log, 'second')];
		const failing = withLock(ONE, 'jo@x', first.run);
		const next = withLock(ONE, 'jo@x', second.run);
		await nextTick();
		first.end(new Error('Gone'));
		second.end();
		await expect(failing).rejects.toThrow('Gone');
		expect(await next).toBe('second');
	});
});
