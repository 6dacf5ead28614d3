// Asking for single guests where the list cannot be believed. Called by polling, after a snapshot.
import type { IDataObject } from 'n8n-workflow';
import { recordOf, isNotFound } from '../transport/response';
import { pathSegment } from '../transport/url';
import { isObject, type Send } from '../transport/request';
import { mapConcurrently } from '../transport/mapConcurrently';
import { fingerprintOf } from './fingerprint';
import { guestKey } from './identity';
import type { SnapshotState } from './known';
import { lookAt, type Poll, type Snapshot } from './snapshot';

/** The guest as a read of this guest alone has it; undefined for nobody. As listed, if the email fits into no address. */
async function readGuest(send: Send, listed: IDataObject): Promise<IDataObject | undefined> {
	let segment: string;
	try {
		segment = pathSegment(String(listed.email), 'Guest');
	} catch {
		return listed;
	}
	const answer = await send({ method: 'GET', url: `/guests/${segment}`, qs: { with: 'stats' } });
	return isNotFound(answer) ? undefined : recordOf(answer);
}

/** Whether there are task numbers in it, be they 0. */
function showsStats({ stats }: IDataObject): boolean {
	const numbers = isObject(stats) && 'data' in stats ? stats.data : stats;
	return isObject(numbers) && Object.keys(numbers).length > 0;
}

/**
 * Looks again at everybody whose list entry is different without a date that proves it new: one request each.
 * Whoever is gone or replaced meanwhile stays as known; the next list tells more.
 */
export async function settleDoubts(
	{ looks }: Snapshot,
	send: Send,
	before: SnapshotState,
	poll: Poll,
): Promise<void> {
	const doubtful = [...looks].filter(([, look]) => look.doubtful);
	await mapConcurrently(doubtful.length, async (index) => {
		const [identity, { guest: listed = {} }] = doubtful[index];
		const guest = await readGuest(send, listed);
		if (!guest || guestKey(guest) !== identity) return;
		// Task numbers may be empty where one guest is read alone (contract, GuestStats). Those that the list does not show
		// were never compared, and are no news.
		const { stats } = fingerprintOf(guest).count && showsStats(listed) ? guest : listed;
		const whole = { ...guest, stats };
		if (stats === undefined) delete (whole as IDataObject).stats;
		looks.set(identity, lookAt(whole, identity, before, poll, true));
	});
}
