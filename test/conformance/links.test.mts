import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadPackage } from '../support/engine.mts';
import { anchorsOf, linksOf } from '../support/markdown.mts';

/** Folders that hold what others wrote, or what is made again. */
const NOT_OURS = ['node_modules', 'dist', '.git', '.cache', '.stryker-tmp', 'coverage'];

function markdownIn(folder: string): string[] {
	return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
		const path = join(folder, entry.name);
		if (entry.isDirectory()) return NOT_OURS.includes(entry.name) ? [] : markdownIn(path);
		return entry.name.endsWith('.md') ? [path] : [];
	});
}

const read = (path: string) => readFileSync(path, 'utf8');
const { repository } = JSON.parse(read('package.json')) as { repository: { url: string } };
/** The repository on GitHub, as README names it: npm shows README, and has no other file of ours. */
const GITHUB = repository.url.replace(/^git\+|\.git$/g, '');
const RAW = GITHUB.replace('//github.com/', '//raw.githubusercontent.com/');
/** A link to a file of our own repository as a path in it; undefined for other links. HEAD is the main branch, whatever its name. */
const ownPath = (link: string) =>
	[`${GITHUB}/blob/HEAD/`, `${RAW}/HEAD/`]
		.filter((start) => link.startsWith(start))
		.map((start) => link.slice(start.length))[0];
/** Pages of GitHub that are no files. */
const PAGES = [GITHUB, `${GITHUB}/issues`];
/** Why a link cannot be followed; nothing, if it can. */
function broken(file: string, link: string): string[] {
	const [path, anchor] = link.split('#');
	const target = path ? join(dirname(file), decodeURIComponent(path)) : file;
	if (!existsSync(target)) return [`${file}: ${link} is not there`];
	if (anchor && !anchorsOf(read(target)).includes(anchor)) {
		return [`${file}: ${link} has no such heading`];
	}
	return [];
}

describe('Links', () => {
	const files = markdownIn('.');

	it('inside the repository lead to files and headings that exist, in every document', () => {
		expect(files).toEqual(expect.arrayContaining(['README.md', 'examples/README.md']));
		const inside = files.flatMap((file) =>
			linksOf(read(file))
				.filter((link) => !/^[a-z]+:/.test(link))
				.flatMap((link) => broken(file, link)),
		);
		expect(inside).toEqual([]);
	});

	it('to our repository on GitHub lead to files and headings that exist in it, in every document', () => {
		const ours = files.flatMap((file) =>
			linksOf(read(file))
				.filter((link) => [GITHUB, RAW].some((start) => link.startsWith(start)))
				.map((link) => ({ file, link, path: ownPath(link) })),
		);
		expect(ours.filter(({ path }) => path).length).toBeGreaterThan(10);
		const lost = ours.flatMap(({ file, link, path }) => {
			if (path) return broken('README.md', path).map((why) => `${file}: ${why}`);
			return PAGES.includes(link) ? [] : [`${file}: ${link} is neither a file nor a known page`];
		});
		expect(lost).toEqual([]);
	});

	it('of README work on npm too: to other pages they are whole, and pictures come as files', () => {
		const prose = read('README.md');
		const links = linksOf(prose).filter((link) => !/^(https:|#)/.test(link));
		expect(links).toEqual([]);
		const shown = /!\[[^\]]*\]\(([^)\s]+)\)|<(?:img|source)[^>]+src(?:set)?="([^"]+)"/g;
		const pictures = [...prose.matchAll(shown)].map(([, link, inHtml]) => link ?? inHtml);
		expect(pictures.length).toBeGreaterThan(0);
		expect(pictures.filter((link) => !link.startsWith(`${RAW}/HEAD/`))).toEqual([]);
	});
});

describe('Files', () => {
	/** Where names without a folder are at home, as CONTRIBUTING says. */
	const homes = ['.', '.github/workflows', 'nodes/TallyfyGuests', 'sandbox', 'test/conformance'];

	it('that CONTRIBUTING and ARCHITECTURE name exist, so that nobody is sent to a place that is gone', () => {
		const lost = ['CONTRIBUTING.md', 'ARCHITECTURE.md'].flatMap((file) =>
			[...read(file).matchAll(/`([\w./-]+\.(?:ts|mts|mjs|json|yml|md)|[\w./-]+\/)`/g)]
				.map(([, path]) => path)
				.filter((path) => !homes.some((home) => existsSync(join(home, path))))
				.map((path) => `${file}: ${path}`),
		);
		expect(lost).toEqual([]);
	});
});

describe('The help links that n8n shows', () => {
	const { homepage, n8n } = JSON.parse(read('package.json')) as {
		homepage: string;
		n8n: { nodes: string[] };
	};
	let links: string[];

	beforeAll(async () => {
		const { credentials } = await loadPackage();
		const codex = n8n.nodes.map((path) => read(path.replace(/\.js$/, '.json')));
		links = [
			...credentials.map(({ documentationUrl = '' }) => documentationUrl),
			...codex.flatMap((text) => [...text.matchAll(/"url": "([^"]+)"/g)].map(([, url]) => url)),
		];
	});

	it("lead to this project's README, to headings that exist", () => {
		expect(links.length).toBeGreaterThanOrEqual(3);
		const anchors = ['readme', ...anchorsOf(read('README.md'))];
		const lost = links.filter((link) => {
			const [page, anchor] = link.split('#');
			return page !== homepage || !anchors.includes(anchor);
		});
		expect(lost).toEqual([]);
	});
});
