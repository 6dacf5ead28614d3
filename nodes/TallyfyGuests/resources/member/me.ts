// The member behind the credential.
import { sendForOne, type BaseClient } from '../../transport/client';
import { TallyfyError } from '../../transport/errors';
import { memberId } from './locator';

/** The ID of the member whose token the credential holds (facts 8); read once for all items. @throws TallyfyError for none */
export async function ownMemberId(client: BaseClient): Promise<number> {
	return await client.oncePerExecution('me', async () => {
		const me = await sendForOne({ send: client.sendToBase }, { method: 'GET', url: '/me' });
		const id = memberId(me.id);
		if (id !== undefined) return id;
		throw new TallyfyError({
			message: 'Tallyfy does not tell which member the token belongs to',
			description:
				'Name at least one member in Members, so that the task does not belong to guests alone.',
		});
	});
}
