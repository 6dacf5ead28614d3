// One poll: reads the list of guests, compares it with the state in n8n's static data, and gives items of what happened.
import type { IDataObject, INodeExecutionData, IPollFunctions } from 'n8n-workflow';
import { withClient, type Client } from '../../transport/client';
import { TallyfyError } from '../../transport/errors';
import type { ReadParameter } from '../../transport/itemContext';
import type { Send } from '../../transport/request';
import { pageOf } from '../../transport/response';
import { shortHash } from '../guestState';
import { triggerParameters, type TriggerParameters } from '../parameters';
import { isoOf, type Change } from './events';
import { decodeWatermark, encodeWatermark, findNewGuests, readNewestGuests } from './newGuests';
import type { AskForSortedPage } from './newGuests';
import * as plausibility from './plausibility';
import { confirmChanges, stateAfter, takeSnapshot } from './snapshot';
import { decodeSnapshot, encodeSnapshot, isSameButTime } from './snapshotState';

/** A poll has the time until the next one; n8n 2.41 gives it five minutes. */
export const RETRY_OPTIONS = { limits: { concurrency: 10 }, maxWaitMs: 60_000 };

/** How a sort is refused: 500 too, because a server that passes the name on to its database answers so (G7). */
const REFUSED = [400, 422, 500];

/**
 * Reads pages of the list of guests, also disabled ones (G9). Where the server refuses the sort it is asked for `created_at`, the
 * only one documented (contract, listGuests), then for none, which sorts the same (facts.md 17). Remembered for one poll only.
 * @throws TallyfyError the first refusal, where nothing helps
 */
export function guestList(send: Send, withStats: boolean): AskForSortedPage {
	const refused = new Set<string>();
	return async (page, per_page, wanted = 'created_at') => {
		let first: unknown;
		for (const sort of new Set([wanted, 'created_at', ''])) {
			if (refused.has(sort)) continue;
			try {
				const qs = { sort, page, per_page, with: withStats ? 'stats' : '' };
				return pageOf(await send({ method: 'GET', url: '/guests', qs }));
			} catch (error) {
				first ??= error;
				const status = error instanceof TallyfyError ? error.details.status : undefined;
				if (!REFUSED.includes(status ?? 0)) throw first;
				if (sort !== '') refused.add(sort);
			}
		}
		throw first;
	};
}

/** Events that an old list can seem to show. */
const CONFIRMED = ['guestCompletedTask', 'guestDisabled', 'guestEnabled'] as const;

interface Poll {
	send: Send;
	parameters: TriggerParameters;
	/** The stored state; undefined at the first poll. */
	stored?: string;
	assertPlausible: (why: string | undefined) => void;
}

/** `next` is the state to store; undefined where the stored one will do. */
type PollResult = { happened: Array<Change & { guest: IDataObject }>; next?: string };

const secondsNow = () => Math.floor(Date.now() / 1000);

async function pollNewGuests(poll: Poll): Promise<PollResult> {
	const { send, parameters, stored } = poll;
	const now = secondsNow();
	const before = stored === undefined ? undefined : decodeWatermark(stored, now);
	const ask = guestList(send, parameters.withStats);
	const { guests, total } = await readNewestGuests(ask, before?.floor, now);
	const { added, state } = findNewGuests(guests, before, { now, total });
	const whyNotNew = plausibility.whyNotNew(added, guests, before, total);
	poll.assertPlausible(whyNotNew ?? plausibility.whyShrunk(before, total));
	const event = 'guestAdded' as const;
	const listed = whyNotNew ? [] : [...added.values()];
	const happened = listed.map(({ created: at, guest }) => ({ event, at, before: null, guest }));
	const next = encodeWatermark(state);
	return { happened, next: next === stored ? undefined : next };
}

