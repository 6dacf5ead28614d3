import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOM = 'nodes/TallyfyGuests';
/** What both nodes have in common: files of a room that is otherwise the action node's. */
const SHARED = {
	authentication: `${ROOM}/resources/authentication.ts`,
	guestFields: `${ROOM}/resources/guest/fields.ts`,
};
/** Which rooms, or single files, a room may ask. Arrows run one way: node file, resources, then transport and output. */
const MAY_ASK: Record<string, string[]> = {
	'': ['resources', 'pickers', 'trigger'],
	resources: ['resources', 'transport', 'output'],
	pickers: ['transport', 'output'],
	trigger: ['trigger', 'transport', 'output', SHARED.authentication, SHARED.guestFields],
	transport: ['transport'],
	output: ['output'],
};

const sources = ['nodes', 'credentials'].flatMap((folder) =>
	readdirSync(folder, { recursive: true, encoding: 'utf8' })
		.filter((file) => file.endsWith('.ts'))
		.map((file) => join(folder, file)),
);
const importsOf = (file: string) =>
	[...readFileSync(file, 'utf8').matchAll(/from '([^']+)'/g)].map((match) => match[1]);
const resolved = (file: string, target: string) => {
	const path = relative('.', resolve(dirname(file), target));
	return (
		[`${path}.ts`, `${path}/index.ts`].find((candidate) => sources.includes(candidate)) ?? path
	);
};
const roomOf = (file: string) => {
	const parts = relative(ROOM, file).split('/');
	return parts.length > 1 ? parts[0] : '';
};

describe('The house', () => {
	it('imports n8n-workflow and its own files, because n8n Cloud allows nothing else', () => {
		const strange = sources.flatMap((file) =>
			importsOf(file)
				.filter((target) => !target.startsWith('.') && target !== 'n8n-workflow')
				.map((target) => `${file} imports ${target}`),
		);
		expect(strange).toEqual([]);
	});

	it('has arrows that run one way', () => {
		const wrong = sources
			.filter((file) => file.startsWith(ROOM))
			.flatMap((file) =>
				importsOf(file)
					.filter((target) => target.startsWith('.'))
					.map((target) => resolved(file, target))
					.filter((target) =>
						[roomOf(target), target].every((asked) => !MAY_ASK[roomOf(file)].includes(asked)),
					)
					.map((target) => `${file} asks ${target}`),
			);
		expect(wrong).toEqual([]);
	});

	it('has no circles', () => {
		const circles: string[] = [];
		const visit = (file: string, path: string[]) => {
			if (path.includes(file)) {
				circles.push([...path, file].join(' -> '));
				return;
			}
			for (const target of importsOf(file).filter((name) => name.startsWith('.'))) {
				visit(resolved(file, target), [...path, file]);
			}
		};
		for (const file of sources) visit(file, []);
		expect(circles).toEqual([]);
	});

	it('turns no lint rule off, because the scan of n8n ignores that', () => {
		const disabling = sources.filter((file) => /eslint-disable/.test(readFileSync(file, 'utf8')));
		expect(disabling).toEqual([]);
	});
});
