import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseDocument } from 'yaml';
import { sectionOf } from '../../release/changelog.mts';

interface Step {
	name?: string;
	uses?: string;
	run?: string;
	with?: Record<string, unknown>;
}
interface Job {
	permissions?: Record<string, string>;
	strategy?: { matrix: { node: number[] } };
	'timeout-minutes'?: number;
	steps: Step[];
}
interface Workflow {
	on: Record<string, unknown>;
	permissions: Record<string, string>;
	concurrency: unknown;
	jobs: Record<string, Job>;
}

const WORKFLOWS = '.github/workflows';
const read = (path: string) => readFileSync(path, 'utf8');
const workflow = (file: string) => {
	const document = parseDocument(read(join(WORKFLOWS, file)));
	expect([...document.errors, ...document.warnings]).toEqual([]);
	return document.toJS() as Workflow;
};
const workflows = readdirSync(WORKFLOWS).map((file) => ({ file, ...workflow(file) }));
const jobs = workflows.flatMap(({ file, jobs: named }) =>
	Object.entries(named).map(([name, job]) => ({ at: `${file} ${name}`, job })),
);
const runsOf = ({ steps }: Job) => steps.flatMap(({ run }) => (run ? [run] : []));
const manifest = JSON.parse(read('package.json')) as {
	version: string;
	engines: { node: string };
};

describe('The workflows', () => {
	it('may read the code and nothing else, but for the two jobs that publish', () => {
		expect(workflows.map(({ permissions }) => permissions)).toEqual(
			workflows.map(() => ({ contents: 'read' })),
		);
		const more = jobs.filter(({ job }) => job.permissions);
		expect(more.map(({ at, job }) => [at, job.permissions])).toEqual([
			['publish.yml npm', { contents: 'read', 'id-token': 'write' }],
			['publish.yml github', { contents: 'write' }],
		]);
	});

	it('hold no secret, keep no credential and use only actions of GitHub, each with its major version', () => {
		for (const { file } of workflows) expect(read(join(WORKFLOWS, file))).not.toMatch(/secrets\./);
		const steps = jobs.flatMap(({ job }) => job.steps).filter(({ uses }) => uses);
		expect(steps.filter(({ uses = '' }) => !/^actions\/[\w-]+@v\d+$/.test(uses))).toEqual([]);
		const kept = steps.filter(
			({ uses, with: inputs }) =>
				uses?.startsWith('actions/checkout@') && inputs?.['persist-credentials'] !== false,
		);
		expect(kept).toEqual([]);
	});

	it('put no name that somebody else chose into a command: a branch can be called `$(curl …)`', () => {
		const open = jobs.flatMap(({ job }) => runsOf(job).filter((run) => run.includes('${{')));
		expect(open).toEqual([]);
	});

	it('end by themselves, and replace their own earlier runs', () => {
		expect(jobs.filter(({ job }) => !job['timeout-minutes']).map(({ at }) => at)).toEqual([]);
		expect(workflows.filter(({ concurrency }) => !concurrency)).toEqual([]);
	});

	it('install what the lock file names: nothing is added on the way', () => {
		const runs = [...jobs.flatMap(({ job }) => runsOf(job)), read('.ci/run')];
		const adding = runs.filter((run) => /npm (install|i|add|update)\b|npx /.test(run));
		expect(adding).toEqual([]);
	});

	it('hold commands that a shell understands', () => {
		for (const { at, job } of jobs) {
			for (const run of runsOf(job)) {
				const { stderr } = spawnSync('bash', ['-n'], { input: run, encoding: 'utf8' });
				expect([at, run, stderr]).toEqual([at, run, '']);
			}
		}
	});
});

describe('CI', () => {
	const { test, e2e } = workflow('ci.yml').jobs;

	it('starts with the oldest Node.js that package.json allows, and has the newest', () => {
		const versions = test.strategy?.matrix.node ?? [];
		expect(manifest.engines.node).toMatch(new RegExp(`^>=${versions[0]}\\.`));
		expect(versions).toEqual([20, 22, 24]);
	});

	it('runs the checks of .ci/run on each, and the end-to-end tests of it once', () => {
		expect(runsOf(test)).toEqual(['bash .ci/run checks', 'npm audit --omit=dev']);
		expect([e2e.strategy, runsOf(e2e)]).toEqual([undefined, ['bash .ci/run e2e']]);
	});
});

