// The package as npm would publish it, for a test file: packed and unpacked before, removed after.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { packedFiles, type Manifest, type Packed } from '../../release/packedFiles.mts';

export interface PackedPackage extends Packed {
	/** Where the tarball lies, and room for more. */
	folder: string;
	tarball: string;
	/** Where it is unpacked. */
	unpacked: string;
	/** Its package.json. */
	manifest: Manifest & Record<string, unknown>;
}

/** One for the whole file. */
export function usePackedPackage(): { current: PackedPackage } {
	const holder = {} as { current: PackedPackage };
	beforeAll(() => {
		const folder = mkdtempSync(join(tmpdir(), 'tallyfy-guests-pack-'));
		const packed = packedFiles(folder);
		const tarball = join(folder, packed.filename);
		execFileSync('tar', ['-xzf', tarball, '-C', folder]);
		const unpacked = join(folder, 'package');
		const manifest = JSON.parse(readFileSync(join(unpacked, 'package.json'), 'utf8')) as never;
		holder.current = { ...packed, folder, tarball, unpacked, manifest };
	});
	afterAll(() => rmSync(holder.current.folder, { recursive: true, force: true }));
	return holder;
}
