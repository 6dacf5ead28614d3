// Installs n8n in a pinned version, from the lock file in hosts/, and this package into it as users do. Used by `npm start`,
// the benchmark and the end-to-end tests.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const execute = promisify(execFile);
const here = dirname(fileURLToPath(import.meta.url));
export const projectRoot = resolve(here, '..');

/** An error that the user can put right: its message is shown without a stack. */
export class UserError extends Error {}

/** The pinned n8n versions in hosts/, newest first: the Node.js and the environment variables that each needs. */
const HOSTS = {
	// This module asks a registry on the internet at every start. An n8n that does not have it refuses its name.
	'2.41': { node: 24, env: { N8N_DISABLED_MODULES: 'mcp-registry' } },
	'2.8': { node: 20, env: {} },
	'1.123': { node: 24, env: {} },
};
export type HostVersion = keyof typeof HOSTS;
export const HOST_VERSIONS = Object.keys(HOSTS) as HostVersion[];

export interface Host {
	/** As the folder in hosts/ is named: `2.41`. */
	version: HostVersion;
	/** The whole version: `2.41.1`. */
	exact: string;
	/** Where its node_modules is. */
	folder: string;
	/** The path of a Node.js that this n8n can run on. */
	node: string;
	env: Record<string, string>;
}

/** The path of a Node.js of at least this major version: the running one, or one from the npm package `node`. */
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
	// The package downloads the program in an install script, which this project's .npmrc turns off.
	const install = ['install', `node@${major}`, '--ignore-scripts=false'];
	const failed = await npm(process.execPath, install, folder, say).catch(() => true);
	if (failed === true || !existsSync(path)) {
		throw new UserError(
			`n8n needs Node.js ${major}, and the npm package "node" could not bring it: install Node.js ${major} and run this again.`,
		);
	}
	return path;
}

/** Runs npm under the given Node.js, and says every 15 seconds that it still runs. */
async function npm(node: string, args: string[], cwd: string, say: (line: string) => void) {
	const started = Date.now();
	const progress = setInterval(() => {
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
		clearInterval(progress);
	}
}

/** Installs a pinned n8n, unless it is there: takes minutes the first time. */
export async function installedHost(
	version: HostVersion,
	say: (line: string) => void,
): Promise<Host> {
	const folder = join(here, 'hosts', `n8n-${version}`);
	const { node: major, env } = HOSTS[version];
	const node = await nodeOf(major, say);
	const stamp = join(folder, 'node_modules', '.installed-from');
	const lock = readFileSync(join(folder, 'package-lock.json'));
	const hash = createHash('sha256').update(lock).digest('hex');
	if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== hash) {
		const modules = join(folder, 'node_modules');
		if (lstatSync(modules, { throwIfNoEntry: false })?.isSymbolicLink()) {
			throw new UserError(
				`${modules} is a symbolic link, and npm ci would empty the folder that it points to: remove the link, then run this again.`,
			);
		}
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
			throw new UserError(
				`n8n ${version} could not be installed (${last?.replace('npm error ', '') ?? 'npm failed'}): is the npm registry reachable, is a C++ compiler there, is 3 GB of disk free? Then run this again.`,
			);
		}
		writeFileSync(stamp, hash);
	}
	const manifest = readFileSync(join(folder, 'node_modules', 'n8n', 'package.json'), 'utf8');
	const { version: exact } = JSON.parse(manifest) as { version: string };
	return { version, exact, folder, node, env };
}

/** Builds and packs this package into a folder. @returns the path of the tarball */
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
	// Each tarball has the same name and version, so npm would keep what an earlier one installed.
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
