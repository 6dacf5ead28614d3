// Which files npm would publish, and which of them should not be there or are missing. Called by check.mts and the tests.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** What this project's package.json says, as far as a release asks. */
export interface Manifest {
	name: string;
	version: string;
	main: string;
	scripts: Record<string, string>;
	n8n: { nodes: string[]; credentials: string[] };
}

export interface Packed {
	filename: string;
	/** Bytes of the tarball. */
	size: number;
	/** Paths in the package. */
	files: string[];
}

/** Asks npm. With a folder, the tarball is put there; without one nothing is written. `dist` must have been built. */
export function packedFiles(folder?: string): Packed {
	const where = folder ? ['--pack-destination', folder] : ['--dry-run'];
	const answer = execFileSync('npm', ['pack', '--json', ...where], {
		encoding: 'utf8',
		stdio: ['ignore', 'pipe', 'ignore'],
		shell: process.platform === 'win32',
	});
	const [{ filename, size, files }] = JSON.parse(answer) as Array<{
		filename: string;
		size: number;
		files: Array<{ path: string }>;
	}>;
	return { filename, size, files: files.map(({ path }) => path) };
}

/** Besides `dist`, what npm adds by itself. */
const BESIDE = ['package.json', 'README.md', 'LICENSE'];

/** A file of `dist` belongs there when it is made of something that ships: a source, an icon, a codex file. */
function belongs(path: string): boolean {
	const [, made] = /^dist\/(.+)$/.exec(path) ?? [];
	if (!made) return BESIDE.includes(path);
	if (/^nodes\/.+\.(svg|node\.json)$/.test(made)) return existsSync(made);
	const source = /^(?:index|(?:nodes|credentials)\/.+)(?=\.js$)/.exec(made);
	return source !== null && existsSync(`${source[0]}.ts`);
}

/** One sentence for each file that should not ship, and for each that must and does not. */
export function complaints(files: string[], manifest: Manifest): string[] {
	const { main, n8n } = manifest;
	const codex = n8n.nodes.map((node) => node.replace(/\.js$/, '.json'));
	const demanded = [...BESIDE, main, ...n8n.nodes, ...codex, ...n8n.credentials];
	return [
		...files.filter((path) => !belongs(path)).map((path) => `${path} should not ship.`),
		...demanded.filter((path) => !files.includes(path)).map((path) => `${path} is missing.`),
	];
}
