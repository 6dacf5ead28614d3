import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import {
	everyProperty,
	nodeUnderTest,
	operationsOf,
	type DescribedOperation,
} from '../support/description.mts';

const readme = readFileSync('README.md', 'utf8');
const features = JSON.parse(
	readFileSync(new URL('features.json', import.meta.url), 'utf8'),
) as Record<string, string>;
let operations: DescribedOperation[];
let resourceNames: Map<string, string>;

beforeAll(async () => {
	const node = await nodeUnderTest();
	operations = operationsOf(node);
	const resource = node.description.properties.find(({ name }) => name === 'resource');
	resourceNames = new Map(
		(resource?.options ?? []).map((option) => [
			String((option as { value: string }).value),
			option.name,
		]),
	);
});

/** The rows of the table under a bold resource name, each as its cells. */
const rowsUnder = (heading: string) => {
	const [, after = ''] = readme.split(`\n**${heading}**\n`);
	const table = after.trimStart().split('\n\n')[0];
	return table
		.split('\n')
		.slice(2)
		.map((line) => line.split('|').map((cell) => cell.trim()));
};

describe('README', () => {
	it('has a row for every operation, and no row for one that does not exist', () => {
		for (const [value, name] of resourceNames) {
			const named = rowsUnder(name).map(([, operation]) => operation);
			const existing = operations
				.filter(({ resource }) => resource === value)
				.map(({ option }) => option.name);
			expect([name, named]).toEqual([name, existing]);
		}
	});

	it('names every parameter, and none that does not exist', () => {
		const names = new Set(
			operations.flatMap(({ fields }) =>
				everyProperty(fields)
					.filter(({ property }) => property.type !== 'notice')
					.map(({ property }) => property.name),
			),
		);
		expect([...names].filter((name) => !readme.includes(`\`${name}\``))).toEqual([]);
		const values = ['replace', 'add', 'remove'];
		const inTables = [...resourceNames.values()].flatMap((name) =>
			rowsUnder(name).flatMap((cells) =>
				[...(cells[3] ?? '').matchAll(/`(\w+)`/g)].map((match) => match[1]),
			),
		);
		expect(inTables.filter((name) => !names.has(name) && !values.includes(name))).toEqual([]);
	});

	it('names every field of the credential', () => {
		for (const field of ['Access Token', 'Organization ID', 'Base URL', 'Client Header']) {
			expect(readme).toContain(`| ${field}`);
		}
	});

	it('claims nothing about itself that no test proves', () => {
		const [, table = ''] = readme.split('## What others do');
		const claimed = [...table.matchAll(/^\| (.+?) +\| yes /gm)].map((match) => match[1]);
		const proven = Object.keys(features).filter((key) => key !== 'about');
		expect(claimed).toEqual(proven);
		const titles = readdirSync('test', { recursive: true, encoding: 'utf8' })
			.filter((file) => file.endsWith('.test.mts'))
			.map((file) => readFileSync(`test/${file}`, 'utf8'))
			.join('\n');
		for (const feature of proven) {
			expect([feature, features[feature] !== '' && titles.includes(features[feature])]).toEqual([
				feature,
				true,
			]);
		}
	});

	it('has links that lead somewhere', () => {
		for (const file of ['README.md', 'CONTRIBUTING.md']) {
			const links = [...readFileSync(file, 'utf8').matchAll(/\]\((?!http)([^)#]+)/g)];
			expect(links.map((match) => match[1]).filter((path) => !existsSync(path))).toEqual([]);
		}
	});
});

describe('SECURITY', () => {
	it('names a test for each promise, and none that does not exist', () => {
		const [, promises] = readFileSync('SECURITY.md', 'utf8').split(/## What (?:this|to)/);
		const named = [...promises.matchAll(/_([^_>]{20,}?)_/gs)].map(([, title]) =>
			title.replace(/\s+/g, ' '),
		);
		const titles = readdirSync('test', { recursive: true, encoding: 'utf8' })
			.filter((file) => file.endsWith('.test.mts'))
			.map((file) => readFileSync(`test/${file}`, 'utf8'))
			.join('\n');
		expect(named.length).toBeGreaterThan(10);
		expect(named.filter((title) => !titles.includes(title))).toEqual([]);
	});
});

describe('CHANGELOG', () => {
	it('has an entry for the version of the package', () => {
		const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
		expect(readFileSync('CHANGELOG.md', 'utf8')).toContain(`## ${version}\n`);
	});
});
