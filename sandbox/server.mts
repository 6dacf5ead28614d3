// The sandbox: a server that answers like Tallyfy, logs what it is asked, and checks requests and its own replies against the
// contract. Started by `npm start`, and by the tests in their own process.
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Request } from 'openapi-backend';
import type { AccountsOptions } from './accounts.mts';
import { Api, formOf } from './api.mts';
import { loadContract } from './contract.mts';
import { addControls } from './controls.mts';
import { post, type Delivery, type DeliveryOptions } from './deliveries.mts';
import { FaultInjector, replacesAnswer, type Behaviour, type Fault } from './faults.mts';
import { Organization, type Json, type OrganizationOptions } from './organization.mts';
import { announce } from './work/announce.mts';
import { addWorkControls } from './work/controls.mts';
import { addGuestPage } from './work/guestPage.mts';

export { CONTRACT, loadContract, WORK_CONTRACT } from './contract.mts';
export { SANDBOX_CLIENT, SANDBOX_OUTSIDER, SANDBOX_TOKEN } from './accounts.mts';

/** A request as it arrived. */
export interface LoggedRequest {
	/** Milliseconds since 1970. */
	at: number;
	method: string;
	/** With its query, not decoded. */
	path: string;
	headers: Record<string, unknown>;
	body: Json;
	status: number;
	operationId?: string;
	/** The status that the API replied with before a fault took or replaced the answer; missing if nothing was done. */
	handled?: number;
	/** A fault took the answer away or put another in its place. */
	faulted?: boolean;
}

export interface SandboxOptions extends OrganizationOptions, AccountsOptions {
	/** Guests' links lead to the guest pages of this sandbox, not to Tallyfy. */
	localLinks?: boolean;
}

export interface Sandbox {
	/** `http://127.0.0.1:…/api`: the Base URL of a credential. */
	baseUrl: string;
	/** `http://127.0.0.1:…`: the Account URL of a credential. */
	accountUrl: string;
	organization: Organization;
	/** All requests since the last `reset`, oldest first. */
	requests: LoggedRequest[];
	/** A sentence for each request and each reply that broke the contract. */
	violations: string[];
	/** The most requests that were in flight at once. */
	peakInFlight: () => number;
	misbehave: (behaviour: Partial<Behaviour>) => void;
	/** When the last fault with an end is over, in milliseconds since 1970; undefined until it is known. */
	troubleOverAt: () => number | undefined;
	/** Makes all user tokens invalid that were issued so far. */
	revokeTokens: () => void;
	/** The same, when so many more requests to the API were answered. */
	revokeAfter: (requests: number) => void;
	/** The owner of the personal token logs out: the token is no longer valid. */
	logOut: () => void;
	/** How many user tokens were issued since the last `reset`. */
	tokensIssued: () => number;
	/** Called with each request before it is handled. Replaces the hook before it; `reset` removes it. */
	beforeEach: (hook: (request: LoggedRequest) => void | Promise<void>) => void;
	/** Posts a payload to all watchers, or to `to`; resolves when all have answered. */
	deliver: (payload: unknown, options?: DeliveryOptions) => Promise<Delivery[]>;
	/** Everything that was posted since the last `reset`, in the order of the answers. */
	deliveries: Delivery[];
	/** Closes all open connections; new ones are accepted. */
	cutConnections: () => void;
	/** Empties the log and the counts. */
	forget: () => void;
	/** Starts again: a new organization, no tokens but the personal one, no faults, an empty log. */
	reset: (options?: SandboxOptions) => void;
	close: () => Promise<void>;
}

/** Loaded once: it takes longer than all else that a sandbox does to start, and keeps nothing of what it checked. */
let contractOfAll: ReturnType<typeof loadContract> | undefined;

