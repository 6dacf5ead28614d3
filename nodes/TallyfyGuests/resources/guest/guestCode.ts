// A guest's code: the key of their tasks and custom fields, found in their permanent link and nowhere else (facts.md 27, G27).
// Whoever has the link or the code acts as the guest, so neither goes into errors or items.
import type { INodeProperties } from 'n8n-workflow';
import { sendForOne, type Client, type ItemClient } from '../../transport/client';
import { invalidParameter, TallyfyError } from '../../transport/errors';
import { redact } from '../../transport/redact';
import type { ApiRequest, ApiResponse } from '../../transport/request';
import { failedResponse, isNotFound } from '../../transport/response';
import { fillPath, pathSegment } from '../../transport/url';
import { emailAddress, guestLocator, guestRequest } from './locator';

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
/** What stands before organization and code, and what stands before the code in the other form of a link (facts 181). */
const LINK_MARK = 'guest-all-task';
const SHORT_MARK = 'guest';

/** What may stand in a path as a code (contract, GuestCode; G28). */
const CODE = /^[A-Za-z0-9_-]+$/;

/** Segments of a web address as they were typed: the URL class would resolve `..` before it can be refused. */
function segmentsOf(link: string): string[] {
	const path = link.replace(/^[a-z]+:\/\/[^/?#]*/i, '').split(/[?#]/)[0];
	return path.split('/').filter((segment) => segment !== '');
}

/** The code in a link that Tallyfy gave: the segment after `/guest/`, else the last (facts 181); undefined for none. */
export function codeIn(link: unknown): string | undefined {
	const segments = segmentsOf(typeof link === 'string' ? link.trim() : '');
	const at = segments.lastIndexOf(SHORT_MARK);
	const code = at < 0 ? segments.at(-1) : segments[at + 1];
	return code !== undefined && CODE.test(code) ? code : undefined;
}

const isOrganization = (segment: string) => /^[0-9a-f]{32}$/i.test(segment);

/** The code in a permanent link. Its host does not matter: requests go where the credential says. */
function codeInLink(link: string, ownOrganization: string): string {
	const segments = segmentsOf(link);
	const at = segments.lastIndexOf(SHORT_MARK);
	const [mark, organization = ownOrganization, code] =
		at < 0
			? segments.slice(-3)
			: [SHORT_MARK, segments.slice(0, at).find(isOrganization), segments[at + 1]];
	if (![LINK_MARK, SHORT_MARK].includes(mark) || code === undefined) {
		throw invalidParameter(
			LABEL,
			"is a web address, but not a guest's permanent link",
			"Give the whole link as Tallyfy shows it: its path is guest-all-task, the organization's ID and the guest's code, or guest and the code. Or give the email.",
		);
	}
	if (organization !== ownOrganization) {
		throw invalidParameter(
			LABEL,
			'is the link of a guest of another organization',
			'Choose the credential of the organization in the link, or give a guest of the organization in the credential.',
		);
	}
	if (CODE.test(code)) return code;
	throw invalidParameter(
		LABEL,
		'is a link whose code holds other characters than letters, digits, - and _',
		'Copy the whole link again, or give the email.',
	);
}

/** The code in the link of this guest, who may have none (G29). Never the `id`, a number without a use (facts.md section 2). */
async function readCode(client: ItemClient, email: string): Promise<string> {
	const { link } = await sendForOne(client, guestRequest(email, LABEL));
	const code = codeIn(link);
	if (code !== undefined) return code;
	throw invalidParameter(
		`${LABEL} ${email}`,
		link ? 'has a link without a code' : 'has no link yet',
		"Tallyfy finds tasks and custom fields by the code in the guest's link. Let an administrator reset this guest's link in Tallyfy, then run this item again.",
	);
}

/** Whom the parameter Guest names: somebody with an email, or with the code in a permanent link. */
export type NamedGuest = { email: string; code?: undefined } | { email?: undefined; code: string };

/** Whom the parameter Guest names. @throws TallyfyError for what is neither an email nor a link */
export function namedGuest(client: Pick<ItemClient, 'parameter' | 'organization'>): NamedGuest {
	const value = client.parameter('guest');
	const text = typeof value === 'string' ? value.trim() : '';
	const isEmail = /.@[^@]+$/.test(text);
	const isLink = /^https?:\/\//i.test(text) || text.includes(`${LINK_MARK}/`);
	if (isLink || (!isEmail && text.includes(`/${SHORT_MARK}/`))) {
		return { code: codeInLink(text, client.organization) };
	}
	if (text !== '' && !isEmail) {
		// Not repeated, as other refusals do: it may be a code, or a piece of a link.
		throw invalidParameter(
			LABEL,
			'is neither an email nor a permanent link',
			"Give the guest's full address, e.g. nathan@example.com, or their whole link.",
		);
	}
	return { email: emailAddress(value, LABEL) };
}

/** A request for something of one guest. */
export interface GuestCodeRequest {
	/** Sends; its responses do not show the code. */
	client: Pick<Client, 'send'>;
	/** The path has the code, the subject has not. */
	request: ApiRequest;
	/** Unknown for a guest given by link. */
	email?: string;
}

/**
 * Fills `{guestCode}` in the path of a request from the parameter Guest.
 * @throws TallyfyError when there is no code
 */
export async function withGuestCode(
	client: ItemClient,
	request: ApiRequest,
): Promise<GuestCodeRequest> {
	const { email, code: given } = namedGuest(client);
	const code = given ?? (await readCode(client, email));
	const url = fillPath(request.url, { guestCode: pathSegment(code, LABEL) });
	return {
		client: { send: async (sent) => redact(await client.send(sent), [code]) },
		request: { ...request, url },
		email,
	};
}

/** The response, unless it says that no guest has the code. @throws TallyfyError then, which says what to check */
export function assertGuestFound(response: ApiResponse, { email }: GuestCodeRequest): ApiResponse {
	if (response.status !== 404 || !isNotFound(response)) return response;
	const value = email ? `with the link of ${email}` : 'with this link';
	throw new TallyfyError({
		...failedResponse(response, { noun: 'guest', value, parameter: LABEL }),
		description: email
			? 'Their link was reset, or they were removed, while this item ran. Run it again, and check Guest if that does not help.'
			: "Check Guest: the link changes when an administrator resets it and when the guest's email changes. Give the current link, or pick the guest from the list.",
	});
}
