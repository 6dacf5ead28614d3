// Tokens: the personal one, those of applications, and those that applications get for members. Plain state; used by api.mts.
// The two endpoints are not in the contract, which begins where a request has a token. Source:
// tallyfy/documentation, integrations/open-api/access-api-as-a-third-party-application-instead-of-a-user.mdx (2026-07-12).
import { ORGANIZATION_ID, type Json, type Member, type Organization } from './organization.mts';
import {
	foreignOrganization,
	invalid,
	notFound,
	reply,
	unauthenticated,
	type Reply,
} from './replies.mts';

/** The personal token of the organization's first member. Valid in the sandbox only. */
export const SANDBOX_TOKEN = 'sandbox-token';
/** The application of the organization; at Tallyfy, Support sets it up. */
export const SANDBOX_CLIENT = { id: '4711', secret: 'sandbox-secret' };
/** The email of a user who is a member of another organization only. */
export const SANDBOX_OUTSIDER = 'outsider@elsewhere.test';
/** The path at which an application asks for a member's token; matches organization and email, still encoded. */
export const USER_TOKEN_PATH = /^\/api\/applications\/([^/]+)\/users\/([^/]+)\/token$/;

const APPLICATION_TOKEN_MS = 7 * 24 * 3_600_000;
const USER_TOKEN_MS = 90 * 24 * 3_600_000;

export interface AccountsOptions {
	/** Milliseconds that a user token is valid; three months, if left out. */
	userTokenLifeMs?: number;
}

/** Whose token it is. */
export type TokenOwner = { kind: 'member'; member: Member } | { kind: 'application' };

/** An error of OAuth, in the form that the server's library gives it. */
const oauthError = (status: number, error: string, message: string) =>
	reply(status, { error, error_description: message, message });

export class Accounts {
	/** When each application token expires, in milliseconds since 1970. */
	private readonly applicationTokens = new Map<string, number>();
	private readonly userTokens = new Map<string, { memberId: number; expires: number }>();
	private readonly organization: Organization;
	private readonly userTokenLifeMs: () => number | undefined;
	private loggedOut = false;
	private issued = 0;
	private revokeIn: number | undefined;

	/** @param userTokenLifeMs milliseconds that a user token made now is valid; undefined for three months */
	constructor(organization: Organization, userTokenLifeMs: () => number | undefined) {
		this.organization = organization;
		this.userTokenLifeMs = userTokenLifeMs;
	}

	/** How many user tokens were made. */
	get tokensIssued(): number {
		return this.issued;
	}

	/** Whose token is in the Authorization header; undefined if there is no valid one. */
	ownerOf(authorization: unknown): TokenOwner | undefined {
		const token = /^Bearer (\S+)$/.exec(String(authorization))?.[1] ?? '';
		const now = this.organization.now().getTime();
		if (token === SANDBOX_TOKEN) {
			return this.loggedOut ? undefined : this.member(this.organization.me.id);
		}
		if ((this.applicationTokens.get(token) ?? 0) > now) return { kind: 'application' };
		const user = this.userTokens.get(token);
		return user && user.expires > now ? this.member(user.memberId) : undefined;
	}

	/** Makes all user tokens invalid; application tokens stay valid. */
	revoke(): void {
		this.userTokens.clear();
		this.revokeIn = undefined;
	}

	/** Revokes after the answers to so many more requests to the API. */
	revokeAfter(requests: number): void {
		if (requests <= 0) this.revoke();
		else this.revokeIn = requests;
	}

	/** Counts an answer of the API for `revokeAfter`; answers to requests for tokens do not count. */
	countAnswer(path: string): void {
		if (!path.startsWith('/api/') || USER_TOKEN_PATH.test(path)) return;
		if (this.revokeIn !== undefined && --this.revokeIn <= 0) this.revoke();
	}

	/** The owner of the personal token logs out of the web application: the token is no longer valid (facts.md 48). */
	logOut(): void {
		this.loggedOut = true;
	}

	/** `POST /oauth/token`. @param form undefined when the body was not form-encoded */
	applicationToken(form: Json | undefined): Reply {
		if (form?.grant_type !== 'client_credentials') {
			const message = 'The authorization grant type is not supported by the authorization server.';
			return oauthError(400, 'unsupported_grant_type', message);
		}
		if (form.client_id !== SANDBOX_CLIENT.id || form.client_secret !== SANDBOX_CLIENT.secret) {
			return oauthError(401, 'invalid_client', 'Client authentication failed');
		}
		const token = newToken('application');
		this.applicationTokens.set(token, this.organization.now().getTime() + APPLICATION_TOKEN_MS);
		return tokenReply(token, APPLICATION_TOKEN_MS);
	}

	/** `POST /applications/{org}/users/{email}/token`. @param owner of the token that the request came with */
	userToken(owner: TokenOwner | undefined, org: string, email: string): Reply {
		if (owner?.kind !== 'application') return unauthenticated();
		if (org !== ORGANIZATION_ID) return foreignOrganization();
		const address = email.toLowerCase();
		const member = this.organization.members.find((one) => one.email.toLowerCase() === address);
		if (!member && address === SANDBOX_OUTSIDER) {
			return invalid({ email: ['This user is not a member of the organization.'] });
		}
		if (!member) return notFound();
		const lifeMs = this.userTokenLifeMs() ?? USER_TOKEN_MS;
		const token = newToken('user');
		const expires = this.organization.now().getTime() + lifeMs;
		this.userTokens.set(token, { memberId: member.id, expires });
		this.issued++;
		return tokenReply(token, lifeMs);
	}

	private member(id: number): TokenOwner | undefined {
		const member = this.organization.members.find((one) => one.id === id);
		return member && { kind: 'member', member };
	}
}

/** Never the same twice: a token that n8n stored in an earlier sandbox must not be valid in this one. */
function newToken(kind: string): string {
	return `${kind}-${crypto.randomUUID()}`;
}

function tokenReply(access_token: string, lifeMs: number): Reply {
	return reply(200, { token_type: 'Bearer', expires_in: Math.round(lifeMs / 1000), access_token });
}
