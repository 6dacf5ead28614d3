// The parameter Guests: emails of several guests. An address that nobody knows would become a guest, be mailed and spend an
// invite wherever Tallyfy finds it among the owners of a task (facts 129), so each is read first.
import type { INodeProperties } from 'n8n-workflow';
import type { BaseClient, ItemClient } from '../../transport/client';
import { invalidParameter, TallyfyError } from '../../transport/errors';
import { failedResponse, pageOf, succeeded } from '../../transport/response';
import { Cancelled } from '../../transport/withRetry';
import { optionsField } from '../fields';
import { listIn, yesOrNo } from '../values';
import { emailAddress, findGuest } from './locator';
import { newGuestRequest, sendCreate } from './newGuest';

export const guests: INodeProperties = {
	displayName: 'Guests',
	name: 'guests',
	type: 'string',
	default: '',
	placeholder: 'e.g. nathan@example.com, jo@example.com',
	description:
		'Emails of the guests: one, several with commas between them, or a list from an expression',
};

export const createMissingGuests: INodeProperties = {
	displayName: 'Create Missing Guests',
	name: 'createMissingGuests',
	type: 'boolean',
	default: false,
	description:
		'Whether to add those who are no guests yet. Each is invited by mail, and Tallyfy caps invites at 30 an hour. If this is off, an unknown email fails the item before anything is sent.',
};

/** The field Options of operations that have nothing else in it. */
export const createMissingOptions = optionsField([createMissingGuests]);

/** Whether Options > Create Missing Guests is on. @throws TallyfyError for what is neither true nor false */
export const mayCreateGuests = ({ parameter }: Pick<ItemClient, 'parameter'>): boolean =>
	yesOrNo(parameter('options.createMissingGuests', false), 'Create Missing Guests');

/**
 * Emails from one text, a text with commas, a JSON list or a list; each once, whatever its upper and lower case (G24).
 * @param label of the parameter
 * @throws TallyfyError for what is no email
 */
export function guestEmails(value: unknown, label = 'Guests'): string[] {
	const entries = listIn(value) ?? [];
	if (!Array.isArray(entries)) {
		const next = 'Give one email, several with commas between them, or a list of emails.';
		throw invalidParameter(label, 'is not a list of emails', next);
	}
	const isBlank = (entry: unknown) => typeof entry === 'string' && entry.trim() === '';
	const emails = entries
		.filter((entry) => !isBlank(entry))
		.map((entry) => emailAddress(entry, label));
	return [...new Map(emails.map((email) => [email.toLowerCase(), email])).values()];
}

const guestKey = (email: string) => `guest ${email.toLowerCase()}`;

/** The email as Tallyfy has it, of a guest who is there; undefined for an unknown one. Read once for all items. */
async function knownEmail(client: BaseClient, email: string, label: string) {
	return await client.oncePerExecution(guestKey(email), async () => {
		const response = await findGuest(client, email, label);
		const body = response?.body as { data?: { email?: unknown } } | undefined;
		return response && String(body?.data?.email ?? email);
	});
}

/** More guests of one domain than this are not found by their domain. */
const DOMAIN_PAGE = 100;

/**
 * Finds guests who share a domain, such as the contacts of one client, with one request for all of them (G8). Those who are not
 * found so are read one by one, as usual.
 */
export async function findByDomain(client: BaseClient, emails: string[]): Promise<void> {
	const domainOf = (email: string) => email.slice(email.lastIndexOf('@')).toLowerCase();
	const domains = [...new Set(emails.map(domainOf))];
	const shared = domains.filter(
		(domain) => emails.filter((email) => domainOf(email) === domain).length > 1,
	);
	const searches = shared.map(async (domain) => {
		await client.oncePerExecution(`guests of ${domain}`, async () => {
			const qs = { q: domain, page: 1, per_page: DOMAIN_PAGE };
			const { records } = pageOf(await client.send({ method: 'GET', url: '/guests', qs }));
			for (const email of records.map((guest) => String(guest.email))) {
				await client.oncePerExecution(guestKey(email), async () => email);
			}
		});
	});
	await Promise.all(searches);
}

async function createGuest(client: BaseClient, email: string, label: string): Promise<void> {
	await client.oncePerExecution(`new guest ${email.toLowerCase()}`, async () => {
		const response = await sendCreate(client, newGuestRequest(client, email, label));
		if (succeeded(response)) return;
		// Without a subject, for which a refused email means that there is no such guest.
		const details = failedResponse(response);
		const message = `${email} was not added as a guest: ${details.message}`;
		const description = `Check ${label}. ${details.description}`;
		throw new TallyfyError(
			response.status === 422 ? { ...details, message, description } : details,
		);
	});
}

const NEXT =
	'Nothing was sent. Check the spelling, add them with Guest > Create or Get, or switch on Create Missing Guests in Options. Members belong into the field for members, by their ID.';

/**
 * Makes sure that all of these are guests, so that Tallyfy makes none of its own accord.
 * @param mayCreate whether those who are not are added (Create Missing Guests)
 * @param next what to do about unknown ones
 * @returns the emails as Tallyfy has them, and those who were added
 * @throws TallyfyError that names all who are unknown, before anything is written; and when one cannot be added, which says who
 * was added before
 */
export async function assertGuestsExist(
	client: BaseClient,
	emails: string[],
	mayCreate: boolean,
	label = 'Guests',
	next = NEXT,
): Promise<{ emails: string[]; created: string[] }> {
	const known = await Promise.all(
		emails.map(async (email) => await knownEmail(client, email, label)),
	);
	const missing = emails.filter((_, at) => known[at] === undefined);
	if (missing.length > 0 && !mayCreate) {
		throw invalidParameter(
			label,
			`names ${missing.length === 1 ? 'somebody who is no guest' : 'people who are no guests'} of this organization: ${missing.join(', ')}`,
			next,
		);
	}
	const created: string[] = [];
	for (const email of missing) {
		await createGuest(client, email, label).catch((error: Error) => {
			if (!(error instanceof TallyfyError) || created.length === 0) throw error;
			const { details } = error;
			const done = `Added before that: ${created.join(', ')}.`;
			throw new TallyfyError({ ...details, description: `${done} ${details.description}` });
		});
		created.push(email);
	}
	return { emails: emails.map((email, at) => known[at] ?? email), created };
}

/** Does what guests were added for. @throws TallyfyError, which names those who were added before it failed */
export async function afterAdding<T>(created: string[], work: () => Promise<T>): Promise<T> {
	return await work().catch((error: Error) => {
		const isOurs = error instanceof TallyfyError && !(error instanceof Cancelled);
		if (created.length === 0 || !isOurs) throw error;
		const were = created.length === 1 ? 'was' : 'were';
		const message = `${created.join(', ')} ${were} added as ${created.length === 1 ? 'a guest' : 'guests'}, but ${error.details.message}`;
		throw new TallyfyError({ ...error.details, message, outcome: 'unknown' });
	});
}
