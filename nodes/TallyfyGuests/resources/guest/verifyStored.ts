// What a write really did: the guest that it left, held against what was sent. Tallyfy drops values with a success (facts.md 7, 20).
import type { IDataObject } from 'n8n-workflow';
import { parseTimestamp } from '../../output/dates';
import { ourName } from '../../output/guest';
import type { MapRecord } from '../../transport/pagination';
import { isObject } from '../../transport/request';
import type { Parameters } from '../fields';
import { idsIn } from '../member/memberIds';
import { MEMBERS_KEY } from './associatedMembers';
import { guestOutput } from './output';

/** Members in any order and shape (G25), everything else as text. */
function plain(key: string, value: unknown): string {
	if (key !== MEMBERS_KEY) return String(value ?? '');
	const ids = idsIn(value ?? null).map(Number);
	return ids.sort((one, other) => one - other).join();
}

/** Whether two values are the same, apart from upper case in an email (G24) and the spelling of a date. */
function isSame(key: string, sent: unknown, stored: unknown): boolean {
	const [one, other] = [plain(key, sent), plain(key, stored)];
	if (one === other || (one.includes('@') && one.toLowerCase() === other.toLowerCase()))
		return true;
	const date = parseTimestamp(sent);
	return date !== undefined && date === parseTimestamp(stored);
}

/** `{ notStored: [...] }` with the names of values that came back as something else, on top or in `details` (G14); or `{}`. */
export function verifyStored(sent: IDataObject = {}, guest: IDataObject): IDataObject {
	const places = [guest, isObject(guest.details) ? guest.details : {}];
	const dropped = Object.keys(sent).filter((key) => {
		// A field that the response does not show at all tells nothing.
		const shown = places.filter((place) => key in place);
		return shown.length > 0 && !shown.some((place) => isSame(key, sent[key], place[key]));
	});
	return dropped.length > 0 ? { notStored: dropped.map(ourName) } : {};
}

/** What a written guest becomes: the guest by the parameters Output and Fields, and what there is to say beside it. */
export function writtenOutput(parameters: Parameters): MapRecord {
	const mapRecord = guestOutput(parameters);
	return ({ guest, ...beside }) => ({ ...mapRecord(guest as IDataObject), ...beside });
}
