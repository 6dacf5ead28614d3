// What tests of whole executions share: a sandbox with a fresh credential for each test, a run that must end, what an item says.
import type { IDataObject, INodeExecutionData } from 'n8n-workflow';
import { beforeEach } from 'vitest';
import type { LoggedRequest, Sandbox } from '../../sandbox/server.mts';
import { runNode, type RunOptions, type RunResult } from './engine.mts';
import { byEmail, guest } from './guests.mts';
import { applicationCredentialsFor, credentialsFor, useSandbox } from './sandbox.mts';

let count = 0;

/** A credential that no test has used. */
export const freshCredentials = (sandbox: Sandbox) =>
	credentialsFor(sandbox, { accessToken: `sandbox-token${' '.repeat(++count)}` });

/** The same for an application. */
export const freshApplication = (sandbox: Sandbox) =>
	applicationCredentialsFor(sandbox, { clientHeader: `APIClient${' '.repeat(++count)}` });

/** After so many milliseconds an execution hangs: far more than any takes here, also on a machine that is slow or busy. */
export const HANGS_MS = 120_000;

export const rows = (emails: string[]) => emails.map((email) => ({ email }));

/** So many addresses of people who are no guests yet. */
export const newPeople = (number: number, domain = 'new.test') =>
	Array.from({ length: number }, (_, index) => `person.${index}@${domain}`);

/**
 * A sandbox, and runs of the node on it: each test has a credential of its own, because what one test taught the node must not
 * change the next.
 */
export function useRuns(options: Parameters<typeof useSandbox>[0]) {
	const sandbox = useSandbox(options);
	let credentials: ReturnType<typeof freshCredentials>;
	beforeEach(() => {
		credentials = freshCredentials(sandbox.current);
	});
	return {
		sandbox,
		/** The credential of this test. */
		credentials: () => credentials,
		/** The emails of the guests who are there. */
		known: () => [...sandbox.current.organization.guests.keys()],
		run: async (ofRun: Omit<RunOptions, 'credentials'>) =>
			await runToEnd({ ...ofRun, credentials }),
		/** Guest > Get for each email of the input. */
		getEach: (more = {}) => guest('get', { guest: byEmail(), ...more }),
	};
}

export interface TimedResult extends RunResult {
	/** How long it took. */
	ms: number;
}

/** Runs the node; raises when it hangs, because such an execution says nothing. */
export async function runToEnd(options: RunOptions): Promise<TimedResult> {
	const before = Date.now();
	const result = await ends(runNode(options));
	return { ...result, ms: Date.now() - before };
}

/** Raises when this hangs. */
export async function ends<T>(work: Promise<T>): Promise<T> {
	let timer: NodeJS.Timeout | undefined;
	const late = new Promise<never>((_, reject) => {
		timer = setTimeout(() => reject(new Error(`Still under way after ${HANGS_MS} ms`)), HANGS_MS);
	});
	return await Promise.race([work, late]).finally(() => clearTimeout(timer));
}

export const pause = async (ms: number) => await new Promise((over) => setTimeout(over, ms));

/** What a failed item carries. */
export interface ItemError extends IDataObject {
	status?: number;
	code?: string;
	description?: string;
	retryAfterSeconds?: number;
	retryAt?: string;
	outcome?: string;
}

export const errorOf = ({ json }: INodeExecutionData) => json.error as ItemError | undefined;
export const failed = (items: INodeExecutionData[]) => items.filter(errorOf);
/** Everything that a failed item says in words. */
export const wordsOf = (item: INodeExecutionData) =>
	`${String(item.json.message)} ${String(errorOf(item)?.description)}`;

/** Which of these emails a request was about, by its path or its body. */
export const isAbout = ({ path, body }: LoggedRequest, email: string) =>
	path.includes(encodeURIComponent(email)) || body?.email === email;

/** Requests that arrived between two moments after the first one, in milliseconds; `latencyMs` is what the sandbox added. */
export function between(
	{ requests }: Sandbox,
	fromMs: number,
	untilMs: number,
	latencyMs = 0,
): LoggedRequest[] {
	const begin = (requests[0]?.at ?? 0) - latencyMs;
	const arrived = ({ at }: LoggedRequest) => at - latencyMs - begin;
	return requests.filter((one) => arrived(one) >= fromMs && arrived(one) < untilMs);
}

/** Counts rejections that nobody handles, from now on. */
export function watchRejections(): { seen: unknown[]; stop: () => void } {
	const seen: unknown[] = [];
	const note = (reason: unknown) => seen.push(reason);
	process.on('unhandledRejection', note);
	return { seen, stop: () => process.off('unhandledRejection', note) };
}
