// What a scenario has to work with: for each n8n version one running n8n with the package in it, and a sandbox beside it.
// worlds.mts starts them before the scenarios and stops them afterwards.
import { afterAll, beforeAll, describe, inject } from 'vitest';
import { N8nClient, type Session } from '../../../dev/n8nClient.mts';
import { ORGANIZATION_ID } from '../../../sandbox/organization.mts';
import { SANDBOX_CLIENT } from '../../../sandbox/server.mts';
import { takeLock } from './locks.mts';
import { SandboxClient } from './sandboxClient.mts';

export interface World {
	/** As in dev/hosts: `2.41`. */
	name: string;
	/** The exact version that runs: `2.41.1`. */
	version: string;
	/** The Node.js that it runs on: `24.11.1`. */
	node: string;
	n8nUrl: string;
	login: { email: string; password: string };
	/** A sign-in of that login, because n8n allows few a minute. */
	session: Session;
	/** The Base URL of the credential: `http://127.0.0.1:…/api`. */
	sandboxUrl: string;
	sandboxOrigin: string;
	/** A saved credential for the sandbox, of type `tallyfyGuestsApi`. */
	credential: { id: string; name: string };
	userFolder: string;
	/** Where n8n's own words go. */
	log: string;
}

/** An n8n version that was asked for and is not there. */
export interface Absent {
	name: string;
	reason: string;
}

declare module 'vitest' {
	export interface ProvidedContext {
		worlds: World[];
		absent: Absent[];
		/** Port of the locks of the worlds. */
		locks: number;
		/** Version of the package under test. */
		packageVersion: string;
	}
	interface TaskMeta {
		/** Milliseconds that a suite waited for its world. */
		waitedMs?: number;
	}
}

export const worlds: World[] = inject('worlds');

/** A client that is signed in to the n8n of a world. */
export function clientOf({ n8nUrl, session }: World): N8nClient {
	return new N8nClient(n8nUrl, { ...session });
}

/** The controls of a world's sandbox, and the organization it plays. */
export function sandboxOf({ sandboxOrigin }: World): SandboxClient {
	return new SandboxClient(sandboxOrigin);
}

/** The fields of a `tallyfyGuestsApplicationApi` credential for the sandbox of a world, which acts as this member. */
export function applicationFields({ sandboxUrl, sandboxOrigin }: World, memberEmail: string) {
	return {
		clientId: SANDBOX_CLIENT.id,
		clientSecret: SANDBOX_CLIENT.secret,
		organizationId: ORGANIZATION_ID,
		memberEmail,
		baseUrl: sandboxUrl,
		accountUrl: sandboxOrigin,
		clientHeader: 'APIClient',
	};
}

interface WorldSuite {
	title: string;
	/** How often a test may be tried; what needed more than one try is named in the results. */
	tries?: number;
	/** It starts an n8n and a sandbox of its own, so that other scenarios may use those of the world meanwhile. */
	hasOwnN8n?: boolean;
}

/** The same tests in every world, which no other scenario uses meanwhile; the results table takes the version from the name. */
export function describeWorlds(title: string | WorldSuite, body: (world: World) => void): void {
	const suite = typeof title === 'string' ? { title } : title;
	for (const world of worlds) {
		const name = `${suite.title}, n8n ${world.name}`;
		describe(name, { retry: (suite.tries ?? 1) - 1 }, () => {
			if (!suite.hasOwnN8n) useAlone(world);
			body(world);
		});
	}
}

/** As long as all other scenarios together may take. */
const OTHERS_MS = 3_600_000;

/** Keeps other scenarios away from a world before, during and after the tests and hooks of this suite. */
function useAlone({ name }: World): void {
	let giveBack: (() => void) | undefined;
	// vitest takes nothing else for the first parameter.
	// eslint-disable-next-line no-empty-pattern
	beforeAll(async ({}, { meta }) => {
		const before = Date.now();
		giveBack = await takeLock(inject('locks'), name);
		meta.waitedMs = Date.now() - before;
	}, OTHERS_MS);
	afterAll(() => giveBack?.());
}
