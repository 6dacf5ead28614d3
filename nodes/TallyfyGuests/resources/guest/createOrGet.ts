// Guest > Create or Get: a guest who is there is left alone, so that a workflow can run twice and nobody is invited twice.
import type { IDataObject, INodeProperties } from 'n8n-workflow';
import { guestField } from '../../output/guest';
import { recordOf } from '../../transport/answer';
import type { Door } from '../../transport/door';
import { Problem } from '../../transport/failure';
import { pathSegment } from '../../transport/path';
import type { ApiRequest } from '../../transport/request';
import { Cancelled } from '../../transport/withRetry';
import type { Operation } from '../operation';
import { email, found, invitationOf, invite } from './invite';
import { associatedMembers, MEMBERS_KEY, memberIds, replaceMembers } from './members';
import { outputFields, outputMode } from './output';
import { additionalFields, fieldsJson } from './profile';
import { notStored, writtenOutput } from './stored';
import { inTurn } from './turns';

const notice: INodeProperties = {
	displayName:
		'A guest who is there already is returned as they are: the API of Tallyfy changes no profile fields of an existing guest, and "notStored" in the item names those that differ. Associated Members, if you choose any, are set either way.',
	name: 'createOrGetNotice',
	type: 'notice',
	default: '',
};

interface Outcome {
	guest: IDataObject;
	created: boolean;
}

/** Reads first, so that no invite is spent on a guest who is there; creates; and looks once more if somebody was faster. */
async function createdOrFound(door: Door, request: ApiRequest): Promise<Outcome> {
	const address = String(request.body?.email);
	const there = await found(door, address);
	if (there) return { guest: recordOf(there), created: false };
	const answer = await invite(door, request);
	if (answer.status === 422) {
		const meanwhile = await found(door, address);
		if (meanwhile) return { guest: recordOf(meanwhile), created: false };
	}
	return { guest: recordOf(answer), created: true };
}

/** Sets the associated members, unless they are what they should be. */
async function withMembers(
	door: Door,
	guest: IDataObject,
	address: string,
	ids: number[],
): Promise<IDataObject> {
	const before = guestField(guest, 'associatedMembers');
	if (ids.length === 0 || JSON.stringify(before) === JSON.stringify(ids)) return guest;
	const value = String(guest.email || address);
	const url = `/guests/${pathSegment(value, 'Email')}`;
	const subject = { noun: 'guest', value, parameter: 'Email' };
	return await replaceMembers(door, { method: 'PUT', url, subject }, ids);
}

export const guestCreateOrGet: Operation = {
	value: 'createOrGet',
	name: 'Create or Get',
	action: 'Create guest or get existing one',
	description:
		'Get the guest with this email, or add one, as Create does. Safe to run twice. The item says whether the guest was created.',
	request: { method: 'POST', url: '/guests' },
	run: async (door, request) => {
		const ids = memberIds(door.parameter('associatedMembers', []) || []);
		const invitation = invitationOf(door, request);
		const sent = { ...invitation.body, ...(ids.length > 0 ? { [MEMBERS_KEY]: ids } : {}) };
		const address = String(invitation.body?.email);
		return await inTurn(door, address, async () => {
			const { guest, created } = await createdOrFound(door, invitation);
			const written = await withMembers(door, guest, address, ids).catch((error: Error) => {
				if (!created || !(error instanceof Problem) || error instanceof Cancelled) throw error;
				const { message, ...rest } = error.failure;
				throw new Problem({
					...rest,
					message: `The guest was created, but ${message}`,
					outcome: 'unknown',
				});
			});
			return [{ guest: written, created, ...notStored(sent, written) }];
		});
	},
	output: writtenOutput,
	fields: [
		notice,
		email,
		additionalFields,
		fieldsJson,
		associatedMembers,
		outputMode,
		outputFields,
	],
};
