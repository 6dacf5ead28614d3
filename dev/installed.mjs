// Runs a tool of this project; first installs the development tools, if they are missing or the lock file has changed. Plain
// JavaScript, because it runs before anything is installed.
// Usage: node dev/installed.mjs [TOOL [ARGUMENTS]]; TOOL is a .mts file or the command of a package.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
	console.error(`This project needs Node.js 20.19 or newer; this is ${process.versions.node}.`);
	process.exit(1);
}

const run = (command, args, options = {}) =>
	new Promise((resolve) => {
		const child = spawn(command, args, { stdio: 'inherit', ...options });
		const forward = (signal) => child.kill(signal);
		process.on('SIGINT', forward);
		process.on('SIGTERM', forward);
		child.on('error', () => resolve(127));
		child.on('close', (code, signal) => {
			process.off('SIGINT', forward);
			process.off('SIGTERM', forward);
			resolve(code ?? (signal === 'SIGINT' ? 130 : 1));
		});
	});

const stamp = 'node_modules/.installed-from';
const lock = createHash('sha256').update(readFileSync('package-lock.json')).digest('hex');
const installed = existsSync(stamp) && readFileSync(stamp, 'utf8') === lock;
if (!installed) {
	if (lstatSync('node_modules', { throwIfNoEntry: false })?.isSymbolicLink()) {
		console.error(
			'node_modules is a symbolic link, and npm ci would empty the folder that it points to: remove the link, then run this again.',
		);
		process.exit(1);
	}
	console.log('Installing the development tools from package-lock.json (about a minute) …');
	const code = await run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
		shell: process.platform === 'win32',
	});
	if (code !== 0) {
		console.error(
			'The development tools could not be installed: is the npm registry reachable? Then run this again.',
		);
		process.exit(code);
	}
	writeFileSync(stamp, lock);
}

const [tool, ...args] = process.argv.slice(2);
if (!tool) process.exit(0);
const argv = tool.endsWith('.mts') ? ['--import', 'tsx', tool] : [binary(tool)];
process.exit(await run(process.execPath, [...argv, ...args]));

/** The script of a package's command. Run by this Node.js, not through node_modules/.bin, which differs on Windows. */
function binary(name) {
	const manifest = JSON.parse(readFileSync(`node_modules/${name}/package.json`, 'utf8'));
	const path = typeof manifest.bin === 'string' ? manifest.bin : manifest.bin[name];
	return `node_modules/${name}/${path}`;
}
