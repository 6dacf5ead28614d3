import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CHARTED, chartOf } from '../bench/chart.mts';
import { OUTAGES } from '../bench/outages.mts';
import { TASKS } from '../bench/tasks.mts';

const read = (path: string) => readFileSync(path, 'utf8');
const results = read('test/bench/RESULTS.md');
const charts = [
	{ theme: 'light' as const, file: 'measured.svg' },
	{ theme: 'dark' as const, file: 'measured-dark.svg' },
].map((chart) => ({ ...chart, text: read(`docs/images/${chart.file}`) }));

describe('The chart of the comparison', () => {
	it('shows what RESULTS.md says: npm run bench -- --chart draws it again', () => {
		for (const { theme, text } of charts) expect(text).toBe(chartOf(results, theme));
	});

	it('shows tasks of the benchmark, and nothing that was not measured', () => {
		const tasks = [...TASKS, ...OUTAGES].map(({ name }) => name);
		expect(CHARTED.filter(({ task }) => !tasks.includes(task))).toEqual([]);
		const [{ task }] = CHARTED;
		expect(() => chartOf(results.replaceAll(task, 'something else'), 'light')).toThrow(task);
	});

	it('is small, says in words what it shows, and keeps its words inside', () => {
		for (const { text } of charts) {
			expect(Buffer.byteLength(text)).toBeLessThan(4000);
			expect(text).toMatch(/<title id="t">.+<\/title>\n<desc id="d">.{300,}<\/desc>/);
			const [, width] = /viewBox="0 0 (\d+) /.exec(text) ?? [];
			const words = [...text.matchAll(/<text[^>]*?(?: x="(\d+)")?[^>]*>([^<]+)</g)];
			expect(words.length).toBeGreaterThan(15);
			// In a wide font, as DejaVu Sans is, a letter of 12 px is 6 px on average, and 7 where it is bold.
			const ends = words.map(([, x = '0', { length }]) => Number(x) + 6.5 * length);
			expect(Math.max(...ends)).toBeLessThan(Number(width));
		}
	});

	it('is in README and in the comparison, for light and dark pages, with words for those who do not see it', () => {
		for (const [page, folder] of [
			['README.md', '/HEAD/docs/images/'],
			['docs/comparison.md', 'images/'],
		]) {
			const [picture = ''] = /<picture>[\s\S]+?<\/picture>/.exec(read(page)) ?? [];
			expect(picture).toContain('<source media="(prefers-color-scheme: dark)"');
			expect(picture).toContain(`${folder}measured-dark.svg"`);
			expect(picture).toMatch(new RegExp(`<img src="[^"]*${folder}measured.svg" alt="[^"]{50,}"`));
		}
	});
});
