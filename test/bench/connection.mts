// How the contenders reach the sandbox, which runs in a process of its own, and how they and the benchmark steer it.
import { ORGANIZATION_ID } from '../../sandbox/organization.mts';
import { SANDBOX_TOKEN } from '../../sandbox/server.mts';

export const headers = {
	authorization: `Bearer ${SANDBOX_TOKEN}`,
	'x-tallyfy-client': 'APIClient',
	accept: 'application/json',
	'content-type': 'application/json',
};

export const guestsUrl = (baseUrl: string) => `${baseUrl}/organizations/${ORGANIZATION_ID}/guests`;

export const credentialsFor = (baseUrl: string) => ({
	accessToken: SANDBOX_TOKEN,
	organizationId: ORGANIZATION_ID,
	baseUrl,
	clientHeader: 'APIClient',
});

/** Asks the sandbox's own pages (sandbox/controls.mts), which no fault hits. */
export async function control(baseUrl: string, method: string, path: string, body?: unknown) {
	const response = await fetch(new URL(path, baseUrl), {
		method,
		headers: body === undefined ? {} : { 'content-type': 'application/json' },
		body: JSON.stringify(body),
	});
	return (await response.json()) as Record<string, unknown>;
}
