// A run of the trigger node: the items of a poll or webhook go on. A run by hand in polling mode gives samples.
import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { guestField } from '../output/guest';
import { withClient, type Client } from '../transport/client';
import { TallyfyError } from '../transport/errors';
import { LARGEST_PAGE } from '../transport/pagination';
import type { ReadParameter } from '../transport/itemContext';
import { secondsOf } from './guestState';
import { triggerParameters } from './parameters';
import type { EventName } from './polling/events';
import { guestList, RETRY_OPTIONS } from './polling/poll';

/** The least number of samples, where there are as many guests. */
const LEAST = 3;

/** What a sample of an event says: the guest's field for `at`, and an example of `before`. */
const SAMPLES: Record<EventName, [at: string, before: IDataObject | null]> = {
	guestAdded: ['createdAt', null],
	guestFirstAccess: ['lastAccessedAt', { lastAccessedAt: null }],
	guestReturned: ['lastAccessedAt', { lastAccessedAt: '2026-01-31T09:00:00.000Z' }],
	guestCompletedTask: ['lastTaskCompletedAt', { tasksCompleted: 0, lastTaskCompletedAt: null }],
	guestDisabled: ['disabledAt', { disabled: false }],
	guestEnabled: ['reactivatedAt', { disabled: true }],
	guestInactive: ['lastAccessedAt', { lastAccessedAt: null }],
};

/** Items for the chosen events in turn, of the newest guests in turn. */
async function samples(parameter: ReadParameter, { send }: Client): Promise<INodeExecutionData[]> {
	const { events, matchesFilters, mapGuest, withStats } = triggerParameters(parameter);
	const { records } = await guestList(send, withStats)(1, LARGEST_PAGE, '-created_at');
	if (records.length === 0) {
		throw new TallyfyError({
			message: 'This organization has no guests to show as samples',
			description:
				'Add a guest in Tallyfy and execute this node again, or activate the workflow: it starts when there is one.',
		});
	}
	const matching = records.filter(matchesFilters);
	const newest = (matching.length ? matching : records).sort(
		(one, other) => secondsOf(other.created_at) - secondsOf(one.created_at),
	);
	const length = Math.max(events.length, Math.min(LEAST, newest.length));
	return Array.from({ length }, (_, index) => {
		const event = events[index % events.length];
		const guest = newest[index % newest.length];
		const [field, before] = SAMPLES[event];
		const at = guestField(guest, field) ?? new Date().toISOString();
		const json = { event, at, guest: mapGuest(guest), before, sample: true };
		return { json, pairedItem: { item: 0 } };
	});
}

/**
 * Passes the items of a poll or webhook on. Run by hand in polling mode it gives samples instead: real guests, and events that
 * did not happen. The stored state is left alone.
 */
export async function manualRun(context: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	const isPolling = context.getNodeParameter('mode', 0, 'polling') === 'polling';
	if (!isPolling || context.getMode() !== 'manual') {
		return [context.getInputData().map((given, item) => ({ ...given, pairedItem: { item } }))];
	}
	const parameter: ReadParameter = (name, fallback) => context.getNodeParameter(name, 0, fallback);
	const authentication = parameter('authentication', 'accessToken');
	const work = async (client: Client) => [await samples(parameter, client)];
	return await withClient(context, authentication, RETRY_OPTIONS, work);
}
