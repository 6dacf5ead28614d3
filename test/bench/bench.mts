// `npm run bench`: this node, n8n's HTTP Request node and a bare client, side by side on one machine in one run, against the
// sandbox. Prints two tables and writes them to RESULTS.md. `npm run bench -- TEXT` runs only tasks whose name has the text,
// and `--n8n 2.8` takes the older n8n; neither writes, but `npm run bench -- poll` writes the table of the trigger's polls.
import { execFile, execFileSync, spawn } from 'node:child_process';
import {
	cpSync,
	mkdirSync,
	mkdtempSync,
	readFileSync,
	rmSync,
	symlinkSync,
	writeFileSync,
} from 'node:fs';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { installedHost, projectRoot, type Host } from '../../sandbox/host.mts';
import { TASKS, type Task } from './tasks.mts';

const CONTENDERS = ['bare client', 'HTTP Request node', 'this node'];
const execute = promisify(execFile);

interface Result {
	good: number;
	ms: number;
	memoryMb: number;
	requests: number;
	refused: number;
	peakInFlight: number;
	guests: number;
	/** Of polls: the time of the first, and what n8n keeps between two of them. */
	firstMs?: number;
	stateBytes?: number;
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

async function control(baseUrl: string, method: string, path: string, body?: unknown) {
	await fetch(new URL(path, baseUrl), {
		method,
		headers: { 'content-type': 'application/json' },
		body: body === undefined ? undefined : JSON.stringify(body),
	});
}

async function once(host: Host, who: string, task: Task, baseUrl: string): Promise<Result> {
	await control(baseUrl, 'POST', '/sandbox/reset', { guests: task.guests });
	await control(baseUrl, 'PUT', '/sandbox/behaviour', task.behaviour);
	const { stdout } = await execute(
		host.node,
		['--import', 'tsx', 'test/bench/contender.mts', who, JSON.stringify(task), baseUrl],
		{
			cwd: projectRoot,
			env: { ...process.env, N8N_ENGINE: host.folder, N8N_PACKAGE: copy, N8N_LOG_LEVEL: 'silent' },
			maxBuffer: 256 * 1024 * 1024,
			timeout: 300_000,
		},
	);
	const line = stdout.split('\n').find((entry) => entry.startsWith('RESULT '));
	if (!line) throw new Error(`${who} gave no result for "${task.name}": ${stdout.slice(-500)}`);
	return JSON.parse(line.slice('RESULT '.length)) as Result;
}

const median = (values: number[]) => [...values].sort((a, b) => a - b)[values.length >> 1];

/** The medians of all runs of one contender. */
function middle(results: Result[]): Result {
	const keys = Object.keys(results[0]) as Array<keyof Result>;
	return Object.fromEntries(
		keys
			.filter((key) => typeof results[0][key] === 'number')
			.map((key) => [key, median(results.map((result) => Number(result[key])))]),
	) as unknown as Result;
}

function row(task: Task, who: string, result: Result, bare: Result): string {
	const cells = [
		task.name,
		who,
		`${result.good} of ${task.good}`,
		`${(result.ms / 1000).toFixed(2)} s`,
		`${(result.ms / bare.ms).toFixed(2)}`,
		result.requests,
		result.refused,
		result.peakInFlight,
		`${result.memoryMb.toFixed(0)} MB`,
	];
	return `| ${cells.join(' | ')} |`;
}

function pollRow(
	task: Task,
	{ good, firstMs = 0, ms, requests, stateBytes = 0, ...result }: Result,
) {
	const guests = task.guests + 3;
	const cells = [
		task.name,
		`${good} of ${task.good}`,
		`${(firstMs / 1000).toFixed(2)} s`,
		`${(ms / 1000).toFixed(2)} s`,
		requests,
		`${(stateBytes / 1000).toFixed(1)} kB`,
		(stateBytes / guests).toFixed(1),
		`${result.memoryMb.toFixed(0)} MB`,
	];
	return `| ${cells.join(' | ')} |`;
}

/** Milliseconds to load the built package in a fresh process, the median of nine. */
function loadTime(host: Host): number {
	const script =
		"require('n8n-workflow');const t=performance.now();require('./dist');console.log(performance.now()-t)";
	const run = () =>
		Number(execFileSync(host.node, ['-e', script], { cwd: projectRoot, encoding: 'utf8' }));
	return median(Array.from({ length: 9 }, run));
}

function packedSize(): number {
	const json = execFileSync('npm', ['pack', '--json', '--dry-run'], {
		cwd: projectRoot,
		encoding: 'utf8',
		stdio: ['ignore', 'pipe', 'ignore'],
	});
	return (JSON.parse(json) as Array<{ size: number }>)[0].size;
}

const { values, positionals } = parseArgs({
	options: { n8n: { type: 'string', default: '2.41' } },
	allowPositionals: true,
});
const [wanted = ''] = positionals;
const host = await installedHost(values.n8n === '2.8' ? '2.8' : '2.41', console.log);
execFileSync(process.execPath, ['node_modules/gulp/bin/gulp.js', 'build', '--silent'], {
	cwd: projectRoot,
});
/** A copy, so that nothing that builds meanwhile gets in the way; it finds the n8n-workflow of the engine, as in n8n. */
const copy = mkdtempSync(join(tmpdir(), 'tallyfy-guests-bench-'));
process.on('exit', () => rmSync(copy, { recursive: true, force: true }));
cpSync(join(projectRoot, 'dist'), join(copy, 'dist'), { recursive: true });
cpSync(join(projectRoot, 'package.json'), join(copy, 'package.json'));
mkdirSync(join(copy, 'node_modules'));
symlinkSync(
	join(host.folder, 'node_modules/n8n-workflow'),
	join(copy, 'node_modules/n8n-workflow'),
);
const header = [
	'| task | who | good items | time | to bare client | requests | refused | peak in flight | peak memory |',
	'| --- | --- | --- | --- | --- | --- | --- | --- | --- |',
];
const pollHeader = [
	'| task | events found | first poll | a poll | requests | state | bytes per guest | peak memory |',
	'| --- | --- | --- | --- | --- | --- | --- | --- |',
];
/** Runs tasks of one table and gives its rows. */
async function measure(tasks: Task[], heading: string[]): Promise<string[]> {
	const rows: string[] = [];
	if (tasks.length) console.log(heading.join('\n'));
	for (const task of tasks) {
		const { baseUrl, stop } = await serve(host, task.guests);
		const results: Record<string, Result[]> = {};
		const contenders = task.kind === 'poll' ? ['this node'] : CONTENDERS;
		try {
			// In turn, so that a slow minute of the machine hits everybody.
			for (let run = 0; run < task.runs; run++) {
				for (const who of contenders) {
					(results[who] ??= []).push(await once(host, who, task, baseUrl));
				}
			}
		} finally {
			stop();
		}
		for (const who of contenders) {
			const result = middle(results[who]);
			const line =
				task.kind === 'poll'
					? pollRow(task, result)
					: row(task, who, result, middle(results['bare client']));
			console.log(line);
			rows.push(line);
		}
	}
	return rows;
}

const chosen = TASKS.filter(({ name }) => name.includes(wanted));
const rows = await measure(
	chosen.filter(({ kind }) => kind !== 'poll'),
	header,
);
const pollRows = await measure(
	chosen.filter(({ kind }) => kind === 'poll'),
	pollHeader,
);
const loading = `Loading the package: ${loadTime(host).toFixed(1)} ms. Packed size: ${(packedSize() / 1024).toFixed(1)} kB.`;
console.log(`\n${loading}`);
const RESULTS = join(projectRoot, 'test/bench/RESULTS.md');
const POLLS = '\n## Polls\n';
if (['', 'poll'].includes(wanted) && values.n8n === '2.41') {
	const { version } = JSON.parse(
		readFileSync(join(host.folder, 'node_modules/n8n/package.json'), 'utf8'),
	) as { version: string };
	const [{ model }] = cpus();
	const machine = `${cpus().length} cores (${model.trim()}), ${Math.round(totalmem() / 2 ** 30)} GiB`;
	const node = execFileSync(host.node, ['-v'], { encoding: 'utf8' }).trim();
	const where = `by \`npm run bench\` on ${new Date().toISOString().slice(0, 10)}: ${machine}, Node.js ${node}, n8n ${version}`;
	const text = `# Benchmark results

Written ${where}.

Each row is the median of three to five runs, each in a process of its own, taken in turn in one run of the benchmark. The
bare client is written by hand: eight requests at a time, obeying Retry-After, nothing else. The HTTP Request node is set up
by hand with this package's credential; for lists it gives pages, not guests. Compare the ratios, not the seconds.

${header.join('\n')}
${rows.join('\n')}

${loading}
`;
	const polls = `${POLLS}
Written ${where}.

The trigger on n8n-core's own context: its first poll, which takes the snapshot, and then the median of three polls, before
each of which one guest was added. Requests are those of one later poll. State is what n8n keeps for the node between two
polls. Each row is the median of three runs, each in a process of its own.

${pollHeader.join('\n')}
${pollRows.join('\n')}
`;
	const [kept] = readFileSync(RESULTS, 'utf8').split(POLLS);
	writeFileSync(RESULTS, (wanted ? kept : text) + polls);
}
