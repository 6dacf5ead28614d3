import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadPackage } from '../support/engine.mts';

let folder: string;
let files: string[];
let tarball: string;

beforeAll(() => {
	folder = mkdtempSync(join(tmpdir(), 'tallyfy-guests-pack-'));
	const packed = execFileSync('npm', ['pack', '--json', '--pack-destination', folder], {
		encoding: 'utf8',
		stdio: ['ignore', 'pipe', 'ignore'],
	});
	const [entry] = JSON.parse(packed) as Array<{ filename: string; files: Array<{ path: string }> }>;
	files = entry.files.map(({ path }) => path);
	tarball = join(folder, entry.filename);
	execFileSync('tar', ['-xzf', tarball, '-C', folder]);
	// All that n8n gives to a package.
	mkdirSync(join(folder, 'node_modules'));
	symlinkSync(resolve('node_modules/n8n-workflow'), join(folder, 'node_modules/n8n-workflow'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Manifest {
	peerDependencies: unknown;
	dependencies?: unknown;
	overrides?: unknown;
	scripts: Record<string, string>;
	n8n: { nodes: string[]; credentials: string[] };
}

describe('The packed package', () => {
	it("loads in n8n's own loader, from the tarball alone", async () => {
		const loaded = await loadPackage(join(folder, 'package'));
		expect(loaded.node('tallyfyGuests').description.displayName).toBe('Tallyfy Guests');
		expect(loaded.credential('tallyfyGuestsApi').displayName).toBe('Tallyfy Guests API');
	});

	it('holds the build and what npm adds, and nothing else', () => {
		const strange = files.filter(
			(path) => !/^(dist\/.*\.(js|svg|node\.json)|package\.json|README\.md|LICENSE)$/.test(path),
		);
		expect(strange).toEqual([]);
		expect(files).toContain('dist/nodes/TallyfyGuests/tallyfy.dark.svg');
		expect(files).toContain('dist/nodes/TallyfyGuests/TallyfyGuests.node.json');
	});

	it('is at most 80 kB', () => {
		expect(statSync(tarball).size).toBeLessThanOrEqual(80 * 1024);
	});

	it('brings no code but its own: no dependencies, no overrides, no install scripts', () => {
		const manifest = JSON.parse(
			readFileSync(join(folder, 'package', 'package.json'), 'utf8'),
		) as Manifest;
		expect(manifest.dependencies).toBeUndefined();
		expect(manifest.overrides).toBeUndefined();
		expect(manifest.peerDependencies).toEqual({ 'n8n-workflow': '*' });
		const onInstall = ['preinstall', 'install', 'postinstall', 'prepare', 'prepublish'];
		expect(Object.keys(manifest.scripts).filter((name) => onInstall.includes(name))).toEqual([]);
	});
});
