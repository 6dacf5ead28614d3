// Who may ask: the personal token, applications, and the tokens they get for members. Plain state; server.mts asks it.
// The two endpoints are not in the contract, which describes what is asked with a token, not how to come by one. Source:
// tallyfy/documentation, integrations/open-api/access-api-as-a-third-party-application-instead-of-a-user.mdx (2026-07-12).
import type { Reply } from './handlers.mts';
import { ORGANIZATION_ID, type Json, type Member, type Organization } from './organization.mts';

/** The personal token of the organization's first member. It opens nothing but the sandbox. */
export const SANDBOX_TOKEN = 'sandbox-token';
/** The application that Tallyfy Support would have set up for the organization. */
export const SANDBOX_CLIENT = { id: '4711', secret: 'sandbox-secret' };
/** An address that Tallyfy knows, of somebody in another organization. */
export const SANDBOX_OUTSIDER = 'outsider@elsewhere.test';
/** Where an application asks for a member's token; organization and email as they were sent. */
export const USER_TOKEN_PATH = /^\/api\/applications\/([^/]+)\/users\/([^/]+)\/token$/;

const APPLICATION_TOKEN_MS = 7 * 24 * 3_600_000;
const USER_TOKEN_MS = 90 * 24 * 3_600_000;

export interface AccountsOptions {
	/** How long a user token lives; three months, if left out. */
	userTokenLifeMs?: number;
}

/** Who a token belongs to. */
export type Holder = { kind: 'member'; member: Member } | { kind: 'application' };

const reply = (status: number, body: unknown): Reply => ({ status, body });
const refusal = (status: number, error: string, words: string) =>
	reply(status, { error, error_description: words, message: words });

export class Accounts {
	private readonly application = new Map<string, number>();
	private readonly users = new Map<string, { memberId: number; until: number }>();
	private readonly organization: Organization;
	private readonly life: () => number | undefined;
	private loggedOut = false;
	private issued = 0;
	private revokeIn: number | undefined;

	/** @param life milliseconds that a user token made now lives; undefined for three months */
	constructor(organization: Organization, life: () => number | undefined) {
		this.organization = organization;
		this.life = life;
	}

	/** How many user tokens were made. */
	get tokensIssued(): number {
		return this.issued;
	}

	/** Whose token is in the Authorization header; undefined for nobody's, or one that is no longer valid. */
	holderOf(authorization: unknown): Holder | undefined {
		const token = /^Bearer (\S+)$/.exec(String(authorization))?.[1] ?? '';
		const now = this.organization.now().getTime();
		if (token === SANDBOX_TOKEN)
			return this.loggedOut ? undefined : this.member(this.organization.me.id);
		if ((this.application.get(token) ?? 0) > now) return { kind: 'application' };
		const user = this.users.get(token);
		return user && user.until > now ? this.member(user.memberId) : undefined;
	}

	/** Makes all user tokens invalid, those of applications not. */
	revoke(): void {
		this.users.clear();
		this.revokeIn = undefined;
	}

	/** Revokes when so many more requests to the API were answered. */
	revokeAfter(requests: number): void {
		if (requests <= 0) this.revoke();
		else this.revokeIn = requests;
	}

	/** A request was answered; those for tokens are not counted. */
	answered(path: string): void {
		if (!path.startsWith('/api/') || USER_TOKEN_PATH.test(path)) return;
		if (this.revokeIn !== undefined && --this.revokeIn <= 0) this.revoke();
	}

	/** The owner of the personal token leaves the web application: the token is dead (facts.md 48). */
	logOut(): void {
		this.loggedOut = true;
	}

	/** `POST /oauth/token`. @param form undefined when the body was not form-encoded */
	applicationToken(form: Json | undefined): Reply {
		if (form?.grant_type !== 'client_credentials') {
			const words = 'The authorization grant type is not supported by the authorization server.';
			return refusal(400, 'unsupported_grant_type', words);
		}
		if (form.client_id !== SANDBOX_CLIENT.id || form.client_secret !== SANDBOX_CLIENT.secret) {
			return refusal(401, 'invalid_client', 'Client authentication failed');
		}
		const token = this.fresh('application');
		this.application.set(token, this.organization.now().getTime() + APPLICATION_TOKEN_MS);
		return granted(token, APPLICATION_TOKEN_MS);
	}

	/** `POST /applications/{org}/users/{email}/token`, asked by the holder of a token. */
	userToken(holder: Holder | undefined, org: string, email: string): Reply {
		if (holder?.kind !== 'application') return reply(401, { message: 'Unauthenticated.' });
		if (org !== ORGANIZATION_ID) return foreignOrganization();
		const wanted = email.toLowerCase();
		const member = this.organization.members.find((one) => one.email.toLowerCase() === wanted);
		if (!member && wanted === SANDBOX_OUTSIDER) {
			return reply(422, {
				message: 'The given data was invalid.',
				errors: { email: ['This user is not a member of the organization.'] },
			});
		}
		if (!member) {
			const message = 'Resource not found';
			return reply(404, { error: true, message, code: 'RESOURCE_NOT_FOUND' });
		}
		const life = this.life() ?? USER_TOKEN_MS;
		const token = this.fresh('user');
		this.users.set(token, {
			memberId: member.id,
			until: this.organization.now().getTime() + life,
		});
		this.issued++;
		return granted(token, life);
	}

	private member(id: number): Holder | undefined {
		const member = this.organization.members.find((one) => one.id === id);
		return member && { kind: 'member', member };
	}

	/** Never twice, so that a token that n8n kept from an earlier sandbox is not valid in this one. */
	private fresh(kind: string): string {
		return `${kind}-${crypto.randomUUID()}`;
	}
}

/** What the server says to a token of another organization (facts.md 49). */
export function foreignOrganization(): Reply {
	const message = "You don't have application's permissions for this organization!";
	return reply(403, { error: true, message });
}

function granted(access_token: string, lifeMs: number): Reply {
	return reply(200, { token_type: 'Bearer', expires_in: Math.round(lifeMs / 1000), access_token });
}
