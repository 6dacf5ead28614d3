// The items of one event: one for each guest concerned. Guests are read only where more of them is asked for than the payload
// knows. Called by receive.
import type { IDataObject, IWebhookFunctions } from 'n8n-workflow';
import { guestOutput, outputNeedsStats } from '../../resources/guest/output';
import { recordOf } from '../../transport/response';
import { detailsOf } from '../../transport/errors';
import { pathSegment } from '../../transport/url';
import { clientFor, type Client } from '../../transport/client';
import type { Parameter } from '../parameters';
import type { Concerned } from './concerned';
import { readableMoment, type Happening } from './payload';

/** Tallyfy waits for an answer, and delivers once. */
const PATIENCE = { limits: { concurrency: 10 }, maxWaitMs: 2_000 };

/** What the item says of a guest: `guest`, and `unread` with the reason where Tallyfy could not be asked for more. */
type Told = { guest: IDataObject; unread?: string };

/** The guest as the API would have it, as far as the payload knows. */
function asRecord({ email, firstName, lastName, link }: Concerned): IDataObject {
	return { email, first_name: firstName, last_name: lastName, link };
}

async function readGuest(tallyfy: Client, email: string, withStats: boolean) {
	const segment = pathSegment(email, 'The email in the payload');
	const subject = { noun: 'guest', value: email, parameter: 'the guest in Tallyfy' };
	const qs = { with: withStats ? 'stats' : undefined };
	const answer = await tallyfy.send({ method: 'GET', url: `/guests/${segment}`, qs, subject });
	return recordOf(answer, subject);
}

/** What becomes of a guest who is concerned. */
export type Tell = (guest: Concerned) => Promise<Told>;

/** What becomes of guests, by Output and Fields. Raises a Problem for values that do not exist; what it gives raises nothing. */
export function tellerFor(context: IWebhookFunctions, parameter: Parameter): Tell {
	const shape = guestOutput({ parameter });
	const output = parameter('output', 'simplified');
	if (output !== 'selected') {
		return async ({ link, ...guest }) => ({
			guest: output === 'raw' && link ? { ...guest, link } : guest,
		});
	}
	const names = Object.keys(shape({}));
	if (names.every((name) => name === 'email' || name === 'link')) {
		return async (guest) => ({ guest: shape(asRecord(guest)) });
	}
	const withStats = outputNeedsStats({ parameter });
	let way: Promise<Client> | undefined;
	return async (guest) => {
		try {
			const tallyfy = await (way ??= clientFor(
				context,
				parameter('authentication', 'accessToken'),
				PATIENCE,
			));
			const record = await readGuest(tallyfy, guest.email, withStats);
			return { guest: shape({ ...record, link: record.link ?? guest.link }) };
		} catch (error) {
			const unread = detailsOf(error as Error).message;
			return { guest: shape(asRecord(guest)), unread };
		}
	};
}

/**
 * The items: `{ event, at, guest, process, task, completedBy, before }`, and `payload` where one is given.
 * @param now milliseconds since 1970, for an event whose payload has no moment that can be read
 */
export async function itemsOf(
	{ event, moment, guests, process, task, completedBy }: Happening,
	{ tell, payload, now }: { tell: Tell; payload?: IDataObject; now: number },
): Promise<IDataObject[]> {
	const at = readableMoment(moment, new Date(now).toISOString());
	return await Promise.all(
		guests.map(async (concerned) => {
			const { guest, ...beside } = await tell(concerned);
			const about = { process, task, completedBy: completedBy && { ...completedBy } };
			return { event, at, guest, ...about, before: null, ...beside, ...(payload && { payload }) };
		}),
	);
}
