// A run by hand: what started the workflow goes on, or samples are given. Called by the node file.
import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { guestField } from '../output/guest';
import { TallyfyError } from '../transport/errors';
import { LARGEST_PAGE } from '../transport/pagination';
import { withClient, type Client } from '../transport/client';
import type { EventName } from './events';
import { secondsOf } from './identity';
import { guestPage, PATIENCE } from './polling';
import { triggerParameters, type Parameter, type TriggerParameters } from './parameters';

/** At least so many, where there are as many guests. */
const FEW = 3;

/** The field of the guest that says when it happened. */
const WHEN: Record<EventName, string> = {
	guestAdded: 'createdAt',
	guestFirstAccess: 'lastAccessedAt',
	guestReturned: 'lastAccessedAt',
	guestCompletedTask: 'lastTaskCompletedAt',
	guestDisabled: 'disabledAt',
	guestEnabled: 'reactivatedAt',
	guestInactive: 'lastAccessedAt',
};

/** What `before` may look like. */
const BEFORE: Record<EventName, IDataObject | null> = {
	guestAdded: null,
	guestFirstAccess: { lastAccessedAt: null },
	guestReturned: { lastAccessedAt: '2026-01-31T09:00:00.000Z' },
	guestCompletedTask: { tasksCompleted: 0, lastTaskCompletedAt: null },
	guestDisabled: { disabled: false },
	guestEnabled: { disabled: true },
	guestInactive: { lastAccessedAt: null },
};

/** One item for each chosen event, with the newest guests of the page, in turn. */
function samplesOf(
	guests: IDataObject[],
	{ events, shape }: TriggerParameters,
): INodeExecutionData[] {
	const newestFirst = [...guests].sort(
		(one, other) => secondsOf(other.created_at) - secondsOf(one.created_at),
	);
	const count = Math.max(events.length, Math.min(FEW, guests.length));
	return Array.from({ length: count }, (_, index) => {
		const event = events[index % events.length];
		const guest = newestFirst[index % newestFirst.length];
		const at = guestField(guest, WHEN[event]) ?? new Date().toISOString();
		const json = { event, at, guest: shape(guest), before: BEFORE[event], sample: true };
		return { json, pairedItem: { item: 0 } };
	});
}

async function samples(parameter: Parameter, { send }: Client): Promise<INodeExecutionData[]> {
	const wanted = triggerParameters(parameter);
	const ask = guestPage(send, wanted);
	const { records } = await ask('-created_at', 1, LARGEST_PAGE);
	const about = records.filter((guest) => wanted.isAbout(guest));
	if (records.length === 0) {
		throw new TallyfyError({
			message: 'This organization has no guests to show as samples',
			description:
				'Add a guest in Tallyfy and execute this node again, or activate the workflow: it starts when there is one.',
		});
	}
	return samplesOf(about.length ? about : records, wanted);
}

/**
 * What came in goes on, which is what a poll or a webhook gave. Run by hand in polling mode, gives samples: real guests of
 * whom nothing is said to have happened. The state is left alone.
 */
export async function manualRun(context: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	const isPolling = context.getNodeParameter('mode', 0, 'polling') === 'polling';
	if (!isPolling || context.getMode() !== 'manual') {
		return [context.getInputData().map((given, item) => ({ ...given, pairedItem: { item } }))];
	}
	const parameter: Parameter = (name, fallback) => context.getNodeParameter(name, 0, fallback);
	const authentication = parameter('authentication', 'accessToken');
	return await withClient(context, authentication, PATIENCE, async (client) => [
		await samples(parameter, client),
	]);
}
