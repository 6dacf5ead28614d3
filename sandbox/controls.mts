// The paths below `/sandbox`, with which curl, or a test in another process, reads and changes the sandbox. Used by
// server.mts.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { DateLike } from './dates.mts';
import type { DeliveryOptions } from './deliveries.mts';
import type { Behaviour } from './faults.mts';
import type { Guest, Json } from './organization.mts';
import type { LoggedRequest, Sandbox, SandboxOptions } from './server.mts';
import {
	organizationEvent,
	type OrganizationEventName,
	type TaskPayloadOptions,
} from './webhooks.mts';
import { taskHooks, taskPayload } from './work/announce.mts';
import type { WorkTask } from './work/model.mts';

/** When and how a guest does something. */
interface ActionOptions {
	at?: DateLike;
	oneOff?: boolean;
	by?: TaskPayloadOptions['by'];
}

type Request = FastifyRequest<{ Params: { email: string } }>;

const bodyOf = <Body,>(request: FastifyRequest) => (request.body ?? {}) as Body;

/** Adds the paths. They ignore the rules of the API: they can disable a guest with open tasks, for instance. */
export function addControls(server: FastifyInstance, sandbox: Sandbox): void {
	addReports(server, sandbox);
	addBehaviour(server, sandbox);
	addGuestActions(server, sandbox);
	addDeliveries(server, sandbox);
}

/** How many guests were invited more than once (see the quirk `existingGuest`); invitations with a lost answer count too. */
function invitedAgain(requests: LoggedRequest[]): number {
	const invitations = new Map<string, number>();
	for (const { operationId, handled, body } of requests) {
		if (operationId !== 'createGuest' || handled !== 201) continue;
		const email = String(body.email);
		invitations.set(email, (invitations.get(email) ?? 0) + 1);
	}
	return [...invitations.values()].filter((count) => count > 1).length;
}

function addReports(server: FastifyInstance, sandbox: Sandbox): void {
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

function addBehaviour(server: FastifyInstance, sandbox: Sandbox): void {
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

function addGuestActions(server: FastifyInstance, sandbox: Sandbox): void {
	/** Does something with the guest of the path. Answers 404 if there is none, or if there was nothing to do (false). */
	const act =
		(action: (guest: Guest, options: ActionOptions) => unknown) =>
		async (request: Request, reply: FastifyReply) => {
			const guest = sandbox.organization.guests.get(request.params.email);
			const done = guest && (await action(guest, bodyOf<ActionOptions>(request))) !== false;
			if (!done) void reply.code(404);
			return { ok: done ?? false };
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
			const hooks = taskHooks(sandbox.organization, task as WorkTask);
			const payload = taskPayload(sandbox.organization, task as WorkTask, guest);
			await sandbox.deliver(payload, { to: hooks });
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
		const { at, ...body } = bodyOf<ActionOptions & Json>(request);
		const email = String(body.email ?? '');
		if (email !== '' && !sandbox.organization.guests.has(email)) {
			sandbox.organization.create(body, at);
			return { ok: true };
		}
		void reply.code(email === '' ? 400 : 409);
		return { ok: false };
	});
}

function addDeliveries(server: FastifyInstance, sandbox: Sandbox): void {
	server.get('/sandbox/deliveries', async () => sandbox.deliveries);
	// The body has either a payload, or the name of an organization's event and the email of its guest.
	server.post('/sandbox/deliver', { bodyLimit: 20_000_000 }, async (request, reply) => {
		type Body = DeliveryOptions &
			TaskPayloadOptions & { payload?: unknown } & {
				event?: OrganizationEventName;
				guest?: string;
			};
		const { payload, event, guest = '', by, ...options } = bodyOf<Body>(request);
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
