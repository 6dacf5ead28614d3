const { dest, parallel, series, src } = require('gulp');
const { spawn } = require('node:child_process');
const { rm } = require('node:fs/promises');

const clean = () => rm('dist', { recursive: true, force: true });

const compile = () =>
	spawn(process.execPath, [require.resolve('typescript/bin/tsc'), '--pretty'], {
		stdio: 'inherit',
	});

/** Icons and codex files: n8n reads them from beside the compiled node. */
const copyAssets = () => src('nodes/**/*.{svg,node.json}').pipe(dest('dist/nodes'));

exports.build = series(clean, parallel(compile, copyAssets));
exports.default = exports.build;
