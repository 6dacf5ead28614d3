// Getting a token with an application: first one for the application, then with it one for a member. Called by n8n through
// the credential, when it has no token or when a token was refused; what goes wrong comes back through n8n as a text.
// Source: tallyfy/documentation, access-api-as-a-third-party-application-instead-of-a-user (2026-07-12), the only one (G57).
import type { IHttpRequestOptions, IN8nHttpFullResponse } from 'n8n-workflow';
import { noResponse, readable, TallyfyError, type ErrorDetails } from './errors';
import { redact } from './redact';
import { apiResponse, isObject } from './request';
import { failedResponse, isUnavailable, isWebPage, succeeded } from './response';
import { organizationAddress, pathSegment, webAddress } from './url';

const STEPS = ['application token', 'token for the member'] as const;
type Step = (typeof STEPS)[number];

/** What to do, by step and status: the page's own table, and what is assumed where it says nothing (G57). */
const CAUSES: Record<Step, Record<number, string>> = {
	'application token': {
		400: 'Check Client ID and Client Secret in the credential.',
		401: 'Check Client ID and Client Secret in the credential.',
		404: 'Nothing signs in at this address: check Account URL in the credential.',
	},
	'token for the member': {
		401: 'Check Base URL in the credential: it has to belong to the Tallyfy that Account URL belongs to.',
		403: 'The application belongs to another organization: check Organization ID in the credential, or let Tallyfy Support link the application to it.',
		404: 'Tallyfy knows nobody with this address: check Member Email and Organization ID in the credential.',
		422: 'The member exists, but not in this organization: check Member Email in the credential, or invite them to it.',
	},
};

const ACCOUNT = 'https://account.tallyfy.com';
/** Tallyfy's own pages disagree on the host (facts.md section 2, host that signs applications in; G58). */
const ACCOUNT_HOSTS = `Account URL usually is ${ACCOUNT}; some pages of Tallyfy name https://go.tallyfy.com.`;
/** The longest wait for one response, in milliseconds (G54). */
const TIMEOUT_MS = 60_000;
const CODE = 'SIGN_IN_FAILED';
const FAILED = 'Sign-in with the application failed';
/** An outage while signing in, which waiting may mend: the network's code or the status at the end of the message. */
const OUTAGE = /\((ECONN[A-Z]+|ETIMEDOUT|EPIPE|EAI_AGAIN|E(?:HOST|NET)UNREACH|HTTP \d{3})\)$/;

/** Whether a failure means that no token could be had, so that other requests would fail alike. */
export function isSignIn(details: ErrorDetails | undefined): boolean {
	return details?.code === CODE;
}

/** A failure to sign in that more attempts do not mend. */
export function signInFailure(message: string, description: string): ErrorDetails {
	return { message: `${FAILED} ${message}`, description, code: CODE };
}

/** The failure of a sign-in in an error that has come through n8n, which keeps no more than texts; undefined for other errors. */
export function signInFailureIn(error: Error & { messages?: string[] }): ErrorDetails | undefined {
	const texts = [error.message, ...(error.messages ?? [])].map(String);
	const text = texts.find((candidate) => candidate.includes(FAILED));
	if (!text) return undefined;
	const [message, ...description] = text.slice(text.indexOf(FAILED)).split('\n');
	const code = OUTAGE.exec(message)?.[1] ?? CODE;
	return { message, description: description.join(' ') || 'Check the credential.', code };
}

/** The failure of a renewal that got no response: the request that needs the token was not sent. */
export function renewalFailure(details: ErrorDetails): ErrorDetails {
	return { ...details, message: `${FAILED} when its token was renewed: ${details.message}` };
}

/** Whether no token could be had before a request was sent: nothing was done. */
export function isBeforeSending({ message }: ErrorDetails): boolean {
	return message.startsWith(FAILED);
}

