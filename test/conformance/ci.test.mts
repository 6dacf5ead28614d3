// What `.ci/run` does, in a made-up project with an npm that only notes what it is asked for.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

let project: string;
const path = (...parts: string[]) => join(project, ...parts);
const INSTALL = 'install';
const CHECKS = ['run --silent lint', 'run --silent typecheck', 'run --silent build', 'test'];
const E2E = ['start --silent -- --check', 'run --silent test:newest', 'run --silent test:e2e'];
/** What vitest reports: five tests passed in one file; in another, named `failed` or `message`, some did not. */
const report = (failed: string[] = [], message = '') => {
	const test = (status: string, title: string) => ({
		ancestorTitles: ['A thing', ''],
		title,
		status,
		failureMessages: status === 'failed' ? ['Error: expected 1 to be 2\n    at x.mts:1'] : [],
	});
	const passed = ['a', 'b', 'c', 'd', 'e'].map((title) => test('passed', title));
	const bad = failed.length > 0 || message !== '';
	return JSON.stringify({
		numPassedTests: passed.length,
		numFailedTests: failed.length,
		testResults: [
			{ name: path('test/good.mts'), status: 'passed', message: '', assertionResults: passed },
			{
				name: path('test/bad.mts'),
				status: bad ? 'failed' : 'passed',
				message: message.replace('HOOK', ''),
				assertionResults: [test('skipped', 'z'), ...failed.map((title) => test('failed', title))],
			},
		],
	});
};

beforeAll(() => {
	project = mkdtempSync(join(tmpdir(), 'tallyfy-guests-ci-'));
	cpSync('.ci/run', path('.ci/run'));
	mkdirSync(path('bin'));
	mkdirSync(path('dev'));
	const script = (file: string, code: string) => writeFileSync(path(file), code, { mode: 0o755 });
	script(
		'dev/installed.mjs',
		`import { appendFileSync } from 'node:fs';
appendFileSync('log', '${INSTALL}\\n');
process.exit(Number(process.env.INSTALL_EXIT ?? 0));`,
	);
	// Every command succeeds, and every runner of tests reports five that passed; but for the one that FAILING names.
	script(
		'bin/npm',
		`#!/usr/bin/env bash
echo "$@" >> log
for word in "$@"; do
	case $word in --outputFile=*) file=\${word#*=} ;; esac
done
status=0
report='${report()}'
if [ -n "$FAILING" ] && [[ "$*" = *"$FAILING"* ]]; then
	status=$STATUS
	report=$REPORT
fi
[ -z "$file" ] || [ -z "$report" ] || echo "$report" > "$file"
exit $status
`,
	);
	// Not root, so that it installs no Debian packages here.
	script('bin/id', '#!/bin/sh\necho 1000\n');
});

beforeEach(() => writeFileSync(path('log'), ''));

afterAll(() => rmSync(project, { recursive: true, force: true }));

function run(steps: string[], env: Record<string, string> = {}) {
	const { status, stdout, stderr } = spawnSync('bash', [path('.ci/run'), ...steps], {
		encoding: 'utf8',
		env: {
			...process.env,
			PATH: `${path('bin')}${delimiter}${process.env.PATH ?? ''}`,
			FAILING: '',
			...env,
		},
	});
	const lines = stdout.trimEnd().split('\n');
	const asked = readFileSync(path('log'), 'utf8').trim().split('\n').filter(Boolean);
	return {
		status,
		stderr,
		lastLine: lines.at(-1),
		/** What the lines just before the last one name. */
		named: lines.slice(lines.lastIndexOf('') + 1, -1),
		// Without the options of the reporters.
		asked: asked.map((line) => line.replace(/ (--silent )?-- --reporter.*/, '')),
	};
}

describe('.ci/run', () => {
	it('runs the checks, which are lint, types, build and tests', () => {
		expect(run(['checks'])).toMatchObject({
			status: 0,
			lastLine: '8 passed, 0 failed',
			asked: [INSTALL, ...CHECKS],
		});
	});

	it('runs the package in n8n: an example, the engine tests on the newest n8n, and whole n8n versions', () => {
		expect(run(['e2e'])).toMatchObject({
			status: 0,
			lastLine: '11 passed, 0 failed',
			asked: [INSTALL, ...E2E],
		});
	});

	it('runs everything when no step is named', () => {
		expect(run([])).toMatchObject({
			status: 0,
			lastLine: '19 passed, 0 failed',
			asked: [INSTALL, ...CHECKS, ...E2E],
		});
	});

	const ERROR = 'Error: expected 1 to be 2';

	it.each<[string, string, string, () => string, string, string[]]>([
		['a command', 'lint', '1', () => '', '18 passed, 1 failed', ['lint: ended with 1']],
		[
			'two tests',
			'test --silent',
			'1',
			() => report(['one', 'other']),
			'19 passed, 2 failed',
			[`test/bad.mts > A thing > one: ${ERROR}`, `test/bad.mts > A thing > other: ${ERROR}`],
		],
		[
			'a test on the newest n8n',
			'test:newest',
			'1',
			() => report(['one']),
			'19 passed, 1 failed',
			[`test/bad.mts (newest n8n) > A thing > one: ${ERROR}`],
		],
		[
			'a file that does not load',
			'test:e2e',
			'1',
			() => report([], '\u001b[31mno such module\u001b[39m\nwhere'),
			'19 passed, 1 failed',
			['test/bad.mts: no such module'],
		],
		[
			'a hook',
			'test:e2e',
			'1',
			() => report([], 'HOOK'),
			'19 passed, 1 failed',
			['test/bad.mts: a hook failed, and its tests did not run'],
		],
		[
			'a runner besides its tests',
			'test:newest',
			'1',
			() => report(),
			'19 passed, 1 failed',
			['newest: ended with 1'],
		],
		[
			'a runner before its report',
			'test:e2e',
			'1',
			() => '',
			'14 passed, 1 failed',
			['e2e: ended with 1, without a report'],
		],
		[
			'a runner that reports nothing',
			'test:e2e',
			'0',
			() => '',
			'14 passed, 1 failed',
			['e2e: ended with 0, without a report'],
		],
	])(
		'counts and names the failure of %s, and goes on',
		(_what, FAILING, STATUS, reported, lastLine, names) => {
			expect(run([], { FAILING, STATUS, REPORT: reported() })).toMatchObject({
				status: 1,
				lastLine,
				named: names.map((name) => `FAILED ${name}`),
				asked: [INSTALL, ...CHECKS, ...E2E],
			});
		},
	);

	it('ends at once when nothing could be installed', () => {
		expect(run([], { INSTALL_EXIT: '1' })).toMatchObject({
			status: 1,
			lastLine: '0 passed, 1 failed',
			named: ['FAILED install: ended with 1'],
			asked: [INSTALL],
		});
	});

	it('refuses a step that does not exist', () => {
		expect(run(['checks', 'lint'])).toMatchObject({
			status: 2,
			stderr: 'There is no step "lint": bash .ci/run [checks] [e2e]\n',
			asked: [],
		});
	});
});
