// One page of a list to choose from, which Tallyfy searches (G8). Used by the lists behind From List.
import type {
	IDataObject,
	ILoadOptionsFunctions,
	INodeListSearchItems,
	INodeListSearchResult,
} from 'n8n-workflow';
import { pageOf } from '../transport/response';
import { withClient, type BaseClient } from '../transport/client';

const PER_PAGE = 50;

/** The list is open, and a person waits for it. */
const RETRY_OPTIONS = { limits: { concurrency: 10 }, maxWaitMs: 5_000 };

/** Does something with a client for an open list; what goes wrong is shown in it. */
export async function withListClient<T>(
	context: ILoadOptionsFunctions,
	work: (client: BaseClient) => Promise<T>,
): Promise<T> {
	const parameters = context.getCurrentNodeParameters() ?? {};
	// n8n shows a list search no credential unless this says which, and workflows made by programs leave defaults out.
	parameters.authentication ??= 'accessToken';
	return await withClient(context, parameters.authentication, RETRY_OPTIONS, work);
}

/** What n8n gives to a list search: what was typed, and where the last page ended. */
interface Query {
	filter?: string;
	/** "next page, entries so far"; a text, because n8n turns numbers into something else. */
	paginationToken?: string;
}

/** The name of an entry: `Nathan Smith (nathan@example.com)`, or the email alone. */
export const nameAndEmail = (name: string, { email }: IDataObject): string =>
	name ? `${name} (${String(email)})` : String(email);

/** One page of a list as entries to pick from, without records that `entry` makes none of. */
export async function searchPage(
	context: ILoadOptionsFunctions,
	{ filter, paginationToken }: Query,
	url: string,
	entry: (record: IDataObject) => INodeListSearchItems | undefined,
): Promise<INodeListSearchResult> {
	const [page, before] = String(paginationToken ?? '1,0')
		.split(',')
		.map(Number);
	return await withListClient(context, async ({ send }) => {
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
