// What one input item asks: the task that its parameters add up to, all of it checked before anything is sent.
import type { IDataObject } from 'n8n-workflow';
import { guestEmails, mayCreateGuests } from '../resources/guest/guestEmails';
import { formFieldsOf } from '../resources/guestTask/formFields';
import type { NewTask } from '../resources/guestTask/newTask';
import { memberIds } from '../resources/member/memberIds';
import { dateIn, oneOf, textIn } from '../resources/values';
import { invalidParameter } from '../transport/errors';
import type { ReadParameter } from '../transport/itemContext';

/** How long a title may be, in characters (facts 120). */
const MAX_TITLE = 600;

const WEEK_MS = 7 * 86_400_000;

export interface Question {
	task: NewTask;
	mayCreateGuests: boolean;
}

const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/** A text as the HTML that descriptions of tasks are: an agent's message must bring no link or picture along. */
const asHtml = (text: string): string =>
	`<p>${text.replace(/[&<>]/g, (character) => ESCAPES[character]).replace(/\r?\n/g, '<br>')}</p>`;

/** Title and description of a message: on one line, and the whole of it again where the title does not hold it. */
function titleAndText(message: string, description: string): { title: string; text: string } {
	const line = message.replace(/\s+/g, ' ');
	// Not half of a character that takes two places.
	const start = line.slice(0, MAX_TITLE - 1).replace(/[\ud800-\udbff]$/, '');
	const title = line.length > MAX_TITLE ? `${start}…` : line;
	const parts = [title === message ? '' : asHtml(message), description];
	return { title, text: parts.filter((part) => part !== '').join('\n') };
}

/**
 * The question of an item.
 * @param url which Tallyfy calls when the task is complete
 * @param end of the waiting time and `now`, both in milliseconds since 1970
 * @throws TallyfyError for what cannot be asked
 */
export function questionOf(
	parameter: ReadParameter,
	url: string,
	{ end, now }: { end: number; now: number },
): Question {
	const message = textIn(parameter('message', ''), 'Message', 'Give the question.');
	const guests = guestEmails(parameter('guests', ''));
	if (guests.length === 0) {
		throw invalidParameter('Guests', 'is empty', 'Give the email of at least one guest.');
	}
	const types = ['approval', 'form'] as const;
	const responseType = oneOf(parameter('responseType', ''), 'Response Type', types, 'approval');
	const fields = responseType === 'form' ? formFieldsOf({ parameter }) : [];
	if (responseType === 'form' && fields.length === 0) {
		const next = 'Add at least one field, or choose Response Type: Approval.';
		throw invalidParameter('Form Fields', 'is empty', next);
	}
	const due = dateIn(parameter('deadline', ''), 'Deadline');
	const { title, text } = titleAndText(message, String(parameter('description', '') ?? '').trim());
	const more: IDataObject = { webhook: url, ...(text === '' ? {} : { summary: text }) };
	return {
		task: {
			title,
			taskType: responseType === 'approval' ? 'approval' : 'task',
			deadline: due ?? Math.min(end, now + WEEK_MS),
			guests,
			members: memberIds(parameter('options.members', []) || [], 'Members'),
			fields,
			isSeparate: false,
			more,
		},
		mayCreateGuests: mayCreateGuests({ parameter }),
	};
}
