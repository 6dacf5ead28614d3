// Lists as the API shows them: sorted, a page at a time, and with the quirks that the sandbox is told to have.
import { comparable } from './dates.mts';
import type { Quirks } from './faults.mts';
import type { Guest, Json, Organization } from './organization.mts';

/** One page of records. @param size records a page if the query does not say; `fixed` if it has no say */
export function pageOf(
	records: Json[],
	query: Json,
	quirks: Quirks,
	size: number,
	fixed = false,
): Json {
	const asked = (!fixed && Number(query.per_page)) || size;
	const perPage = Math.min(asked, quirks.pageCap ?? Infinity);
	const page = Number(query.page) || 1;
	const data = records.slice((page - 1) * perPage, page * perPage);
	if (quirks.meta === false) return { data };
	const pages = Math.max(1, Math.ceil(records.length / perPage));
	const pagination: Json = {
		total: records.length,
		count: data.length,
		per_page: perPage,
		current_page: page,
		total_pages: quirks.totalPages === 'one' ? 1 : pages,
	};
	const next =
		page < pages ? { next: `https://go.tallyfy.com/api/next?page=${page + 1}` } : undefined;
	const links = { object: next ?? [], list: [], null: null, missing: undefined };
	const chosen = links[quirks.links ?? 'object'];
	if (chosen !== undefined) pagination.links = chosen;
	return { data, meta: { pagination } };
}

/** Always in the same order, which is the order of no field. */
function scrambled(guests: Guest[]): Guest[] {
	const place = ({ id }: Guest) => (id * 2_654_435_761) % 2 ** 32;
	return [...guests].sort((a, b) => place(a) - place(b));
}

/** As `sort` or `sort_by` asks; oldest first, if they do not. */
export function sorted(records: Json[], query: Json, { sortMinus }: Quirks): Json[] {
	const sort = String(query.sort ?? query.sort_by ?? 'created_at');
	const key = sort.replace(/^-/, '');
	const value = (record: Json) => {
		const raw = String(record[key] ?? (record.details as Json | undefined)?.[key] ?? '');
		return key.endsWith('_at') ? comparable(raw) : raw.toLowerCase();
	};
	const direction = sort.startsWith('-') && sortMinus !== 'ignored' ? -1 : 1;
	return records
		.map((record, index) => ({ record, index, value: value(record) }))
		.sort((a, b) =>
			a.value === b.value ? a.index - b.index : direction * (a.value < b.value ? -1 : 1),
		)
		.map(({ record }) => record);
}

/** Gives the guests that a query asks for. Keeps the last list until a guest changes: not every page need sort them again. */
export function guestLists(
	organization: Organization,
	quirks: () => Quirks,
): (query: Json) => Guest[] {
	let cached: { key: string; list: Guest[] } | undefined;
	return (query) => {
		const { lag: changes, lagMs: ms, sortMinus } = quirks();
		const hidden = changes || ms ? organization.hiddenBy({ changes, ms }) : 0;
		const search = String(query.q ?? '').toLowerCase();
		const { version } = organization;
		const key = JSON.stringify([version, hidden, sortMinus, search, query.sort, query.sort_by]);
		if (cached?.key !== key) {
			const found = organization
				.guestsBefore(hidden)
				.filter(({ email }) => email.toLowerCase().includes(search));
			const list =
				sortMinus === 'unsorted' ? scrambled(found) : (sorted(found, query, quirks()) as Guest[]);
			cached = { key, list };
		}
		return cached.list;
	};
}
