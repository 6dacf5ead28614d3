// What is installed before something starts (dev/installed.mjs, dev/host.mts), in a made-up project with an npm that only notes
// its arguments.
import { spawnSync } from 'node:child_process';
import {
	cpSync,
	existsSync,
	mkdirSync,
	mkdtempSync,
	readFileSync,
	rmSync,
	symlinkSync,
	writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

let project: string;
const path = (...parts: string[]) => join(project, ...parts);

beforeEach(() => {
	project = mkdtempSync(join(tmpdir(), 'tallyfy-guests-installed-'));
	cpSync('dev/installed.mjs', path('dev/installed.mjs'));
	writeFileSync(path('package-lock.json'), '{}');
	mkdirSync(path('bin'));
	const npm = '#!/bin/sh\necho "$@" >> npm.log\nmkdir -p node_modules\nexit ${NPM_EXIT:-0}\n';
	writeFileSync(path('bin/npm'), npm, { mode: 0o755 });
});

afterEach(() => rmSync(project, { recursive: true, force: true }));

const run = (args: string[], env: Record<string, string> = {}) =>
	spawnSync(process.execPath, args, {
		cwd: project,
		encoding: 'utf8',
		env: {
			...process.env,
			PATH: `${path('bin')}${delimiter}${process.env.PATH ?? ''}`,
			...env,
		},
	});
const installed = (env?: Record<string, string>) => run([path('dev/installed.mjs')], env);
const npmCalls = () =>
	existsSync(path('npm.log')) ? readFileSync(path('npm.log'), 'utf8').trim().split('\n') : [];

describe('The development tools', () => {
	it('are installed from the lock file when they are missing, and again only when it has changed', () => {
		expect(installed().status).toBe(0);
		expect(installed().status).toBe(0);
		expect(npmCalls()).toEqual(['ci --no-audit --no-fund --loglevel=error']);
		writeFileSync(path('package-lock.json'), '{ "changed": true }');
		expect(installed().status).toBe(0);
		expect(npmCalls()).toHaveLength(2);
	});

	it('count as missing when npm has failed, and its exit code is passed on', () => {
		const failed = installed({ NPM_EXIT: '7' });
		expect([failed.status, failed.stderr]).toEqual([
			7,
			'The development tools could not be installed: is the npm registry reachable? Then run this again.\n',
		]);
		expect(installed().status).toBe(0);
		expect(npmCalls()).toHaveLength(2);
	});

	it('are not installed through a symbolic link, because npm ci empties the folder that it points to', () => {
		mkdirSync(path('elsewhere'));
		symlinkSync('elsewhere', path('node_modules'));
		const refused = installed();
		expect([refused.status, refused.stdout]).toEqual([1, '']);
		expect(refused.stderr).toBe(
			'node_modules is a symbolic link, and npm ci would empty the folder that it points to: remove the link, then run this again.\n',
		);
		expect(npmCalls()).toEqual([]);
	});

	it('are used through a symbolic link when they are what the lock file names', () => {
		expect(installed().status).toBe(0);
		cpSync(path('node_modules'), path('elsewhere'), { recursive: true });
		rmSync(path('node_modules'), { recursive: true });
		symlinkSync('elsewhere', path('node_modules'));
		expect([installed().status, npmCalls().length]).toEqual([0, 1]);
	});
});

describe('A pinned n8n', () => {
	it('is not installed through a symbolic link either', () => {
		cpSync('dev/host.mts', path('dev/host.mts'));
		const folder = path('dev/hosts/n8n-2.8');
		mkdirSync(join(folder, 'elsewhere/module'), { recursive: true });
		writeFileSync(join(folder, 'package-lock.json'), '{}');
		symlinkSync('elsewhere', join(folder, 'node_modules'));
		writeFileSync(
			path('try.mts'),
			`import { installedHost } from './dev/host.mts';
await installedHost('2.8', console.log).catch((error) => console.log(error.message));`,
		);
		const { stdout } = run(['--import', import.meta.resolve('tsx'), path('try.mts')]);
		expect(stdout).toBe(
			`${folder}/node_modules is a symbolic link, and npm ci would empty the folder that it points to: remove the link, then run this again.\n`,
		);
		expect(existsSync(join(folder, 'elsewhere/module'))).toBe(true);
	});
});
