// One poll: the state of n8n's static data, the list of guests, and the items that come of both. Called by the node file.
import type { IDataObject, INodeExecutionData, IPollFunctions } from 'n8n-workflow';
import { pageOf } from '../transport/response';
import type { Send } from '../transport/request';
import { withClient, type Client } from '../transport/client';
import { assertImplausibleLongEnough, notePlausible } from './acceptance';
import { readNewest, type AskInOrder } from './arrivals';
import { settleDoubts } from './doubts';
import { isoOf, type Change } from './events';
import { shortHash } from './identity';
import { decodeKnown, encodeKnown, sameKnown } from './known';
import { arrivalsAmong, decodeNewest, encodeNewest, floorFor, withoutFuture } from './newest';
import { acceptSnapshot, whyImplausible, whyNotArrivals, whyShrunk } from './plausibility';
import { knownAfter, takeSnapshot } from './snapshot';
import { withSortFallback } from './sortFallback';
import { triggerParameters, type Parameter, type TriggerParameters } from './parameters';

/** A poll has the time until the next one; n8n 2.41 gives it five minutes. */
export const PATIENCE = { limits: { concurrency: 10 }, maxWaitMs: 60_000 };

/** What a list that lags can seem to say. */
const CHECKED = ['guestCompletedTask', 'guestDisabled', 'guestEnabled'] as const;

interface Happened extends Change {
	guest: IDataObject;
}

/** What a poll gives: what happened, and the state from now on; undefined where the old one will do. */
interface Polled {
	happened: Happened[];
	state?: string;
}

/** What a poll works with. */
interface Poll {
	send: Send;
	wanted: TriggerParameters;
	/** What was stored last; undefined at the first poll. */
	state?: string;
	/** Raises a Problem for a list that cannot be right, until it has been so for long enough. */
	assertPlausible: (why: string | undefined) => void;
}

const secondsNow = () => Math.floor(Date.now() / 1000);

/** Asks for one page of guests. */
export function guestPage(
	send: Send,
	{ withStats }: Pick<TriggerParameters, 'withStats'>,
): AskInOrder {
	return withSortFallback(async (sort, page, per_page) => {
		const qs = { sort, page, per_page, with: withStats ? 'stats' : '' };
		return pageOf(await send({ method: 'GET', url: '/guests', qs }));
	});
}

async function pollNewest({ send, wanted, state, assertPlausible }: Poll): Promise<Polled> {
	const now = secondsNow();
	const before = state === undefined ? undefined : withoutFuture(decodeNewest(state), now);
	const ask = guestPage(send, wanted);
	let total: number | undefined;
	const askAndCount: AskInOrder = async (...which) => {
		const page = await ask(...which);
		total = page.total ?? total;
		return page;
	};
	const seen = await readNewest(askAndCount, (newest) => floorFor(before, newest), now);
	const { added, known } = arrivalsAmong(seen, before, { now, total });
	const why = whyNotArrivals(added, seen, before, total);
	assertPlausible(why ?? whyShrunk(before, total));
	const happened = [...(why ? [] : added.values())].map(({ created: at, guest }) => {
		return { event: 'guestAdded' as const, at, before: null, guest };
	});
	const next = encodeNewest(known);
	return { happened, state: next === state ? undefined : next };
}

async function pollAll({ send, wanted, state, assertPlausible }: Poll): Promise<Polled> {
	const before = state === undefined ? undefined : decodeKnown(state, secondsNow());
	const { events, inactiveDays } = wanted;
	const poll = {
		now: Math.max(secondsNow(), before?.polledAt ?? 0),
		inactiveDays,
		checks: CHECKED.some((event) => events.includes(event)),
	};
	const ask = guestPage(send, wanted);
	const snapshot = await takeSnapshot(
		async (page, perPage) => await ask('created_at', page, perPage),
		before,
		poll,
	);
	if (before) {
		const why = whyImplausible(snapshot, before);
		assertPlausible(why);
		if (why) acceptSnapshot(snapshot, before);
		await settleDoubts(snapshot, send, before, poll);
	}
	const happened = [...snapshot.looks.values()].flatMap(({ changes, guest }) =>
		guest ? changes.map((change) => ({ ...change, at: change.at || poll.now, guest })) : [],
	);
	const next = encodeKnown(knownAfter(snapshot, before, poll));
	// With 50,000 guests this is a megabyte: not written again at every poll, when only time has passed for nobody.
	const timePassed = [...snapshot.looks.values()].some((look) => look.timePassed);
	const isSame = state !== undefined && !timePassed && sameKnown(state, next);
	return { happened, state: isSame ? undefined : next };
}

/** Items in the order of what happened, of those that were asked for. */
function itemsOf(
	happened: Happened[],
	{ events, isAbout, shape }: TriggerParameters,
): INodeExecutionData[] {
	return happened
		.filter(({ event, guest }) => events.includes(event) && isAbout(guest))
		.sort(
			(one, other) => one.at - other.at || events.indexOf(one.event) - events.indexOf(other.event),
		)
		.map(({ event, at, guest, before }) => ({
			json: { event, at: isoOf(at), guest: shape(guest), before },
		}));
}

/** What the state must be of to be of use: another organization, or other events, need another one. */
function signatureOf({ events }: TriggerParameters, baseURL: string): string {
	const isAddedOnly = events.join() === 'guestAdded';
	const kind = isAddedOnly ? 'newest' : events.includes('guestCompletedTask') ? 'stats' : 'all';
	return `1 ${kind} ${shortHash(baseURL)}`;
}

/** By the static data of a node: its poll is under way. */
const polling = new WeakSet<object>();

/** One poll: items of what happened since the last, or null. An error leaves the state as it was. */
export async function pollGuests(context: IPollFunctions): Promise<INodeExecutionData[][] | null> {
	const parameter: Parameter = (name, fallback) =>
		context.getNodeParameter(name, fallback as IDataObject);
	if (parameter('mode', 'polling') !== 'polling') return null;
	const stored = context.getWorkflowStaticData('node');
	if (polling.has(stored)) return null;
	polling.add(stored);
	const authentication = parameter('authentication', 'accessToken');
	try {
		return await withClient(
			context,
			authentication,
			PATIENCE,
			async (client) => await polledWith(client),
		);
	} finally {
		polling.delete(stored);
	}

	async function polledWith({ send, baseURL }: Client): Promise<INodeExecutionData[][] | null> {
		const wanted = triggerParameters(parameter);
		const signature = signatureOf(wanted, baseURL);
		const [head, state] = String(stored.polling ?? '').split('\n');
		const poll = signature.startsWith('1 newest') ? pollNewest : pollAll;
		const node = `${context.getWorkflow().id ?? ''} ${context.getNode().id}`;
		const compared = { node, state: shortHash(String(stored.polling)), now: secondsNow() };
		const polled = await poll({
			send,
			wanted,
			state: head === signature ? state : undefined,
			assertPlausible: (why) =>
				why ? assertImplausibleLongEnough(why, compared) : notePlausible(node),
		});
		const items = itemsOf(polled.happened, wanted);
		// At once, at the end, and as a text: n8n compares and wraps whatever else it is given.
		if (polled.state !== undefined) stored.polling = `${signature}\n${polled.state}`;
		return items.length ? [items] : null;
	}
}
