// Associated members: the field, what people and expressions put into it, and the list that a guest has and gets.
import type { IDataObject, INodeProperties } from 'n8n-workflow';
import { guestField } from '../../output/guest';
import { TallyfyError, invalidParameter } from '../../transport/errors';
import type { ItemClient } from '../../transport/client';
import { isObject, type ApiRequest } from '../../transport/request';
import { memberId } from '../member/locator';
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

/** Member IDs from a list, a JSON list, or a text with commas. @throws TallyfyError for what is no whole number above 0 */
export function memberIds(value: unknown): number[] {
	const entries = listed(value);
	if (!Array.isArray(entries)) {
		throw invalidParameter(
			MEMBERS_LABEL,
			entries === undefined ? 'is empty' : 'is not a list',
			'Give a list of member IDs, e.g. {{ [1001, 1002] }}, or an empty list to clear.',
		);
	}
	const ids = entries.map((entry) => {
		const id = memberId(entry);
		if (id !== undefined) return id;
		throw invalidParameter(
			MEMBERS_LABEL,
			`holds ${JSON.stringify(entry) ?? 'nothing'}, which is no member ID`,
			'Member IDs are whole numbers, e.g. 20059. Pick members from the list to see theirs.',
		);
	});
	return [...new Set(ids)];
}

/** A list as it is, as JSON, or as a text with commas; one number is a list of one. Undefined when there is nothing. */
function listed(value: unknown): unknown {
	if (typeof value === 'number') return [value];
	if (typeof value !== 'string') return value ?? undefined;
	const text = value.trim();
	if (text === '') return undefined;
	if (!text.startsWith('[')) return text.split(',');
	try {
		return JSON.parse(text);
	} catch {
		return text;
	}
}

/** Ids as the API may write a list: of numbers, texts or objects, as a map, in `data`, or as text (G25). */
export function idsIn(list: unknown): Array<number | undefined> {
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
