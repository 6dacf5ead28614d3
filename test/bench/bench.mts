// `npm run bench`: this node, n8n's HTTP Request node and a bare client, side by side on one machine in one run, against the
// sandbox. Prints tables and writes them to RESULTS.md, and the chart of it to docs/images. `npm run bench -- poll` and
// `-- outage` run and write only that section; any other text runs the tasks whose names have it, and `--n8n 2.8` takes the older
// n8n: neither writes. `-- --chart` runs nothing, and draws the chart of what RESULTS.md says.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { installedHost, projectRoot, type Host } from '../../dev/host.mts';
import { chartOf, type Theme } from './chart.mts';
import { loadTime, measure, packedSize, prepare, type Bench } from './measure.mts';
import { OUTAGES } from './outages.mts';
import { headingOf, rowsOf, SECTIONS, type Section } from './tables.mts';
import { TASKS, type TableName, type Task } from './tasks.mts';

const RESULTS = join(projectRoot, 'test/bench/RESULTS.md');
const CHARTS: Record<Theme, string> = {
	light: join(projectRoot, 'docs/images/measured.svg'),
	dark: join(projectRoot, 'docs/images/measured-dark.svg'),
};

/** Runs tasks of one table and gives the table, printed as it grows. */
async function tableOf(bench: Bench, table: TableName, tasks: Task[]): Promise<string> {
	const lines = [headingOf(table)];
	console.log(`\n${lines[0]}`);
	for (const task of tasks) {
		const rows = rowsOf(task, await measure(bench, task));
		console.log(rows.join('\n'));
		lines.push(...rows);
	}
	return lines.join('\n');
}

/** Machine, day and versions. */
function where({ node, exact }: Host): string {
	const [{ model }] = cpus();
	const machine = `${cpus().length} cores (${model.trim()}), ${Math.round(totalmem() / 2 ** 30)} GiB`;
	const version = execFileSync(node, ['-v'], { encoding: 'utf8' }).trim();
	const day = new Date().toISOString().slice(0, 10);
	return `Written by \`npm run bench\` on ${day}: ${machine}, Node.js ${version}, n8n ${exact}.`;
}

/** Puts sections in the place of those with the same title, and leaves the others as they are. */
function write(written: Map<Section, string>): void {
	const old = readFileSync(RESULTS, 'utf8').split(/^(?=#{1,2} )/m);
	const sections = SECTIONS.map((section) => {
		const kept = old.find((text) => text.startsWith(`${section.title}\n`));
		return (written.get(section) ?? kept ?? '').trim();
	});
	writeFileSync(RESULTS, `${sections.filter(Boolean).join('\n\n')}\n`);
}

/** Draws what RESULTS.md says. */
function writeCharts(): void {
	const results = readFileSync(RESULTS, 'utf8');
	for (const theme of Object.keys(CHARTS) as Theme[]) {
		writeFileSync(CHARTS[theme], chartOf(results, theme));
	}
}

const { values, positionals } = parseArgs({
	options: { n8n: { type: 'string', default: '2.41' }, chart: { type: 'boolean', default: false } },
	allowPositionals: true,
});
if (values.chart) {
	writeCharts();
	process.exit();
}
const [wanted = ''] = positionals;
const section = SECTIONS.find(({ word }) => word === wanted);
const chosen = [...TASKS, ...OUTAGES].filter(({ name, table }) =>
	section ? section.tables.includes(table) : name.includes(wanted),
);
const bench = prepare(await installedHost(values.n8n === '2.8' ? '2.8' : '2.41', console.log));
const written = new Map<Section, string>();
for (const part of SECTIONS) {
	const parts = [part.title, where(bench.host), part.text];
	for (const table of part.tables) {
		const tasks = chosen.filter((task) => task.table === table);
		if (tasks.length) parts.push(await tableOf(bench, table, tasks));
	}
	if (part.tables.includes('speed') && wanted === '') {
		const kilobytes = (packedSize() / 1024).toFixed(1);
		parts.push(
			`Loading the package: ${loadTime(bench.host).toFixed(1)} ms. Packed size: ${kilobytes} kB.`,
		);
		console.log(`\n${parts.at(-1)}`);
	}
	if (part === section || wanted === '') written.set(part, parts.join('\n\n'));
}
if (written.size && values.n8n === '2.41') {
	write(written);
	writeCharts();
}
