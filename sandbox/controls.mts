// `/sandbox`: what a browser, curl or a test beside a whole n8n can see of the sandbox and do to it. Added by server.mts.
import type { FastifyInstance } from 'fastify';
import type { Behaviour } from './faults.mts';
import type { Sandbox, SandboxOptions } from './server.mts';

/** `/sandbox`: for people who want to look inside, or to see what a workflow does when Tallyfy is in trouble. */
export function addControls(server: FastifyInstance, sandbox: Sandbox): void {
	server.get('/sandbox', async () => ({
		guests: sandbox.organization.guests.size,
		members: sandbox.organization.members.length,
		requests: sandbox.requests.length,
		refused: sandbox.requests.filter(({ status }) => status === 429).length,
		peakInFlight: sandbox.peakInFlight(),
		violations: sandbox.violations,
		tokensIssued: sandbox.tokensIssued(),
	}));
	server.get('/sandbox/requests', async () =>
		sandbox.requests.map(({ method, path, status }) => ({ method, path, status })),
	);
	server.delete('/sandbox/log', async () => {
		sandbox.forget();
		return { ok: true };
	});
	server.put('/sandbox/behaviour', async (request) => {
		sandbox.misbehave(request.body as Partial<Behaviour>);
		return { ok: true };
	});
	server.post('/sandbox/revoke-tokens', async (request) => {
		const { afterRequests } = (request.body ?? {}) as { afterRequests?: number };
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
