// `npm start`: a real n8n with this package and the examples in it, and a sandbox that it can ask. `--help` lists the options.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { installedHost, installPackage, UserError, projectRoot } from './host.mts';
import { itemsOf, N8nClient, type WorkflowDocument } from './n8nClient.mts';
import { freePort, startN8n } from './n8nProcess.mts';
import { ORGANIZATION_ID } from '../sandbox/organization.mts';
import { SANDBOX_CLIENT, SANDBOX_TOKEN, startSandbox } from '../sandbox/server.mts';

const LOGIN = { email: 'owner@sandbox.test', password: 'Sandbox-1234' };
const CREDENTIAL = 'Tallyfy Guests account';
const CREDENTIAL_TYPE = 'tallyfyGuestsApi';

const USAGE = `npm start [-- OPTIONS]
  --check            run an example in n8n, print the items it gave, stop, exit 0 or 1
  --tallyfy          no sandbox: for people with a Tallyfy account
  --guests NUMBER    guests in the sandbox (250)
  --port NUMBER      port of n8n (5678)
  --api-port NUMBER  port of the sandbox (4010)
  --n8n VERSION      2.41 or 2.8 (2.41)`;

const say = (line = '') => console.log(line);
const cleanups: Array<() => unknown> = [];

/** Stops everything that was started, last first. */
async function stopAll() {
	for (const cleanUp of cleanups.splice(0).reverse()) await cleanUp();
}

function pinned(version: string): '2.41' | '2.8' {
	if (version === '2.41' || version === '2.8') return version;
	throw new UserError('--n8n takes 2.41 or 2.8.');
}

function options() {
	try {
		const { values } = parseArgs({
			options: {
				check: { type: 'boolean', default: false },
				tallyfy: { type: 'boolean', default: false },
				guests: { type: 'string', default: '250' },
				port: { type: 'string', default: '5678' },
				'api-port': { type: 'string', default: '4010' },
				n8n: { type: 'string', default: '2.41' },
				help: { type: 'boolean', default: false },
			},
		});
		for (const name of ['guests', 'port', 'api-port'] as const) {
			if (!/^\d+$/.test(values[name])) throw new UserError(`--${name} takes a whole number.`);
		}
		if (values.check && values.tallyfy) {
			throw new UserError('--check needs the sandbox, so it cannot go with --tallyfy.');
		}
		return { ...values, n8n: pinned(values.n8n) };
	} catch (error) {
		throw new UserError(`${(error as Error).message}\n\n${USAGE}`);
	}
}

/** The workflows in examples/, with this credential in their nodes. */
function examples(credential?: { id: string; name: string }): WorkflowDocument[] {
	const folder = join(projectRoot, 'examples');
	return readdirSync(folder)
		.filter((file) => file.endsWith('.json'))
		.sort()
		.map((file) => {
			const workflow = JSON.parse(readFileSync(join(folder, file), 'utf8')) as WorkflowDocument;
			for (const node of workflow.nodes) {
				if (credential && node.credentials?.[CREDENTIAL_TYPE]) {
					node.credentials[CREDENTIAL_TYPE] = credential;
				}
			}
			return workflow;
		});
}

/** Runs an example in n8n and prints the items that it gave. */
async function check(client: N8nClient, workflow: WorkflowDocument & { id: string }) {
	const execution = await client.run(workflow, 'Run by hand');
	const items = itemsOf(execution, 'Get many guests');
	say(`\n"${workflow.name}" ran in n8n (execution ${execution.id}, ${execution.status}):`);
	for (const item of items) say(JSON.stringify(item));
	if (execution.status !== 'success' || items.length === 0) {
		const reason = execution.error?.message ?? 'no items came out';
		throw new UserError(`The example did not work: ${reason}`);
	}
	say(`${items.length} guests went through n8n.`);
}

async function main() {
	const { check: checking, tallyfy, guests, port, n8n, help, 'api-port': apiPort } = options();
	if (help) return say(USAGE);
	const n8nPort = await freePort(checking ? 0 : Number(port), '--port');
	const sandboxPort = tallyfy ? 0 : await freePort(checking ? 0 : Number(apiPort), '--api-port');

	const host = await installedHost(n8n, say);
	const permanent = join(projectRoot, '.cache', `n8n-${n8n}`);
	const userFolder = checking ? mkdtempSync(join(tmpdir(), 'tallyfy-guests-n8n-')) : permanent;
	mkdirSync(userFolder, { recursive: true });
	if (checking) cleanups.push(() => rmSync(userFolder, { recursive: true, force: true }));
	say('Packing this package and installing it into n8n …');
	await installPackage(host, userFolder, say);

	const sandbox = tallyfy
		? undefined
		: await startSandbox({ guests: Number(guests), port: sandboxPort, localLinks: true });
	if (sandbox) cleanups.push(sandbox.close);
	say(`Starting n8n ${n8n} …`);
	const log = join(projectRoot, '.cache', 'n8n.log');
	const running = await startN8n(host, { userFolder, port: n8nPort, log });
	cleanups.push(running.stop);

	const client = new N8nClient(running.url);
	await client.signIn(LOGIN);
	const credential =
		sandbox &&
		(await client.saveCredential(CREDENTIAL, CREDENTIAL_TYPE, {
			accessToken: SANDBOX_TOKEN,
			organizationId: ORGANIZATION_ID,
			baseUrl: sandbox.baseUrl,
			clientHeader: 'APIClient',
		}));
	if (sandbox) {
		await client.saveCredential('Tallyfy Guests application', 'tallyfyGuestsApplicationApi', {
			clientId: SANDBOX_CLIENT.id,
			clientSecret: SANDBOX_CLIENT.secret,
			organizationId: ORGANIZATION_ID,
			memberEmail: sandbox.organization.me.email,
			baseUrl: sandbox.baseUrl,
			accountUrl: sandbox.accountUrl,
			clientHeader: 'APIClient',
		});
	}
	const existing = await client.workflowNames();
	const created: Array<WorkflowDocument & { id: string }> = [];
	for (const workflow of examples(credential)) {
		if (!existing.has(workflow.name)) created.push(await client.createWorkflow(workflow));
	}
	if (checking) {
		await check(client, created[0]);
		return await stopAll();
	}

	say(`
n8n      ${running.url}
login    ${LOGIN.email}
password ${LOGIN.password}`);
	if (sandbox) {
		say(`sandbox  ${sandbox.baseUrl} with ${sandbox.organization.guests.size} guests`);
		say(`\nThe examples are there, with credentials for the sandbox. Ctrl-C stops everything.`);
	} else {
		say(`\nMake a credential "Tallyfy Guests API" in n8n, then open an example. Ctrl-C stops n8n.`);
	}
}

let stopping = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
	process.on(signal, () => {
		if (stopping) return;
		stopping = true;
		say('\nStopping …');
		void stopAll().then(() => process.exit(signal === 'SIGINT' ? 130 : 143));
	});
}

try {
	await main();
} catch (error) {
	if (!stopping) {
		console.error(error instanceof UserError ? error.message : error);
		await stopAll();
		process.exitCode = 1;
	}
}
