// The items of one event: one for each guest whom it concerns. Guests are read only where the output needs more than the
// payload has.
import type { IDataObject, IWebhookFunctions } from 'n8n-workflow';
import { guestOutput, outputNeedsStats } from '../../resources/guest/output';
import { clientFor, sendForOne, type Client } from '../../transport/client';
import { detailsOf } from '../../transport/errors';
import type { ReadParameter } from '../../transport/parameters';
import { pathSegment } from '../../transport/url';
import { isoMoment, type PayloadGuest, type WebhookEvent } from './payload';

/** Short, because Tallyfy waits for the answer. */
const RETRY_OPTIONS = { limits: { concurrency: 10 }, maxWaitMs: 2_000 };

/** Gives a guest's part of the item: `guest`, and `unread` with the reason where Tallyfy could not be asked for more. */
export type GuestResolver = (
	guest: PayloadGuest,
) => Promise<{ guest: IDataObject; unread?: string }>;

/** The guest as the API has it, as far as the payload knows. */
function asRecord({ email, firstName, lastName, link }: PayloadGuest): IDataObject {
	return { email, first_name: firstName, last_name: lastName, link };
}

async function readGuest(client: Client, email: string, withStats: boolean): Promise<IDataObject> {
	const url = `/guests/${pathSegment(email, 'The email in the payload')}`;
	const subject = { noun: 'guest', value: email, parameter: 'the guest in Tallyfy' };
	const qs = { with: withStats ? 'stats' : undefined };
	return await sendForOne(client, { method: 'GET', url, qs, subject });
}

/**
 * Resolves guests as Output and Fields say; what it gives raises nothing.
 * @throws TallyfyError for values that do not exist
 */
export function guestResolver(context: IWebhookFunctions, parameter: ReadParameter): GuestResolver {
	const mapGuest = guestOutput({ parameter });
	const output = parameter('output', 'simplified');
	if (output !== 'selected') {
		return async ({ link, ...guest }) => ({
			guest: output === 'raw' && link ? { ...guest, link } : guest,
		});
	}
	const names = Object.keys(mapGuest({}));
	if (names.every((name) => name === 'email' || name === 'link')) {
		return async (guest) => ({ guest: mapGuest(asRecord(guest)) });
	}
	const withStats = outputNeedsStats({ parameter });
	const authentication = parameter('authentication', 'accessToken');
	let client: Promise<Client> | undefined;
	return async (guest) => {
		try {
			client ??= clientFor(context, authentication, RETRY_OPTIONS);
			const record = await readGuest(await client, guest.email, withStats);
			return { guest: mapGuest({ ...record, link: record.link ?? guest.link }) };
		} catch (error) {
			const unread = detailsOf(error as Error).message;
			return { guest: mapGuest(asRecord(guest)), unread };
		}
	};
}

/**
 * The items: `{ event, at, guest, process, task, completedBy, before }`, and `payload` where one is given.
 * @param now milliseconds since 1970, for an event whose payload has no moment that can be read
 */
export async function itemsOf(
	{ event, moment, guests, process, task, completedBy }: WebhookEvent,
	{ resolve, payload, now }: { resolve: GuestResolver; payload?: IDataObject; now: number },
): Promise<IDataObject[]> {
	const at = isoMoment(moment, new Date(now).toISOString());
	return await Promise.all(
		guests.map(async (payloadGuest) => {
			const { guest, ...unread } = await resolve(payloadGuest);
			const about = { process, task, completedBy, before: null };
			return { event, at, guest, ...about, ...unread, ...(payload && { payload }) };
		}),
	);
}
