// The list behind Template > From List (facts 173).
import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';
import { searchPage } from './searchPage';

/** One page of templates as list entries: the title, the ID as the value. */
export async function searchTemplates(
	this: ILoadOptionsFunctions,
	filter?: string,
	paginationToken?: string,
): Promise<INodeListSearchResult> {
	return await searchPage(this, { filter, paginationToken }, '/checklists', ({ id, title }) =>
		id ? { name: String(title || id), value: String(id) } : undefined,
	);
}
