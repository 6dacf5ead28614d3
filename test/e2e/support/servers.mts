// PostgreSQL and Redis for n8n's queue mode: Debian's programs, but neither its services nor its data folders. Each listens on
// a free port of 127.0.0.1, keeps its data in a temporary folder, and is stopped by process id. Used by cluster.mts.
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import {
	chownSync,
	createWriteStream,
	existsSync,
	mkdtempSync,
	readdirSync,
	rmSync,
} from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { UserError } from '../../../dev/host.mts';
import { freePort } from '../../../dev/n8nProcess.mts';

const execute = promisify(execFile);

export interface Server {
	port: number;
	stop: () => Promise<void>;
}

export interface Postgres extends Server {
	/** What a query gives, each row as the texts of its columns, which hold no commas. */
	rows: (sql: string) => Promise<string[][]>;
}

const DEBIAN_FOLDER = '/usr/lib/postgresql';
/** What they are to be installed with, in CI too. */
const INSTALL =
	'apt-get update && apt-get install -y --no-install-recommends postgresql redis-server';

function onPath(name: string): string | undefined {
	const folders = (process.env.PATH ?? '').split(delimiter);
	return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

/** The folder with `initdb` and `postgres`, which Debian keeps off the PATH; the newest where there are several. */
function postgresFolder(): string | undefined {
	const versions = existsSync(DEBIAN_FOLDER) ? readdirSync(DEBIAN_FOLDER) : [];
	return versions
		.sort((a, b) => Number(b) - Number(a))
		.map((version) => join(DEBIAN_FOLDER, version, 'bin'))
		.find((folder) => existsSync(join(folder, 'initdb')));
}

/** What queue mode needs and this machine lacks, each with the way to get it; empty when all is there. */
export function missingServers(): string[] {
	const missing: string[] = [];
	if (!postgresFolder()) missing.push('PostgreSQL');
	if (!onPath('redis-server')) missing.push('Redis');
	return missing.map((name) => `${name} is not installed: ${INSTALL}`);
}

/** Ends one process: politely, then after ten seconds for good. */
async function stopProcess(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
	if (child.exitCode !== null || child.signalCode !== null) return;
	const ended = new Promise((done) => child.once('exit', done));
	child.kill(signal);
	const late = setTimeout(() => child.kill('SIGKILL'), 10_000);
	await ended;
	clearTimeout(late);
}

/** Starts a server in the foreground, and waits until somebody answers at its port. */
async function startServer(
	name: string,
	command: string[],
	{ port, log, signal }: { port: number; log: string; signal: NodeJS.Signals },
): Promise<() => Promise<void>> {
	const [program, ...args] = command;
	const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
	const output = createWriteStream(log);
	child.stdout.pipe(output);
	child.stderr.pipe(output);
	let failure: string | undefined;
	child.once('error', (error) => (failure = error.message));
	child.once('exit', (code) => (failure ??= `it ended with ${code}`));
	const deadline = Date.now() + 120_000;
	while (!(await listens(port))) {
		if (failure !== undefined || Date.now() > deadline) {
			await stopProcess(child, signal);
			throw new UserError(`${name} did not start (${failure ?? 'no answer'}): ${log} says why.`);
		}
		await new Promise((wait) => setTimeout(wait, 100));
	}
	return async () => await stopProcess(child, signal);
}

async function listens(port: number): Promise<boolean> {
	return await new Promise((done) => {
		const socket = connect(port, '127.0.0.1');
		socket.once('connect', () => done(true)).once('error', () => done(false));
		socket.once('connect', () => socket.destroy());
	});
}

/** Before a command, so that the server goes when this process does, even when that is killed. */
const WITH_US = ['setpriv', '--pdeathsig', 'KILL'];

/**
 * Starts an empty PostgreSQL with a database and a user `n8n`, who needs no password.
 * @param log where its own words go
 */
export async function startPostgres(log: string): Promise<Postgres> {
	const programs = postgresFolder();
	if (!programs) throw new UserError(missingServers()[0]);
	// Not below another temporary folder: those are closed to PostgreSQL's own user.
	const folder = mkdtempSync(join(tmpdir(), 'tallyfy-guests-postgres-'));
	const clear = () => rmSync(folder, { recursive: true, force: true });
	// Also when this process is told to end before anybody called `stop`.
	process.once('exit', clear);
	const remove = () => {
		process.off('exit', clear);
		clear();
	};
	try {
		// PostgreSQL refuses to run as root.
		const asUser: string[] = [];
		if (process.getuid?.() === 0) {
			const { stdout } = await execute('id', ['-u', 'postgres']);
			chownSync(folder, Number(stdout), -1);
			asUser.push('--reuid', 'postgres', '--regid', 'postgres', '--init-groups');
		}
		const data = join(folder, 'data');
		const [program, ...args] = [
			...['setpriv', ...asUser, join(programs, 'initdb'), '--pgdata', data],
			...['--username', 'n8n', '--auth', 'trust', '--encoding', 'UTF8', '--no-sync'],
		];
		await execute(program, args, { cwd: folder });
		const port = await freePort();
		const settings = { listen_addresses: '127.0.0.1', unix_socket_directories: '', fsync: 'off' };
		const command = [
			...[...WITH_US, ...asUser, join(programs, 'postgres'), '-D', data, '-p', String(port)],
			...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
		];
		// SIGINT is its fast shutdown: it does not wait for clients to leave.
		const stop = await startServer('PostgreSQL', command, { port, log, signal: 'SIGINT' });
		const there = ['--host', '127.0.0.1', '--port', String(port), '--username', 'n8n'];
		try {
			await retried(async () => await execute(join(programs, 'createdb'), [...there, 'n8n']));
		} catch (error) {
			await stop();
			throw error;
		}
		const psql = [...there, '--dbname', 'n8n', '--no-psqlrc', '--csv', '--tuples-only'];
		return {
			port,
			rows: async (sql) => {
				const { stdout } = await execute(join(programs, 'psql'), [...psql, '--command', sql]);
				return stdout.split('\n').flatMap((line) => (line ? [line.split(',')] : []));
			},
			stop: async () => {
				await stop();
				remove();
			},
		};
	} catch (error) {
		remove();
		throw error;
	}
}

/** PostgreSQL listens a moment before it lets anybody in. */
async function retried(work: () => Promise<unknown>): Promise<void> {
	for (let tries = 1; ; tries++) {
		try {
			await work();
			return;
		} catch (error) {
			if (tries === 240) throw error;
			await new Promise((wait) => setTimeout(wait, 250));
		}
	}
}

/**
 * Starts an empty Redis that keeps everything in memory.
 * @param log where its own words go
 */
export async function startRedis(log: string): Promise<Server> {
	const program = onPath('redis-server');
	if (!program) throw new UserError(missingServers().at(-1) ?? '');
	const port = await freePort();
	const settings = [
		'--bind',
		'127.0.0.1',
		'--port',
		String(port),
		'--save',
		'',
		'--daemonize',
		'no',
	];
	const command = [...WITH_US, program, ...settings];
	const stop = await startServer('Redis', command, { port, log, signal: 'SIGTERM' });
	return { port, stop };
}
