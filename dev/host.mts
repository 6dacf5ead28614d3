// A real n8n of a pinned version, installed from the lock file in hosts/, with this package installed as users do it.
// Used by `npm start` and by the end-to-end tests.
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
	createWriteStream,
	existsSync,
	mkdirSync,
	readFileSync,
	rmSync,
	writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const execute = promisify(execFile);
const here = dirname(fileURLToPath(import.meta.url));
export const projectRoot = resolve(here, '..');

/** Something that a person can put right; shown as one sentence, without a stack. */
export class Obstacle extends Error {}

/** The pinned n8n versions in hosts/, newest first: the Node.js that each needs, and what is left out of it. */
const HOSTS = {
	// The registry would be asked at every start; an n8n that has no such module does not start with its name.
	'2.41': { node: 24, env: { N8N_DISABLED_MODULES: 'mcp-registry' } },
	'2.8': { node: 20, env: {} },
	'1.123': { node: 24, env: {} },
};
export type HostVersion = keyof typeof HOSTS;
export const HOST_VERSIONS = Object.keys(HOSTS) as HostVersion[];

export interface Host {
	/** As the folder in hosts/ is named: `2.41`. */
	version: HostVersion;
	/** As npm knows it: `2.41.1`. */
	exact: string;
	/** The folder with n8n's node_modules. */
	folder: string;
	/** The Node.js that this n8n needs. */
	node: string;
}

/** The path of a Node.js of at least this major version: this one, or one that the npm package `node` brings. */
async function nodeOf(major: number, say: (line: string) => void): Promise<string> {
	if (Number(process.versions.node.split('.')[0]) >= major) return process.execPath;
	const folder = join(projectRoot, '.cache', `node-${major}`);
	const windows = process.platform === 'win32';
	const path = join(folder, 'node_modules', 'node', 'bin', windows ? 'node.exe' : 'node');
	if (existsSync(path)) return path;
	say(`Getting Node.js ${major} for n8n, from the npm package "node" …`);
	mkdirSync(folder, { recursive: true });
	writeFileSync(
		join(folder, 'package.json'),
		JSON.stringify({ name: 'node-for-n8n', private: true }),
	);
	// The package brings its binary by an install script, which this project's .npmrc turns off.
	const install = ['install', `node@${major}`, '--ignore-scripts=false'];
	const failed = await npm(process.execPath, install, folder, say).catch(() => true);
	if (failed === true || !existsSync(path)) {
		throw new Obstacle(
			`n8n needs Node.js ${major}, and the npm package "node" could not bring it: install Node.js ${major} and run this again.`,
		);
	}
	return path;
}

