// The items of one event: one for each guest whom it concerns. Guests are read only where the output needs more than the
// payload has.
import type { IDataObject, IWebhookFunctions } from 'n8n-workflow';
import { guestRequest } from '../../resources/guest/locator';
import { guestOutput, outputNeedsStats } from '../../resources/guest/output';
import { clientFor, sendForOne, type Client } from '../../transport/client';
import { detailsOf } from '../../transport/errors';
import type { ReadParameter } from '../../transport/itemContext';
import { isoTimestamp, type PayloadGuest, type WebhookEvent } from './payload';

/** Short, because Tallyfy waits for the answer (G73). */
const RETRY_OPTIONS = { limits: { concurrency: 10 }, maxWaitMs: 2_000 };

/** Gives `guest` for the item, and `unread` with the reason where Tallyfy could not be asked for more. */
export type GuestResolver = (
	guest: PayloadGuest,
) => Promise<{ guest: IDataObject; unread?: string }>;

async function readGuest(client: Client, email: string, withStats: boolean): Promise<IDataObject> {
	const subject = { noun: 'guest', value: email, parameter: 'the guest in Tallyfy' };
	const qs = { with: withStats ? 'stats' : undefined };
	return await sendForOne(client, {
		...guestRequest(email, 'The email in the payload'),
		qs,
		subject,
	});
}

/**
 * Resolves guests as Output and Fields say; what it gives raises nothing.
 * @throws TallyfyError for values that do not exist
 */
export function guestResolver(context: IWebhookFunctions, parameter: ReadParameter): GuestResolver {
	const mapGuest = guestOutput({ parameter });
	const output = parameter('output', 'simplified');
	const needsMore = Object.keys(mapGuest({})).some((name) => !['email', 'link'].includes(name));
	const withStats = outputNeedsStats({ parameter });
	let client: Promise<Client> | undefined;
	return async (guest) => {
		const { link, ...known } = guest;
		if (output !== 'selected') return { guest: output === 'raw' && link ? guest : known };
		const { email, firstName: first_name, lastName: last_name } = known;
		const asFarAsKnown = mapGuest({ email, first_name, last_name, link });
		if (!needsMore) return { guest: asFarAsKnown };
		try {
			const authentication = parameter('authentication', 'accessToken');
			client ??= clientFor(context, authentication, RETRY_OPTIONS);
			const record = await readGuest(await client, email, withStats);
			return { guest: mapGuest({ ...record, link: record.link ?? link }) };
		} catch (error) {
			return { guest: asFarAsKnown, unread: detailsOf(error as Error).message };
		}
	};
}

/**
 * The items: `{ event, at, guest, process, task, completedBy, before }`, and `payload` where one is given.
 * @param now milliseconds since 1970, for an event whose payload has no timestamp that can be read
 */
export async function itemsOf(
	{ event, timestamp, guests, process, task, completedBy }: WebhookEvent,
	{ resolve, payload, now }: { resolve: GuestResolver; payload?: IDataObject; now: number },
): Promise<IDataObject[]> {
	const at = isoTimestamp(timestamp, new Date(now).toISOString());
	const about = { process, task, completedBy, before: null };
	return await Promise.all(
		guests.map(async (payloadGuest) => {
			const { guest, ...unread } = await resolve(payloadGuest);
			return { event, at, guest, ...about, ...unread, ...(payload && { payload }) };
		}),
	);
}
