// How the contenders reach the sandbox, which runs in a process of its own, and how they and the benchmark steer it.
import { ORGANIZATION_ID } from '../../sandbox/organization.mts';
import { SANDBOX_TOKEN } from '../../sandbox/server.mts';

export const headers = {
	authorization: `Bearer ${SANDBOX_TOKEN}`,
	'x-tallyfy-client': 'APIClient',
	accept: 'application/json',
	'content-type': 'application/json',
};

export const organizationUrl = (baseUrl: string) => `${baseUrl}/organizations/${ORGANIZATION_ID}`;
export const guestsUrl = (baseUrl: string) => `${organizationUrl(baseUrl)}/guests`;

/** The open tasks of a guest. */
export const tasksUrl = (baseUrl: string, email: string) =>
	`${organizationUrl(baseUrl)}/tasks?per_page=100&status=active&with=run,step&guests=${encodeURIComponent(email)}`;

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

const STEPS = 30;
let template: Promise<string> | undefined;

/** A template of thirty steps, which is made when it is first asked for. */
export async function templateId(baseUrl: string): Promise<string> {
	template ??= control(baseUrl, 'POST', '/sandbox/templates', { steps: STEPS }).then(({ id }) =>
		String(id),
	);
	return await template;
}
