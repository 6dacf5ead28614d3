// What Guest Added alone remembers: how far it has read, and who was there about then. Pure; called by polling and arrivals.
import type { IDataObject } from 'n8n-workflow';
import { IDENTITY_LENGTH } from './identity';
import { LAG } from './snapshot';

/** At most so many identities are kept besides those of the newest second. */
export const MOST_IDENTITIES = 5_000;

/** With more identities the floor rises at once: each poll reads the list down to it. */
const MANY = 500;

/** A guest by identity. */
export interface Arrival {
	/** Seconds since 1970, by Tallyfy's clock. */
	created: number;
	guest: IDataObject;
}

/** All guests made before `floor` are known, and of the others those in `since`. Seconds since 1970, by Tallyfy's clock. */
export interface Newest {
	/** The newest guest's second, of those not in the future. */
	watermark: number;
	/** Lists lag, and seconds are shared: what is later than this is told apart by identity. */
	floor: number;
	/** Identities of guests made at or after the floor, with their second. */
	since: Map<string, number>;
	/** Guests in the list; undefined when Tallyfy did not say. */
	total?: number;
	/** How far the floor will rise a day after `at` (n8n's clock): a list may hide guests for hours, and show newer ones. */
	rise?: { floor: number; at: number };
}

/** Down to where the list must be read, when its newest guest so far was made in this second. */
export function floorFor(before: Newest | undefined, newest: number): number {
	return before?.floor ?? newest - LAG;
}

const DAY = 86_400;

/**
 * The state, or undefined for one that a guest dated in the future has spoilt: versions up to 0.1.0 took that date for the
 * newest, and no guest was new until then. By a day and not less: n8n's clock may be behind.
 */
export function withoutFuture(before: Newest | undefined, now: number): Newest | undefined {
	return before && before.floor > now + DAY ? undefined : before;
}

/** Where the floor is from now on. */
function floorAfter(
	before: Newest | undefined,
	target: number,
	now: number,
	isCrowded: boolean,
): Pick<Newest, 'floor' | 'rise'> {
	if (!before || isCrowded) return { floor: Math.max(before?.floor ?? 0, target) };
	const planned = before.rise ?? { floor: target, at: now };
	const isDue = now - planned.at >= DAY;
	const floor = Math.max(before.floor, isDue ? planned.floor : 0);
	const next = isDue ? { floor: target, at: now } : planned;
	// Not later than now: n8n's clock may have been wrong.
	const rise = { floor: next.floor, at: Math.min(next.at, now) };
	return rise.floor > floor ? { floor, rise } : { floor };
}

/**
 * The guests who have been added, by identity, and what is known from now on. Without `before` none has.
 * @param now seconds since 1970 by n8n's clock; guests dated later are known by identity only
 */
export function arrivalsAmong(
	seen: Map<string, Arrival>,
	before: Newest | undefined,
	{ now, total }: { now: number; total?: number },
): { added: Map<string, Arrival>; known: Newest } {
	const isNew = ([identity, { created }]: [string, Arrival]) =>
		before !== undefined && created >= before.floor && !before.since.has(identity);
	const since = new Map(before?.since);
	let watermark = before?.watermark ?? 0;
	for (const [identity, { created }] of seen) {
		since.set(identity, created);
		if (created <= now) watermark = Math.max(watermark, created);
	}
	const target = Math.min(watermark, now) - LAG;
	const { floor, rise } = floorAfter(before, target, now, since.size > MANY);
	return {
		added: new Map([...seen].filter(isNew)),
		known: {
			...bounded({ watermark, floor, since }),
			...(rise && { rise }),
			...(total === undefined ? {} : { total }),
		},
	};
}

/** Without those below the floor; with very many guests in a short time, the floor rises. */
function bounded({ watermark, floor, since }: Newest): Newest {
	const newestFirst = [...since].filter(([, at]) => at >= floor).sort(([, a], [, b]) => b - a);
	const shared = newestFirst.filter(([, at]) => at === watermark).length;
	const most = shared + MOST_IDENTITIES;
	if (newestFirst.length <= most) return { watermark, floor, since: new Map(newestFirst) };
	// A second is kept whole or not at all.
	const risen = Math.min(newestFirst[most][1] + 1, watermark);
	return { watermark, floor: risen, since: new Map(newestFirst.filter(([, at]) => at >= risen)) };
}

/** The floor; watermark, total and next floor; and for each second how long before the watermark it was and who was made in it. */
export function encodeNewest({ watermark, floor, since, total, rise }: Newest): string {
	const bySecond = new Map<number, string[]>();
	for (const [identity, at] of since) bySecond.set(at, [...(bySecond.get(at) ?? []), identity]);
	const groups = [...bySecond]
		.sort(([a], [b]) => b - a)
		.map(([at, identities]) => `${(watermark - at).toString(36)}:${identities.sort().join('')}`);
	const header = [watermark, total, rise?.floor, rise?.at].map((one) => one?.toString(36) ?? '');
	return [floor.toString(36), header.join().replace(/,+$/, ''), ...groups].join(' ');
}

export function decodeNewest(text: string): Newest {
	const [floor, header, ...groups] = text.split(' ');
	// Up to version 0.1.0 the watermark alone.
	const [newest, total, riseTo, riseAt] = header
		.split(',')
		.map((number) => (number ? parseInt(number, 36) : undefined));
	const watermark = newest ?? 0;
	const since = new Map<string, number>();
	for (const group of groups) {
		const [ago, identities] = group.split(':');
		for (let at = 0; at < identities.length; at += IDENTITY_LENGTH) {
			since.set(identities.slice(at, at + IDENTITY_LENGTH), watermark - parseInt(ago, 36));
		}
	}
	return {
		watermark,
		floor: parseInt(floor, 36),
		since,
		...(total === undefined ? {} : { total }),
		...(riseTo && riseAt ? { rise: { floor: riseTo, at: riseAt } } : {}),
	};
}
