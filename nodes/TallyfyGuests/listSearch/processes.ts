// The list behind Process > From List (facts 168).
import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';
import { recordName } from '../output/names';
import { searchPage } from './searchPage';

/** One page of processes as list entries: name and template, the ID as the value. */
export async function searchProcesses(
	this: ILoadOptionsFunctions,
	filter?: string,
	paginationToken?: string,
): Promise<INodeListSearchResult> {
	return await searchPage(this, { filter, paginationToken }, '/runs', (process) =>
		process.id
			? { name: recordName(process) ?? String(process.id), value: String(process.id) }
			: undefined,
	);
}
