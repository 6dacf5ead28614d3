// Asking for single guests where the list cannot be believed. Called by polling, after a snapshot.
import type { IDataObject } from 'n8n-workflow';
import { recordOf } from '../transport/answer';
import { saysUnknown } from '../transport/errors';
import { sideBySide } from '../transport/pages';
import { pathSegment } from '../transport/path';
import type { Send } from '../transport/request';
import { fingerprintOf } from './fingerprint';
import { identityOf } from './identity';
import type { Known } from './known';
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
	return saysUnknown(answer) ? undefined : recordOf(answer);
}

/**
 * Looks again at everybody whose list entry is different without a date that proves it new: one request each.
 * Whoever is gone or replaced meanwhile stays as known; the next list tells more.
 */
export async function settleDoubts(
	{ looks }: Snapshot,
	send: Send,
	before: Known,
	poll: Poll,
): Promise<void> {
	const doubtful = [...looks].filter(([, look]) => look.doubtful);
	await sideBySide(doubtful.length, async (index) => {
		const [identity, { guest: listed = {} }] = doubtful[index];
		const guest = await readGuest(send, listed);
		if (!guest || identityOf(guest) !== identity) return;
		// Task numbers may be empty where one guest is read alone (contract, GuestStats).
		const { stats } = fingerprintOf(guest).count ? guest : listed;
		const whole = { ...guest, ...('stats' in listed ? { stats } : {}) };
		looks.set(identity, lookAt(whole, identity, before, poll, true));
	});
}
