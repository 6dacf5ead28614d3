// The sandbox for a test file: started before, stopped after, and after each test asked whether the contract was kept.
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { ORGANIZATION_ID, type Json } from '../../sandbox/organization.mts';
import {
	SANDBOX_CLIENT,
	SANDBOX_TOKEN,
	startSandbox,
	type Sandbox,
	type SandboxOptions,
} from '../../sandbox/server.mts';

/** One sandbox for the whole file, reset before each test. */
export function useSandbox(options: SandboxOptions = {}): { current: Sandbox } {
	const holder = {} as { current: Sandbox };
	beforeAll(async () => {
		holder.current = await startSandbox(options);
	});
	beforeEach(() => holder.current.reset(options));
	afterEach(() => expect(holder.current.violations).toEqual([]));
	afterAll(async () => await holder.current.close());
	return holder;
}

/** A credential for the sandbox. */
export function credentialsFor(sandbox: Sandbox, changes: Record<string, string> = {}) {
	return {
		accessToken: SANDBOX_TOKEN,
		organizationId: ORGANIZATION_ID,
		baseUrl: sandbox.baseUrl,
		clientHeader: 'APIClient',
		...changes,
	};
}

/** An application's credential for the sandbox, which acts as the first member and has no token yet. */
export function applicationCredentialsFor(sandbox: Sandbox, changes: Record<string, string> = {}) {
	return {
		clientId: SANDBOX_CLIENT.id,
		clientSecret: SANDBOX_CLIENT.secret,
		organizationId: ORGANIZATION_ID,
		memberEmail: sandbox.organization.me.email,
		baseUrl: sandbox.baseUrl,
		accountUrl: sandbox.accountUrl,
		clientHeader: 'APIClient',
		userToken: '',
		...changes,
	};
}

/** What the sandbox wants to see of everybody with the personal token. */
export const HEADERS = {
	authorization: `Bearer ${SANDBOX_TOKEN}`,
	'x-tallyfy-client': 'APIClient',
	'content-type': 'application/json',
};

/** Asks over plain HTTP, without n8n; `url` is whole, `body` is sent as JSON. */
export async function ask(method: string, url: string, body?: unknown, headers: object = HEADERS) {
	const response = await fetch(url, {
		method,
		headers: { ...headers },
		body: JSON.stringify(body),
	});
	const text = await response.text();
	const json = (text.startsWith('{') ? JSON.parse(text) : {}) as Json & { meta?: Json };
	const { status, headers: answered } = response;
	const pagination = json.meta?.pagination as Json;
	return {
		status,
		headers: answered,
		text,
		body: json,
		data: json.data as Json & Json[],
		pagination,
	};
}
