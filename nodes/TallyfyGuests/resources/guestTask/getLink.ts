// Guest Task > Get Link: the link of one guest to one task. Whose link it is tells an email beside it, or the guest's code in it;
// where neither does it is not guessed, because whoever has the link acts as its guest.
import type { IDataObject } from 'n8n-workflow';
import { sendForOne, type ItemClient } from '../../transport/client';
import { TallyfyError } from '../../transport/errors';
import { codeIn, guestLocatorWithLink, namedGuest } from '../guest/guestCode';
import { findGuest, guestRequest } from '../guest/locator';
import type { Operation } from '../operation';
import { guestOwners, isOwnedBy } from './owners';
import { taskLocator, taskSegment } from './task';
import { hasCode, isLinkOf, taskLinks } from './taskLinks';

/** The code of a guest on the task; undefined for one who has no link, or is no guest any more. Read once for all items. */
async function readCode(client: ItemClient, email: string): Promise<string | undefined> {
	return await client.oncePerExecution(`code ${email.toLowerCase()}`, async () => {
		const response = await findGuest(client, email, 'Guest');
		const { data } = (response?.body ?? {}) as { data?: IDataObject };
		return codeIn(data?.link);
	});
}

/** The email of the guest on the task who has this code. @throws TallyfyError when nobody has */
async function ownerWithCode(client: ItemClient, task: IDataObject, code: string): Promise<string> {
	const owners = guestOwners(task);
	const coded = taskLinks(task).find((link) => hasCode(link, code));
	if (coded?.email) return coded.email;
	if (coded && owners.length === 1) return owners[0];
	for (const email of owners) {
		if ((await readCode(client, email)) === code) return email;
	}
	throw notTheirs(task, 'The guest with this link');
}

const notTheirs = ({ id }: IDataObject, who: string) =>
	new TallyfyError({
		message: `${who} is not assigned to the task ${String(id)}`,
		description:
			'Check Task and Guest. Guest Task > Get Many lists the tasks of a guest, and Assign adds a guest to a task.',
	});

/** The link of a guest who owns the task. @throws TallyfyError when there is none, or it cannot be told */
async function linkOf(
	client: ItemClient,
	task: IDataObject,
	email: string,
	given?: string,
): Promise<string> {
	const all = taskLinks(task);
	const own = all.find(isLinkOf(email));
	if (own) return own.link;
	const unnamed = all.filter((link) => link.email === undefined);
	if (unnamed.length === 1 && guestOwners(task).length === 1) return unnamed[0].link;
	const code = unnamed.length > 0 ? (given ?? (await readCode(client, email))) : undefined;
	const coded = unnamed.filter((link) => code !== undefined && hasCode(link, code));
	const best = coded.find(({ link }) => link.includes(String(task.id))) ?? coded.at(0);
	if (best) return best.link;
	const next =
		"Guest > Get Link gives the guest's link to all of their tasks, which leads to this one too.";
	throw new TallyfyError(
		unnamed.length === 0
			? {
					message: `Tallyfy gives no link of ${email} to the task ${String(task.id)}`,
					description: `${next} If they have none, let an administrator reset it (Guest > Reset Link), then run this item again.`,
				}
			: {
					message: `Tallyfy does not tell which of the links to the task ${String(task.id)} is that of ${email}`,
					description: `A wrong one would let somebody act as another guest, so none is given. ${next}`,
				},
	);
}

export const guestTaskGetLink: Operation = {
	value: 'getLink',
	name: 'Get Link',
	action: 'Get link of guest to task',
	description:
		'Get the link through which one guest does one task without a login. The task must be assigned to the guest. A secret: whoever has the link can act as the guest.',
	request: { method: 'GET', url: '/tasks/{task}' },
	segments: { task: taskSegment },
	run: async (client, request) => {
		const { email: asked, code } = namedGuest(client);
		const task = await sendForOne(client, request);
		if (asked !== undefined && !isOwnedBy(task, asked)) {
			// So that a guest who does not exist is told as ever.
			await sendForOne(client, guestRequest(asked));
			throw notTheirs(task, asked);
		}
		const email = asked ?? (await ownerWithCode(client, task, code));
		return [
			{ taskId: request.subject?.value, email, link: await linkOf(client, task, email, code) },
		];
	},
	fields: [taskLocator, guestLocatorWithLink],
};
