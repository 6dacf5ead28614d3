// One page of a list to pick from: Tallyfy searches. Called by the pickers behind From List.
import type {
	IDataObject,
	ILoadOptionsFunctions,
	INodeListSearchItems,
	INodeListSearchResult,
} from 'n8n-workflow';
import { pageOf } from './answer';
import { openPicker } from './picker';

const PER_PAGE = 50;

/** What n8n asks a list search: what was typed, and where the last page ended. */
export interface Asked {
	filter?: string;
	/** "next page, entries so far"; a text, because n8n turns numbers into something else. */
	paginationToken?: string;
}

/** One page of a list as entries to pick from, without records that `entry` makes none of. */
export async function searchPage(
	context: ILoadOptionsFunctions,
	{ filter, paginationToken }: Asked,
	url: string,
	entry: (record: IDataObject) => INodeListSearchItems | undefined,
): Promise<INodeListSearchResult> {
	const [page, before] = String(paginationToken ?? '1,0')
		.split(',')
		.map(Number);
	return await openPicker(context, async (send) => {
		const qs = { q: filter?.trim(), page, per_page: PER_PAGE };
		const { records, total } = pageOf(await send({ method: 'GET', url, qs }));
		const shown = before + records.length;
		const more = records.length > 0 && (total === undefined || shown < total);
		return {
			results: records.map(entry).filter((item) => item !== undefined),
			...(more ? { paginationToken: `${page + 1},${shown}` } : {}),
		};
	});
}
