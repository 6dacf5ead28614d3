// Before the scenarios: every n8n version with the packed package, a sandbox beside each. After them, or when something
// fails on the way: everything is stopped, by process id.
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';
import {
	HOST_VERSIONS,
	installedHost,
	installTarball,
	UserError,
	packPackage,
	projectRoot,
	type Host,
	type HostVersion,
} from '../../../dev/host.mts';
import { N8nClient } from '../../../dev/n8nClient.mts';
import { freePort, startN8n, type RunningN8n } from '../../../dev/n8nProcess.mts';
import { ORGANIZATION_ID } from '../../../sandbox/organization.mts';
import { SANDBOX_TOKEN, startSandbox } from '../../../sandbox/server.mts';
import { startLockServer } from './locks.mts';
import type { Absent, World } from './world.mts';

const LOGIN = { email: 'owner@sandbox.test', password: 'Sandbox-1234' };
const CREDENTIAL = 'Tallyfy Guests account';

const say = (line: string) => console.log(line);
const closers: Array<() => unknown> = [];

async function stopAll() {
	for (const close of closers.splice(0).reverse()) await close();
}

/** A folder that is gone when this process ends, however it ends. */
function temporaryFolder(name: string): string {
	const folder = mkdtempSync(join(tmpdir(), `tallyfy-guests-e2e-${name}-`));
	process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
	return folder;
}

function wantedVersions(): { wanted: HostVersion[]; left: Absent[] } {
	const asked = process.env.E2E_N8N?.split(',').map((name) => name.trim());
	const unknown = asked?.filter((name) => !HOST_VERSIONS.includes(name as HostVersion)) ?? [];
	if (unknown.length) {
		throw new UserError(
			`E2E_N8N names ${unknown.join(', ')}; there are ${HOST_VERSIONS.join(', ')}.`,
		);
	}
	return {
		wanted: HOST_VERSIONS.filter((name) => asked?.includes(name) ?? true),
		left: HOST_VERSIONS.filter((name) => asked && !asked.includes(name)).map((name) => ({
			name,
			reason: `left out by E2E_N8N=${process.env.E2E_N8N}`,
		})),
	};
}

/** Starts n8n, on another port when somebody was faster to take the one that was free. */
async function startOnFreePort(host: Host, userFolder: string, log: string): Promise<RunningN8n> {
	// n8n 1 asks for this before a community node may be a tool; n8n 2 does not look at it.
	const env = { N8N_COMMUNITY_PACKAGES_ALLOW_TOOL_USAGE: 'true' };
	for (let tries = 1; ; tries++) {
		try {
			return await startN8n(host, { userFolder, port: await freePort(), log, env });
		} catch (error) {
			const taken = readFileSync(log, 'utf8').includes('already in use');
			if (!taken || tries === 3) throw error;
		}
	}
}

async function startWorld(host: Host, tarball: string): Promise<World> {
	const name = host.version;
	const userFolder = temporaryFolder(name);
	await installTarball(host, userFolder, tarball, say);
	const sandbox = await startSandbox();
	closers.push(sandbox.close);
	const log = join(projectRoot, '.cache', 'e2e', `n8n-${name}.log`);
	say(`Starting n8n ${host.exact} …`);
	const running = await startOnFreePort(host, userFolder, log);
	closers.push(running.stop);
	const client = new N8nClient(running.url);
	await client.signIn(LOGIN);
	const credential = await client.saveCredential(CREDENTIAL, 'tallyfyGuestsApi', {
		accessToken: SANDBOX_TOKEN,
		organizationId: ORGANIZATION_ID,
		baseUrl: sandbox.baseUrl,
		clientHeader: 'APIClient',
	});
	const node = await promisify(execFile)(host.node, ['--version']);
	return {
		name,
		version: host.exact,
		node: node.stdout.trim().replace('v', ''),
		n8nUrl: running.url,
		login: LOGIN,
		session: client.session,
		sandboxUrl: sandbox.baseUrl,
		sandboxOrigin: new URL(sandbox.baseUrl).origin,
		credential,
		userFolder,
		log,
	};
}

/** vitest calls it once before all scenarios, and what it gives back once after them. */
export default async function setup(project: TestProject) {
	// vitest has no teardown for a run that is ended from outside, but an exit lets n8n be stopped (host.mts).
	process.once('SIGTERM', () => process.exit(143));
	const worlds: World[] = [];
	try {
		const { wanted, left: absent } = wantedVersions();
		say('Packing this package …');
		const tarball = await packPackage(temporaryFolder('package'), say);
		const hosts: Host[] = [];
		for (const name of wanted) {
			// One that cannot be had here is a line in the results; one that is here and does not start is a failure.
			const host = await installedHost(name, say).catch((error: unknown) => {
				if (!(error instanceof UserError)) throw error;
				say(error.message);
				absent.push({ name, reason: error.message.replace(`${projectRoot}/`, '') });
			});
			if (host) hosts.push(host);
		}
		const starting = hosts.map(async (host) => await startWorld(host, tarball));
		// When one fails, those that start with it have to be there before they can be stopped.
		await Promise.allSettled(starting);
		worlds.push(...(await Promise.all(starting)));
		const locks = await startLockServer();
		closers.push(locks.stop);
		if (!worlds.length) throw new UserError('No n8n could be started, so nothing was tested.');
		const manifest = readFileSync(join(projectRoot, 'package.json'), 'utf8');
		project.provide('worlds', worlds);
		project.provide('absent', absent);
		project.provide('locks', locks.port);
		project.provide('packageVersion', (JSON.parse(manifest) as { version: string }).version);
	} catch (error) {
		await stopAll();
		throw error;
	}
	return stopAll;
}
