// Lists as the API gives them: pages and their order. Used by everything that answers with a list.
import type { Quirks } from './faults.mts';
import { comparable } from './moments.mts';
import type { Guest, Json } from './organization.mts';

export function pageOf(
	records: Json[],
	query: Json,
	quirks: Quirks,
	fallback: number,
	fixed?: number,
): Json {
	const asked = fixed ?? (Number(query.per_page) || fallback);
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

/** Always the same order, and not one that anybody would sort by. */
export function disordered(guests: Guest[]): Guest[] {
	const place = ({ id }: Guest) => (id * 2_654_435_761) % 2 ** 32;
	return [...guests].sort((a, b) => place(a) - place(b));
}

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