describe('Publishing', () => {
	const { on, jobs: publishing } = workflow('publish.yml');
	const runs = runsOf(publishing.npm);

	it('happens when a version tag is pushed, and never otherwise', () => {
		expect(on).toEqual({ push: { tags: ['v*'] } });
	});

	it('comes last, with provenance and without a token, after everything has been checked on what is published', () => {
		expect(runs.at(-1)).toBe('npm publish --provenance --access public');
		const gate = 'npm run release -- "$GITHUB_REF_NAME"';
		for (const run of ['bash .ci/run checks', 'npm run build', gate]) {
			expect(runs.slice(0, -1)).toContain(run);
		}
		expect(JSON.stringify(publishing.npm)).not.toMatch(/token(?!":"write)/i);
		const setup = publishing.npm.steps.find(({ uses }) => uses?.startsWith('actions/setup-node@'));
		// With a registry-url setup-node writes a token into .npmrc, and npm then does not ask for a trusted one.
		expect(setup?.with).toEqual({ 'node-version': 24, 'package-manager-cache': false });
	});
});

describe('npm run release', () => {
	const tsx = import.meta.resolve('tsx');
	const run = (script: string, args: string[], cwd = '.') =>
		spawnSync(process.execPath, ['--import', tsx, resolve(script), ...args], {
			cwd,
			encoding: 'utf8',
		});

	it('lets this version through, and says which tag to push', () => {
		const { status, stdout, stderr } = run('release/check.mts', []);
		expect([status, stderr]).toEqual([0, '']);
		expect(stdout).toContain(`git push origin v${manifest.version}\n`);
	});

	it('names everything that is in the way: tag, lock file, changelog and files', () => {
		const folder = mkdtempSync(join(tmpdir(), 'tallyfy-guests-release-'));
		for (const file of ['package-lock.json', 'CHANGELOG.md']) cpSync(file, join(folder, file));
		const next = { ...manifest, version: '9.9.9' };
		writeFileSync(join(folder, 'package.json'), JSON.stringify(next));
		const { status, stdout, stderr } = run('release/check.mts', ['v9.9.8'], folder);
		rmSync(folder, { recursive: true });
		expect([status, stdout]).toEqual([1, '']);
		expect(stderr.split('\n')).toEqual(
			expect.arrayContaining([
				'The tag v9.9.8 is not v9.9.9, the version in package.json.',
				`package-lock.json says ${manifest.version}, package.json 9.9.9.`,
				'CHANGELOG.md says nothing under "## 9.9.9".',
				'dist/index.js is missing.',
			]),
		);
	});

	it('has the notes of the release from the changelog, and fails without', () => {
		const { stdout } = run('release/changelog.mts', [`v${manifest.version}`]);
		expect(stdout.trim()).toBe(sectionOf(read('CHANGELOG.md'), manifest.version));
		const unknown = run('release/changelog.mts', ['v9.9.9']);
		expect([unknown.status, unknown.stdout]).toEqual([1, '']);
		expect(unknown.stderr).toBe('CHANGELOG.md says nothing under "## 9.9.9".\n');
	});
});

describe('The section of a version', () => {
	const changelog =
		'# Changelog\n\n## 1.2.0\n\n- Two\n  ### Deep\n\n## 1.1.0\n\n## 1.0.0\n\n- One\n';

	it('ends where the next version begins', () => {
		expect(sectionOf(changelog, '1.2.0')).toBe('- Two\n  ### Deep');
		expect(sectionOf(changelog, '1.0.0')).toBe('- One');
	});

	it('is missing when it is empty, when there is none, and when a longer version begins alike', () => {
		expect(sectionOf(changelog, '1.1.0')).toBeUndefined();
		expect(sectionOf(changelog, '2.0.0')).toBeUndefined();
		expect(sectionOf(changelog, '1.0')).toBeUndefined();
		expect(sectionOf(changelog, '')).toBeUndefined();
	});
});
