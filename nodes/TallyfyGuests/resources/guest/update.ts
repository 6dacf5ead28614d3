// Guest > Update: the associated members, because Tallyfy changes nothing else (contract, updateGuest).
import type { IDataObject, INodeProperties } from 'n8n-workflow';
import { guestField } from '../../output/guest';
import { sendForOne } from '../../transport/door';
import { Problem, refusal } from '../../transport/failure';
import { isObject } from '../../transport/request';
import { memberId } from '../member/id';
import type { Operation } from '../operation';
import { switchedGuest } from './access';
import { guestSegment } from './email';
import { guestLocator, outputFields, outputMode } from './fields';
import { associatedMembers, MEMBERS_LABEL, memberIds } from './members';
import { notStored, writtenOutput } from './stored';

const notice: INodeProperties = {
	displayName:
		"Tallyfy lets you change a guest's associated members and nothing else. Names, company and phones can only be given when the guest is created.",
	name: 'updateNotice',
	type: 'notice',
	default: '',
};

const membersMode: INodeProperties = {
	displayName: 'Mode',
	name: 'membersMode',
	type: 'options',
	default: 'replace',
	description: "What to do with the guest's list of associated members",
	options: [
		{
			name: 'Add',
			value: 'add',
			description: 'Keep the list and add these members',
		},
		{
			name: 'Remove',
			value: 'remove',
			description: 'Keep the list without these members',
		},
		{
			name: 'Replace',
			value: 'replace',
			description: 'Make these members the whole list; none clears it',
		},
	],
};

const MEMBERS_KEY = 'associated_members';

/** The list after the change. */
export function changedMembers(mode: string, before: number[], given: number[]): number[] {
	if (mode === 'add') return [...new Set([...before, ...given])];
	if (mode === 'remove') return before.filter((id) => !given.includes(id));
	return given;
}

/** Ids as the API may write a list: of numbers, texts or objects, as a map, in `data`, or as text. */
function idsIn(list: unknown): Array<number | undefined> {
	if (list === null) return [];
	if (typeof list === 'number') return [memberId(list)];
	if (typeof list === 'string') {
		const text = list.replace(/[[\]\s"]/g, '');
		return text === '' ? [] : text.split(',').map(memberId);
	}
	if (isObject(list) && 'data' in list) return idsIn(list.data);
	return Object.values(list as object).map((entry: unknown) =>
		memberId(isObject(entry) ? entry.id : entry),
	);
}

/** The members in a guest's list. Raises a Problem where they cannot be told: the whole list is sent, and they would go. */
function currentMembers(guest: IDataObject): number[] {
	const isTold = [guest, guest.details].some((part) => isObject(part) && MEMBERS_KEY in part);
	const ids = isTold ? idsIn(guestField(guest, 'associatedMembers')) : [undefined];
	return ids.map((id) => {
		if (id !== undefined) return id;
		throw new Problem({
			message: "Tallyfy does not tell the guest's associated members",
			description: `Nothing was changed. Choose Mode: Replace, and give the whole list in ${MEMBERS_LABEL}.`,
		});
	});
}

export const guestUpdate: Operation = {
	value: 'update',
	name: 'Update',
	action: 'Update associated members of guest',
	description:
		'Replace, extend or reduce the list of members who look after a guest. Tallyfy cannot change anything else of a guest.',
	request: { method: 'PUT', url: '/guests/{guest}' },
	segments: { guest: guestSegment },
	run: async (door, request) => {
		const mode = String(door.parameter('membersMode', 'replace'));
		const given = memberIds(door.parameter('associatedMembers', []));
		if (!['add', 'remove', 'replace'].includes(mode)) {
			throw refusal('Mode', `is ${mode}`, 'Choose add, remove or replace.');
		}
		if (mode !== 'replace' && given.length === 0) {
			throw refusal(MEMBERS_LABEL, 'is empty', `Choose the members to ${mode}.`);
		}
		let members = given;
		if (mode !== 'replace') {
			const guest = await sendForOne(door, { ...request, method: 'GET' });
			const before = currentMembers(guest);
			members = changedMembers(mode, before, given);
			const same = members.length === before.length && members.every((id, at) => id === before[at]);
			if (same) return [{ guest }];
		}
		const body = { [MEMBERS_KEY]: members };
		const sent = { ...request, body };
		const guest = await switchedGuest(door, sent, await door.send(sent));
		return [{ guest, ...notStored(body, guest) }];
	},
	output: writtenOutput,
	fields: [guestLocator, notice, membersMode, associatedMembers, outputMode, outputFields],
};
