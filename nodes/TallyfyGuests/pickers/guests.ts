// The list behind Guest > From List: Tallyfy searches, page by page.
import type { IDataObject, ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';
import { guestField } from '../output/guest';
import { pageOf } from '../transport/answer';
import { openPicker } from '../transport/picker';

const PER_PAGE = 50;

function label(guest: IDataObject): string {
	const person = [guestField(guest, 'firstName'), guestField(guest, 'lastName')]
		.filter(Boolean)
		.join(' ');
	return person ? `${person} (${String(guest.email)})` : String(guest.email);
}

/**
 * One page of guests as list entries: name and email, the email as the value.
 * @param paginationToken "next page, entries so far"; a text, because n8n turns numbers into something else
 */
export async function searchGuests(
	this: ILoadOptionsFunctions,
	filter?: string,
	paginationToken?: string,
): Promise<INodeListSearchResult> {
	const [page, before] = String(paginationToken ?? '1,0')
		.split(',')
		.map(Number);
	return await openPicker(this, async (send) => {
		const { records, total } = pageOf(
			await send({
				method: 'GET',
				url: '/guests',
				qs: { q: filter?.trim(), page, per_page: PER_PAGE },
			}),
		);
		const shown = before + records.length;
		const more = records.length > 0 && (total === undefined || shown < total);
		return {
			results: records.map((guest) => ({ name: label(guest), value: String(guest.email) })),
			...(more ? { paginationToken: `${page + 1},${shown}` } : {}),
		};
	});
}
