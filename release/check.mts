// `npm run release`: may this version be published? Says what is in the way, or which tag to push. The publish workflow runs
// it with the tag that was pushed: `npm run release -- v1.2.3`.
import { readFileSync } from 'node:fs';
import { sectionOf } from './changelog.mts';
import { complaints, packedFiles, type Manifest } from './packedFiles.mts';

const USAGE = `npm run release [-- TAG]
  Checks that this version may be published: its section in CHANGELOG.md, the lock file, the files in the package, and
  TAG, if there is one. Publishes nothing: .github/workflows/publish.yml does, when the tag is pushed.`;

const read = (path: string) => readFileSync(path, 'utf8');
const manifest = JSON.parse(read('package.json')) as Manifest;
const { name, version } = manifest;

/** Everything that is in the way of a release under this tag; nothing, if nothing is. */
function obstacles(tag: string, files: string[]): string[] {
	const lock = JSON.parse(read('package-lock.json')) as { version: string };
	return [
		tag !== `v${version}` && `The tag ${tag} is not v${version}, the version in package.json.`,
		lock.version !== version && `package-lock.json says ${lock.version}, package.json ${version}.`,
		!sectionOf(read('CHANGELOG.md'), version) && `CHANGELOG.md says nothing under "## ${version}".`,
		...complaints(files, manifest),
	].filter((obstacle) => typeof obstacle === 'string');
}

const [argument] = process.argv.slice(2);
if (argument?.startsWith('-')) {
	console.log(USAGE);
	process.exitCode = argument === '--help' ? 0 : 1;
} else {
	const { files, size } = packedFiles();
	const found = obstacles(argument ?? `v${version}`, files);
	for (const obstacle of found) console.error(obstacle);
	if (found.length > 0) process.exitCode = 1;
	else {
		console.log(
			`${name} ${version} is ready: ${files.length} files, ${Math.ceil(size / 1024)} kB.`,
		);
		if (!argument) console.log(`Publish it: git tag v${version} && git push origin v${version}`);
	}
}
