// The matrix of operations that write and faults that hit the write: what each combination did, and what its item says.
import type { Fault } from '../../sandbox/faults.mts';
import { startSandbox, type Sandbox } from '../../sandbox/server.mts';
import { errorOf, freshCredentials, runToEnd, wordsOf } from './runs.mts';
import { beforehand, WRITES, type Write } from './writes.mts';

export interface Trial {
	write: Write;
	/** In words. */
	fault: string;
	/** What hits the write. */
	faults: Fault[];
	/** What hits everything after the first write has arrived. */
	afterwards?: Fault[];
	once: boolean;
}

const WORDS = { message: 'Server Error' };
const STATUSES = [500, 502, 503, 504, 520, 524, 408];
const LATER: Fault = {
	status: 429,
	headers: { 'retry-after': '120' },
	body: { message: 'Later.' },
};
const LOOK: Fault = { method: 'GET', status: 500, body: WORDS };

const HITS: Array<[string, Fault]> = [
	['lost after', { drop: 'after' }],
	['lost before', { drop: 'before' }],
	['hangs after', { hang: 'after' }],
	...STATUSES.flatMap(
		(status): Array<[string, Fault]> => [
			[`${status} without words, but done`, { status, done: true }],
			[`${status} with words, but done`, { status, done: true, body: WORDS }],
		],
	),
	['500 with words', { status: 500, body: WORDS }],
	['503 without words', { status: 503 }],
];

/** Every fault at every write: once, for ever, and once with something worse to follow. */
export const TRIALS: Trial[] = WRITES.flatMap((write) => [
	...HITS.flatMap(([fault, hit]) => [
		{ write, fault: `${fault}, once`, faults: [{ ...hit, times: 1 }], once: true },
		{ write, fault: `${fault}, for ever`, faults: [hit], once: false },
	]),
	...[
		{ fault: 'lost after, then 429 for ever', afterwards: [LATER] },
		{ fault: 'lost after, then 500 to every look', afterwards: [LOOK] },
	].map((more) => ({
		write,
		...more,
		faults: [{ drop: 'after' as const, times: 1 }],
		once: false,
	})),
]);

export interface Verdict extends Trial {
	ended: boolean;
	good: boolean;
	done: boolean;
	outcome?: string;
	words: string;
	/** How often the write arrived. */
	arrived: number;
	/** How many guests were made of nothing. */
	invited: number;
}

let seed = 0;

async function tried(sandbox: Sandbox, trial: Trial): Promise<Verdict> {
	const { write, faults, afterwards } = trial;
	const { organization } = sandbox;
	write.prepare?.(organization);
	const before = beforehand(organization);
	let invited = 0;
	const create = organization.create.bind(organization);
	organization.create = (...given) => {
		invited++;
		return create(...given);
	};
	const { method, path } = write;
	const isWrite = (one: { method: string; path: string }) =>
		one.method === method && new RegExp(path).test(one.path);
	sandbox.misbehave({ faults: faults.map((fault) => ({ method, path, ...fault })) });
	if (afterwards) {
		sandbox.beforeEach((request) => {
			if (isWrite(request)) sandbox.misbehave({ faults: afterwards });
		});
	}
	// Each request that hangs takes as long, so only they have a Timeout: a busy machine must not lose other answers.
	const hangs = faults.some(({ hang }) => hang);
	const ended = await runToEnd({
		parameters: {
			...write.parameters(organization),
			pacing: { maxRetryWait: trial.once ? 60 : 2 },
			...(hangs && { requestOptions: { timeout: 5000 } }),
		},
		credentials: freshCredentials(sandbox),
		onError: 'continueRegularOutput',
	}).catch(() => undefined);
	const item = ended?.items[0];
	const error = item && errorOf(item);
	return {
		...trial,
		ended: ended !== undefined,
		good: item !== undefined && !error,
		done: write.isDone(organization, before),
		outcome: error?.outcome,
		words: error ? wordsOf(item) : '',
		arrived: sandbox.requests.filter(isWrite).length,
		invited,
	};
}

/**
 * Tries all of it, some side by side because most of it is waiting. Each trial has a sandbox of its own: on a busy machine a
 * request whose client has given up arrives late, and must not count for the next trial.
 */
export async function tryAll(trials: Trial[], workers = 16): Promise<Verdict[]> {
	// Those that take longest first, so that nothing has to wait for them at the end.
	const left = [...trials].sort((one, other) => Number(one.once) - Number(other.once));
	const verdicts: Verdict[] = [];
	const work = async () => {
		for (let trial = left.shift(); trial; trial = left.shift()) {
			const sandbox = await startSandbox({ guests: 2, members: 3, checks: false, seed: ++seed });
			verdicts.push(await tried(sandbox, trial));
			await sandbox.close();
		}
	};
	await Promise.all(Array.from({ length: workers }, work));
	return verdicts;
}
