// Scenario 13: workflows give guests work, and the guests do it, in a browser of their own behind nothing but their link.
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import { itemsOf } from '../../dev/n8nClient.mts';
import type { Guest, Json } from '../../sandbox/organization.mts';
import { openBrowser, openGuestBrowser, type GuestBrowser } from './support/browser.mts';
import { clientOf, describeWorlds, sandboxOf } from './support/world.mts';
import { byHand, chain, tallyfy } from './support/workflows.mts';

const STEP = 'Upload the insurance certificate';
const byEmail = (email: string) => ({ __rl: true, mode: 'email', value: email });
const byId = (id: unknown) => ({ __rl: true, mode: 'id', value: id });

describeWorlds('Guests at work', (world) => {
	const sandbox = sandboxOf(world);
	const client = clientOf(world);
	let browser: GuestBrowser;
	let guests: Guest[];

	beforeAll(async () => {
		browser = await openGuestBrowser();
	});
	afterAll(async () => await browser?.close());
	beforeEach(async () => {
		await sandbox.reset({ guests: 40, localLinks: true });
		guests = await sandbox.guests();
	});

	/** Does one operation in n8n; gives its items. */
	const does = async (resource: string, operation: string, parameters: object, settings = {}) => {
		const all = { resource, operation, ...parameters };
		const nodes = [byHand(), tallyfy(world, 'Tallyfy', all, settings)];
		const workflow = await client.createWorkflow(chain(operation, nodes));
		const execution = await client.run(workflow, 'Run by hand');
		expect(execution.error?.message).toBeUndefined();
		return itemsOf(execution, 'Tallyfy');
	};

	/** What a page says, in one line. */
	const words = async (page: Page) => (await page.locator('main').innerText()).replace(/\s+/g, ' ');

	it('answer a form that a workflow made, which then reads their answers', async () => {
		const [task] = await does('guestTask', 'create', {
			title: 'Tell us how to invoice',
			guests: 'cfo+invoice@client.test',
			deadline: '2027-01-05T12:00:00Z',
			formFieldsJson: JSON.stringify([
				{ label: 'Purchase order', fieldType: 'text', required: true },
				{ label: 'Delivery', fieldType: 'radio', required: true, options: ['Mail', 'Portal'] },
				{ label: 'Copies to', fieldType: 'multiselect', options: ['CFO', 'CEO', 'Legal'] },
			]),
			options: { createMissingGuests: true },
		});
		const [{ link }] = await does('guestTask', 'getLink', {
			task: byId(task.id),
			guest: byEmail('cfo+invoice@client.test'),
		});

		await browser.visit(String(link), async (page) => {
			await page.getByLabel('Purchase order').fill('PO-77 <b>&');
			await page.getByLabel('Portal').check();
			await page.getByLabel('CFO').check();
			await page.getByLabel('Legal').check();
			await page.getByRole('button', { name: 'Complete' }).click();
			await page.getByRole('status').waitFor();
			expect(await words(page)).toContain('Completed: Tell us how to invoice');
		});

		const [done] = await does('guestTask', 'get', { task: byId(task.id) });
		expect(done).toMatchObject({
			status: 'completed',
			answers: {
				'Purchase order': 'PO-77 <b>&',
				Delivery: 'Portal',
				'Copies to': ['CFO', 'Legal'],
			},
		});
		expect((await sandbox.summary()).violations).toEqual([]);
	});

	it('do their step of a process that a won deal launched, and the process knows who has done what', async () => {
		const [process] = await does('process', 'launch', {
			template: byId(await templateId()),
			name: 'Onboarding Client & Co',
			kickOff: {
				mappingMode: 'defineBelow',
				value: await kickOff({ Client: 'Client & Co', Plan: 'Gold', Billing: 'Yearly' }),
			},
			assignments: {
				assignment: [{ step: STEP, guests: 'ann@client.test, bob+2@client.test' }],
			},
			options: { createMissingGuests: true, includeLinks: true },
		});
		const links = process.links as Array<{ email: string; link: string }>;
		expect(links.map(({ email }) => email)).toEqual(['ann@client.test', 'bob+2@client.test']);

		await browser.visit(links[1].link, async (page) => {
			await page.getByRole('link', { name: STEP }).click();
			await page.getByLabel('Client').fill('Client & Co');
			await page.getByRole('button', { name: 'Complete' }).click();
			await page.getByRole('status').waitFor();
		});

		const people = await does('process', 'getGuests', { process: byId(process.processId) });
		expect(people).toMatchObject([
			{ email: 'ann@client.test', openTasks: 0, completedTasks: 1 },
			{ email: 'bob+2@client.test', openTasks: 0, completedTasks: 1 },
		]);
	});

	it('come in by the new link only, once theirs was reset', async () => {
		const guest = guests.find(({ details }) => details.disabled_at === null) as Guest;
		const [{ link }] = await does('guest', 'resetLink', { guest: byEmail(guest.email) });
		expect(link).not.toBe(guest.link);
		await browser.visit(String(guest.link), async (page) =>
			expect(await words(page)).toContain('This link does not work'),
		);
		await browser.visit(String(link), async (page) =>
			expect(await words(page)).toContain('Your tasks'),
		);
	});

	it('are picked with their template and its form on the canvas, field by field', async () => {
		const launch = tallyfy(world, 'Launch', {
			resource: 'process',
			operation: 'launch',
			template: { __rl: true, mode: 'list', value: await templateId() },
			kickOff: { mappingMode: 'defineBelow', value: null },
		});
		const workflow = await client.createWorkflow(chain('Launch', [byHand(), launch]));
		const signedIn = await openBrowser(world);
		try {
			await signedIn.visit('launch', async (canvas) => {
				await canvas.open(workflow);
				await canvas.openNode('Launch');
				const form = canvas.id('parameter-item').or(canvas.id('resource-mapper-container'));
				await form.first().waitFor();
				for (const label of ['Client', 'Plan', 'Start date']) {
					await canvas.page.getByText(label, { exact: true }).first().waitFor();
				}
				await canvas.picture('launch');
			});
		} finally {
			await signedIn.close();
		}
	});

	const template = async () => {
		const { body } = await sandbox.api('GET', '/checklists?q=Client%20onboarding');
		const [{ id }] = body.data as Json[];
		return (await sandbox.api('GET', `/checklists/${String(id)}`)).body.data as Json;
	};
	const templateId = async () => (await template()).id;
	/** Values of the kick-off form by the fields' ids, as n8n's resource mapper stores them. */
	const kickOff = async (byLabel: Record<string, unknown>) =>
		Object.fromEntries(
			((await template()).prerun as Json[])
				.filter(({ label }) => String(label) in byLabel)
				.map(({ id, label }) => [String(id), byLabel[String(label)]]),
		);
});
