// The picture of the comparison, as SVG: bars for the rows of RESULTS.md that tell most. Written with the results by bench.mts.
import { tablesOf } from '../support/markdown.mts';
import type { Contender } from './tasks.mts';

export type Theme = 'light' | 'dark';

/** The rows that are shown: a task, as it is called in RESULTS.md, and what people call it. */
export const CHARTED: Array<{ task: string; title: string; column: 'time' | 'good items' }> = [
	{
		task: 'list 10,000 guests, 50 ms latency',
		title: 'List 10,000 guests, 50 ms away: how long it takes',
		column: 'time',
	},
	{
		task: '300 gets, 60 allowed per 2 s',
		title: '300 reads, 60 allowed in 2 seconds: how many arrive',
		column: 'good items',
	},
	{
		task: '200 creates, 30 per 2 s, 1 answer in 10 lost after the write and 1 in 10 before',
		title: '200 creates, 30 allowed in 2 seconds, one answer in five lost: how many succeed',
		column: 'good items',
	},
	{
		task: '600 gets, outage of 30 s, 503 without Retry-After',
		title: '600 reads, 30 seconds without a server: how many arrive',
		column: 'good items',
	},
	{
		task: '300 creates, outage of 5 s, connections reset after the write',
		title: '300 creates, answers lost for 5 seconds: how many succeed',
		column: 'good items',
	},
];

const CALLED: Record<Contender, string> = {
	'this node': 'this node',
	'HTTP Request node': 'HTTP Request node',
	'HTTP Request node, Retry On Fail': 'the same with Retry On Fail',
	'bare client': 'client written by hand',
};

const COLOURS: Record<Theme, { text: string; quiet: string; own: string; other: string }> = {
	light: { text: '#1f2328', quiet: '#59636e', own: '#1a7f4b', other: '#c4ccd4' },
	dark: { text: '#f0f6fc', quiet: '#9198a1', own: '#3fb27f', other: '#4b535d' },
};
const WIDTH = 720;
/** Of the longest bar, so that its words have room beside it. */
const LONGEST = 290;
const LINE = 17;
const GROUP = 30;

interface Bar {
	who: string;
	isOwn: boolean;
	/** From 0 to 1. */
	share: number;
	words: string;
}
interface Group {
	title: string;
	bars: Bar[];
}

/** The rows of a task in RESULTS.md, by who it was. Raises an error when there are none: nothing is shown that was not measured. */
function rowsOf(results: string, task: string): Map<string, Record<string, string>> {
	const rows = tablesOf(results).flatMap(({ header, rows: cells }) =>
		cells.map((row) => Object.fromEntries(header.map((name, index) => [name, row[index]]))),
	);
	const found = rows.filter((row) => row.task === task);
	if (!found.length) throw new Error(`RESULTS.md has no row "${task}", which the chart shows.`);
	return new Map(found.map((row) => [row.who, row]));
}

function groupsOf(results: string): Group[] {
	return CHARTED.map(({ task, title, column }) => {
		const rows = rowsOf(results, task);
		const who = Object.keys(CALLED).filter((name) => rows.has(name)) as Contender[];
		const cells = who.map((name) => rows.get(name) ?? {});
		// Of a count that differs between runs the least is drawn.
		const numbers = cells.map((row) => parseFloat(row[column]));
		const whole =
			column === 'time' ? Math.max(...numbers) : parseFloat(cells[0][column].split(' of ')[1]);
		const bars = who.map((name, index) => {
			const again = Number(cells[index]['invited more than once'] ?? 0);
			return {
				who: CALLED[name],
				isOwn: name === 'this node',
				share: numbers[index] / whole,
				words: `${cells[index][column]}${again ? `, but ${again} invited twice` : ''}`,
			};
		});
		return { title, bars };
	});
}

/** The numbers of the chart as one text, for those who do not see it. */
function said(groups: Group[]): string {
	return groups
		.map(
			({ title, bars }) =>
				`${title}: ${bars.map(({ who, words }) => `${who} ${words}`).join('; ')}.`,
		)
		.join(' ');
}

/** @param results the text of RESULTS.md */
export function chartOf(results: string, theme: Theme): string {
	const { text, quiet, own, other } = COLOURS[theme];
	const groups = groupsOf(results);
	let y = 0;
	const drawn = groups.flatMap(({ title, bars }) => {
		y += GROUP;
		const heading = `<text y="${y - 10}" class="t">${title}</text>`;
		const lines = bars.map(({ who, isOwn, share, words }) => {
			const length = Math.max(1, Math.round(share * LONGEST));
			const kind = isOwn ? ' class="n"' : '';
			const bar = `<path${kind} d="M0 ${y}h${length}v11H0z"/>`;
			y += LINE;
			return `${bar}<text${kind} x="${length + 7}" y="${y - 7}">${who}: ${words}</text>`;
		});
		return [heading, ...lines];
	});
	return [
		`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" role="img" aria-labelledby="t d">`,
		'<title id="t">Measured: this node, the HTTP Request node, and a client written by hand</title>',
		`<desc id="d">${said(groups)}</desc>`,
		`<style>text{font:12px system-ui,sans-serif;fill:${quiet}}path{fill:${other}}text.n,.t{fill:${text};font-weight:600}path.n{fill:${own}}</style>`,
		...drawn,
		'</svg>\n',
	].join('\n');
}
