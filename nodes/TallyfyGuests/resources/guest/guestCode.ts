// A guest's code: the key of their tasks and custom fields, found in their permanent link and nowhere else (facts.md 27).
// Whoever has link or code acts as the guest, so neither goes into errors or items. Called by guestTask and guestCustomField.
import type { INodeProperties } from 'n8n-workflow';
import { sendForOne, type ItemClient } from '../../transport/client';
import { failedResponse, isNotFound } from '../../transport/response';
import { TallyfyError, invalidParameter } from '../../transport/errors';
import { fillPath, pathSegment } from '../../transport/url';
import type { ApiResponse, ApiRequest } from '../../transport/request';
import { redact } from '../../transport/redact';
import { emailAddress } from './email';
import { guestLocator } from './fields';

export const guestLocatorWithLink: INodeProperties = {
	...guestLocator,
	modes: [
		...(guestLocator.modes ?? []),
		{
			displayName: 'By Link',
			name: 'link',
			type: 'string',
			placeholder: 'e.g. https://go.tallyfy.com/guest-all-task/…',
			hint: "The guest's permanent link. It saves one request, but whoever sees it can act as the guest.",
		},
	],
};

const LABEL = 'Guest';
const LINK_MARK = 'guest-all-task';

/** What may stand in a path as a code (contract, GuestCode). */
const CODE = /^[A-Za-z0-9_-]+$/;

/** Segments of a web address as they were typed: the URL class would resolve `..` before anybody looked. */
function segmentsOf(link: string): string[] {
	const path = link.replace(/^[a-z]+:\/\/[^/?#]*/i, '').split(/[?#]/)[0];
	return path.split('/').filter((segment) => segment !== '');
}

/** The code in a permanent link. Its host is not looked at: requests go where the credential says. */
function codeInLink(link: string, ownOrganization: string): string {
	const [mark, organization, code] = segmentsOf(link).slice(-3);
	if (mark !== LINK_MARK || code === undefined) {
		throw invalidParameter(
			LABEL,
			"is a web address, but not a guest's permanent link",
			"Give the whole link as Tallyfy shows it: its path is guest-all-task, the organization's ID and the guest's code. Or give the email.",
		);
	}
	if (organization !== ownOrganization) {
		throw invalidParameter(
			LABEL,
			'is the link of a guest of another organization',
			'Choose the credential of the organization in the link, or give a guest of the organization in the credential.',
		);
	}
	if (!CODE.test(code)) {
		throw invalidParameter(
			LABEL,
			'is a link whose code holds other characters than letters, digits, - and _',
			'Copy the whole link again, or give the email.',
		);
	}
	return code;
}

interface CodedGuest {
	code: string;
	/** Unknown for a guest given by link. */
	email?: string;
}

/** The code of the guest with this address. Never their `id`, which is a number without a use (facts.md section 2). */
async function readCode(client: ItemClient, email: string): Promise<string> {
	const { link } = await sendForOne(client, {
		method: 'GET',
		url: `/guests/${pathSegment(email, LABEL)}`,
		subject: { noun: 'guest', value: email, parameter: LABEL },
	});
	const code = segmentsOf(typeof link === 'string' ? link.trim() : '').at(-1) ?? '';
	if (CODE.test(code)) return code;
	throw invalidParameter(
		`${LABEL} ${email}`,
		link ? 'has a link without a code' : 'has no link yet',
		"Tallyfy finds tasks and custom fields by the code in the guest's link. Let an administrator reset this guest's link in Tallyfy, then run this item again.",
	);
}

/** The parameter Guest of this item: a permanent link, or an email, whose guest is read. */
async function codedGuest(client: ItemClient): Promise<CodedGuest> {
	const value = client.parameter('guest');
	const text = typeof value === 'string' ? value.trim() : '';
	if (/^https?:\/\//i.test(text) || text.includes(`${LINK_MARK}/`)) {
		return { code: codeInLink(text, client.organization) };
	}
	if (text !== '' && !/.@[^@]+$/.test(text)) {
		// Not repeated, as other refusals do: it may be a code, or a piece of a link.
		throw invalidParameter(
			LABEL,
			'is neither an email nor a permanent link',
			"Give the guest's full address, e.g. nathan@example.com, or their whole link.",
		);
	}
	const email = emailAddress(value, LABEL);
	return { code: await readCode(client, email), email };
}

/** What leads to the things of one guest. */
export interface GuestCodeRequest {
	/** Its answers do not tell the code. */
	client: ItemClient;
	/** The path has the code, the subject has not. */
	request: ApiRequest;
	email?: string;
}

/** Fills `{guestCode}` in the path of a request from the parameter Guest. Raises a Problem when there is no code. */
export async function withGuestCode(
	client: ItemClient,
	request: ApiRequest,
): Promise<GuestCodeRequest> {
	const { code, email } = await codedGuest(client);
	const url = fillPath(request.url, { guestCode: pathSegment(code, LABEL) });
	return {
		client: { ...client, send: async (sent) => redact(await client.send(sent), [code]) },
		request: { ...request, url },
		email,
	};
}

/** The answer, unless it says that nobody has the code: then a Problem that says what to check. */
export function assertGuestFound(answer: ApiResponse, { email }: GuestCodeRequest): ApiResponse {
	if (answer.status !== 404 || !isNotFound(answer)) return answer;
	const value = email ? `with the link of ${email}` : 'with this link';
	throw new TallyfyError({
		...failedResponse(answer, { noun: 'guest', value, parameter: LABEL }),
		description: email
			? 'Their link was reset, or they were removed, while this item ran. Run it again, and check Guest if that does not help.'
			: "Check Guest: the link changes when an administrator resets it and when the guest's email changes. Give the current link, or pick the guest from the list.",
	});
}
