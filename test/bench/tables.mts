// How results are shown: the columns of each table, and the sections of RESULTS.md with their words.
import { median } from './measure.mts';
import type { Contender, Result, TableName, Task } from './tasks.mts';

interface Row {
	task: Task;
	who: Contender;
	runs: Result[];
	/** Of the bare client with the same task, where it took part. */
	bare?: Result[];
}
type Column = [heading: string, cell: (row: Row) => string | number];

const middle = (runs: Result[], key: keyof Result) =>
	median(runs.map((result) => result[key] ?? NaN));
const seconds = (runs: Result[], key: keyof Result) => `${(middle(runs, key) / 1000).toFixed(2)} s`;
/** One number, or the least and the most where the runs differ: what went wrong once must not hide behind a median. */
function range(runs: Result[], count: (result: Result) => number): string {
	const counts = runs.map(count);
	const [least, most] = [Math.min(...counts), Math.max(...counts)];
	return least === most ? String(least) : `${least} to ${most}`;
}

const one = {
	ratio: [
		'to bare client',
		({ runs, bare = [] }) => (middle(runs, 'ms') / middle(bare, 'ms')).toFixed(2),
	],
	task: ['task', ({ task }) => task.name],
	who: ['who', ({ who }) => who],
	good: ['good items', ({ task, runs }) => `${range(runs, ({ good }) => good)} of ${task.good}`],
	accounted: [
		'good or failed',
		({ task, runs }) => `${range(runs, ({ good, failed }) => good + failed)} of ${task.good}`,
	],
	time: ['time', ({ runs }) => seconds(runs, 'ms')],
	after: ['after the outage', ({ runs }) => seconds(runs, 'afterMs')],
	into: ['requests into the outage', ({ runs }) => range(runs, ({ faulted }) => faulted)],
	requests: ['requests', ({ runs }) => middle(runs, 'requests')],
	memory: ['peak memory', ({ runs }) => `${middle(runs, 'memoryMb').toFixed(0)} MB`],
} satisfies Record<string, Column>;

export const TABLES: Record<TableName, Column[]> = {
	speed: [
		one.task,
		one.who,
		one.good,
		one.time,
		one.ratio,
		one.requests,
		['refused', ({ runs }) => middle(runs, 'refused')],
		['peak in flight', ({ runs }) => middle(runs, 'peakInFlight')],
		one.memory,
	],
	polls: [
		one.task,
		['events found', one.good[1]],
		['first poll', ({ runs }) => seconds(runs, 'firstMs')],
		['a poll', one.time[1]],
		one.requests,
		['state', ({ runs }) => `${(middle(runs, 'stateBytes') / 1000).toFixed(1)} kB`],
		[
			'bytes per guest',
			({ task, runs }) => (middle(runs, 'stateBytes') / (task.guests + 3)).toFixed(1),
		],
		one.memory,
	],
	work: [one.task, one.who, one.good, one.time, one.ratio, one.requests],
	reads: [one.task, one.who, one.good, one.time, one.after, one.into, one.requests],
	writes: [
		one.task,
		one.who,
		one.good,
		['guests invited', ({ task, runs }) => range(runs, ({ guests }) => guests - task.guests)],
		['invited more than once', ({ runs }) => range(runs, ({ invitedAgain }) => invitedAgain)],
		one.time,
		one.after,
		one.into,
		one.requests,
	],
	endless: [one.task, one.who, one.good, one.accounted, one.time, one.into, one.requests],
	shared: [
		one.task,
		one.good,
		['polls', ({ runs }) => range(runs, ({ polls = NaN }) => polls)],
		['polls that failed', ({ runs }) => range(runs, ({ pollsFailed = NaN }) => pollsFailed)],
		one.time,
		one.after,
		one.into,
		one.requests,
	],
};

const line = (cells: Array<string | number>) => `| ${cells.join(' | ')} |`;

export const headingOf = (table: TableName): string =>
	[line(TABLES[table].map(([heading]) => heading)), line(TABLES[table].map(() => '---'))].join(
		'\n',
	);

/** One line for each contender. */
export function rowsOf(task: Task, results: Map<Contender, Result[]>): string[] {
	const bare = results.get('bare client');
	return [...results].map(([who, runs]) =>
		line(TABLES[task.table].map(([, cell]) => cell({ task, who, runs, bare }))),
	);
}

export interface Section {
	/** Of RESULTS.md; the first one is the title of the file. */
	title: string;
	/** `npm run bench -- WORD` runs and writes this section alone. */
	word?: string;
	/** Below the line that says where and when. */
	text: string;
	tables: TableName[];
}

export const SECTIONS: Section[] = [
	{
		title: '# Benchmark results',
		text: `Each row sums up three to five runs, each in a process of its own, taken in turn in one run of the benchmark: the
medians, and for good items the least and the most where they differ. The bare client is written by hand: eight requests at a time, obeying Retry-After,
nothing else. The HTTP Request node is set up by hand with this package's credential; for lists it gives pages, not guests.
Compare the ratios, not the seconds.`,
		tables: ['speed'],
	},
	{
		title: '## Work',
		word: 'work',
		text: `Tasks of guests, and launches. Of the tasks a good item is a guest whose open tasks came. The bare client launches without
looking whether the guests are there, who starts the process, or what became of its tasks. Each row is the median of three runs,
each in a process of its own.`,
		tables: ['work'],
	},
	{
		title: '## Polls',
		word: 'poll',
		text: `The trigger on n8n-core's own context: its first poll, which takes the snapshot, and then the median of three polls, before
each of which one guest was added. Requests are those of one later poll. State is what n8n keeps for the node between two
polls. Each row is the median of three runs, each in a process of its own.`,
		tables: ['polls'],
	},
	{
		title: '## Outages',
		word: 'outage',
		text: `The server answers in 20 ms. With the 101st request it goes away for the given time: it resets every connection, answers 503,
or a proxy answers 502 for it. "After the outage" is the time from its end to the end of the contender, less than nothing for
one that gave up before. "Requests into the outage" are those that arrived while it lasted.

The HTTP Request node is there twice, since no setting is the best for it everywhere. With On Error set to Continue it keeps what
it got, but n8n tries again only if the first item failed, and here that was answered before the outage. "Retry On Fail" is that
setting with all that n8n allows, five tries 5 s apart, and On Error set to Stop Workflow: each try sends all items again, and
if the last one fails nothing is left. In the creates the server invites again who is invited already, so that it shows.

One run each, in a process of its own: what counts here are numbers of items and requests, not milliseconds.`,
		tables: ['reads', 'writes', 'endless', 'shared'],
	},
];
