// Scenario 11: the credential that survives a logout, in a whole n8n: n8n itself fetches, stores and renews the token.
import { beforeAll, expect, it } from 'vitest';
import { itemsOf, type WorkflowDocument } from '../../dev/n8nClient.mts';
import { ORGANIZATION_ID } from '../../sandbox/organization.mts';
import { applicationFields, clientOf, describeWorlds, sandboxOf } from './support/world.mts';
import { byHand, chain, rows, tallyfy } from './support/workflows.mts';

const TYPE = 'tallyfyGuestsApplicationApi';
const PEOPLE = 60;

describeWorlds('An application', (world) => {
	const sandbox = sandboxOf(world);
	const client = clientOf(world);
	let emails: string[];
	let credentialData: Record<string, string>;
	let credential: { id: string; name: string };
	let workflow: WorkflowDocument & { id: string };

	const tokenRequests = async () =>
		(await sandbox.requests())
			.filter(({ path }) => path.endsWith('/token'))
			.map(({ path }) => path);
	const revoke = async (afterRequests?: number) =>
		await fetch(`${world.sandboxOrigin}/sandbox/revoke-tokens`, {
			method: 'POST',
			headers: { 'content-type': 'application/json' },
			body: JSON.stringify({ afterRequests }),
		});
	const getAll = async () => {
		const execution = await client.run(workflow, 'Run by hand');
		return { execution, got: itemsOf(execution, 'Get').map(({ email }) => email) };
	};

	beforeAll(async () => {
		await sandbox.reset({ guests: PEOPLE });
		const [member] = await sandbox.members();
		emails = (await sandbox.guests()).map(({ email }) => email);
		credentialData = applicationFields(world, member.email);
		credential = await client.saveCredential('Application of the sandbox', TYPE, credentialData);
		const get = {
			...tallyfy(world, 'Get', {
				authentication: 'application',
				resource: 'guest',
				operation: 'get',
				guest: { __rl: true, mode: 'email', value: '={{ $json.email }}' },
			}),
			credentials: { [TYPE]: credential },
		};
		workflow = await client.createWorkflow(
			chain('Get with an application', [
				byHand(),
				...rows(emails.map((email) => ({ email }))),
				get as never,
			]),
		);
		await sandbox.forget();
	});

	it('signs in once for 60 items that start at once', async () => {
		const { got } = await getAll();
		expect(got).toEqual(emails);
		expect(await tokenRequests()).toEqual([
			'/oauth/token',
			`/api/applications/${ORGANIZATION_ID}/users/${encodeURIComponent(credentialData.memberEmail)}/token`,
		]);
	});

	it('keeps the token that n8n has stored: another execution signs in no more', async () => {
		await sandbox.forget();
		const { got } = await getAll();
		expect(got).toEqual(emails);
		expect(await tokenRequests()).toEqual([]);
	});

	it('gets a new token once when the old one is revoked in the middle of a run, and loses no item', async () => {
		await sandbox.forget();
		await revoke(20);
		const { got } = await getAll();
		expect(got).toEqual(emails);
		expect(await tokenRequests()).toHaveLength(2);
	});

	it('ends with one clear error and no loop when the client is refused', async () => {
		await client.saveCredential('Application of the sandbox', TYPE, {
			...credentialData,
			clientSecret: 'not-the-secret',
		});
		await revoke();
		await sandbox.forget();
		const { execution } = await getAll();
		expect(execution.status).toBe('error');
		expect(execution.error?.message).toMatch(
			/^Sign-in with the application failed at step 1 of 2, the application token: Client authentication failed/,
		);
		expect(execution.error?.description).toMatch(/Check Client ID and Client Secret/);
		expect(await tokenRequests()).toEqual(['/oauth/token']);
		expect(JSON.stringify(execution)).not.toContain('not-the-secret');
		await client.saveCredential('Application of the sandbox', TYPE, credentialData);
	});

	it('passes the test button, and fails it with the step that went wrong', async () => {
		const press = async (changes: Record<string, string> = {}) =>
			await client.testCredential(credential.id, credential.name, TYPE, {
				...credentialData,
				...changes,
			});
		expect(await press()).toMatchObject({ status: 'OK' });
		expect(await press({ clientSecret: 'not-the-secret' })).toMatchObject({
			status: 'Error',
			message: expect.stringContaining('step 1 of 2') as string,
		});
		expect(await press({ memberEmail: 'nobody@sandbox.test' })).toMatchObject({
			status: 'Error',
			message: expect.stringContaining('step 2 of 2') as string,
		});
	});
});
