// What the comparison of all guests stores between two polls, as text for n8n's static data. Pure.
import { KEY_LENGTH, type GuestState } from '../guestState';

export interface KnownGuest {
	state: GuestState;
	/** The first poll whose list was without the guest (lists lag, and pages shift), and the one before; in seconds since 1970. */
	missed?: { since: number; seen: number };
}

export interface SnapshotState {
	/** The newest date in anything that Tallyfy said, but for those in the future, in seconds since 1970. */
	watermark: number;
	/** The last poll that changed the stored text, in seconds since 1970 by n8n's clock. */
	polledAt: number;
	/** Days after which guests were taken as inactive; 0 without that event. */
	inactiveDays: number;
	/** By key. */
	guests: Map<string, KnownGuest>;
}

/** One guest: the key, and numbers as `8,k3`: base 36, nothing for 0, nothing at the end. What few guests have comes last. */
function encodeGuest(key: string, { state, missed }: KnownGuest): string {
	const { access, completion, count, disabledAt, disabled, reactivatedAt } = state;
	const numbers = [access, completion, count, disabledAt, Number(disabled), reactivatedAt];
	if (missed) numbers.push(missed.since, missed.seen);
	const text = numbers.map((number) => (number ? number.toString(36) : '')).join();
	return key + text.replace(/,+$/, '');
}

function decodeGuest(entry: string): [string, KnownGuest] {
	const parts = entry.slice(KEY_LENGTH).split(',');
	const [access, completion, count, disabledAt, disabled, reactivatedAt, since, seen] = Array.from(
		{ length: 8 },
		(_, index) => parseInt(parts[index] || '0', 36),
	);
	const state = { access, completion, count, disabledAt, disabled: disabled === 1, reactivatedAt };
	return [entry.slice(0, KEY_LENGTH), { state, ...(since && { missed: { since, seen } }) }];
}

/**
 * The state as text, 20 to 40 characters for each guest, the same for the same guests in any order. `polledAt` comes first,
 * so that the rest can be compared without it.
 */
export function encodeSnapshot(state: SnapshotState): string {
	const [polledAt, watermark] = [state.polledAt.toString(36), state.watermark.toString(36)];
	const guests = [...state.guests].map((entry) => encodeGuest(...entry)).sort();
	return [polledAt, `${watermark},${state.inactiveDays}`, ...guests].join(' ');
}

/** Whether two encoded states differ in nothing but the time of the poll. */
export function isSameButTime(one: string, other: string): boolean {
	return one.slice(one.indexOf(' ')) === other.slice(other.indexOf(' '));
}

/** The state of such a text; `now` is in seconds since 1970 by n8n's clock. */
export function decodeSnapshot(text: string, now = Infinity): SnapshotState {
	const [polled, header, ...entries] = text.split(' ');
	const polledAt = parseInt(polled, 36);
	const [newest, inactiveDays] = header.split(',');
	const watermark = parseInt(newest, 36);
	return {
		polledAt,
		// Versions up to 0.1.0 stored a date in the future as the newest.
		watermark: watermark > Math.max(now, polledAt) ? polledAt : watermark,
		inactiveDays: Number(inactiveDays),
		guests: new Map(entries.map(decodeGuest)),
	};
}
