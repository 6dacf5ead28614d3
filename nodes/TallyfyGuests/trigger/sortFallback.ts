// Asking for the list of guests where the server refuses to sort as it is asked: only `created_at` is documented, and what a
// minus sign does is not published (contract, listGuests). Called by polling and samples.
import type { Page } from '../transport/response';
import { TallyfyError } from '../transport/errors';
import type { AskInOrder } from './arrivals';

/** Refused; 500 too, because a server that passes the name on to its database answers so. */
const REFUSED = [400, 422, 500];

const DOCUMENTED = 'created_at';
/** Without a wish the server sorts by `created_at` (facts.md 17). */
const NONE = '';

/**
 * The same asking, which goes on without the minus sign, and then without a sort, where that is refused. It is remembered for
 * as long as the function lives, so not until the next poll: the server may learn. Raises the first refusal if nothing helps.
 */
export function withSortFallback(ask: AskInOrder): AskInOrder {
	const refused = new Set<string>();
	return async (sort, page, perPage): Promise<Page> => {
		const spellings = [...new Set([sort, DOCUMENTED, NONE])].filter((one) => !refused.has(one));
		let first: unknown;
		for (const spelling of spellings) {
			try {
				return await ask(spelling, page, perPage);
			} catch (error) {
				first ??= error;
				const status = error instanceof TallyfyError ? error.details.status : undefined;
				if (!REFUSED.includes(status ?? 0)) throw first;
				if (spelling !== NONE) refused.add(spelling);
			}
		}
		throw first;
	};
}
