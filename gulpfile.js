const { dest, parallel, series, src } = require('gulp');
const { build } = require('esbuild');
const { mkdir, readFile, rm, writeFile } = require('node:fs/promises');
const { basename, dirname, relative } = require('node:path');

const clean = () => rm('dist', { recursive: true, force: true });

/** One file instead of 130, as it is read: n8n loads the package in half the time. */
const bundle = () =>
	build({
		entryPoints: ['index.ts'],
		outfile: 'dist/index.js',
		bundle: true,
		platform: 'node',
		target: 'es2022',
		external: ['n8n-workflow'],
		legalComments: 'none',
		charset: 'utf8',
	});

/** The files that package.json names to n8n, each with its class out of the bundle. */
const entries = async () => {
	const { n8n } = JSON.parse(await readFile('package.json', 'utf8'));
	for (const file of [...n8n.nodes, ...n8n.credentials]) {
		const [name] = basename(file).split('.');
		const index = relative(dirname(file), 'dist/index.js');
		await mkdir(dirname(file), { recursive: true });
		await writeFile(file, `'use strict';\nexports.${name} = require('${index}').${name};\n`);
	}
};

/** Icons and codex files: n8n reads them from beside a node. */
const copyAssets = () => src('nodes/**/*.{svg,node.json}').pipe(dest('dist/nodes'));

exports.build = series(clean, parallel(bundle, entries, copyAssets));
exports.default = exports.build;
