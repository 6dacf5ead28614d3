// What is measured: each task with the server it meets, and how many good items it should give. Outages: outages.mts.
import type { Behaviour } from '../../sandbox/faults.mts';

/** A client written by hand, n8n's HTTP Request node in two settings, and this node. */
export type Contender =
	| 'bare client'
	| 'HTTP Request node'
	| 'HTTP Request node, Retry On Fail'
	| 'this node';

/** Where the result of a task is shown: tables.mts. */
export type TableName = 'speed' | 'work' | 'polls' | 'reads' | 'writes' | 'endless' | 'shared';

export interface Task {
	name: string;
	table: TableName;
	contenders: Contender[];
	guests: number;
	/** From the contender's first request on. */
	behaviour: Partial<Behaviour>;
	kind: 'list' | 'get' | 'create' | 'poll' | 'tasks' | 'launch';
	/** Input items of get and create. */
	items?: number;
	/** The items are spread over so many executions at once; one, if left out. */
	executions?: number;
	/** What the trigger looks for: of poll, or beside the executions, where it is polled until they have ended. */
	events?: string[];
	pacing?: Record<string, number>;
	/** Runs of each contender. */
	runs: number;
	/** Items that a perfect contender gives. */
	good: number;
}

/** How items ended. */
export interface Counts {
	good: number;
	/** Those that failed and say so: error items. */
	failed: number;
	/** Of the trigger beside executions. */
	polls?: number;
	pollsFailed?: number;
}

/** What one run gave: the contender's own numbers first, then what the sandbox counted. */
export interface Result extends Counts {
	/** Of polls: the median of the later ones. */
	ms: number;
	/** From the end of the trouble to the end of the contender; less than nothing for one that had ended before. */
	afterMs?: number;
	memoryMb: number;
	/** Of polls: the first one, and what n8n keeps between two of them. */
	firstMs?: number;
	stateBytes?: number;

	requests: number;
	refused: number;
	/** Requests whose answer the trouble took or replaced. */
	faulted: number;
	peakInFlight: number;
	/** Guests in the organization afterwards. */
	guests: number;
	/** Guests who were invited more than once. */
	invitedAgain: number;
}

export const EVERY_EVENT = [
	'guestAdded',
	'guestFirstAccess',
	'guestReturned',
	'guestCompletedTask',
	'guestDisabled',
	'guestEnabled',
	'guestInactive',
];

/** Tasks and processes; the number of requests counts as much as the time. */
const WORK: Array<Omit<Task, 'table'>> = [
	{
		name: 'tasks of 40 guests by email, 50 ms latency',
		contenders: ['bare client', 'HTTP Request node', 'this node'],
		guests: 100,
		behaviour: { faults: [{ latencyMs: 50 }] },
		kind: 'tasks',
		items: 40,
		runs: 3,
		good: 40,
	},
	{
		name: 'a launch with 30 steps, three of them for guests, 50 ms latency',
		contenders: ['bare client', 'this node'],
		guests: 100,
		behaviour: { faults: [{ latencyMs: 50 }] },
		kind: 'launch',
		items: 3,
		runs: 3,
		good: 1,
	},
];

/** The trigger: its first poll, and three more after each of which one guest is added. */
function polls(): Task[] {
	const modes = [
		{ what: 'all events', events: EVERY_EVENT },
		{ what: 'Guest Added alone', events: ['guestAdded'] },
	];
	return modes.flatMap(({ what, events }) =>
		[1000, 10_000, 50_000].flatMap((guests) =>
			[0, 50].map((latencyMs): Task => {
				const latency = latencyMs ? `${latencyMs} ms latency` : 'no latency';
				return {
					name: `poll ${guests.toLocaleString('en-US')} guests for ${what}, ${latency}`,
					table: 'polls',
					contenders: ['this node'],
					// The guests who are added in between count too.
					guests: guests - 3,
					behaviour: latencyMs ? { faults: [{ latencyMs }] } : {},
					kind: 'poll',
					events,
					runs: 3,
					good: 3,
				};
			}),
		),
	);
}

const SPEED: Array<Omit<Task, 'table' | 'contenders'>> = [
	{
		name: 'list 10,000 guests, no latency',
		guests: 10_000,
		behaviour: {},
		kind: 'list',
		runs: 5,
		good: 10_000,
	},
	{
		name: 'list 10,000 guests, 50 ms latency',
		guests: 10_000,
		behaviour: { faults: [{ latencyMs: 50 }] },
		kind: 'list',
		runs: 5,
		good: 10_000,
	},
	{
		name: 'list 100,000 guests, no latency',
		guests: 100_000,
		behaviour: {},
		kind: 'list',
		runs: 3,
		good: 100_000,
	},
	{
		name: 'list 100,000 guests, 50 ms latency',
		guests: 100_000,
		behaviour: { faults: [{ latencyMs: 50 }] },
		kind: 'list',
		runs: 3,
		good: 100_000,
	},
	{
		name: '1,000 gets, 50 ms latency, concurrency 32',
		guests: 1000,
		behaviour: { faults: [{ latencyMs: 50 }] },
		kind: 'get',
		items: 1000,
		pacing: { concurrency: 32 },
		runs: 5,
		good: 1000,
	},
	{
		name: '300 gets, 60 allowed per 2 s',
		guests: 300,
		behaviour: { limits: { burst: { requests: 60, windowMs: 2000 } } },
		kind: 'get',
		items: 300,
		runs: 3,
		good: 300,
	},
	{
		name: '200 creates, 30 per 2 s, 1 answer in 10 lost after the write and 1 in 10 before',
		guests: 10,
		behaviour: {
			limits: { invites: { guests: 30, windowMs: 2000 } },
			faults: [
				{ method: 'POST', every: 10, drop: 'after' },
				{ method: 'POST', every: 11, drop: 'before' },
			],
		},
		kind: 'create',
		items: 200,
		runs: 3,
		good: 200,
	},
];

export const TASKS: Task[] = [
	...SPEED.map((task): Task => {
		return {
			...task,
			table: 'speed',
			contenders: ['bare client', 'HTTP Request node', 'this node'],
		};
	}),
	...WORK.map((task): Task => ({ ...task, table: 'work' })),
	...polls(),
];
