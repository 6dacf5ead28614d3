// Reads Markdown as far as the tests of the documents need it: headings, links, tables, commands.

/** Text without fenced code, so that what is shown as an example is not taken for the document's own. */
const withoutCode = (text: string) => text.replace(/^```[\s\S]*?^```/gm, '');

/** The part under a heading (of any level) that `title` matches, up to the next heading of that level or above; '' if none. */
export function sectionUnder(text: string, title: RegExp): string {
	const lines = text.split('\n');
	const start = lines.findIndex((line) => /^#+ /.test(line) && title.test(line));
	if (start < 0) return '';
	const [level] = /^#+/.exec(lines[start]) ?? [''];
	const rest = lines.slice(start + 1);
	const end = rest.findIndex((line) => (/^(#+) /.exec(line)?.[1].length ?? 99) <= level.length);
	return rest.slice(0, end < 0 ? undefined : end).join('\n');
}

export interface Table {
	header: string[];
	rows: string[][];
}

/** Every table, its cells trimmed. */
export function tablesOf(text: string): Table[] {
	const cells = (line: string) =>
		line
			.split(/(?<!\\)\|/)
			.slice(1, -1)
			.map((cell) => cell.trim());
	return withoutCode(text)
		.split(/\n(?!\|)/)
		.map((block) => block.split('\n').filter((line) => line.startsWith('|')))
		.filter((lines) => lines.length > 1 && /^[|\s:-]+$/.test(lines[1]))
		.map(([header, , ...rows]) => ({ header: cells(header), rows: rows.map(cells) }));
}

/** Where its links and pictures lead. */
export function linksOf(text: string): string[] {
	const prose = withoutCode(text).replace(/`[^`\n]*`/g, '');
	return [
		...prose.matchAll(/\]\(([^)\s]+)\)|<(?:img|a|source)[^>]+(?:src|srcset|href)="([^"]+)"/g),
	].map((match) => match[1] ?? match[2]);
}

/** The anchors that GitHub makes of its headings. */
export function anchorsOf(text: string): string[] {
	const seen = new Map<string, number>();
	return [...withoutCode(text).matchAll(/^#+ (.+)$/gm)].map(([, heading]) => {
		const slug = heading
			.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
			.toLowerCase()
			.replace(/[^\p{L}\p{N}\s_-]/gu, '')
			.trim()
			.replace(/\s/g, '-');
		const times = seen.get(slug) ?? 0;
		seen.set(slug, times + 1);
		return times === 0 ? slug : `${slug}-${times}`;
	});
}

/** Every command in it that people type: lines of shell code, and inline code that begins like one. */
export function commandsOf(text: string): string[] {
	const blocks = [...text.matchAll(/^```(?:bash|sh|shell)\n([\s\S]*?)^```/gm)];
	const typed = blocks.flatMap(([, code]) => code.replace(/\\\n\s*/g, ' ').split('\n'));
	const inline = [...withoutCode(text).matchAll(/`([^`\n]+)`/g)].map((match) => match[1]);
	return [...typed, ...inline]
		.flatMap((line) => line.split('&&'))
		.map((command) => command.trim())
		.filter((command) => /^(npm|npx|node|bash) /.test(command));
}
