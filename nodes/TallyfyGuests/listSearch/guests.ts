// The list behind Guest > From List.
import type { IDataObject, ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';
import { guestField } from '../output/guest';
import { nameAndEmail, searchPage } from './searchPage';

function label(guest: IDataObject): string {
	const names = [guestField(guest, 'firstName'), guestField(guest, 'lastName')];
	return nameAndEmail(names.filter(Boolean).join(' '), guest);
}

/** One page of guests as list entries: name and email, the email as the value. */
export async function searchGuests(
	this: ILoadOptionsFunctions,
	filter?: string,
	paginationToken?: string,
): Promise<INodeListSearchResult> {
	return await searchPage(this, { filter, paginationToken }, '/guests', (guest) =>
		guest.email ? { name: label(guest), value: String(guest.email) } : undefined,
	);
}
