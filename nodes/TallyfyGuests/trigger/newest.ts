// What Guest Added alone remembers: how far it has read, and who was there about then. Pure; called by polling and arrivals.
import type { IDataObject } from 'n8n-workflow';
import { IDENTITY_LENGTH } from './identity';
import { LAG } from './snapshot';

/** At most so many identities are kept besides those of the newest second. */
export const MOST_IDENTITIES = 5_000;

/** A guest by identity. */
export interface Arrival {
	/** Seconds since 1970, by Tallyfy's clock. */
	created: number;
	guest: IDataObject;
}

/** All guests made before `floor` are known, and of the others those in `since`. Seconds since 1970, by Tallyfy's clock. */
export interface Newest {
	/** The newest guest's second. */
	watermark: number;
	/** Lists lag, and seconds are shared: what is later than this is told apart by identity. */
	floor: number;
	/** Identities of guests made at or after the floor, with their second. */
	since: Map<string, number>;
}

/** Down to where the list must be read, when its newest guest so far was made in this second. */
export function floorFor(before: Newest | undefined, newest: number): number {
	return before?.floor ?? newest - LAG;
}

/** Who has been added, by identity, and what is known from now on. Without `before` nobody has. */
export function arrivalsAmong(
	seen: Map<string, Arrival>,
	before: Newest | undefined,
): { added: Map<string, Arrival>; known: Newest } {
	const isNew = ([identity, { created }]: [string, Arrival]) =>
		before !== undefined && created >= before.floor && !before.since.has(identity);
	const since = new Map(before?.since);
	let watermark = before?.watermark ?? 0;
	for (const [identity, { created }] of seen) {
		since.set(identity, created);
		watermark = Math.max(watermark, created);
	}
	const floor = Math.max(before?.floor ?? 0, watermark - LAG);
	return {
		added: new Map([...seen].filter(isNew)),
		known: bounded({ watermark, floor, since }),
	};
}

/** Without those below the floor; with very many guests in a short time, the floor rises. */
function bounded({ watermark, floor, since }: Newest): Newest {
	const newestFirst = [...since].filter(([, at]) => at >= floor).sort(([, a], [, b]) => b - a);
	const shared = newestFirst.filter(([, at]) => at === watermark).length;
	const most = shared + MOST_IDENTITIES;
	if (newestFirst.length <= most) return { watermark, floor, since: new Map(newestFirst) };
	// A second is kept whole or not at all.
	const risen = newestFirst[most][1] + 1;
	return { watermark, floor: risen, since: new Map(newestFirst.filter(([, at]) => at >= risen)) };
}

/** The floor, the watermark, and for each second how long before the watermark it was and who was made in it. */
export function encodeNewest({ watermark, floor, since }: Newest): string {
	const bySecond = new Map<number, string[]>();
	for (const [identity, at] of since) bySecond.set(at, [...(bySecond.get(at) ?? []), identity]);
	const groups = [...bySecond]
		.sort(([a], [b]) => b - a)
		.map(([at, identities]) => `${(watermark - at).toString(36)}:${identities.sort().join('')}`);
	return [floor.toString(36), watermark.toString(36), ...groups].join(' ');
}

export function decodeNewest(text: string): Newest {
	const [floor, watermark, ...groups] = text.split(' ');
	const newest = parseInt(watermark, 36);
	const since = new Map<string, number>();
	for (const group of groups) {
		const [ago, identities] = group.split(':');
		for (let at = 0; at < identities.length; at += IDENTITY_LENGTH) {
			since.set(identities.slice(at, at + IDENTITY_LENGTH), newest - parseInt(ago, 36));
		}
	}
	return { watermark: newest, floor: parseInt(floor, 36), since };
}
