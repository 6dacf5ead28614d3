// What Guest Added alone stores: up to when all guests are known, and the keys of those added about then. Tells which of the
// guests that were read are new. Pure.
import type { IDataObject } from 'n8n-workflow';
import { KEY_LENGTH } from '../guestState';
import { LIST_LAG_S } from './snapshot';

/** With more keys than this the floor rises at once, because each poll reads the list down to it. */
const MANY_KEYS = 500;
const DAY_S = 86_400;

/** A guest, added in this second since 1970 by Tallyfy's clock. */
export type ListedGuest = { created: number; guest: IDataObject };

/** All guests added before `floor` are known, and of the later ones those in `since`. Seconds since 1970, by Tallyfy's clock. */
export interface WatermarkState {
	/** When the newest guest was added, but for those dated in the future. */
	watermark: number;
	/** Lists lag, and guests share a second: guests added from here on are told apart by their keys. */
	floor: number;
	/** Keys of the guests added at the floor or later, with the second. */
	since: Map<string, number>;
	/** Guests in the list; undefined when Tallyfy did not say. */
	total?: number;
	/** How far the floor rises a day after `at` (n8n's clock): a list may hide guests for hours while it shows newer ones. */
	rise?: { floor: number; at: number };
}

type Floors = Pick<WatermarkState, 'floor' | 'rise'>;

/** The floor rises a day after it was planned to. */
function floorsAfter(before: WatermarkState, target: number, now: number): Floors {
	const planned = before.rise ?? { floor: target, at: now };
	const isDue = now - planned.at >= DAY_S;
	const floor = Math.max(before.floor, isDue ? planned.floor : 0);
	const next = isDue ? { floor: target, at: now } : planned;
	// Not later than now: n8n's clock may have been wrong.
	const rise = { floor: next.floor, at: Math.min(next.at, now) };
	return rise.floor > floor ? { floor, rise } : { floor };
}

/**
 * The guests who were added since the state `before`, by key, and the next state. Without `before` no guest is new.
 * @param now seconds since 1970 by n8n's clock; guests dated later move neither watermark nor floor
 */
export function findNewGuests(
	seen: Map<string, ListedGuest>,
	before: WatermarkState | undefined,
	{ now, total }: { now: number; total?: number },
): { added: Map<string, ListedGuest>; state: WatermarkState } {
	const isNew = ([key, { created }]: [string, ListedGuest]) =>
		before !== undefined && created >= before.floor && !before.since.has(key);
	const all = new Map(before?.since);
	let watermark = before?.watermark ?? 0;
	for (const [key, { created }] of seen) {
		all.set(key, created);
		if (created <= now) watermark = Math.max(watermark, created);
	}
	const target = Math.min(watermark, now) - LIST_LAG_S;
	const floors: Floors =
		before && all.size <= MANY_KEYS
			? floorsAfter(before, target, now)
			: { floor: Math.max(before?.floor ?? 0, target) };
	const since = new Map([...all].filter(([, at]) => at >= floors.floor));
	const state = { watermark, ...floors, since, ...(total !== undefined && { total }) };
	return { added: new Map([...seen].filter(isNew)), state };
}

/** The state as text: floor; watermark, total and rise; then by second how long before the watermark it was, and its keys. */
export function encodeWatermark({ watermark, floor, since, total, rise }: WatermarkState): string {
	const bySecond = new Map<number, string[]>();
	for (const [key, at] of since) bySecond.set(at, [...(bySecond.get(at) ?? []), key]);
	const groups = [...bySecond]
		.sort(([one], [other]) => other - one)
		.map(([at, keys]) => `${(watermark - at).toString(36)}:${keys.sort().join('')}`);
	const header = [watermark, total, rise?.floor, rise?.at].map((one) => one?.toString(36) ?? '');
	return [floor.toString(36), header.join().replace(/,+$/, ''), ...groups].join(' ');
}

/**
 * The state of such a text, or undefined for one whose floor lies in the future: versions up to 0.1.0 took such a date of a
 * guest for the newest, and no guest was new until then. A day is allowed for a clock of n8n that is behind.
 * @param now seconds since 1970 by n8n's clock
 */
export function decodeWatermark(text: string, now = Infinity): WatermarkState | undefined {
	const [floorText, header, ...groups] = text.split(' ');
	const floor = parseInt(floorText, 36);
	if (floor > now + DAY_S) return undefined;
	// Versions up to 0.1.0 stored the watermark alone.
	const [watermark = 0, total, riseTo, riseAt] = header
		.split(',')
		.map((number) => (number ? parseInt(number, 36) : undefined));
	const since = new Map<string, number>();
	for (const group of groups) {
		const [ago, keys] = group.split(':');
		for (let at = 0; at < keys.length; at += KEY_LENGTH) {
			since.set(keys.slice(at, at + KEY_LENGTH), watermark - parseInt(ago, 36));
		}
	}
	const state = { watermark, floor, since, ...(total !== undefined && { total }) };
	return riseTo && riseAt ? { ...state, rise: { floor: riseTo, at: riseAt } } : state;
}
