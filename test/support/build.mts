// Builds the package once before the tests: engine and conformance tests run what ships, not the sources.
import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';

export default function build() {
	const gulp = resolve('node_modules/gulp/bin/gulp.js');
	execFileSync(process.execPath, [gulp, 'build', '--silent'], { stdio: 'inherit' });
}
