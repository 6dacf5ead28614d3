import { readdirSync, readFileSync, statSync } from 'node:fs';
import type {
	ICredentialType,
	INodeProperties,
	INodePropertyOptions,
	INodeType,
} from 'n8n-workflow';
import { beforeAll, describe, expect, it } from 'vitest';
import { sectionOf } from '../../release/changelog.mts';
import { everyProperty, operationsOf, type DescribedOperation } from '../support/description.mts';
import { loadPackage } from '../support/engine.mts';
import { linksOf, sectionUnder, tablesOf } from '../support/markdown.mts';

const readme = readFileSync('README.md', 'utf8');
const pages = readdirSync('docs').filter((file) => file.endsWith('.md'));
const page = (name: string) => readFileSync(`docs/${name}.md`, 'utf8');
/** README and the pages that it leads to: what people who use the node read. */
const documents = [readme, ...pages.map((file) => readFileSync(`docs/${file}`, 'utf8'))].join('\n');
const features = JSON.parse(
	readFileSync(new URL('features.json', import.meta.url), 'utf8'),
) as Record<string, string>;
let nodes: INodeType[];
let credentials: ICredentialType[];

beforeAll(async () => {
	({ nodes, credentials } = await loadPackage());
});

/** By its loader, to declarative and to polling nodes. */
const ADDED_BY_N8N = ['requestOptions', 'pollTimes'];
/** What people fill in, at every depth; not what they only read or never see. */
const fieldsOf = (properties: INodeProperties[]) =>
	everyProperty(properties.filter(({ name }) => !ADDED_BY_N8N.includes(name)))
		.map(({ property }) => property)
		.filter(({ type }) => !['notice', 'hidden'].includes(type));
const optionsOf = ({ options = [] }: INodeProperties) => options as INodePropertyOptions[];
const valuesOf = (property: INodeProperties) =>
	['options', 'multiOptions'].includes(property.type)
		? optionsOf(property).map(({ value }) => String(value))
		: [];
const inCode = (text: string) => [...text.matchAll(/`(\w+)`/g)].map((match) => match[1]);

/** The nodes with a Resource menu, each resource with its name and its operations. */
const resourcesOf = (node: INodeType) => {
	const menu = node.description.properties.find(({ name }) => name === 'resource');
	const operations = operationsOf(node);
	return (menu ? optionsOf(menu) : []).map(({ value, name }) => ({
		name,
		operations: operations.filter(({ resource }) => resource === value),
	}));
};
const triggers = () => nodes.filter(({ description }) => description.group.includes('trigger'));

/** The rows of the table under a bold resource name, in the page of operations. */
const rowsUnder = (heading: string) => {
	const [, after = ''] = page('operations').split(`\n**${heading}**\n`);
	return tablesOf(after.trimStart().split('\n\n')[0])[0]?.rows ?? [];
};

describe('README', () => {
	it('is at most 12,000 bytes, because npm shows it as the front page and it ships with the package', () => {
		expect(statSync('README.md').size).toBeLessThanOrEqual(12_000);
	});

	it('leads to every page of docs/', () => {
		const links = linksOf(readme);
		const unlinked = pages.filter((file) => !links.some((link) => link.endsWith(`/docs/${file}`)));
		expect(unlinked).toEqual([]);
	});

	it('has a row for every resource with all of its operations, and none that does not exist', () => {
		const [table] = tablesOf(sectionUnder(readme, /^## Operations/));
		const existing = nodes
			.flatMap(resourcesOf)
			.map(({ name, operations }) => [
				name,
				operations.map(({ option }) => option.name).join(', '),
			]);
		expect(table.rows.map(([resource, operations]) => [resource, operations])).toEqual(existing);
	});

	it('names every node and credential as n8n shows it', () => {
		const shown = [...nodes.map(({ description }) => description), ...credentials];
		const missing = shown.filter(({ displayName }) => !readme.includes(displayName));
		expect(missing.map(({ displayName }) => displayName)).toEqual([]);
	});

	it('has a row for every field of every credential, and none for a field that does not exist', () => {
		const fields = credentials.flatMap(({ properties }) => fieldsOf(properties));
		const labels = new Set(fields.map(({ displayName }) => displayName));
		const rows = tablesOf(sectionUnder(readme, /^## Credential/))
			.filter(({ header }) => header[0] === 'Field')
			.flatMap((table) => table.rows.map(([label]) => label));
		expect([...new Set(rows)].sort()).toEqual([...labels].sort());
	});
});

describe('README and docs/', () => {
	it('have a row for every operation with its parameters, and no row for one that does not exist', () => {
		for (const { name, operations } of nodes.flatMap(resourcesOf)) {
			const named = rowsUnder(name).map(([operation]) => operation);
			expect([name, named]).toEqual([name, operations.map(({ option }) => option.name)]);
		}
	});

	it('name every parameter of every node', () => {
		const names = nodes.flatMap(({ description }) => fieldsOf(description.properties));
		// What the tables of operations show by their headings.
		const menus = ['resource', 'operation'];
		const missing = names
			.map(({ name }) => name)
			.filter((name) => !menus.includes(name) && !documents.includes(`\`${name}\``));
		expect([...new Set(missing)]).toEqual([]);
	});

	it('name no parameter for an operation that does not have it', () => {
		for (const { name: resource, operations } of nodes.flatMap(resourcesOf)) {
			const rows = rowsUnder(resource);
			const wrong = operations.flatMap(({ option, fields }: DescribedOperation) => {
				const known = fieldsOf(fields);
				const words = known.flatMap((field) => [field.name, ...valuesOf(field)]);
				const [, , parameters = ''] = rows.find(([name]) => name === option.name) ?? [];
				return inCode(parameters)
					.filter((word) => !words.includes(word))
					.map((word) => `${resource} > ${option.name}: ${word}`);
			});
			expect(wrong).toEqual([]);
		}
	});

	it('name every value that a trigger can be set to, its events above all, and no event that does not exist', () => {
		const settings = triggers().flatMap(({ description }) => fieldsOf(description.properties));
		const values = settings.flatMap(valuesOf);
		expect(values.filter((value) => !documents.includes(`\`${value}\``))).toEqual([]);
		const events = tablesOf(documents)
			.filter(({ header }) => header[0] === 'Event')
			.flatMap(({ rows }) => rows.flatMap(([event]) => inCode(event)));
		expect(events.filter((event) => !values.includes(event))).toEqual([]);
	});

	it('claim nothing about this node that no test proves', () => {
		const [, table = ''] = page('comparison').split('## What others do');
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
	it('says something of the version of the package', () => {
		const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
		expect(sectionOf(readFileSync('CHANGELOG.md', 'utf8'), version)).toBeDefined();
	});
});
