// What the full comparison remembers between two polls: all guests, as text for n8n's static data. Pure.
import {
	decodeNumbers,
	encodeNumbers,
	FINGERPRINT_SIZE,
	fromNumbers,
	numbersOf,
	type GuestState,
} from './fingerprint';
import { IDENTITY_LENGTH } from './identity';

/** A guest who was not in the list: lists lag, and pages shift while they are read. Seconds since 1970, by n8n's clock. */
export interface Missed {
	/** The first poll that did not see the guest. */
	since: number;
	/** The poll before that. */
	seen: number;
}

export interface KnownGuestState {
	print: GuestState;
	missed?: Missed;
}

export interface SnapshotState {
	/** The newest moment in anything that Tallyfy said, but for those in the future, in seconds since 1970. */
	horizon: number;
	/** When the poll was that reported last, in seconds since 1970 by n8n's clock. */
	polledAt: number;
	/** After how many days guests were taken as inactive; 0 for not at all. */
	inactiveDays: number;
	/** By identity. */
	guests: Map<string, KnownGuestState>;
}

/**
 * About 20 to 40 characters for each guest, alike for the same guests in any order. `polledAt` comes first, so that the rest
 * can be compared without it.
 */
export function encodeKnown({ horizon, polledAt, inactiveDays, guests }: SnapshotState): string {
	const entries = [...guests].map(([identity, { print, missed }]) => {
		const absence = missed ? [missed.since, missed.seen] : [];
		return identity + encodeNumbers([...numbersOf(print), ...absence]);
	});
	const header = [polledAt.toString(36), `${horizon.toString(36)},${inactiveDays}`];
	return [...header, ...entries.sort()].join(' ');
}

/** Whether two of them are alike but for the time of the poll: then the new one need not be stored. */
export function sameKnown(one: string, other: string): boolean {
	return one.slice(one.indexOf(' ')) === other.slice(other.indexOf(' '));
}

/** @param now seconds since 1970 by n8n's clock */
export function decodeKnown(text: string, now = Infinity): SnapshotState {
	const [polled, header, ...entries] = text.split(' ');
	const polledAt = parseInt(polled, 36);
	const [newest, inactiveDays] = header.split(',');
	const horizon = parseInt(newest, 36);
	const guests = new Map<string, KnownGuestState>();
	for (const entry of entries) {
		const numbers = decodeNumbers(entry.slice(IDENTITY_LENGTH), FINGERPRINT_SIZE + 2);
		const [since, seen] = numbers.slice(FINGERPRINT_SIZE);
		guests.set(entry.slice(0, IDENTITY_LENGTH), {
			print: fromNumbers(numbers),
			...(since ? { missed: { since, seen } } : {}),
		});
	}
	return {
		polledAt,
		// Versions up to 0.1.0 took a date in the future for the newest moment.
		horizon: horizon > Math.max(now, polledAt) ? polledAt : horizon,
		inactiveDays: Number(inactiveDays),
		guests,
	};
}
