// An n8n in queue mode: PostgreSQL, Redis, one main process and two workers, each with a user folder of its own and the
// package installed in it, and a sandbox beside them. Started and stopped by the queue scenario.
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installTarball, packPackage, projectRoot, type Host } from '../../../dev/host.mts';
import { N8nClient } from '../../../dev/n8nClient.mts';
import { freePort, startN8n, type RunningN8n } from '../../../dev/n8nProcess.mts';
import { ORGANIZATION_ID } from '../../../sandbox/organization.mts';
import { SANDBOX_TOKEN, startSandbox, type Sandbox } from '../../../sandbox/server.mts';
import { startPostgres, startRedis } from './servers.mts';

export interface Worker {
	/** Executions that it took, by what it says itself. */
	executions: () => string[];
	/** Ends it at once, with its children, as a machine does that loses power. */
	kill: () => void;
}

export interface Cluster {
	mainUrl: string;
	/** Signed in. */
	client: N8nClient;
	sandbox: Sandbox;
	/** A saved credential for the sandbox. */
	credential: { id: string; name: string };
	workers: Worker[];
	/** Starts a new worker in the place of one that was killed, as whoever watches over it does. */
	replace: (at: number) => Promise<void>;
	/** All executions of a workflow, oldest first, by what is in the database: n8n's own list leaves some out between pages. */
	executionsOf: (workflow: { id: string }) => Promise<Array<{ id: string; status: string }>>;
	stop: () => Promise<void>;
}

/** Shorter than an operator would set them, so that a dead worker is noticed in seconds. */
const STALLING = {
	QUEUE_WORKER_LOCK_DURATION: '10000',
	QUEUE_WORKER_LOCK_RENEW_TIME: '2000',
	QUEUE_WORKER_STALLED_INTERVAL: '5000',
};

/**
 * What docs/queue-mode.md tells operators to set: without it, n8n can miss that a job has ended, and its caller waits for ever
 * (n8n issue 30392). n8n 2.8 and older do not know it.
 */
const RETENTION = {
	N8N_EXECUTIONS_QUEUE_KEEP_LAST_COMPLETED: '100',
	N8N_EXECUTIONS_QUEUE_KEEP_LAST_FAILED: '100',
};

/** Jobs that a worker takes at the same time, unless it is told otherwise (`n8n worker --concurrency`). */
export const WORKER_CONCURRENCY = 10;

/** Starts everything; stops what has started when something fails on the way. */
export async function startCluster(host: Host, say: (line: string) => void): Promise<Cluster> {
	const closers: Array<() => unknown> = [];
	const stop = async () => {
		for (const close of closers.splice(0).reverse()) await close();
	};
	// When the tests are ended there may be no time for `stop`, and n8n must not be left behind.
	const pids = new Set<number>();
	const root = mkdtempSync(join(tmpdir(), 'tallyfy-guests-queue-'));
	const clear = () => rmSync(root, { recursive: true, force: true });
	const killAll = () => {
		pids.forEach((pid) => killGroup(pid));
		clear();
	};
	process.once('exit', killAll);
	closers.push(clear, () => process.off('exit', killAll));
	const logs = join(projectRoot, '.cache', 'e2e');
	mkdirSync(logs, { recursive: true });

	const userFolders = async () => {
		const tarball = await packPackage(root, say);
		const folders = ['main', 'worker1', 'worker2'].map((name) => join(root, name));
		await Promise.all(folders.map((folder) => installTarball(host, folder, tarball, say)));
		return folders;
	};

	try {
		const [main, ...others] = await userFolders();
		const log = (name: string) => join(logs, `queue-${host.version}-${name}.log`);
		const postgres = await startPostgres(log('postgres'));
		closers.push(postgres.stop);
		const redis = await startRedis(log('redis'));
		closers.push(redis.stop);
		const sandbox = await startSandbox();
		closers.push(sandbox.close);
		const mainPort = await freePort();
		const env = {
			EXECUTIONS_MODE: 'queue',
			DB_TYPE: 'postgresdb',
			DB_POSTGRESDB_HOST: '127.0.0.1',
			DB_POSTGRESDB_PORT: String(postgres.port),
			DB_POSTGRESDB_USER: 'n8n',
			DB_POSTGRESDB_DATABASE: 'n8n',
			QUEUE_BULL_REDIS_HOST: '127.0.0.1',
			QUEUE_BULL_REDIS_PORT: String(redis.port),
			OFFLOAD_MANUAL_EXECUTIONS_TO_WORKERS: 'true',
			// A worker makes the address that its waiting executions are called at, and would name its own port.
			WEBHOOK_URL: `http://127.0.0.1:${mainPort}/`,
			...STALLING,
			...RETENTION,
		};
		const start = async (name: string, userFolder: string, command: string) => {
			const port = command === 'start' ? mainPort : await freePort();
			const health = {
				QUEUE_HEALTH_CHECK_ACTIVE: 'true',
				QUEUE_HEALTH_CHECK_PORT: String(port),
				N8N_WORKER_SERVER_ADDRESS: '127.0.0.1',
			};
			const own = command === 'worker' ? { ...env, ...health } : env;
			const running = await startN8n(host, { userFolder, port, log: log(name), env: own, command });
			pids.add(running.pid);
			closers.push(async () => {
				await running.stop();
				pids.delete(running.pid);
			});
			return running;
		};
		say(`Starting n8n ${host.version} in queue mode …`);
		// The database is made by the first process that comes; two at once would get in each other's way.
		const { url: mainUrl } = await start('main', main, 'start');
		const startWorker = async (name: string, folder: string) =>
			workerOf(await start(name, folder, 'worker'), log(name));
		const workers = await Promise.all(
			others.map(async (folder, at) => await startWorker(`worker${at + 1}`, folder)),
		);
		const replace = async (at: number) => {
			workers[at] = await startWorker(`worker${at + 1}-again`, others[at]);
		};
		const client = new N8nClient(mainUrl);
		await client.signIn({ email: 'owner@sandbox.test', password: 'Sandbox-1234' });
		const credential = await client.saveCredential('Tallyfy Guests account', 'tallyfyGuestsApi', {
			accessToken: SANDBOX_TOKEN,
			organizationId: ORGANIZATION_ID,
			baseUrl: sandbox.baseUrl,
			clientHeader: 'APIClient',
		});
		const executionsOf: Cluster['executionsOf'] = async ({ id }) => {
			const rows = await postgres.rows(
				`select id, status from execution_entity where "workflowId" = '${id}' order by id`,
			);
			return rows.map(([executionId, status]) => ({ id: executionId, status }));
		};
		return { mainUrl, client, sandbox, credential, workers, replace, executionsOf, stop };
	} catch (error) {
		await stop();
		throw error;
	}
}

function workerOf({ pid }: RunningN8n, log: string): Worker {
	return {
		executions: () =>
			[...readFileSync(log, 'utf8').matchAll(/Worker started execution (\d+)/g)].map(
				(match) => match[1],
			),
		kill: () => killGroup(pid),
	};
}

function killGroup(pid: number): void {
	try {
		process.kill(-pid, 'SIGKILL');
	} catch {
		// Already gone.
	}
}
