// Scenario 1: the test button of the credential, as n8n's web application presses it.
import { beforeAll, expect, it } from 'vitest';
import { freePort } from '../../dev/n8nProcess.mts';
import { ORGANIZATION_ID } from '../../sandbox/organization.mts';
import { SANDBOX_TOKEN } from '../../sandbox/server.mts';
import { clientOf, describeWorlds, sandboxOf } from './support/world.mts';

/**
 * What people read. n8n 2.41 shows the credential's own words for a status; up to 2.8 n8n loses the status before it
 * looks for them (credentials-tester.service.js reads `error.cause.response`) and shows words of its own.
 */
const WORDS = {
	token: {
		own: 'Tallyfy did not accept the access token. It stops working when its owner logs out of Tallyfy: make a new one.',
		old: 'Authorization failed - please check your credentials',
	},
	organization: {
		own: 'The token works, but not for this organization. Check Organization ID.',
		old: 'Forbidden - perhaps check your credentials?',
	},
	path: {
		own: 'Tallyfy does not know this organization. Check Organization ID and Base URL.',
		old: 'The resource you are requesting could not be found',
	},
	nobody: {
		own: 'ECONNREFUSED',
		old: 'The service refused the connection - perhaps it is offline',
	},
	page: {
		own: 'No Tallyfy API answered. Check Base URL: usually https://go.tallyfy.com/api.',
		old: 'No Tallyfy API answered. Check Base URL: usually https://go.tallyfy.com/api.',
	},
};

describeWorlds('The test button of the credential', (world) => {
	const refused = (reason: keyof typeof WORDS) => ({
		status: 'Error',
		message: WORDS[reason][world.name === '2.41' ? 'own' : 'old'],
	});
	const tested = async (change: Record<string, string>) => {
		const { id, name } = world.credential;
		return await clientOf(world).testCredential(id, name, 'tallyfyGuestsApi', {
			accessToken: SANDBOX_TOKEN,
			organizationId: ORGANIZATION_ID,
			baseUrl: world.sandboxUrl,
			clientHeader: 'APIClient',
			...change,
		});
	};

	beforeAll(async () => await sandboxOf(world).reset());

	it('accepts a good credential, and asks for the organization and nothing else', async () => {
		expect(await tested({})).toMatchObject({ status: 'OK' });
		expect(await sandboxOf(world).requests()).toEqual([
			{ method: 'GET', path: `/api/organizations/${ORGANIZATION_ID}`, status: 200 },
		]);
	});

	it('refuses a wrong token', async () => {
		expect(await tested({ accessToken: 'another' })).toEqual(refused('token'));
	});

	it('refuses the organization of somebody else, which /me would let pass', async () => {
		expect(await tested({ organizationId: '0'.repeat(32) })).toEqual(refused('organization'));
	});

	it('refuses an address where nobody answers', async () => {
		const baseUrl = `http://127.0.0.1:${await freePort()}/api`;
		expect(await tested({ baseUrl })).toEqual(refused('nobody'));
	});

	it('refuses a server that has no such path', async () => {
		expect(await tested({ baseUrl: `${world.n8nUrl}/rest` })).toEqual(refused('path'));
	});

	it('refuses a web page, although it answers with success', async () => {
		const pages = [{ path: 'organizations', html: 200 }];
		await sandboxOf(world).behave({ faults: pages });
		expect(await tested({})).toEqual(refused('page'));
		await sandboxOf(world).behave({});
	});
});
