const { dest, parallel, series, src } = require('gulp');
const { spawn } = require('node:child_process');
const { rm } = require('node:fs/promises');
const { Transform } = require('node:stream');

const clean = () => rm('dist', { recursive: true, force: true });

const compile = () =>
	spawn(process.execPath, [require.resolve('typescript/bin/tsc'), '--pretty'], {
		stdio: 'inherit',
	});

/** As in the sources: TypeScript writes four spaces, which the package would carry by the ten thousand. */
const indentWithTabs = () =>
	src('dist/**/*.js')
		.pipe(
			new Transform({
				objectMode: true,
				transform: (file, _, done) => {
					const withTabs = String(file.contents).replace(/^(?: {4})+/gm, (blanks) =>
						'\t'.repeat(blanks.length / 4),
					);
					file.contents = Buffer.from(withTabs);
					done(null, file);
				},
			}),
		)
		.pipe(dest('dist'));

/** Icons and codex files: n8n reads them from beside the compiled node. */
const copyAssets = () => src('nodes/**/*.{svg,node.json}').pipe(dest('dist/nodes'));

exports.build = series(clean, compile, parallel(indentWithTabs, copyAssets));
exports.default = exports.build;
