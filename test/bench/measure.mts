// Runs tasks: a server for each task, a process for each run, the contenders in turn.
import { execFile, execFileSync, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { projectRoot, type Host } from '../../dev/host.mts';
import { control } from './connection.mts';
import type { Contender, Result, Task } from './tasks.mts';

const execute = promisify(execFile);

/** Where it runs: an n8n, and this package as it is built now. */
export interface Bench {
	host: Host;
	packageFolder: string;
}

/** Builds the package and copies it, so that nothing that builds meanwhile gets in the way. */
export function prepare(host: Host): Bench {
	execFileSync(process.execPath, ['node_modules/gulp/bin/gulp.js', 'build', '--silent'], {
		cwd: projectRoot,
	});
	const packageFolder = mkdtempSync(join(tmpdir(), 'tallyfy-guests-bench-'));
	process.on('exit', () => rmSync(packageFolder, { recursive: true, force: true }));
	cpSync(join(projectRoot, 'dist'), join(packageFolder, 'dist'), { recursive: true });
	cpSync(join(projectRoot, 'package.json'), join(packageFolder, 'package.json'));
	// It finds the n8n-workflow of the engine, as in n8n.
	mkdirSync(join(packageFolder, 'node_modules'));
	symlinkSync(
		join(host.folder, 'node_modules/n8n-workflow'),
		join(packageFolder, 'node_modules/n8n-workflow'),
	);
	return { host, packageFolder };
}

/** The sandbox in a process of its own, without its checks. */
async function serve(host: Host, guests: number) {
	const child = spawn(
		host.node,
		['--import', 'tsx', 'sandbox/serve.mts', '--no-checks', '--guests', String(guests)],
		{ cwd: projectRoot, stdio: ['ignore', 'pipe', 'inherit'] },
	);
	const baseUrl = await new Promise<string>((done) =>
		child.stdout.on('data', (data: Buffer) => done(String(data).trim())),
	);
	return { baseUrl, stop: () => child.kill() };
}

async function run(bench: Bench, who: Contender, task: Task, baseUrl: string): Promise<Result> {
	await control(baseUrl, 'POST', '/sandbox/reset', { guests: task.guests });
	const { stdout } = await execute(
		bench.host.node,
		['--import', 'tsx', 'test/bench/contender.mts', who, JSON.stringify(task), baseUrl],
		{
			cwd: projectRoot,
			env: {
				...process.env,
				N8N_ENGINE: bench.host.folder,
				N8N_PACKAGE: bench.packageFolder,
				N8N_LOG_LEVEL: 'silent',
			},
			maxBuffer: 256 * 1024 * 1024,
			timeout: 300_000,
		},
	);
	const line = stdout.split('\n').find((entry) => entry.startsWith('RESULT '));
	if (!line) throw new Error(`${who} gave no result for "${task.name}": ${stdout.slice(-500)}`);
	return JSON.parse(line.slice('RESULT '.length)) as Result;
}

/** All runs of all contenders, in the order in which the task names them. */
export async function measure(bench: Bench, task: Task): Promise<Map<Contender, Result[]>> {
	const { baseUrl, stop } = await serve(bench.host, task.guests);
	const results = new Map<Contender, Result[]>(task.contenders.map((who) => [who, []]));
	try {
		// In turn, so that a slow minute of the machine hits everybody.
		for (let index = 0; index < task.runs; index++) {
			for (const [who, runs] of results) runs.push(await run(bench, who, task, baseUrl));
		}
	} finally {
		stop();
	}
	return results;
}

export const median = (values: number[]) => [...values].sort((a, b) => a - b)[values.length >> 1];

/** Milliseconds to load the built package in a fresh process, the median of nine. */
export function loadTime(host: Host): number {
	const script =
		"require('n8n-workflow');const t=performance.now();require('./dist');console.log(performance.now()-t)";
	const load = () =>
		Number(execFileSync(host.node, ['-e', script], { cwd: projectRoot, encoding: 'utf8' }));
	return median(Array.from({ length: 9 }, load));
}

export function packedSize(): number {
	const json = execFileSync('npm', ['pack', '--json', '--dry-run'], {
		cwd: projectRoot,
		encoding: 'utf8',
		stdio: ['ignore', 'pipe', 'ignore'],
	});
	return (JSON.parse(json) as Array<{ size: number }>)[0].size;
}
