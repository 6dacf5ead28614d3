// Starts an installed n8n, waits until it can be used, and stops it. Used by `npm start` and by the end-to-end tests.
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream, mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { projectRoot, UserError, type Host } from './host.mts';

const execute = promisify(execFile);

/**
 * A free port of 127.0.0.1, below those that systems give to connections: n8n takes it seconds later, and nothing else may
 * have it by then. @param requested raises a UserError, which names `option`, if this port is in use
 */
export async function freePort(requested = 0, option = '--port'): Promise<number> {
	if (requested) return await probe(requested, option);
	for (let tries = 1; ; tries++) {
		const port = 20_000 + Math.floor(Math.random() * 10_000);
		const found = await probe(port, option).catch(() => undefined);
		if (found) return found;
		// A system that allows none of them has others.
		if (tries === 20) return await probe(0, option);
	}
}

async function probe(requested: number, option: string): Promise<number> {
	return await new Promise((done, refuse) => {
		const server = createServer();
		server.once('error', () =>
			refuse(
				new UserError(
					`Port ${requested} is in use: stop what uses it, or choose another port with ${option} NUMBER.`,
				),
			),
		);
		server.listen(requested, '127.0.0.1', () => {
			const { port } = server.address() as { port: number };
			server.close(() => done(port));
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
	/** The file for n8n's output. */
	log: string;
	env?: Record<string, string>;
	/** The n8n command: `start`, or `worker` in queue mode. */
	command?: string;
}

/** The environment of n8n: it listens on this machine only, sends no telemetry and shows no dialogs of its own. */
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
		...host.env,
		// vitest sets both, and n8n 2.41 under test exits at once, without a message.
		NODE_ENV: 'production',
		VITEST: '',
	};
}

/** Runs a command of n8n, such as `import:workflow`, on a user folder. @returns what it printed */
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
			// In a process group of its own: Ctrl-C reaches it through `stop` only, and `stop` reaches its children too.
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
	// n8n, in a process group of its own, would go on running when this process exits without calling stop.
	const kill = () => signalGroup(child, 'SIGKILL');
	process.once('exit', kill);
	const running = {
		url,
		pid: child.pid ?? 0,
		stop: async () => {
			await stopGroup(child, () => ended);
			process.off('exit', kill);
		},
	};
	// Several may start side by side.
	const deadline = Date.now() + 600_000;
	// /healthz answers before n8n can be used; the settings are there last.
	for (const path of ['/healthz/readiness', command === 'start' ? '/rest/settings' : '/healthz']) {
		while (!(await answers(`${url}${path}`))) {
			if (ended || Date.now() > deadline) {
				await running.stop();
				throw new UserError(`n8n did not start: ${log} says why.`);
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
		// Not 0, which would be our own group.
		if (pid) process.kill(-pid, signal);
	} catch {
		// Already gone.
	}
}

/** Stops a process and everything that it started: SIGTERM, then SIGKILL after ten seconds. */
async function stopGroup(child: ChildProcess, ended: () => boolean): Promise<void> {
	if (!ended()) signalGroup(child, 'SIGTERM');
	const deadline = Date.now() + 10_000;
	while (!ended() && Date.now() < deadline) await new Promise((wait) => setTimeout(wait, 50));
	signalGroup(child, 'SIGKILL');
}
