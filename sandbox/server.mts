// The sandbox: a local Tallyfy over HTTP. It holds every request, and every answer of its own, against the contract.
// Started by `npm start`, and in the test process by the tests.
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Operation, Request } from 'openapi-backend';
import {
	Accounts,
	foreignOrganization,
	USER_TOKEN_PATH,
	type AccountsOptions,
} from './accounts.mts';
import { loadContract, published } from './contract.mts';
import { addControls } from './controls.mts';
import { spoilsAnswer, Trouble, type Behaviour, type Fault } from './faults.mts';
import { handlersFor, type Handler, type Reply } from './handlers.mts';
import {
	Organization,
	ORGANIZATION_ID,
	type Json,
	type Member,
	type OrganizationOptions,
} from './organization.mts';
import { post, type Delivery, type DeliveryOptions } from './webhooks.mts';
import { announce } from './work/announce.mts';
import { addWorkControls } from './work/controls.mts';
import { addGuestPage } from './work/guestPage.mts';

export { CONTRACT, loadContract, WORK_CONTRACT } from './contract.mts';
export { SANDBOX_CLIENT, SANDBOX_OUTSIDER, SANDBOX_TOKEN } from './accounts.mts';

/** A request as it arrived: the path byte for byte, before anybody decoded it. */
export interface LoggedRequest {
	/** Milliseconds since 1970. */
	at: number;
	method: string;
	path: string;
	headers: Record<string, unknown>;
	body: Json;
	status: number;
	operationId?: string;
	/** What the API itself said, whatever came of its answer on the way; missing when it was not asked. */
	handled?: number;
	/** A fault took its answer away or put another in its place. */
	faulted?: boolean;
}

export interface SandboxOptions extends OrganizationOptions, AccountsOptions {
	/** Guests' links lead to the pages of this sandbox. */
	localLinks?: boolean;
}

export interface Sandbox {
	/** `http://127.0.0.1:…/api`: the Base URL of a credential. */
	baseUrl: string;
	/** `http://127.0.0.1:…`: the Account URL of a credential. */
	accountUrl: string;
	organization: Organization;
	/** Everything since the last `reset`, oldest first. */
	requests: LoggedRequest[];
	/** Requests and answers that broke the contract, in words. */
	violations: string[];
	/** The most requests that were under way at one moment. */
	peakInFlight: () => number;
	misbehave: (behaviour: Partial<Behaviour>) => void;
	/** When trouble that ends is over, in milliseconds since 1970; undefined until it is known. */
	troubleOverAt: () => number | undefined;
	/** Makes all user tokens invalid that were issued so far. */
	revokeTokens: () => void;
	/** The same, when so many more requests to the API were answered. */
	revokeAfter: (requests: number) => void;
	/** The owner of the personal token leaves the web application: the token is dead. */
	logOut: () => void;
	/** How many user tokens were issued since the last `reset`. */
	tokensIssued: () => number;
	/** Called before each request is handled; in the log already. One hook at a time; `reset` takes it away. */
	beforeEach: (hook: (request: LoggedRequest) => void | Promise<void>) => void;
	/** Posts a payload to all watchers, or where it is told to; gives what came of it when all have answered. */
	deliver: (payload: unknown, options?: DeliveryOptions) => Promise<Delivery[]>;
	/** Everything that was posted since the last `reset`, in the order of the answers. */
	deliveries: Delivery[];
	/** Cuts all connections that are open now; new ones are taken at once. */
	cutConnections: () => void;
	/** Empties the log and the counts. */
	forget: () => void;
	/** A fresh organization, fresh accounts, no trouble, an empty log. */
	reset: (options?: SandboxOptions) => void;
	close: () => Promise<void>;
}

const page = (status: number) => `<!doctype html><html><body><h1>${status}</h1></body></html>`;
const endpointNotFound: Reply = {
	status: 404,
	body: { error: true, message: 'API endpoint not found', code: 'ENDPOINT_NOT_FOUND' },
};
const unauthenticated: Reply = { status: 401, body: { message: 'Unauthenticated.' } };

/** What the server says when the client header is missing: what it says depends on the place. */
function withoutClient(known: boolean): Reply {
	return known ? endpointNotFound : unauthenticated;
}

function decoded(segment: string): string {
	try {
		return decodeURIComponent(segment);
	} catch {
		return segment;
	}
}