/** Runs npm under the given Node.js, with a sign of life every 15 seconds. */
async function npm(node: string, args: string[], cwd: string, say: (line: string) => void) {
	const started = Date.now();
	const alive = setInterval(() => {
		say(`  … npm ${args[0]}, ${Math.round((Date.now() - started) / 1000)} s`);
	}, 15_000);
	try {
		return await execute('npm', [...args, '--no-audit', '--no-fund', '--loglevel=error'], {
			cwd,
			env: { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH ?? ''}` },
			maxBuffer: 64 * 1024 * 1024,
			shell: process.platform === 'win32',
		});
	} finally {
		clearInterval(alive);
	}
}

/** Makes sure that a pinned n8n is installed; the first time takes minutes, later ones nothing. */
export async function installedHost(
	version: HostVersion,
	say: (line: string) => void,
): Promise<Host> {
	const folder = join(here, 'hosts', `n8n-${version}`);
	const node = await nodeOf(HOSTS[version].node, say);
	const stamp = join(folder, 'node_modules', '.installed-from');
	const lock = readFileSync(join(folder, 'package-lock.json'));
	const wanted = createHash('sha256').update(lock).digest('hex');
	if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== wanted) {
		say(`Installing n8n ${version} (about 2 GB, once; 3 to 6 minutes) …`);
		try {
			await npm(node, ['ci'], folder, say);
			say('Building its database driver …');
			await npm(node, ['rebuild', 'sqlite3', '--ignore-scripts=false'], folder, say);
		} catch (error) {
			const last = String((error as { stderr?: string }).stderr ?? '')
				.trim()
				.split('\n')
				.find((line) => line.includes('npm error') && !line.includes('code'));
			throw new Obstacle(
				`n8n ${version} could not be installed (${last?.replace('npm error ', '') ?? 'npm failed'}): is the npm registry reachable, is a C++ compiler there, is 3 GB of disk free? Then run this again.`,
			);
		}
		writeFileSync(stamp, wanted);
	}
	const manifest = readFileSync(join(folder, 'node_modules', 'n8n', 'package.json'), 'utf8');
	return { version, exact: (JSON.parse(manifest) as { version: string }).version, folder, node };
}

/** Packs this package (`npm pack`, from a fresh build) into a folder; gives the path of the tarball. */
export async function packPackage(folder: string, say: (line: string) => void): Promise<string> {
	mkdirSync(folder, { recursive: true });
	await execute(process.execPath, ['node_modules/gulp/bin/gulp.js', 'build', '--silent'], {
		cwd: projectRoot,
	});
	const pack = ['pack', '--json', '--pack-destination', folder];
	const packed = await npm(process.execPath, pack, projectRoot, say);
	const [{ filename }] = JSON.parse(packed.stdout) as Array<{ filename: string }>;
	return join(folder, filename);
}

/** Installs a tarball of this package into an n8n user folder, as n8n does. */
export async function installTarball(
	host: Host,
	userFolder: string,
	tarball: string,
	say: (line: string) => void,
) {
	const nodes = join(userFolder, '.n8n', 'nodes');
	mkdirSync(nodes, { recursive: true });
	writeFileSync(
		join(nodes, 'package.json'),
		JSON.stringify({ name: 'installed-nodes', private: true, dependencies: {} }),
	);
	// The tarball has the same name and version each time, and npm would keep the old one.
	rmSync(join(nodes, 'node_modules'), { recursive: true, force: true });
	rmSync(join(nodes, 'package-lock.json'), { force: true });
	const install = ['install', '--legacy-peer-deps', '--ignore-scripts', tarball];
	await npm(host.node, install, nodes, say);
}

/** Packs this package and installs it into an n8n user folder. */
export async function installPackage(host: Host, userFolder: string, say: (line: string) => void) {
	const tarball = await packPackage(join(userFolder, '.n8n', 'nodes'), say);
	await installTarball(host, userFolder, tarball, say);
}

/** A port of 127.0.0.1 that nobody uses; with a wish, that one or an Obstacle that says how to choose another. */
export async function freePort(wish = 0, option = '--port'): Promise<number> {
	return await new Promise((done, refuse) => {
		const probe = createServer();
		probe.once('error', () =>
			refuse(
				new Obstacle(
					`Port ${wish} is in use: stop what uses it, or choose another port with ${option} NUMBER.`,
				),
			),
		);
		probe.listen(wish, '127.0.0.1', () => {
			const { port } = probe.address() as { port: number };
			probe.close(() => done(port));
		});
	});
}

export interface RunningN8n {
	url: string;
	pid: number;
	stop: () => Promise<void>;
}

export interface N8nOptions {
	userFolder: string;
	port: number;
	/** Where n8n's own words go. */
	log: string;
	env?: Record<string, string>;
	/** The n8n command: `start`, or `worker` in queue mode. */
	command?: string;
}

/** What every n8n of ours is told: nothing leaves this machine, nothing asks for attention. */
function environment(host: Host, userFolder: string): NodeJS.ProcessEnv {
	return {
		...process.env,
		PATH: `${dirname(host.node)}${delimiter}${process.env.PATH ?? ''}`,
		N8N_USER_FOLDER: userFolder,
		N8N_LISTEN_ADDRESS: '127.0.0.1',
		N8N_HOST: '127.0.0.1',
		N8N_PROTOCOL: 'http',
		DB_TYPE: 'sqlite',
		N8N_ENCRYPTION_KEY: 'sandbox-only',
		N8N_SECURE_COOKIE: 'false',
		N8N_DIAGNOSTICS_ENABLED: 'false',
		N8N_VERSION_NOTIFICATIONS_ENABLED: 'false',
		N8N_TEMPLATES_ENABLED: 'false',
		N8N_PERSONALIZATION_ENABLED: 'false',
		N8N_HIRING_BANNER_ENABLED: 'false',
		N8N_AI_ENABLED: 'false',
		N8N_RUNNERS_BROKER_LISTEN_ADDRESS: '127.0.0.1',
		GENERIC_TIMEZONE: 'UTC',
		...HOSTS[host.version].env,
		// In a test run these say "test", and n8n 2.41 ends at once without a word.
		NODE_ENV: 'production',
		VITEST: '',
	};
}

/** Runs a command of n8n, such as `import:workflow`, on a user folder; gives what it printed. Raises when it fails. */
export async function runN8n(host: Host, userFolder: string, args: string[]): Promise<string> {
	const n8n = join(host.folder, 'node_modules', 'n8n', 'bin', 'n8n');
	const env = environment(host, userFolder);
	const { stdout } = await execute(host.node, [n8n, ...args], { cwd: projectRoot, env });
	return stdout;
}

/** Starts n8n on 127.0.0.1 and waits until it can be used. */
export async function startN8n(host: Host, options: N8nOptions): Promise<RunningN8n> {
	const { userFolder, port, log, env = {}, command = 'start' } = options;
	mkdirSync(dirname(log), { recursive: true });
	const output = createWriteStream(log);
	const child = spawn(
		host.node,
		[join(host.folder, 'node_modules', 'n8n', 'bin', 'n8n'), command],
		{
			cwd: userFolder,
			// A group of its own, so that Ctrl-C reaches n8n through us, once, and its children go with it.
			detached: true,
			stdio: ['ignore', 'pipe', 'pipe'],
			env: {
				...environment(host, userFolder),
				N8N_PORT: String(port),
				N8N_RUNNERS_BROKER_PORT: String(await freePort()),
				...env,
			},
		},
	);
	child.stdout?.pipe(output);
	child.stderr?.pipe(output);
	let ended = false;
	child.once('exit', () => {
		ended = true;
	});
	const url = `http://127.0.0.1:${port}`;
	// When this process ends in a hurry nobody calls stop, and n8n, in a group of its own, would stay.
	const leave = () => signalGroup(child, 'SIGKILL');
	process.once('exit', leave);
	const running = {
		url,
		pid: child.pid ?? 0,
		stop: async () => {
			await stopGroup(child, () => ended);
			process.off('exit', leave);
		},
	};
	const deadline = Date.now() + 180_000;
	// /healthz answers too early; the settings come last (engine.md, section 4).
	for (const path of ['/healthz/readiness', command === 'start' ? '/rest/settings' : '/healthz']) {
		while (!(await answers(`${url}${path}`))) {
			if (ended || Date.now() > deadline) {
				await running.stop();
				throw new Obstacle(`n8n did not start: ${log} says why.`);
			}
			await new Promise((wait) => setTimeout(wait, 300));
		}
	}
	return running;
}

async function answers(url: string): Promise<boolean> {
	return await fetch(url, { signal: AbortSignal.timeout(5000) }).then(
		async (response) => {
			await response.arrayBuffer();
			return response.ok;
		},
		() => false,
	);
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
	try {
		// Never 0, which would be our own group.
		if (pid) process.kill(-pid, signal);
	} catch {
		// Already gone.
	}
}

/** Ends a process and everything it started: politely, then after ten seconds for good. */
async function stopGroup(child: ChildProcess, ended: () => boolean): Promise<void> {
	if (!ended()) signalGroup(child, 'SIGTERM');
	const deadline = Date.now() + 10_000;
	while (!ended() && Date.now() < deadline) await new Promise((wait) => setTimeout(wait, 50));
	signalGroup(child, 'SIGKILL');
}
