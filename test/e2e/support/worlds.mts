// Before the scenarios: every n8n version with the packed package, a sandbox beside each. After them, or when something
// fails on the way: everything is stopped, by process id.
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';
import {
	freePort,
	HOST_VERSIONS,
	installedHost,
	installTarball,
	Obstacle,
	packPackage,
	projectRoot,
	startN8n,
	type HostVersion,
} from '../../../sandbox/host.mts';
import { N8nClient } from '../../../sandbox/n8nClient.mts';
import { ORGANIZATION_ID } from '../../../sandbox/organization.mts';
import { SANDBOX_TOKEN, startSandbox } from '../../../sandbox/server.mts';
import type { Absent, World } from './world.mts';

const LOGIN = { email: 'owner@sandbox.test', password: 'Sandbox-1234' };
const CREDENTIAL = 'Tallyfy Guests account';

const say = (line: string) => console.log(line);
const closers: Array<() => unknown> = [];
/** n8n processes that run; each leads a group of its own. */
const pids = new Set<number>();

async function stopAll() {
	for (const close of closers.splice(0).reverse()) await close();
}

/** When vitest itself is ended there is no time for a teardown, but n8n must not be left behind. */
function killAll() {
	for (const pid of pids) {
		try {
			process.kill(-pid, 'SIGKILL');
		} catch {
			// Already gone.
		}
	}
}

function wantedVersions(): { wanted: HostVersion[]; left: Absent[] } {
	const asked = process.env.E2E_N8N?.split(',').map((name) => name.trim());
	const unknown = asked?.filter((name) => !HOST_VERSIONS.includes(name as HostVersion)) ?? [];
	if (unknown.length) {
		throw new Obstacle(
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

async function startWorld(name: HostVersion, tarball: string): Promise<World> {
	const host = await installedHost(name, say);
	const userFolder = mkdtempSync(join(tmpdir(), `tallyfy-guests-e2e-${name}-`));
	closers.push(() => rmSync(userFolder, { recursive: true, force: true }));
	await installTarball(host, userFolder, tarball, say);
	const sandbox = await startSandbox();
	closers.push(sandbox.close);
	const log = join(projectRoot, '.cache', 'e2e', `n8n-${name}.log`);
	say(`Starting n8n ${host.exact} …`);
	const running = await startN8n(host, {
		userFolder,
		port: await freePort(),
		log,
		// n8n 1 asks for this before a community node may be a tool; n8n 2 does not look at it.
		env: { N8N_COMMUNITY_PACKAGES_ALLOW_TOOL_USAGE: 'true' },
	});
	pids.add(running.pid);
	closers.push(async () => {
		await running.stop();
		pids.delete(running.pid);
	});
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
	process.once('exit', killAll);
	const worlds: World[] = [];
	try {
		const { wanted, left: absent } = wantedVersions();
		const packed = mkdtempSync(join(tmpdir(), 'tallyfy-guests-e2e-package-'));
		closers.push(() => rmSync(packed, { recursive: true, force: true }));
		say('Packing this package …');
		const tarball = await packPackage(packed, say);
		for (const name of wanted) {
			try {
				worlds.push(await startWorld(name, tarball));
			} catch (error) {
				if (!(error instanceof Obstacle)) throw error;
				say(error.message);
				absent.push({ name, reason: error.message.replace(`${projectRoot}/`, '') });
			}
		}
		if (!worlds.length) throw new Obstacle('No n8n could be started, so nothing was tested.');
		const manifest = readFileSync(join(projectRoot, 'package.json'), 'utf8');
		project.provide('worlds', worlds);
		project.provide('absent', absent);
		project.provide('packageVersion', (JSON.parse(manifest) as { version: string }).version);
	} catch (error) {
		await stopAll();
		throw error;
	}
	return stopAll;
}