/** Starts a sandbox on 127.0.0.1; port 0 lets the system choose. */
export async function startSandbox(
	options: SandboxOptions & { port?: number; checks?: boolean } = {},
): Promise<Sandbox> {
	/** Holding everything against the contract takes most of the time; the benchmark does without. */
	const checks = options.checks ?? true;
	const api = await loadContract();
	const trouble = new Trouble();
	let handlers: Record<string, Handler> = {};
	let accounts: Accounts;
	let hook: Parameters<Sandbox['beforeEach']>[0] | undefined;
	let inFlight = 0;
	let peak = 0;
	const sandbox = {
		requests: [] as LoggedRequest[],
		violations: [] as string[],
		deliveries: [] as Delivery[],
		peakInFlight: () => peak,
		misbehave: (behaviour: Partial<Behaviour>) => trouble.set(behaviour),
		troubleOverAt: () => trouble.overAt(),
		revokeTokens: () => accounts.revoke(),
		revokeAfter: (requests: number) => accounts.revokeAfter(requests),
		logOut: () => accounts.logOut(),
		tokensIssued: () => accounts.tokensIssued,
		beforeEach: (next) => {
			hook = next;
		},
		deliver: async (payload, { headers = {}, to } = {}) => {
			const watching = sandbox.organization.watchers.map(({ webhook }) => webhook);
			const posts = [to ?? watching].flat().map(async (url) => {
				const delivery = await post(url, payload, sandbox.organization.id, headers);
				sandbox.deliveries.push(delivery);
				return delivery;
			});
			return await Promise.all(posts);
		},
		reset: (next: SandboxOptions = options) => {
			const linkBase = next.localLinks ? sandbox.accountUrl : next.linkBase;
			sandbox.organization = new Organization({ ...next, linkBase });
			sandbox.organization.work.listener = (event) =>
				announce(sandbox.organization, event, sandbox.deliver);
			accounts = new Accounts(
				sandbox.organization,
				() => trouble.behaviour.quirks.userTokenLifeMs ?? next.userTokenLifeMs,
			);
			hook = undefined;
			handlers = handlersFor(sandbox.organization, trouble);
			sandbox.forget();
			trouble.set({});
		},
		forget: () => {
			sandbox.requests.length = 0;
			sandbox.violations.length = 0;
			sandbox.deliveries.length = 0;
			sandbox.organization.work.mails.clear();
			peak = inFlight;
		},
	} as Sandbox;
	sandbox.reset();

	/** Who asks, or why nobody is let in: no client header, a bad token, somebody else's organization. */
	const callerOf = (
		request: Request,
		operation: Operation,
		org?: string,
	): { caller: Member } | { refused: Reply } => {
		if (!request.headers['x-tallyfy-client']) {
			return { refused: withoutClient('404' in (operation.responses ?? {})) };
		}
		const holder = accounts.holderOf(request.headers.authorization);
		// An application's own token opens no endpoint of users (facts.md section 2, token life).
		if (holder?.kind !== 'member') return { refused: unauthenticated };
		if (org !== undefined && org !== ORGANIZATION_ID) return { refused: foreignOrganization() };
		return { caller: holder.member };
	};

	const tooMany = (): Reply | undefined => {
		const wait = trouble.burstWait();
		if (wait === undefined) return undefined;
		return {
			status: 429,
			headers: trouble.behaviour.limits.burst?.silent ? {} : { 'retry-after': String(wait) },
			body: { message: 'Too Many Attempts.' },
		};
	};

	/** Answers what only applications ask. */
	const answerApplication = (request: Request): Reply | undefined => {
		if (request.path === '/oauth/token' && request.method === 'POST') {
			return accounts.applicationToken(formOf(request));
		}
		const [, org, email] = USER_TOKEN_PATH.exec(request.path) ?? [];
		if (email === undefined || request.method !== 'POST') return undefined;
		if (!request.headers['x-tallyfy-client']) return withoutClient(true);
		const holder = accounts.holderOf(request.headers.authorization);
		return tooMany() ?? accounts.userToken(holder, decoded(org), decoded(email));
	};

	const answer = (request: Request, operation: Operation | undefined): Reply => {
		if (!operation?.operationId) return endpointNotFound;
		const { operationId } = operation;
		const { params, query } = api.router.parseRequest(request, operation) as unknown as {
			params: Record<string, string>;
			query: Json;
		};
		const asked = callerOf(request, operation, params.org);
		if ('refused' in asked) return asked.refused;
		const { caller } = asked;
		const refused = tooMany();
		if (refused) return refused;
		const checked = api.validateRequest(published(request, operation), operation);
		for (const error of checked.errors ?? []) {
			sandbox.violations.push(
				`${operationId} was asked against the contract: ${error.instancePath} ${error.message} ${JSON.stringify(error.params)}`,
			);
		}
		// After a violation `coerced` still has the query as text: the strange key is ignored, not the others with it.
		const { query: coerced } = checked.coerced as { query?: Json | string };
		const wanted = typeof coerced === 'object' ? { ...query, ...coerced } : query;
		const body = (request.body ?? {}) as Json;
		return handlers[operationId]({ params, query: wanted, body, caller });
	};

	const checkAnswer = (operation: Operation | undefined, { status, body }: Reply) => {
		// The old shape of names is no longer in the contract, and played on purpose.
		if (!checks || !operation || trouble.behaviour.quirks.namesInDetails) return;
		const errors = api.validateResponse(body, operation, status).errors ?? [];
		for (const { instancePath, message } of errors) {
			sandbox.violations.push(
				`${operation.operationId} answered ${status} against the contract: ${instancePath} ${message}`,
			);
		}
	};

	const serve = async (raw: FastifyRequest, reply: FastifyReply) => {
		const sent = raw.raw.url ?? '/';
		// Like any server, resolves dot segments before it looks who is meant.
		const { pathname, search } = new URL(sent, 'http://sandbox');
		const request: Request = {
			method: raw.method,
			path: pathname,
			headers: raw.headers as Record<string, string>,
			query: search.slice(1),
			body: raw.body as Json | undefined,
		};
		const faults = trouble.hitting(raw.method, sent);
		const pause = faults.reduce((sum, { latencyMs = 0 }) => sum + latencyMs, 0);
		if (pause) await new Promise((resolve) => setTimeout(resolve, pause));
		const logged: LoggedRequest = {
			at: Date.now(),
			method: raw.method,
			path: sent,
			headers: raw.headers,
			body: formOf(request) ?? ((raw.body ?? {}) as Json),
			status: 0,
			...(faults.some(spoilsAnswer) ? { faulted: true } : {}),
		};
		sandbox.requests.push(logged);
		if (hook) await hook(logged);
		const drop = faults.find((fault) => fault.drop)?.drop;
		if (drop === 'before') return hangUp(raw, reply);
		const hang = faults.find((fault) => fault.hang)?.hang;
		if (hang === 'before') return reply.hijack();
		const instead = faults.find(({ status, html }) => status ?? html);
		if (instead && !instead.done) {
			accounts.answered(pathname);
			return await answerWith(instead, logged, reply);
		}
		const forApplication = answerApplication(request);
		const operation = forApplication
			? undefined
			: (api.router.matchOperation(request) ?? undefined);
		const result = forApplication ?? answer(request, operation);
		logged.status = result.status;
		logged.handled = result.status;
		accounts.answered(pathname);
		logged.operationId = operation?.operationId;
		checkAnswer(operation, result);
		if (drop === 'after') return hangUp(raw, reply);
		if (hang === 'after') return reply.hijack();
		if (instead) return await answerWith(instead, logged, reply);
		void reply.code(result.status).headers(result.headers ?? {});
		if (result.body === undefined) return await reply.send();
		return await reply.type('application/json').send(JSON.stringify(result.body));
	};

	const server = Fastify({ forceCloseConnections: true, routerOptions: { maxParamLength: 5000 } });
	acceptAnyBody(server);
	server.addHook('onRequest', async ({ url }, reply) => {
		if (url.startsWith('/sandbox') || url.startsWith('/guest')) return;
		peak = Math.max(peak, ++inFlight);
		reply.raw.once('close', () => inFlight--);
	});
	server.all('/api/*', serve);
	server.all('/oauth/*', serve);
	sandbox.cutConnections = () => server.server.closeAllConnections();
	addControls(server, sandbox);
	addWorkControls(server, sandbox);
	addGuestPage(server, sandbox);
	const address = await server.listen({ host: '127.0.0.1', port: options.port ?? 0 });
	sandbox.accountUrl = address;
	sandbox.baseUrl = `${address}/api`;
	// Only now its address is known.
	if (options.localLinks) sandbox.reset();
	sandbox.close = async () => await server.close();
	return sandbox;
}