/** Starts a sandbox on 127.0.0.1; port 0 lets the system choose. */
export async function startSandbox(
	options: SandboxOptions & { port?: number; checks?: boolean } = {},
): Promise<Sandbox> {
	// Checking every reply takes most of the time; the benchmark turns it off.
	const { port = 0, checks: checksReplies = true } = options;
	const contract = await (contractOfAll ??= loadContract());
	const injector = new FaultInjector();
	let api: Api;
	let hook: Parameters<Sandbox['beforeEach']>[0] | undefined;
	let inFlight = 0;
	let peak = 0;
	const sandbox = {
		requests: [] as LoggedRequest[],
		violations: [] as string[],
		deliveries: [] as Delivery[],
		peakInFlight: () => peak,
		misbehave: (behaviour: Partial<Behaviour>) => injector.set(behaviour),
		troubleOverAt: () => injector.overAt(),
		revokeTokens: () => api.accounts.revoke(),
		revokeAfter: (requests: number) => api.accounts.revokeAfter(requests),
		logOut: () => api.accounts.logOut(),
		tokensIssued: () => api.accounts.tokensIssued,
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
				announce(sandbox.organization, event, sandbox.deliver, injector.behaviour.quirks);
			api = new Api({
				contract,
				organization: sandbox.organization,
				injector,
				userTokenLifeMs: next.userTokenLifeMs,
				checksReplies,
				onViolation: (violation) => sandbox.violations.push(violation),
			});
			hook = undefined;
			sandbox.forget();
			injector.set({});
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

	const serve = async (raw: FastifyRequest, reply: FastifyReply) => {
		const path = raw.raw.url ?? '/';
		// Resolves dot segments, as every server does before it looks for an endpoint.
		const { pathname, search } = new URL(path, 'http://sandbox');
		const request: Request = {
			method: raw.method,
			path: pathname,
			headers: raw.headers as Record<string, string>,
			query: search.slice(1),
			body: raw.body as Json | undefined,
		};
		const faults = injector.faultsOf(raw.method, path);
		const pause = faults.reduce((sum, { latencyMs = 0 }) => sum + latencyMs, 0);
		if (pause) await new Promise((resolve) => setTimeout(resolve, pause));
		const logged: LoggedRequest = {
			at: Date.now(),
			method: raw.method,
			path,
			headers: raw.headers,
			body: formOf(request) ?? ((raw.body ?? {}) as Json),
			status: 0,
			...(faults.some(replacesAnswer) ? { faulted: true } : {}),
		};
		sandbox.requests.push(logged);
		if (hook) await hook(logged);
		const drop = faults.find((fault) => fault.drop)?.drop;
		if (drop === 'before') return closeConnection(raw, reply);
		const hang = faults.find((fault) => fault.hang)?.hang;
		if (hang === 'before') return reply.hijack();
		const instead = faults.find(({ status, html }) => status ?? html);
		if (instead && !instead.done) {
			api.accounts.countAnswer(pathname);
			return await answerWith(instead, logged, reply);
		}
		const { reply: result, operationId } = api.handle(request);
		api.accounts.countAnswer(pathname);
		Object.assign(logged, { status: result.status, handled: result.status, operationId });
		if (drop === 'after') return closeConnection(raw, reply);
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
	const address = await server.listen({ host: '127.0.0.1', port });
	sandbox.accountUrl = address;
	sandbox.baseUrl = `${address}/api`;
	// Its address is known only now.
	if (options.localLinks) sandbox.reset();
	sandbox.close = async () => await server.close();
	return sandbox;
}

/** Answers as a fault says. */
async function answerWith(
	{ status, html, headers, body }: Fault,
	logged: LoggedRequest,
	reply: FastifyReply,
) {
	logged.status = status ?? html ?? 500;
	void reply.code(logged.status).headers(headers ?? {});
	if (html) {
		const page = `<!doctype html><html><body><h1>${html}</h1></body></html>`;
		return await reply.type('text/html').send(page);
	}
	const text = body === undefined ? '' : JSON.stringify(body);
	return await reply.type('application/json').send(text);
}

function closeConnection(request: FastifyRequest, reply: FastifyReply): FastifyReply {
	reply.hijack();
	request.raw.socket.destroy();
	return reply;
}

/** Accepts bodies of any type: parses what is JSON, leaves the rest as text. An empty body is no error. */
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
