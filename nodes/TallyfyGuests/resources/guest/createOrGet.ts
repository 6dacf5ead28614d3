// Guest > Create or Get: a guest who is there is left alone, so that a workflow can run twice and nobody is invited twice.
import type { IDataObject, INodeProperties } from 'n8n-workflow';
import { guestField } from '../../output/guest';
import { recordOf } from '../../transport/response';
import type { ItemClient } from '../../transport/client';
import { TallyfyError } from '../../transport/errors';
import { pathSegment } from '../../transport/url';
import type { ApiRequest } from '../../transport/request';
import { Cancelled } from '../../transport/withRetry';
import type { Operation } from '../operation';
import { email, found, invitationOf, invite } from './invite';
import { associatedMembers, MEMBERS_KEY, memberIds, replaceMembers } from './associatedMembers';
import { outputFields, outputMode } from './output';
import { additionalFields, fieldsJson } from './profile';
import { verifyStored, writtenOutput } from './verifyStored';
import { withLock } from '../../transport/keyedMutex';

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
async function createdOrFound(client: ItemClient, request: ApiRequest): Promise<Outcome> {
	const address = String(request.body?.email);
	const there = await found(client, address);
	if (there) return { guest: recordOf(there), created: false };
	const answer = await invite(client, request);
	if (answer.status === 422) {
		const meanwhile = await found(client, address);
		if (meanwhile) return { guest: recordOf(meanwhile), created: false };
	}
	return { guest: recordOf(answer), created: true };
}

/** Sets the associated members, unless they are what they should be. */
async function withMembers(
	client: ItemClient,
	guest: IDataObject,
	address: string,
	ids: number[],
): Promise<IDataObject> {
	const before = guestField(guest, 'associatedMembers');
	if (ids.length === 0 || JSON.stringify(before) === JSON.stringify(ids)) return guest;
	const value = String(guest.email || address);
	const url = `/guests/${pathSegment(value, 'Email')}`;
	const subject = { noun: 'guest', value, parameter: 'Email' };
	return await replaceMembers(client, { method: 'PUT', url, subject }, ids);
}

export const guestCreateOrGet: Operation = {
	value: 'createOrGet',
	name: 'Create or Get',
	action: 'Create guest or get existing one',
	description:
		'Get the guest with this email, or add one, as Create does. Safe to run twice. The item says whether the guest was created.',
	request: { method: 'POST', url: '/guests' },
	run: async (client, request) => {
		const ids = memberIds(client.parameter('associatedMembers', []) || []);
		const invitation = invitationOf(client, request);
		const sent = { ...invitation.body, ...(ids.length > 0 ? { [MEMBERS_KEY]: ids } : {}) };
		const address = String(invitation.body?.email);
		return await withLock(client, address, async () => {
			const { guest, created } = await createdOrFound(client, invitation);
			const written = await withMembers(client, guest, address, ids).catch((error: Error) => {
				if (!created || !(error instanceof TallyfyError) || error instanceof Cancelled) throw error;
				const { message, ...rest } = error.details;
				throw new TallyfyError({
					...rest,
					message: `The guest was created, but ${message}`,
					outcome: 'unknown',
				});
			});
			return [{ guest: written, created, ...verifyStored(sent, written) }];
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
