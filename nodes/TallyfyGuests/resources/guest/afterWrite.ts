// The guest after a write, whatever the answer holds. Called by Enable, Disable, Update, and Create or Get.
import type { IDataObject } from 'n8n-workflow';
import { recordIfAny } from '../../transport/response';
import { sendForOne, type ItemClient } from '../../transport/client';
import { pathSegment } from '../../transport/url';
import type { ApiResponse, ApiRequest } from '../../transport/request';

/**
 * The guest in the answer to a write; read once more if there is none in it, because what the answer holds is not published
 * (contract, enableGuest), and may be nothing. Raises a Problem when the answer is no success.
 */
export async function guestFromWriteResponse(
	client: ItemClient,
	{ subject }: ApiRequest,
	answer: ApiResponse,
): Promise<IDataObject> {
	const guest = recordIfAny(answer, subject);
	if (typeof guest?.email === 'string') return guest;
	const url = `/guests/${pathSegment(String(subject?.value), 'Guest')}`;
	return await sendForOne(client, { method: 'GET', url, subject });
}
