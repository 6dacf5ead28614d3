import { ESLint, type Linter } from 'eslint';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { usePackedPackage } from '../support/packed.mts';

// n8n's own scan of community packages. Published, it fetches the source by the provenance, and the tarball; the rules below
// are what it does with both. @n8n/scan-community-package has no types.
interface Scanner {
	analyzePackage: (
		folder: string,
		patterns: string[],
	) => Promise<{ passed: boolean; message?: string; details?: string }>;
	buildScanConfig: () => Promise<Linter.Config[]>;
	SOURCE_FILE_PATTERNS: string[];
}

/** What the scan lints of a tarball (scanner.mjs, analyzePackageByName). */
const TARBALL_FILE_PATTERNS = ['**/*.js', 'package.json'];

const packed = usePackedPackage();
let scanner: Scanner;
let scanRules: Linter.Config[];
let newestRules: Linter.Config[];

beforeAll(async () => {
	// Under test, as vitest says it is, eslint-plugin-n8n-nodes-base takes every file for one of its own examples.
	vi.stubEnv('NODE_ENV', 'production');
	// The scanner makes a temporary folder as soon as it is loaded, and leaves it.
	vi.stubEnv('TMPDIR', packed.current.folder);
	const require = createRequire(import.meta.url);
	const path = require.resolve('@n8n/scan-community-package/scanner/scanner.mjs');
	scanner = (await import(pathToFileURL(path).href)) as Scanner;
	scanRules = await scanner.buildScanConfig();
	vi.unstubAllEnvs();
	// The scanner brings an older copy of the rules than the one that `npm run lint` uses; a later scan will use the newer.
	const { n8nCommunityNodesPlugin } = await import('@n8n/eslint-plugin-community-nodes');
	const { recommended } = n8nCommunityNodesPlugin.configs;
	newestRules = scanRules.map((config) =>
		config.plugins?.['@n8n/community-nodes'] ? (recommended as Linter.Config) : config,
	);
	expect(newestRules).toContain(recommended);
});

/** Everything the rules say of the files, warnings too, with comments that turn rules off left out of account. */
async function findings(folder: string, patterns: string[], rules: Linter.Config[]) {
	const eslint = new ESLint({
		cwd: folder,
		allowInlineConfig: false,
		overrideConfigFile: true,
		overrideConfig: rules,
	});
	const results = await eslint.lintFiles(patterns);
	return {
		files: results.length,
		found: results.flatMap(({ filePath, messages }) =>
			messages.map(({ line, ruleId, message }) => `${filePath}:${line} ${ruleId}: ${message}`),
		),
	};
}

// ESLint reads the whole house several times.
describe("n8n's scan", () => {
	it('passes the source', async () => {
		const verdict = await scanner.analyzePackage(resolve('.'), scanner.SOURCE_FILE_PATTERNS);
		expect(verdict).toEqual({ passed: true });
	});

	it('passes the tarball', async () => {
		const verdict = await scanner.analyzePackage(packed.current.unpacked, TARBALL_FILE_PATTERNS);
		expect(verdict).toEqual({ passed: true });
	});

	it('has not even a warning for either, with its own rules and with the newest', async () => {
		for (const rules of [scanRules, newestRules]) {
			const source = await findings(resolve('.'), scanner.SOURCE_FILE_PATTERNS, rules);
			const tarball = await findings(packed.current.unpacked, TARBALL_FILE_PATTERNS, rules);
			expect([...source.found, ...tarball.found]).toEqual([]);
			expect(source.files).toBeGreaterThan(60);
			// The bundle, an entry for each node and credential, package.json.
			expect(tarball.files).toBeGreaterThanOrEqual(7);
		}
	});

	it('would refuse what it looks for, also behind eslint-disable, so that its silence means something', async () => {
		const folder = join(packed.current.folder, 'broken');
		mkdirSync(join(folder, 'nodes'), { recursive: true });
		const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as object;
		const wrong = { ...manifest, overrides: {}, dependencies: { axios: '1' } };
		writeFileSync(join(folder, 'package.json'), JSON.stringify(wrong));
		writeFileSync(
			join(folder, 'nodes/clock.js'),
			'/* eslint-disable */\nconsole.log(process.env.HOME);\nsetTimeout(() => {}, 1);\n',
		);
		const { passed, details = '' } = await scanner.analyzePackage(folder, TARBALL_FILE_PATTERNS);
		expect(passed).toBe(false);
		for (const rule of [
			'no-overrides-field',
			'no-runtime-dependencies',
			'no-restricted-globals',
			'no-console',
		]) {
			expect(details).toContain(rule);
		}
		rmSync(folder, { recursive: true });
	});
});
