// A server of pages of guests, as the tests of pagination ask it.
import { expect } from 'vitest';
import {
	readAllPages,
	type FetchPage,
	type ReadOptions,
} from '../../nodes/TallyfyGuests/transport/pagination.ts';

export const guests = (count: number) =>
	Array.from({ length: count }, (_, index) => ({ id: index, email: `${index}@x.example` }));

export const read = async (ask: FetchPage, options?: ReadOptions) =>
	(await readAllPages(ask, options)).records;

export interface Server {
	list: Array<{ id: number; email: string }>;
	cap?: number;
	/** What the server says; undefined for the truth, null for nothing. */
	total?: number | null;
	/** Gives the first page for every number. */
	ignoresPage?: boolean;
}

/** A server of pages, and the pages it was asked for. */
export function serverOf({ list, cap = Infinity, total, ignoresPage }: Server) {
	const asked: number[] = [];
	const ask: FetchPage = async (page, perPage) => {
		asked.push(page);
		const size = Math.min(perPage, cap);
		const start = ignoresPage ? 0 : (page - 1) * size;
		const records = list.slice(start, start + size);
		const claimed = total === undefined ? list.length : total;
		// As pageOf has it: less than what came is no total.
		return { records, total: claimed === null || claimed < records.length ? undefined : claimed };
	};
	return { ask, asked };
}

/** An error with these texts. */
export const problem = (message: string, description: string) =>
	expect.objectContaining({
		details: {
			message: expect.stringContaining(message) as string,
			description: expect.stringContaining(description) as string,
		},
	}) as Error;
