// The sandbox for a test file: started before, stopped after, and after each test asked whether the contract was kept.
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { ORGANIZATION_ID, type OrganizationOptions } from '../../sandbox/organization.mts';
import { SANDBOX_TOKEN, startSandbox, type Sandbox } from '../../sandbox/server.mts';

/** One sandbox for the whole file, reset before each test. */
export function useSandbox(options: OrganizationOptions = {}): { current: Sandbox } {
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