/** Answers as a fault says, whatever was done. */
async function answerWith(
	{ status, html, headers, body }: Fault,
	logged: LoggedRequest,
	reply: FastifyReply,
) {
	logged.status = status ?? html ?? 500;
	void reply.code(logged.status).headers(headers ?? {});
	if (html) return await reply.type('text/html').send(page(html));
	const text = body === undefined ? '' : JSON.stringify(body);
	return await reply.type('application/json').send(text);
}

function hangUp(request: FastifyRequest, reply: FastifyReply): FastifyReply {
	reply.hijack();
	request.raw.socket.destroy();
	return reply;
}

/** Takes bodies of any type: an empty one is no error, JSON is read, the rest is left as text. */
function acceptAnyBody(server: FastifyInstance): void {
	server.removeAllContentTypeParsers();
	server.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => {
		try {
			done(null, body === '' ? undefined : JSON.parse(String(body)));
		} catch {
			done(null, body);
		}
	});
}

/** The fields of a form-encoded body; undefined for every other body. */
function formOf({ headers, body }: Request): Json | undefined {
	const type = String(headers['content-type'] ?? '');
	if (!type.startsWith('application/x-www-form-urlencoded')) return undefined;
	return Object.fromEntries(new URLSearchParams(typeof body === 'string' ? body : ''));
}