/** Sends one request without a token; gives the response whatever its status. */
export type Post = (options: IHttpRequestOptions) => Promise<IN8nHttpFullResponse>;

/**
 * The token that one step brings.
 * @throws TallyfyError whose message holds step, cause and, on a second line, what to do: n8n keeps no more of it
 */
async function tokenOf(
	post: Post,
	step: Step,
	options: IHttpRequestOptions,
	secrets: string[],
): Promise<string> {
	const isFirst = step === STEPS[0];
	// The usual advice names the address of the second step.
	const adapted = (text: string) => {
		if (!isFirst) return text;
		const short = text.replace(/; usually it is https:[^ ]+\.$/, '.');
		const own = short.replace('Base URL', 'Account URL');
		return own.includes('Account URL') ? `${own} ${ACCOUNT_HOSTS}` : own;
	};
	const at = `at step ${isFirst ? 1 : 2} of 2, the ${step}`;
	const fail = (message: string, next: string) =>
		new TallyfyError({ message: `${FAILED} ${at}: ${message}\n${next}`, description: next });
	const received = await post({
		...options,
		method: 'POST',
		timeout: TIMEOUT_MS,
		disableFollowRedirect: true,
		ignoreHttpStatusErrors: true,
		returnFullResponse: true,
	}).catch((error: Error) => {
		const { message, description } = noResponse(error, options.url);
		return Promise.reject(fail(message, adapted(description)));
	});
	const response = redact(apiResponse(received), secrets);
	const { status, body } = response;
	const { access_token: token, error_description: reason } = isObject(body) ? body : {};
	if (succeeded(response)) {
		if (typeof token === 'string' && token !== '') return token;
		throw fail('the answer holds no access_token', adapted('Check Base URL in the credential.'));
	}
	if (status === 500 || isUnavailable(status)) {
		throw fail(`no answer (HTTP ${status})`, 'Try again later.');
	}
	const { message, description } = failedResponse(response);
	const next = isWebPage(body) && status !== 404 ? undefined : CAUSES[step][status];
	throw fail(typeof reason === 'string' ? readable(reason) : message, adapted(next ?? description));
}

/** The credential as people fill it in. */
export type Application = Record<
	| 'clientId'
	| 'clientSecret'
	| 'organizationId'
	| 'memberEmail'
	| 'baseUrl'
	| 'accountUrl'
	| 'clientHeader',
	string
>;

/** A token for the member, valid for three months (G59). @throws TallyfyError that says which of the two steps failed, and why */
export async function memberToken(post: Post, application: Application): Promise<string> {
	// Programs that make credentials leave fields out, and give numbers for texts.
	const typed = (field: keyof Application) => String(application[field] ?? '').trim();
	const account = webAddress(typed('accountUrl'), 'Account URL', ACCOUNT);
	const { base, organization } = organizationAddress(typed('baseUrl'), typed('organizationId'));
	const member = pathSegment(typed('memberEmail'), 'Member Email');
	// As in `signedWith`: without line breaks, which would begin another header, and with the usual value (G60).
	const client = typed('clientHeader').replace(/\p{Cc}+/gu, ' ');
	const headers = { Accept: 'application/json', 'X-Tallyfy-Client': client || 'APIClient' };
	const secret = typed('clientSecret');
	const form = { client_id: typed('clientId'), client_secret: secret, scope: '*' };
	const signIn = {
		url: `${account}/oauth/token`,
		headers: { ...headers, 'Content-Type': 'application/x-www-form-urlencoded' },
		body: String(new URLSearchParams({ grant_type: 'client_credentials', ...form })),
	};
	const applicationToken = await tokenOf(post, 'application token', signIn, [secret]);
	const forMember = {
		url: `${base}/applications/${organization}/users/${member}/token`,
		headers: { ...headers, Authorization: `Bearer ${applicationToken}` },
	};
	return await tokenOf(post, 'token for the member', forMember, [secret, applicationToken]);
}