async function pollAllGuests(poll: Poll): Promise<PollResult> {
	const { send, stored } = poll;
	const { events, inactiveDays, withStats } = poll.parameters;
	const before = stored === undefined ? undefined : decodeSnapshot(stored, secondsNow());
	const now = Math.max(secondsNow(), before?.polledAt ?? 0);
	const confirms = CONFIRMED.some((event) => events.includes(event));
	const options = { before, now, inactiveDays, confirms };
	const snapshot = await takeSnapshot(guestList(send, withStats), options);
	if (before) {
		const why = plausibility.whyImplausible(snapshot, before);
		poll.assertPlausible(why);
		if (why) plausibility.acceptSnapshot(snapshot, before);
		await confirmChanges(snapshot, send, options);
	}
	const diffs = [...snapshot.diffs.values()];
	const happened = diffs.flatMap(({ changes, guest }) =>
		guest ? changes.map((change) => ({ ...change, at: change.at || now, guest })) : [],
	);
	const next = encodeSnapshot(stateAfter(snapshot, options));
	// With 50,000 guests this is a megabyte, so it is written only when more than the time of the poll has changed.
	const timePassed = diffs.some((diff) => diff.timePassed);
	const isSame = stored !== undefined && !timePassed && isSameButTime(stored, next);
	return { happened, next: isSame ? undefined : next };
}

/** The items of the chosen events and guests, in the order in which it happened. */
function itemsOf({ happened }: PollResult, parameters: TriggerParameters): INodeExecutionData[] {
	const { events, matchesFilters, mapGuest } = parameters;
	const place = ({ event }: Change) => events.indexOf(event);
	return happened
		.filter(({ event, guest }) => events.includes(event) && matchesFilters(guest))
		.sort((one, other) => one.at - other.at || place(one) - place(other))
		.map(({ event, at, guest, before }) => ({
			json: { event, at: isoOf(at), guest: mapGuest(guest), before },
		}));
}

/** What a stored state is of: with another organization, or events that need other data, it is of no use. */
function signatureOf({ events }: TriggerParameters, baseURL: string): string {
	const isAddedOnly = events.join() === 'guestAdded';
	const kind = isAddedOnly ? 'newest' : events.includes('guestCompletedTask') ? 'stats' : 'all';
	return `1 ${kind} ${shortHash(baseURL)}`;
}

/** Static data of the nodes whose polls are under way. */
const polling = new WeakSet<object>();

/**
 * One poll: items of what happened since the last one, or null. The state is the text `polling` of the node's static data.
 * @throws an error of n8n, which leaves the state as it was
 */
export async function pollGuests(context: IPollFunctions): Promise<INodeExecutionData[][] | null> {
	const parameter: ReadParameter = (name, fallback) =>
		context.getNodeParameter(name, fallback as IDataObject);
	if (parameter('mode', 'polling') !== 'polling') return null;
	const staticData = context.getWorkflowStaticData('node');
	if (polling.has(staticData)) return null;
	polling.add(staticData);
	try {
		const authentication = parameter('authentication', 'accessToken');
		return await withClient(context, authentication, RETRY_OPTIONS, pollWith);
	} finally {
		polling.delete(staticData);
	}

	async function pollWith({ send, baseURL }: Client): Promise<INodeExecutionData[][] | null> {
		const parameters = triggerParameters(parameter);
		const signature = signatureOf(parameters, baseURL);
		const [head, state] = String(staticData.polling ?? '').split('\n');
		const node = `${context.getWorkflow().id ?? ''} ${context.getNode().id}`;
		const compared = { node, state: shortHash(String(staticData.polling)), now: secondsNow() };
		const poll = signature.startsWith('1 newest') ? pollNewGuests : pollAllGuests;
		const result = await poll({
			send,
			parameters,
			stored: head === signature ? state : undefined,
			assertPlausible: (why) => plausibility.assertPlausible(why, compared),
		});
		const items = itemsOf(result, parameters);
		// At once, at the end, and as a text: n8n compares and wraps whatever else it is given.
		if (result.next !== undefined) staticData.polling = `${signature}\n${result.next}`;
		return items.length ? [items] : null;
	}
}
