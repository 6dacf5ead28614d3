// `/sandbox`: what a browser, curl or a test beside a whole n8n can see of the sandbox and do to it. Added by server.mts.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Behaviour } from './faults.mts';
import type { Moment } from './dates.mts';
import type { Guest, Json } from './organization.mts';
import type { LoggedRequest, Sandbox, SandboxOptions } from './server.mts';
import {
	organizationEvent,
	type DeliveryOptions,
	type OrganizationEventName,
	type TaskPayloadOptions,
} from './webhooks.mts';

/** What a guest is told to do may say when, and how. */
interface Order {
	at?: Moment;
	oneOff?: boolean;
	by?: TaskPayloadOptions['by'];
}

type Request = FastifyRequest<{ Params: { email: string } }>;

const bodyOf = <Body,>(request: FastifyRequest) => (request.body ?? {}) as Body;

/** Adds the paths. All act at once and ask no rule of the API: a guest with open tasks can be disabled. */
export function addControls(server: FastifyInstance, sandbox: Sandbox): void {
	addLooks(server, sandbox);
	addTrouble(server, sandbox);
	addGuests(server, sandbox);
	addWebhooks(server, sandbox);
}

/** How many guests were invited more than once, which the quirk `existingGuest` allows; answers may have been lost. */
function invitedAgain(requests: LoggedRequest[]): number {
	const times = new Map<string, number>();
	for (const { operationId, handled, body } of requests) {
		if (operationId !== 'createGuest' || handled !== 201) continue;
		const email = String(body.email);
		times.set(email, (times.get(email) ?? 0) + 1);
	}
	return [...times.values()].filter((count) => count > 1).length;
}

function addLooks(server: FastifyInstance, sandbox: Sandbox): void {
	server.get('/sandbox', async () => ({
		guests: sandbox.organization.guests.size,
		members: sandbox.organization.members.length,
		requests: sandbox.requests.length,
		refused: sandbox.requests.filter(({ status }) => status === 429).length,
		faulted: sandbox.requests.filter(({ faulted }) => faulted).length,
		troubleOverAt: sandbox.troubleOverAt(),
		invitedAgain: invitedAgain(sandbox.requests),
		peakInFlight: sandbox.peakInFlight(),
		violations: sandbox.violations,
		tokensIssued: sandbox.tokensIssued(),
		watchers: sandbox.organization.watchers,
	}));
	server.get('/sandbox/requests', async () =>
		sandbox.requests.map(({ method, path, status }) => ({ method, path, status })),
	);
	server.delete('/sandbox/log', async () => {
		sandbox.forget();
		return { ok: true };
	});
}

function addTrouble(server: FastifyInstance, sandbox: Sandbox): void {
	server.put('/sandbox/behaviour', async (request) => {
		sandbox.misbehave(request.body as Partial<Behaviour>);
		return { ok: true };
	});
	server.post('/sandbox/revoke-tokens', async (request) => {
		const { afterRequests } = bodyOf<{ afterRequests?: number }>(request);
		if (afterRequests === undefined) sandbox.revokeTokens();
		else sandbox.revokeAfter(afterRequests);
		return { ok: true };
	});
	server.post('/sandbox/log-out', async () => {
		sandbox.logOut();
		return { ok: true };
	});
	server.post('/sandbox/reset', async (request) => {
		sandbox.reset((request.body as SandboxOptions | undefined) ?? undefined);
		return { ok: true };
	});
}

function addGuests(server: FastifyInstance, sandbox: Sandbox): void {
	/** Runs with the guest of the path, or answers 404; work that finds nothing to do says false. */
	const act =
		(work: (guest: Guest, order: Order) => unknown) =>
		async (request: Request, reply: FastifyReply) => {
			const guest = sandbox.organization.guests.get(request.params.email);
			if (guest && (await work(guest, bodyOf<Order>(request))) !== false) return { ok: true };
			void reply.code(404);
			return { ok: false };
		};
	const path = '/sandbox/guests/:email';
	server.post(
		`${path}/visit`,
		act((guest, { at }) => sandbox.organization.visit(guest, at)),
	);
	server.post(
		`${path}/complete-task`,
		act(async (guest, { at, oneOff, by }) => {
			const task = sandbox.organization.completeTask(guest, { at, oneOff });
			await sandbox.deliver(
				organizationEvent('task.completed', sandbox.organization, guest, { task, by }),
			);
		}),
	);
	server.post(
		`${path}/reopen-task`,
		act((guest) => sandbox.organization.reopenTask(guest) !== undefined),
	);
	server.post(
		`${path}/disable`,
		act((guest, { at }) => sandbox.organization.setDisabled(guest, true, at)),
	);
	server.post(
		`${path}/enable`,
		act((guest, { at }) => sandbox.organization.setDisabled(guest, false, at)),
	);
	server.delete(
		path,
		act((guest) => sandbox.organization.remove(guest)),
	);
	server.post('/sandbox/guests', async (request, reply) => {
		const { at, ...body } = bodyOf<Order & Json>(request);
		const email = String(body.email ?? '');
		if (email !== '' && !sandbox.organization.guests.has(email)) {
			sandbox.organization.create(body, at);
			return { ok: true };
		}
		void reply.code(email === '' ? 400 : 409);
		return { ok: false };
	});
}

function addWebhooks(server: FastifyInstance, sandbox: Sandbox): void {
	server.get('/sandbox/deliveries', async () => sandbox.deliveries);
	// Either a payload, or the name of an organization's event and the guest it is about.
	server.post('/sandbox/deliver', { bodyLimit: 20_000_000 }, async (request, reply) => {
		type Given = DeliveryOptions &
			TaskPayloadOptions & { payload?: unknown } & {
				event?: OrganizationEventName;
				guest?: string;
			};
		const { payload, event, guest = '', by, ...options } = bodyOf<Given>(request);
		if (event === undefined) return await sandbox.deliver(payload, options);
		const found = sandbox.organization.guests.get(guest);
		if (found) {
			const built = organizationEvent(event, sandbox.organization, found, { by });
			return await sandbox.deliver(built, options);
		}
		void reply.code(404);
		return { ok: false };
	});
}
