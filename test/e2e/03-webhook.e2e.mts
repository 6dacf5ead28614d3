// Scenario 3: a webhook creates or gets a guest and answers with the link, under load.
import { beforeAll, expect, it } from 'vitest';
import { clientOf, describeWorlds, sandboxOf } from './support/world.mts';
import { chain, respond, tallyfy, webhook } from './support/workflows.mts';

const CALLS = 200;
const SIDE_BY_SIDE = 20;
/** Every guest is asked for twice, one call right after the other, so that both may find nobody there. */
const EMAILS = Array.from({ length: CALLS }, (_, at) => `lead+${at >> 1}@client.test`);

interface Answer {
	email: string;
	status: number;
	body: { email?: string; link?: string; created?: boolean };
}

describeWorlds('A webhook that answers with the link', (world) => {
	const sandbox = sandboxOf(world);
	const answers: Answer[] = [];

	beforeAll(async () => {
		await sandbox.reset({ guests: 50 });
		const client = clientOf(world);
		const workflow = await client.createWorkflow(
			chain('Webhook to link', [
				webhook('guest-link'),
				tallyfy(world, 'Create or get', {
					resource: 'guest',
					operation: 'createOrGet',
					email: '={{ $json.body.email }}',
					additionalFields: { firstName: '={{ $json.body.name }}' },
				}),
				tallyfy(world, 'Get link', {
					resource: 'guest',
					operation: 'getLink',
					guest: { __rl: true, mode: 'email', value: '={{ $json.email }}' },
				}),
				respond(
					"={{ JSON.stringify({ email: $json.email, link: $json.link, created: $('Create or get').item.json.created }) }}",
				),
			]),
		);
		await client.activate(workflow);
		const waiting = EMAILS.map((email, at) => ({ email, name: `Lead ${at >> 1}` }));
		const caller = async () => {
			for (let next = waiting.shift(); next; next = waiting.shift()) {
				const response = await fetch(`${world.n8nUrl}/webhook/guest-link`, {
					method: 'POST',
					headers: { 'content-type': 'application/json' },
					body: JSON.stringify(next),
				});
				const text = await response.text();
				const body = text.startsWith('{') ? (JSON.parse(text) as Answer['body']) : {};
				answers.push({ email: next.email, status: response.status, body });
			}
		};
		await Promise.all(Array.from({ length: SIDE_BY_SIDE }, caller));
		await client.deactivate(workflow);
	});

	it('answers every one of 200 calls, 20 at a time, with the link of the guest who was asked for', async () => {
		const links = new Map((await sandbox.guests()).map(({ email, link }) => [email, link]));
		expect(answers).toHaveLength(CALLS);
		for (const { email, status, body } of answers) {
			expect([email, status, body.email, body.link]).toEqual([email, 200, email, links.get(email)]);
		}
	});

	it('invites nobody twice, although two calls ask for the same guest at the same moment', async () => {
		const emails = (await sandbox.guests()).map(({ email }) => email);
		const leads = emails.filter((email) => email.startsWith('lead+'));
		expect(new Set(leads).size).toBe(CALLS / 2);
		expect(leads).toHaveLength(CALLS / 2);
		const invites = (await sandbox.requests()).filter(
			({ method, status }) => method === 'POST' && status === 201,
		);
		expect(invites).toHaveLength(CALLS / 2);
		expect(answers.filter(({ body }) => body.created)).toHaveLength(CALLS / 2);
	});

	it('asks Tallyfy nothing that the contract does not know', async () => {
		expect((await sandbox.summary()).violations).toEqual([]);
	});
});
