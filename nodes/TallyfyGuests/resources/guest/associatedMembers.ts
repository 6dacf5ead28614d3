// Associated members: the field, what people and expressions put into it, and the list that a guest has and gets.
import type { IDataObject, INodeProperties } from 'n8n-workflow';
import { guestField } from '../../output/guest';
import { TallyfyError } from '../../transport/errors';
import type { ItemClient } from '../../transport/client';
import { isObject, type ApiRequest } from '../../transport/request';
import { idsIn } from '../member/memberIds';
import { guestFromWriteResponse } from './locator';

export const associatedMembers: INodeProperties = {
	displayName: 'Associated Member Names or IDs',
	name: 'associatedMembers',
	type: 'multiOptions',
	default: [],
	description:
		'The members who look after this guest. Choose from the list, or specify IDs using an <a href="https://docs.n8n.io/code/expressions/">expression</a>.',
	typeOptions: { loadOptionsMethod: 'getMembers' },
};

export const MEMBERS_LABEL = 'Associated Members';
/** The API's name of the list, in a guest and in a change. */
export const MEMBERS_KEY = 'associated_members';

/**
 * The members in a guest's list.
 * @throws TallyfyError where they cannot be told: a change sends the whole list, so those would be removed
 */
export function currentMembers(guest: IDataObject): number[] {
	const isTold = [guest, guest.details].some((part) => isObject(part) && MEMBERS_KEY in part);
	const ids = isTold ? idsIn(guestField(guest, 'associatedMembers')) : [undefined];
	return ids.map((id) => {
		if (id !== undefined) return id;
		throw new TallyfyError({
			message: "Tallyfy does not tell the guest's associated members",
			description: `Nothing was changed. Choose Mode: Replace, and give the whole list in ${MEMBERS_LABEL}.`,
		});
	});
}

/**
 * Makes these members the whole list; gives the guest after it.
 * @param request to the guest, PUT
 * @throws TallyfyError when Tallyfy refuses
 */
export async function replaceMembers(
	client: ItemClient,
	request: ApiRequest,
	members: number[],
): Promise<IDataObject> {
	const sent = { ...request, body: { [MEMBERS_KEY]: members } };
	return await guestFromWriteResponse(client, sent, await client.send(sent));
}
