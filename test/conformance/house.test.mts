import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { pictureIn } from '../support/picture.mts';

const HOUSE = 'nodes/TallyfyGuests';
/** The picture is the rule: rooms, and which of them a room may ask. */
const picture = pictureIn(readFileSync('ARCHITECTURE.md', 'utf8'));

const filesIn = (folder: string) =>
	readdirSync(folder, { recursive: true, withFileTypes: true })
		.filter((entry) => entry.isFile())
		.map((entry) => join(entry.parentPath, entry.name));
const sources = ['nodes', 'credentials']
	.flatMap(filesIn)
	.filter((file) => file.endsWith('.ts'))
	.sort();
const importsOf = (file: string) =>
	[...readFileSync(file, 'utf8').matchAll(/from '([^']+)'/g)].map((match) => match[1]);
/** The source files that a source file imports. */
const askedBy = (file: string) =>
	importsOf(file)
		.filter((target) => target.startsWith('.'))
		.map((target) => {
			const path = relative('.', resolve(dirname(file), target));
			return (
				[`${path}.ts`, `${path}/index.ts`].find((candidate) => sources.includes(candidate)) ?? path
			);
		});

/** The room of a file: a folder of the house, the credentials, or the node files at the front. */
const roomOf = (file: string) => {
	if (file.startsWith('credentials/')) return 'credentials';
	const parts = relative(HOUSE, file).split('/');
	return parts.length > 1 ? parts[0] : 'nodeFiles';
};
const imports = sources.flatMap((file) => askedBy(file).map((target) => ({ file, target })));
const arrow = (from: string, to: string) => `${from} --> ${to}`;
const drawn = picture.asks.map(({ from, to }) => arrow(from, to));

describe('The house', () => {
	it('imports n8n-workflow and its own files, because n8n Cloud allows nothing else', () => {
		const strange = sources.flatMap((file) =>
			importsOf(file)
				.filter((target) => !target.startsWith('.') && target !== 'n8n-workflow')
				.map((target) => `${file} imports ${target}`),
		);
		expect(strange).toEqual([]);
	});

	it('has no circles', () => {
		const circles: string[] = [];
		const visited = new Set<string>();
		const visit = (file: string, path: string[]) => {
			if (path.includes(file)) circles.push([...path, file].join(' -> '));
			if (visited.has(file)) return;
			visited.add(file);
			for (const target of askedBy(file)) visit(target, [...path, file]);
		};
		for (const file of sources) visit(file, []);
		expect(circles).toEqual([]);
	});

	it('turns no lint rule off, because the scan of n8n ignores that', () => {
		const disabling = sources.filter((file) => /eslint-disable/.test(readFileSync(file, 'utf8')));
		expect(disabling).toEqual([]);
	});
});

describe('The picture in ARCHITECTURE', () => {
	it('names every room, and every file lies in one of them', () => {
		const rooms = new Set(['nodes', 'credentials'].flatMap(filesIn).map(roomOf));
		expect([...rooms].sort()).toEqual([...picture.rooms].sort());
		const astray = filesIn('nodes').filter(
			(file) => roomOf(file) === 'nodeFiles' && !/\.node\.(ts|json)$|\.svg$/.test(file),
		);
		expect(astray).toEqual([]);
	});

	it('draws files that exist, and arrows between things that it names', () => {
		expect(picture.files.filter((file) => !existsSync(join(HOUSE, file)))).toEqual([]);
		expect(picture.unknown).toEqual([]);
	});

	it('has an arrow for every import from room to room: nobody asks whom the picture does not show', () => {
		const wrong = imports
			.map(({ file, target }) => ({ file, target, from: roomOf(file), to: roomOf(target) }))
			.filter(({ from, to }) => from !== to && !drawn.includes(arrow(from, to)))
			.map(({ file, target }) => `${file} asks ${target}`);
		expect(wrong).toEqual([]);
	});

	it('has no arrow without an import, so that it shows the house as it is', () => {
		const inHouse = (file: string) => relative(HOUSE, file);
		const real = new Set(
			imports.flatMap(({ file, target }) => [
				arrow(roomOf(file), roomOf(target)),
				arrow(inHouse(file), inHouse(target)),
			]),
		);
		const invented = picture.asks.filter(({ from, to }) => !real.has(arrow(from, to)));
		expect(invented).toEqual([]);
	});
});
