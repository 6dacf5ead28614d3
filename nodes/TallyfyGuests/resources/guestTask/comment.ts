// Guest Task > Comment
import type { IDataObject, INodeProperties } from 'n8n-workflow';
import { isoDate } from '../../output/dates';
import { includedIn } from '../../output/names';
import { invalidParameter, TallyfyError } from '../../transport/errors';
import { isObject } from '../../transport/request';
import { recordIfAny } from '../../transport/response';
import { assertGuestsExist, guestEmails } from '../guest/guestEmails';
import type { Operation } from '../operation';
import { oneOf, textIn } from '../values';
import { isOwnedBy } from './owners';
import { readTask, taskLocator, taskSegment, withTask } from './task';

const text: INodeProperties = {
	displayName: 'Text',
	name: 'text',
	type: 'string',
	required: true,
	typeOptions: { rows: 3 },
	default: '',
	placeholder: 'e.g. We still need page 3 of the form.',
	description:
		'The comment; HTML is allowed. @[20411] notifies the member with this ID and opens the task to them; +nathan@example.com gives the task to that guest, who has to be one already.',
};

/** Value, name, description; what Tallyfy calls it. Left out, guests would not see the comment (facts 153). */
const SEEN_BY: Array<[value: string, name: string, description: string, state: string]> = [
	['guests', 'Guests and Members', 'Everybody who sees the task', 'open'],
	['members', 'Members Only', 'Hidden from the guests of the task', 'hide-for-guests'],
];

const visibility: INodeProperties = {
	displayName: 'Visibility',
	name: 'visibility',
	type: 'options',
	required: true,
	default: '',
	description:
		'Who can read the comment. There is no default, so that nothing is shown by mistake.',
	options: SEEN_BY.map(([value, name, description]) => ({ name, value, description })),
};

const STATES = Object.fromEntries(SEEN_BY.map(([value, , , state]) => [value, state]));

/**
 * Addresses that Tallyfy takes for guests to assign: those right after a plus sign that is not inside of another address (G80).
 * Without characters that end a sentence.
 */
export const mentionedEmails = (content: string): string[] =>
	[...content.matchAll(/(?<![\w.%@-]\+*)\+([^\s@<>+][^\s@<>]*@[^\s@<>,;:!?()'"&/]+)/g)].map(
		([, email]) => email.replace(/[.]+$/, ''),
	);

const NEXT =
	'Nothing was sent. A plus sign before an email gives the task to that guest; somebody unknown would become a guest, be mailed and spend an invite. Leave the plus sign out, or add them with Guest > Create or Get first.';

const threadsOf = ({ threads }: IDataObject): IDataObject[] => {
	const inside = includedIn(threads);
	return Array.isArray(inside) ? inside.filter(isObject) : [];
};

/** Letters and digits only: what is left of a text whose markup was changed. */
const lettersOf = (content: unknown) =>
	String(content)
		.replace(/<[^>]*>|&\w+;/g, '')
		.replace(/[^\p{L}\p{N}]/gu, '');

export const guestTaskComment: Operation = {
	value: 'comment',
	name: 'Comment',
	action: 'Comment on task of guest',
	description:
		'Write a comment on a task, for guests to see or for members only. Tallyfy takes 120 comments an hour from an organization.',
	request: { method: 'POST', url: '/tasks/{task}/comment' },
	segments: { task: taskSegment },
	run: async (client, request) => {
		const content = textIn(client.parameter('text', ''), 'Text', 'Say something.');
		const seenBy = oneOf(client.parameter('visibility', ''), 'Visibility', Object.keys(STATES));
		if (seenBy === '') {
			throw invalidParameter(
				'Visibility',
				'is empty',
				'Choose guests (guests and members read the comment) or members (it is hidden from guests).',
			);
		}
		const mentioned = guestEmails(mentionedEmails(content), 'Text');
		const body = { content, state: STATES[seenBy], label: 'comment' };
		const work = async (task: IDataObject) => {
			const unassigned = mentioned.filter((email) => !isOwnedBy(task, email));
			await assertGuestsExist(client, unassigned, false, 'Text', NEXT);
			const before = threadsOf(task).map(({ id }) => id);
			const verify = async () => {
				// A comment is among those of the task at once, with its text (G81).
				const now = threadsOf(await readTask(client, String(task.id), 'threads'));
				const others = now.filter(
					({ id, author_type: by }) => !before.includes(id) && by !== 'guest',
				);
				const made = others.find((one) => lettersOf(one.content) === lettersOf(content));
				if (made) return { status: 201, body: { data: made } };
				if (others.length === 0) return undefined;
				throw new TallyfyError({
					message: 'Somebody else commented at the same time',
					description: 'Look at the comments of the task.',
				});
			};
			const response = await client.send({
				...request,
				body,
				idempotency: 'verifyFirst',
				doubt: `The comment may have been written to the task ${String(task.id)}. Look at it before you run this item again.`,
				verify,
			});
			const comment = recordIfAny(response, request.subject) ?? {};
			const state = comment.state ?? body.state;
			return [
				{
					id: comment.id ?? null,
					taskId: task.id,
					text: comment.content ?? content,
					visibility: state === 'open' ? 'guests' : 'members',
					createdAt: isoDate(comment.created_at ?? null),
					...(state === body.state ? {} : { notStored: ['visibility'] }),
				},
			];
		};
		return await withTask(client, request, work, 'threads');
	},
	fields: [taskLocator, text, visibility],
};
