// Makes the table of what was proven where: every scenario by n8n version, and a line for whatever did not run.
// A vitest reporter, put beside the others by vitest.e2e.config.mts.
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import type { Reporter, TestCase, TestModule, TestSuite, Vitest } from 'vitest/node';

interface Cell {
	passed: number;
	failed: number;
	milliseconds: number;
}

const FOLDER = 'test/e2e';
const NAME = /\.e2e\.mts$/;

/** `n8n 2.41` in the full name of a test says where it ran. */
const worldOf = ({ fullName }: TestCase | TestSuite) =>
	/\bn8n (\d+\.\d+)/.exec(fullName)?.[1] ?? 'any';
const seconds = (milliseconds: number) => `${(milliseconds / 1000).toFixed(1)} s`;

function written({ passed, failed, milliseconds }: Cell): string {
	const verdict = failed ? `**${failed} failed**, ${passed} passed` : `${passed} passed`;
	return `${verdict}, ${seconds(milliseconds)}`;
}

export class Results implements Reporter {
	private vitest!: Vitest;

	/** When a suite began; then how long it took, with its hooks, where the work of a scenario often is. */
	private readonly times = new Map<string, number>();

	onInit(vitest: Vitest) {
		this.vitest = vitest;
	}

	onTestSuiteReady({ id }: TestSuite) {
		this.times.set(id, Date.now());
	}

	onTestSuiteResult(suite: TestSuite) {
		const { id } = suite;
		const waited = suite.meta().waitedMs ?? 0;
		this.times.set(id, Date.now() - (this.times.get(id) ?? Date.now()) - waited);
	}

	async onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]) {
		const context = this.vitest.getRootProject().getProvidedContext();
		// Without worlds the global setup has failed, and vitest says why.
		if (!context.worlds) return;
		const versions = context.worlds.map(({ name }) => name);
		const rows = new Map<string, Map<string, Cell>>();
		const tried: string[] = [];
		const notRun = context.absent.map(({ name, reason }) => `n8n ${name}: ${reason}`);
		for (const module of modules) {
			const scenario = basename(module.moduleId).replace(NAME, '');
			const cells = new Map<string, Cell>();
			rows.set(scenario, cells);
			if (module.errors().length) {
				cells.set('any', { passed: 0, failed: 1, milliseconds: 0 });
			}
			for (const test of module.children.allTests()) {
				const world = worldOf(test);
				const result = test.result();
				if (result.state !== 'passed' && result.state !== 'failed') {
					const note = result.state === 'skipped' ? result.note : undefined;
					if (!note) process.exitCode = 1;
					notRun.push(`${scenario}, ${test.fullName}: ${note ?? '**no reason given**'}`);
					continue;
				}
				const retries = test.diagnostic()?.retryCount ?? 0;
				if (retries)
					tried.push(`${scenario}, ${test.fullName}: ${result.state} at try ${retries + 1}`);
				const cell = cells.get(world) ?? { passed: 0, failed: 0, milliseconds: 0 };
				cell[result.state]++;
				cells.set(world, cell);
			}
			for (const suite of module.children.suites()) {
				const cell = cells.get(worldOf(suite));
				if (cell) cell.milliseconds += this.times.get(suite.id) ?? 0;
			}
		}
		const ran = new Set(rows.keys());
		const missing = readdirSync(FOLDER)
			.filter((file) => NAME.test(file))
			.map((file) => file.replace(NAME, ''))
			.filter((scenario) => !ran.has(scenario));
		notRun.push(...missing.map((scenario) => `${scenario}: not part of this run`));

		const columns = [...rows.values()].some((cells) => cells.has('any'))
			? [...versions, 'any']
			: versions;
		const heading = (column: string) => (column === 'any' ? 'no n8n' : `n8n ${column}`);
		const table = [
			['Scenario', ...columns.map(heading)],
			['---', ...columns.map(() => '---')],
			...[...rows]
				.sort(([a], [b]) => a.localeCompare(b))
				.map(([scenario, cells]) => [
					scenario,
					...columns.map((column) => {
						const cell = cells.get(column);
						return cell ? written(cell) : '—';
					}),
				]),
		].map((cells) => `| ${cells.join(' | ')} |`);
		const text = [
			'# Results of the end-to-end tests',
			'',
			`Written by \`npm run test:e2e\` on ${new Date().toISOString().slice(0, 10)}. Starting n8n is not in the times.`,
			'',
			`- n8n-nodes-tallyfy-guests ${context.packageVersion}, packed and installed as users do`,
			...context.worlds.map(
				({ name, version, node }) => `- n8n ${name}: n8n ${version} on Node.js ${node}`,
			),
			`- ${process.platform} ${process.arch}; tests on Node.js ${process.versions.node}`,
			'',
			...table,
			'',
			'Not run:',
			'',
			...(notRun.length ? notRun.map((line) => `- ${line}`) : ['- nothing was left out']),
			...(tried.length
				? ['', 'Tried more than once:', '', ...tried.map((line) => `- ${line}`)]
				: []),
			...(errors.length ? ['', `**${errors.length} errors outside the tests.**`] : []),
			'',
		].join('\n');
		// A partial run must not take the place of a whole one.
		const partial = missing.length > 0 || process.env.E2E_N8N !== undefined;
		const path = partial ? join('.cache', FOLDER, 'RESULTS.md') : join(FOLDER, 'RESULTS.md');
		mkdirSync(dirname(path), { recursive: true });
		const style = await resolveConfig(path);
		writeFileSync(path, await format(text, { ...style, parser: 'markdown' }));
		console.log(`\n${text}\n${path}`);
	}
}
