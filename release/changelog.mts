// What CHANGELOG.md says of one version. Called by check.mts and the tests; the publish workflow runs it by itself, without
// installed packages, for the notes of the release on GitHub: `node release/changelog.mts v1.2.3`.
import { readFileSync } from 'node:fs';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';

/** The text under the heading `## VERSION`, up to the next version; undefined when there is none, or nothing in it. */
export function sectionOf(changelog: string, version: string): string | undefined {
	const sections = changelog.split(/^## /m).slice(1);
	const section = sections.find((text) => text.split('\n', 1)[0].trim() === version);
	return section?.slice(section.indexOf('\n')).trim() || undefined;
}

if (argv[1] === fileURLToPath(import.meta.url)) {
	const version = (argv[2] ?? '').replace(/^v/, '');
	const section = sectionOf(readFileSync('CHANGELOG.md', 'utf8'), version);
	if (section) console.log(section);
	else {
		console.error(`CHANGELOG.md says nothing under "## ${version}".`);
		process.exitCode = 1;
	}
}
