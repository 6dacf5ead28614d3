// Guest > Create or Get: an existing guest is left alone, so that a workflow can run twice and no invite is spent twice.
import type { IDataObject } from 'n8n-workflow';
import { guestField } from '../../output/guest';
import type { ItemClient } from '../../transport/client';
import { TallyfyError } from '../../transport/errors';
import { withLock } from '../../transport/keyedMutex';
import type { ApiRequest } from '../../transport/request';
import { recordOf } from '../../transport/response';
import { Cancelled } from '../../transport/withRetry';
import { notice } from '../fields';
import type { Operation } from '../operation';
import { memberIds } from '../member/memberIds';
import { associatedMembers, MEMBERS_KEY, MEMBERS_LABEL, replaceMembers } from './associatedMembers';
import { findGuest, guestRequest } from './locator';
import { createRequest, email, sendCreate } from './newGuest';
import { outputFields, outputMode } from './output';
import { additionalFields, fieldsJson } from './profile';
import { verifyStored, writtenOutput } from './verifyStored';

const warning = notice(
	'createOrGetNotice',
	'A guest who is there already is returned as they are: the API of Tallyfy changes no profile fields of an existing guest, and "notStored" in the item names those that differ. Associated Members, if you choose any, are set either way.',
);

interface Outcome {
	guest: IDataObject;
	created: boolean;
}

/** Reads first, so that no invite is spent on an existing guest (G10); and again after a 422: another client was faster (G42). */
async function createdOrFound(client: ItemClient, request: ApiRequest): Promise<Outcome> {
	const address = String(request.body?.email);
	const existing = await findGuest(client, address, 'Email');
	if (existing) return { guest: recordOf(existing), created: false };
	const response = await sendCreate(client, request);
	if (response.status === 422) {
		const meanwhile = await findGuest(client, address, 'Email');
		if (meanwhile) return { guest: recordOf(meanwhile), created: false };
	}
	return { guest: recordOf(response), created: true };
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
	const request = guestRequest(String(guest.email || address), 'Email');
	return await replaceMembers(client, { ...request, method: 'PUT' }, ids);
}

export const guestCreateOrGet: Operation = {
	value: 'createOrGet',
	name: 'Create or Get',
	action: 'Create guest or get existing one',
	description:
		'Get the guest with this email, or add one, as Create does. Safe to run twice. The item says whether the guest was created.',
	request: { method: 'POST', url: '/guests' },
	run: async (client, request) => {
		const ids = memberIds(client.parameter('associatedMembers', []) || [], MEMBERS_LABEL);
		const create = createRequest(client, request);
		const sent = { ...create.body, ...(ids.length > 0 ? { [MEMBERS_KEY]: ids } : {}) };
		const address = String(create.body?.email);
		return await withLock(client, address, async () => {
			const { guest, created } = await createdOrFound(client, create);
			const written = await withMembers(client, guest, address, ids).catch((error: Error) => {
				if (!created || !(error instanceof TallyfyError) || error instanceof Cancelled) throw error;
				const message = `The guest was created, but ${error.details.message}`;
				throw new TallyfyError({ ...error.details, message, outcome: 'unknown' });
			});
			return [{ guest: written, created, ...verifyStored(sent, written) }];
		});
	},
	output: writtenOutput,
	fields: [
		warning,
		email,
		additionalFields,
		fieldsJson,
		associatedMembers,
		outputMode,
		outputFields,
	],
};
