// Scenario 6: the node as a tool of an AI agent, behind n8n's MCP Server Trigger, called by the official MCP client.
import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { WorkflowDocument } from '../../dev/n8nClient.mts';
import type { Guest } from '../../sandbox/organization.mts';
import { askTool, connectMcp } from './support/mcp.mts';
import { tallyfyTool, toolServer } from './support/workflows.mts';
import { clientOf, describeWorlds, sandboxOf, type World } from './support/world.mts';

const PATH = 'guests-for-agents';

const server = (world: World): WorkflowDocument =>
	toolServer('Guests for agents', PATH, [
		tallyfyTool(world, 'Get guest', {
			descriptionType: 'auto',
			resource: 'guest',
			operation: 'get',
			guest: {
				__rl: true,
				mode: 'email',
				value: "={{ $fromAI('email', 'Email address of the guest', 'string') }}",
			},
			options: {},
		}),
		tallyfyTool(world, 'Get many guests', {
			descriptionType: 'auto',
			resource: 'guest',
			operation: 'getAll',
			limit: "={{ $fromAI('limit', 'How many guests at most', 'number', 5) }}",
			filters: { search: "={{ $fromAI('search', 'Part of an email', 'string', '') }}" },
			options: { includeStats: true },
		}),
		tallyfyTool(world, 'Get tasks of guest', {
			descriptionType: 'manual',
			toolDescription: 'List what a guest still has to do, found by email',
			resource: 'guestTask',
			operation: 'getAll',
			guest: {
				__rl: true,
				mode: 'email',
				value: "={{ $fromAI('email', 'Email address of the guest', 'string') }}",
			},
			filters: { status: 'active' },
		}),
	]);

describeWorlds('The node as a tool behind the MCP Server Trigger', (world) => {
	const sandbox = sandboxOf(world);
	const heard: string[] = [];
	let agent: Client;
	let guests: Guest[];
	let stop: () => Promise<unknown>;

	const ask = async (tool: string, parameters: Record<string, unknown>) => {
		const answer = await askTool(agent, tool, parameters);
		heard.push(answer.text);
		return answer;
	};

	beforeAll(async () => {
		await sandbox.reset({ guests: 60 });
		guests = await sandbox.guests();
		const client = clientOf(world);
		const workflow = await client.createWorkflow(server(world));
		await client.activate(workflow);
		stop = async () => await client.deactivate(workflow);
		agent = await connectMcp(world, PATH);
	});
	beforeEach(async () => await sandbox.forget());
	afterAll(async () => {
		await agent?.close();
		await stop?.();
	});

	it('is listed under names and descriptions that tell a model what each tool does', async () => {
		const { tools } = await agent.listTools();
		const listed = tools.map(({ name, description }) => [name, description]);
		expect(listed.sort()).toEqual([
			['Get_guest', 'Get guest by email in Tallyfy Guests'],
			['Get_many_guests', 'Get many guests in Tallyfy Guests'],
			['Get_tasks_of_guest', 'List what a guest still has to do, found by email'],
		]);
		const get = tools.find(({ name }) => name === 'Get_guest');
		expect(get?.inputSchema).toMatchObject({
			properties: { email: { type: 'string', description: 'Email address of the guest' } },
			required: ['email'],
		});
	});

	it('gives one guest by email', async () => {
		const [guest] = guests;
		const { text, isError } = await ask('Get_guest', { email: guest.email });
		expect(isError).toBe(false);
		expect(JSON.parse(text)).toMatchObject([
			{ email: guest.email, firstName: guest.first_name, companyName: guest.details.company_name },
		]);
	});

	it('gives no more guests than the model asks for, found by what it asks for', async () => {
		const { text, isError } = await ask('Get_many_guests', { search: '-and-', limit: 2 });
		expect(isError).toBe(false);
		const found = guests.filter(({ email }) => email.includes('-and-')).slice(0, 2);
		expect((JSON.parse(text) as Guest[]).map(({ email }) => email)).toEqual(
			found.map(({ email }) => email),
		);
		const [{ path }] = await sandbox.requests();
		expect(path).toContain('q=-and-');
	});

	it('lets optional parameters stay out, as models leave them', async () => {
		const { text, isError } = await ask('Get_many_guests', {});
		expect(isError).toBe(false);
		expect(JSON.parse(text)).toHaveLength(5);
	});

	it('tells what a guest has to do', async () => {
		const busy = guests.find(
			({ stats }) => (stats as { assigned_tasks: number }).assigned_tasks > 2,
		);
		const { text, isError } = await ask('Get_tasks_of_guest', { email: busy?.email });
		expect(isError).toBe(false);
		expect(JSON.parse(text)).toHaveLength(
			(busy?.stats as { assigned_tasks: number }).assigned_tasks,
		);
	});

	it.each([
		['nobody', 'Guest is not an email: nobody', 'Give the full address, e.g. nathan@example.com.'],
		['', 'Guest is empty', 'Give the email of a guest.'],
		['../users/20001', 'Guest is not an email: ../users/20001', 'Give the full address'],
	])('answers the bad email %j with what to do, and sends nothing', async (email, words, next) => {
		const { text, isError } = await ask('Get_guest', { email });
		expect(isError).toBe(true);
		expect(text).toContain(words);
		expect(text).toContain(next);
		expect(await sandbox.requests()).toEqual([]);
	});

	it('says of an email that nobody has that there is no such guest', async () => {
		const { text, isError } = await ask('Get_guest', { email: 'jo+not-here@client.test' });
		expect(isError).toBe(true);
		expect(text).toContain('no guest jo+not-here@client.test in this organization');
		expect(text).toContain('Check Guest');
	});

	it('hands a model neither a link nor the token, whatever it asked', () => {
		expect(heard.length).toBeGreaterThan(7);
		for (const text of heard) expect(text).not.toMatch(/guest-all-task|sandbox-token/);
	});
});
