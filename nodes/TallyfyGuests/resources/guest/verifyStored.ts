// The truth about writes: what was sent, held against what came back. Tallyfy drops values with a success (facts.md 7, 20).
import type { IDataObject } from 'n8n-workflow';
import { ourName } from '../../output/guest';
import { parseTimestamp } from '../../output/dates';
import type { ItemClient } from '../../transport/client';
import { isObject } from '../../transport/request';
import { idsIn, MEMBERS_KEY } from './associatedMembers';
import { guestOutput } from './output';

/** Members in any order and shape, everything else as text. */
function plain(key: string, value: unknown): string {
	if (key !== MEMBERS_KEY) return String(value ?? '');
	return idsIn(value ?? null)
		.map(Number)
		.sort((a, b) => a - b)
		.join();
}

/** Whether two values say the same, whatever the case of an email and the spelling of a date. */
function same(key: string, sent: unknown, stored: unknown): boolean {
	const [a, b] = [plain(key, sent), plain(key, stored)];
	if (a === b || (a.includes('@') && a.toLowerCase() === b.toLowerCase())) return true;
	const moment = parseTimestamp(sent);
	return moment !== undefined && moment === parseTimestamp(stored);
}

/** `{ notStored: [...] }` with the names of values that came back as something else; nothing where all is well. */
export function verifyStored(sent: IDataObject = {}, guest: IDataObject): IDataObject {
	const places = [guest, isObject(guest.details) ? guest.details : {}];
	const lost = Object.keys(sent).filter((key) => {
		// A field that the answer does not show at all tells nothing.
		const shown = places.filter((place) => key in place);
		return shown.length > 0 && !shown.some((place) => same(key, sent[key], place[key]));
	});
	return lost.length > 0 ? { notStored: lost.map(ourName) } : {};
}

/** What a written guest becomes: the guest by the parameters Output and Fields, and what there is to say beside it. */
export function writtenOutput(client: ItemClient): (record: IDataObject) => IDataObject {
	const shape = guestOutput(client);
	return ({ guest, ...beside }) => ({ ...shape(guest as IDataObject), ...beside });
}
