// What the API replies to a request: checks token, organization, rate limit and contract, then runs the operation's handler.
import type { OpenAPIBackend, Operation, Request } from 'openapi-backend';
import { Accounts, USER_TOKEN_PATH } from './accounts.mts';
import { checkable } from './contract.mts';
import type { FaultInjector } from './faults.mts';
import { handlersFor, type Handlers } from './handlers.mts';
import { ORGANIZATION_ID, type Json, type Member, type Organization } from './organization.mts';
import {
	endpointNotFound,
	foreignOrganization,
	tooManyRequests,
	unauthenticated,
	type Reply,
} from './replies.mts';

export interface ApiOptions {
	contract: OpenAPIBackend;
	organization: Organization;
	injector: FaultInjector;
	/** Milliseconds that user tokens are valid, if no quirk says so; three months, if left out. */
	userTokenLifeMs?: number;
	/** Whether to check replies against the contract. */
	checksReplies: boolean;
	/** Called with what broke the contract. */
	onViolation: (violation: string) => void;
}

export class Api {
	readonly accounts: Accounts;
	private readonly options: ApiOptions;
	private readonly handlers: Handlers;

	constructor(options: ApiOptions) {
		const { organization, injector, userTokenLifeMs } = options;
		this.options = options;
		this.handlers = handlersFor(organization, injector);
		this.accounts = new Accounts(
			organization,
			() => injector.behaviour.quirks.userTokenLifeMs ?? userTokenLifeMs,
		);
	}

	/** Does what is asked. @returns the reply, and the operation of the contract, if it is one */
	handle(request: Request): { reply: Reply; operationId?: string } {
		const tokenReply = this.handleTokenRequest(request);
		if (tokenReply) return { reply: tokenReply };
		const operation = this.options.contract.router.matchOperation(request);
		if (!operation?.operationId) return { reply: endpointNotFound() };
		const { operationId } = operation;
		const reply = this.handleOperation(request, operation, operationId);
		this.checkReply(operation, reply);
		return { reply, operationId };
	}

	/** The two requests of applications that are not in the contract. */
	private handleTokenRequest(request: Request): Reply | undefined {
		if (request.method !== 'POST') return undefined;
		if (request.path === '/oauth/token') return this.accounts.applicationToken(formOf(request));
		const [, org, email] = USER_TOKEN_PATH.exec(request.path) ?? [];
		if (email === undefined) return undefined;
		if (!request.headers['x-tallyfy-client']) return endpointNotFound();
		const owner = this.accounts.ownerOf(request.headers.authorization);
		return this.burstLimit() ?? this.accounts.userToken(owner, decoded(org), decoded(email));
	}

	private handleOperation(request: Request, operation: Operation, operationId: string): Reply {
		const { contract } = this.options;
		const { params, query } = contract.router.parseRequest(request, operation) as unknown as {
			params: Record<string, string>;
			query: Json;
		};
		const authorized = this.authorize(request, operation, params.org);
		if ('refused' in authorized) return authorized.refused;
		const refused = this.burstLimit();
		if (refused) return refused;
		const checked = contract.validateRequest(checkable(request, operation), operation);
		for (const { instancePath, message, params: details } of checked.errors ?? []) {
			this.options.onViolation(
				`${operationId} was asked against the contract: ${instancePath} ${message} ${JSON.stringify(details)}`,
			);
		}
		// After a violation the coerced query is still text; then the parsed one, which has the valid keys too.
		const { query: coerced } = checked.coerced as { query?: Json | string };
		return this.handlers[operationId]({
			params,
			query: typeof coerced === 'object' ? { ...query, ...coerced } : query,
			body: (request.body ?? {}) as Json,
			caller: authorized.caller,
		});
	}

	/** The member whose token it is, or the refusal: no client header, no valid token, or another organization. */
	private authorize(
		request: Request,
		operation: Operation,
		org?: string,
	): { caller: Member } | { refused: Reply } {
		if (!request.headers['x-tallyfy-client']) {
			// 404 where the contract knows one for the operation, else 401.
			const isKnown = '404' in (operation.responses ?? {});
			return { refused: isKnown ? endpointNotFound() : unauthenticated() };
		}
		const owner = this.accounts.ownerOf(request.headers.authorization);
		// An application's own token is valid for no operation of the contract (facts.md section 2, token life).
		if (owner?.kind !== 'member') return { refused: unauthenticated() };
		if (org !== undefined && org !== ORGANIZATION_ID) return { refused: foreignOrganization() };
		return { caller: owner.member };
	}

	private burstLimit(): Reply | undefined {
		const { injector } = this.options;
		const wait = injector.burstWait();
		if (wait === undefined) return undefined;
		const { burst } = injector.behaviour.limits;
		return tooManyRequests({ message: 'Too Many Attempts.' }, burst?.silent ? undefined : wait);
	}

	private checkReply(operation: Operation, { status, body }: Reply): void {
		const { contract, injector, checksReplies, onViolation } = this.options;
		// The contract no longer knows names in `details`; the quirk shows them all the same.
		if (!checksReplies || injector.behaviour.quirks.namesInDetails) return;
		const errors = contract.validateResponse(body, operation, status).errors ?? [];
		for (const { instancePath, message } of errors) {
			onViolation(
				`${operation.operationId} answered ${status} against the contract: ${instancePath} ${message}`,
			);
		}
	}
}

/** The fields of a form-encoded body; undefined for every other body. */
export function formOf({ headers, body }: Request): Json | undefined {
	const type = String(headers['content-type'] ?? '');
	if (!type.startsWith('application/x-www-form-urlencoded')) return undefined;
	return Object.fromEntries(new URLSearchParams(typeof body === 'string' ? body : ''));
}

function decoded(segment: string): string {
	try {
		return decodeURIComponent(segment);
	} catch {
		return segment;
	}
}
