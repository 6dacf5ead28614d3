// Guest > Update: the associated members, because Tallyfy changes nothing else (contract, updateGuest).
import type { INodeProperties } from 'n8n-workflow';
import { sendForOne, type ItemClient } from '../../transport/client';
import { invalidParameter } from '../../transport/errors';
import { withLock } from '../../transport/keyedMutex';
import type { ApiRequest } from '../../transport/request';
import { notice } from '../fields';
import type { Operation } from '../operation';
import { memberIds } from '../member/memberIds';
import { oneOf } from '../values';
import {
	associatedMembers,
	currentMembers,
	MEMBERS_KEY,
	MEMBERS_LABEL,
	replaceMembers,
} from './associatedMembers';
import { guestLocator, guestSegment } from './locator';
import { outputFields, outputMode } from './output';
import { verifyStored, writtenOutput } from './verifyStored';

const warning = notice(
	'updateNotice',
	"Through its API, Tallyfy changes a guest's associated members and nothing else. Names, company and phones are given when the guest is created; later, edit them in Tallyfy's web application.",
);

const membersMode: INodeProperties = {
	displayName: 'Mode',
	name: 'membersMode',
	type: 'options',
	default: 'add',
	description: "What to do with the guest's list of associated members",
	options: [
		{ name: 'Add', value: 'add', description: 'Keep the list and add these members' },
		{ name: 'Remove', value: 'remove', description: 'Keep the list without these members' },
		{
			name: 'Replace',
			value: 'replace',
			description: 'Make these members the whole list; an empty list clears it',
		},
	],
};

const MODES = ['add', 'remove', 'replace'];

/** The list after the change. */
export function changedMembers(mode: string, before: number[], given: number[]): number[] {
	if (mode === 'add') return [...new Set([...before, ...given])];
	if (mode === 'remove') return before.filter((id) => !given.includes(id));
	return given;
}

/** Makes these members the whole list, and says what Tallyfy did not store of it. */
async function written(client: ItemClient, request: ApiRequest, members: number[]) {
	const guest = await replaceMembers(client, request, members);
	return { guest, ...verifyStored({ [MEMBERS_KEY]: members }, guest) };
}

export const guestUpdate: Operation = {
	value: 'update',
	name: 'Update',
	action: 'Update associated members of guest',
	description:
		'Replace, extend or reduce the list of members who look after a guest. Its API changes nothing else of a guest; names can be edited in Tallyfy itself.',
	request: { method: 'PUT', url: '/guests/{guest}' },
	segments: { guest: guestSegment },
	run: async (client, request) => {
		const mode = oneOf(client.parameter('membersMode', ''), 'Mode', MODES, 'add');
		const given = memberIds(client.parameter('associatedMembers', []), MEMBERS_LABEL);
		if (mode !== 'replace' && given.length === 0) {
			throw invalidParameter(MEMBERS_LABEL, 'is empty', `Choose the members to ${mode}.`);
		}
		return await withLock(client, String(request.subject?.value), async () => {
			if (mode === 'replace') return [await written(client, request, given)];
			const guest = await sendForOne(client, { ...request, method: 'GET' });
			const before = currentMembers(guest);
			const members = changedMembers(mode, before, given);
			const same = members.length === before.length && members.every((id, at) => id === before[at]);
			return [same ? { guest } : await written(client, request, members)];
		});
	},
	output: writtenOutput,
	fields: [guestLocator, warning, membersMode, associatedMembers, outputMode, outputFields],
};
