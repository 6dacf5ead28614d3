// Sends a launch, once: after a lost answer it is looked for by name, template and time before it is sent again.
import { sleep, type IDataObject } from 'n8n-workflow';
import { parseTimestamp } from '../../output/dates';
import type { ItemClient } from '../../transport/client';
import { TallyfyError } from '../../transport/errors';
import { withLock } from '../../transport/keyedMutex';
import type { ApiResponse } from '../../transport/request';
import {
	failedResponse,
	pageOf,
	recordOf,
	succeeded,
	unexpectedResponse,
} from '../../transport/response';

/** Processes whose launch was answered, or found: none of them is another launch. The newest are enough. */
const launched = new Set<string>();
const MAX_LAUNCHED = 5_000;

const keyOf = ({ id, created_at: at }: IDataObject) => `${String(id)} ${parseTimestamp(at) ?? ''}`;

function remember(process: IDataObject): void {
	launched.add(keyOf(process));
	if (launched.size <= MAX_LAUNCHED) return;
	const [oldest] = launched;
	launched.delete(oldest);
}

/** Names may hold U+FEFF between their parts (contract, Process). */
const plain = (name: unknown) =>
	String(name)
		.replace(/\ufeff/g, '')
		.replace(/\s+/g, ' ')
		.trim();

/** Waits before each look, in milliseconds, half a minute in all: lists may lag behind writes (facts 110, G89). */
const LOOKS_MS = [0, 1_000, 2_000, 4_000, 8_000, 16_000];

/** What is launched. */
export interface Launch {
	templateId: string;
	/** Without one Tallyfy makes a name, by which the process cannot be found again. */
	name?: string;
	body: IDataObject;
	/** How many milliseconds the clock of the server is ahead of ours. */
	aheadMs: number;
}

/** Finds a process of this launch that was created since then. @throws TallyfyError when several could be it */
async function findLaunched(
	{ send }: Pick<ItemClient, 'send'>,
	{ templateId, name }: Launch,
	since: number,
): Promise<ApiResponse | undefined> {
	const qs = { checklist_id: templateId, sort: '-created_at', page: 1, per_page: 50 };
	const response = await send({ method: 'GET', url: '/runs', qs });
	const found = pageOf(response).records.filter(
		(process) =>
			!launched.has(keyOf(process)) &&
			plain(process.name) === plain(name) &&
			(process.checklist_id ?? templateId) === templateId &&
			(parseTimestamp(process.created_at) ?? Infinity) >= since,
	);
	if (found.length === 0) return undefined;
	if (found.length === 1) return { status: response.status, body: { data: found[0] } };
	throw new TallyfyError({
		message: `Several processes with the name ${name} were launched at the same time`,
		description: `Their IDs are ${found.map(({ id }) => String(id)).join(', ')}.`,
	});
}

/**
 * Launches a process. Launches of one name wait for each other, because one whose answer was lost is known by name and time.
 * @returns the process
 * @throws TallyfyError when it was not launched, or may have been
 */
export async function launchOnce(client: ItemClient, launch: Launch): Promise<IDataObject> {
	const { templateId, name = '', body, aheadMs } = launch;
	return await withLock(client, `launch ${templateId} ${plain(name)}`, async () => {
		// Dates of the API have no fractions of a second.
		const since = Math.floor((Date.now() + aheadMs) / 1000) * 1000;
		const verify = async () => {
			for (const wait of LOOKS_MS) {
				await sleep(wait);
				const found = await findLaunched(client, launch, since);
				if (found) return found;
			}
			return undefined;
		};
		const subject = { noun: 'template', value: templateId, parameter: 'Template' };
		const response = await client.send({
			method: 'POST',
			url: '/runs',
			body,
			doubt: `The process ${name ? `${name} ` : ''}may have been launched. Look in Tallyfy, or use Process > Get Many, before you run this item again.`,
			...(name ? { idempotency: 'verifyFirst', verify } : { idempotency: 'never' }),
		});
		if (!succeeded(response)) {
			// A 422 is about values of the launch, not about the template.
			const about = response.status === 404 ? subject : undefined;
			throw new TallyfyError(failedResponse(response, about));
		}
		const process = recordOf(response);
		if (typeof process.id !== 'string' || process.id === '') {
			throw unexpectedResponse({ ...response, isWrite: true }, 'without the ID of the process');
		}
		remember(process);
		return process;
	});
}
