import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { complaints } from '../../release/packedFiles.mts';
import { loadPackage } from '../support/engine.mts';
import { usePackedPackage } from '../support/packed.mts';

const packed = usePackedPackage();

describe('The packed package', () => {
	it("loads in n8n's own loader, from the tarball alone", async () => {
		// All that n8n gives to a package.
		const { folder, unpacked } = packed.current;
		mkdirSync(join(folder, 'node_modules'));
		symlinkSync(resolve('node_modules/n8n-workflow'), join(folder, 'node_modules/n8n-workflow'));
		const loaded = await loadPackage(unpacked);
		expect(loaded.node('tallyfyGuests').description.displayName).toBe('Tallyfy Guests');
		expect(loaded.credential('tallyfyGuestsApi').displayName).toBe('Tallyfy Guests API');
	});

	it('holds what is made of the sources and what npm adds, and nothing else: no tests, no maps, no leftovers', () => {
		const { files, manifest } = packed.current;
		expect(complaints(files, manifest)).toEqual([]);
	});

	it('would be refused with a file too many or too few, so that the check before a release is one', () => {
		const { files, manifest } = packed.current;
		const strange = [
			'dist/nodes/TallyfyGuests/TallyfyGuests.node.js.map',
			'dist/test/unit/path.test.js',
			'dist/nodes/TallyfyGuests/removed.js',
			'nodes/TallyfyGuests/TallyfyGuests.node.ts',
			'.env',
		];
		const [node] = manifest.n8n.nodes;
		const [credential] = manifest.n8n.credentials;
		const missing = [node, node.replace('.js', '.json'), credential, manifest.main, 'LICENSE'];
		const wrong = [...files.filter((path) => !missing.includes(path)), ...strange];
		expect(complaints(wrong, manifest).sort()).toEqual(
			[
				...strange.map((path) => `${path} should not ship.`),
				...missing.map((path) => `${path} is missing.`),
			].sort(),
		);
	});

	it('is at most 120 kB', () => {
		expect(packed.current.size).toBeLessThanOrEqual(120 * 1024);
	});

	it('brings no code but its own, so that no advisory can concern it: npm installs one package, without asking a registry', () => {
		const { folder, tarball, manifest } = packed.current;
		const project = join(folder, 'project');
		mkdirSync(project);
		writeFileSync(join(project, 'package.json'), '{ "private": true }');
		// As n8n does: it keeps peer dependencies out and runs no scripts. An empty cache and no network: all comes from the tarball.
		const quietly = ['--offline', '--cache', join(folder, 'cache'), '--no-audit', '--no-fund'];
		const asN8n = ['--omit=peer', '--legacy-peer-deps', '--ignore-scripts'];
		execFileSync('npm', ['install', ...quietly, ...asN8n, tarball], {
			cwd: project,
			stdio: 'pipe',
			shell: process.platform === 'win32',
		});
		const lock = JSON.parse(readFileSync(join(project, 'package-lock.json'), 'utf8')) as {
			packages: Record<string, unknown>;
		};
		expect(Object.keys(lock.packages)).toEqual(['', `node_modules/${manifest.name}`]);
	});
});

describe('package.json', () => {
	it('says what n8n asks of a community package', () => {
		expect(packed.current.manifest).toMatchObject({
			name: expect.stringMatching(/^(@[\w-]+\/)?n8n-nodes-[a-z-]+$/) as string,
			version: expect.stringMatching(/^\d+\.\d+\.\d+$/) as string,
			description: expect.stringMatching(/n8n/) as string,
			license: 'MIT',
			keywords: expect.arrayContaining(['n8n-community-node-package']) as string[],
			author: {
				name: expect.stringMatching(/\w/) as string,
				email: expect.stringMatching(/@/) as string,
			},
			repository: {
				type: 'git',
				url: expect.stringMatching(/^git\+https:\/\/github\.com\/[\w-]+\/[\w-]+\.git$/) as string,
			},
			homepage: expect.stringMatching(/^https:/) as string,
			files: ['dist'],
			n8n: { n8nNodesApiVersion: 1, strict: true },
		});
	});

	it('lists every node and credential that there is', () => {
		const { files, manifest } = packed.current;
		const built = (kind: RegExp) => files.filter((path) => kind.test(path)).sort();
		expect([...manifest.n8n.nodes].sort()).toEqual(built(/\.node\.js$/));
		expect([...manifest.n8n.credentials].sort()).toEqual(built(/\.credentials\.js$/));
	});

	it('asks for nothing but n8n-workflow, of any version, and runs nothing when it is installed', () => {
		const { manifest } = packed.current;
		expect(manifest.peerDependencies).toEqual({ 'n8n-workflow': '*' });
		const none = ['dependencies', 'optionalDependencies', 'bundleDependencies', 'overrides'];
		expect(none.filter((key) => key in manifest)).toEqual([]);
		// Names from @n8n/eslint-plugin-community-nodes, no-forbidden-lifecycle-scripts.
		const onInstall = /^(pre|post)?(install|prepare)$|^prepublish$/;
		expect(Object.keys(manifest.scripts).filter((name) => onInstall.test(name))).toEqual([]);
	});
});
