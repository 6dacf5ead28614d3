import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { commandsOf } from '../support/markdown.mts';

const read = (path: string) => readFileSync(path, 'utf8');
const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
/** Commands of npm itself that the documents use. */
const NPM_OWN = ['audit', 'ci', 'install', 'pack', 'publish', 'version'];

/** README and the pages that it leads to. */
const forUsers = [
	'README.md',
	...readdirSync('docs')
		.filter((file) => file.endsWith('.md'))
		.map((file) => `docs/${file}`),
];
const documents = [
	...forUsers,
	...['CONTRIBUTING', 'ARCHITECTURE', 'SECURITY', 'examples/README']
		.map((name) => `${name}.md`)
		.filter((file) => existsSync(file)),
];
const workflows = readdirSync('.github/workflows').map((file) => `.github/workflows/${file}`);

interface Workflow {
	jobs: Record<string, { steps: Array<{ run?: string }> }>;
}
const stepsOf = (file: string) =>
	Object.values((parse(read(file)) as Workflow).jobs).flatMap(({ steps }) =>
		steps.flatMap(({ run }) => (run ? [run] : [])),
	);
/** Every command that a person or a machine is told to type, with where it stands. */
const commands = [
	...documents.flatMap((file) => commandsOf(read(file)).map((command) => ({ file, command }))),
	...workflows
		.map((file) => ({ file, code: stepsOf(file).join('\n') }))
		.concat({ file: '.ci/run', code: read('.ci/run') })
		.flatMap(({ file, code }) =>
			commandsOf(`\`\`\`bash\n${code}\n\`\`\``).map((command) => ({ file, command })),
		),
];
const npm = commands
	.filter(({ command }) => command.startsWith('npm '))
	.map(({ file, command }) => {
		// Between the name and what is meant for the script, npm takes flags of its own.
		const words = command.split(' -- ')[0].split(/\s+/).slice(1);
		const [name] = words.filter((word) => word !== 'run' && !word.startsWith('-'));
		return { file, command, own: NPM_OWN.includes(name), name, rest: command.split(' -- ')[1] };
	});
const optionsIn = (text = ''): string[] => text.match(/(?<![\w-])--[a-z][\w-]*/g) ?? [];
/** Scripts that take options, each with the one whose help lists them: the tests hand theirs on to vitest. */
const HELP: Record<string, string> = {
	start: 'start',
	release: 'release',
	test: 'test',
	'test:newest': 'test',
	'test:e2e': 'test',
};
const helps = new Map<string, string[]>();
/** The options that a script's help lists. */
function optionsOf(name: string): string[] {
	const told = HELP[name];
	if (!told) return [];
	if (!helps.has(told)) {
		const help = execFileSync('npm', ['run', '--silent', told, '--', '--help'], {
			encoding: 'utf8',
			shell: process.platform === 'win32',
		});
		helps.set(told, [...optionsIn(help), '--help']);
	}
	return helps.get(told) ?? [];
}

describe('Commands in the documents and the workflows', () => {
	it('are scripts of package.json, or npm itself', () => {
		expect(npm.length).toBeGreaterThan(20);
		const unknown = npm.filter(({ name, own }) => !own && !(name in scripts));
		expect(unknown.map(({ file, command }) => `${file}: ${command}`)).toEqual([]);
	});

	it('name files that exist', () => {
		const paths = commands.flatMap(({ file, command }) =>
			[...command.matchAll(/(?<=\s)[\w.-]+(?:\/[\w.-]+)+/g)]
				.map(([path]) => path)
				// Made anew when it is missing.
				.filter((path) => !path.startsWith('path/') && !existsSync(path))
				.map((path) => `${file}: ${path}`),
		);
		expect(paths).toEqual([]);
	});

	it('have only options that the help of the command lists', () => {
		const wrong = npm
			.filter(({ own }) => !own)
			.flatMap(({ file, command, name, rest }) =>
				optionsIn(rest)
					.filter((option) => !optionsOf(name).includes(option))
					.map((option) => `${file}: ${command} has no ${option}`),
			);
		expect(wrong).toEqual([]);
	});
});

describe('README and docs/', () => {
	it('name only options that `npm start -- --help` lists', () => {
		const named = forUsers.flatMap((file) =>
			[...read(file).matchAll(/`(--[\w-]+)[^`]*`/g)].map(([, option]) => option),
		);
		expect(named.filter((option) => !optionsOf('start').includes(option))).toEqual([]);
	});
});

describe('CONTRIBUTING', () => {
	it('names every command that there is', () => {
		const named = npm.filter(({ file }) => file === 'CONTRIBUTING.md').map(({ name }) => name);
		expect(Object.keys(scripts).filter((name) => !named.includes(name))).toEqual([]);
	});
});
