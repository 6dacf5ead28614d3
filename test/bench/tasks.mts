// What is measured: each task with the server it meets, and how many good items it should give.
import type { Behaviour } from '../../sandbox/faults.mts';

export interface Task {
	name: string;
	guests: number;
	behaviour: Partial<Behaviour>;
	kind: 'list' | 'get' | 'create' | 'poll';
	/** What polls look for. */
	events?: string[];
	/** Input items of get and create. */
	items?: number;
	pacing?: Record<string, number>;
	/** Runs of each contender, of which the median counts. */
	runs: number;
	/** Items that a perfect contender gives. */
	good: number;
}

const EVERYTHING = [
	'guestAdded',
	'guestFirstAccess',
	'guestReturned',
	'guestCompletedTask',
	'guestDisabled',
	'guestEnabled',
	'guestInactive',
];

/** The trigger: its first poll, and three more after each of which one guest is added. */
function polls(): Task[] {
	const modes = [
		{ what: 'all events', events: EVERYTHING },
		{ what: 'Guest Added alone', events: ['guestAdded'] },
	];
	return modes.flatMap(({ what, events }) =>
		[1000, 10_000, 50_000].flatMap((guests) =>
			[0, 50].map((latencyMs): Task => {
				const latency = latencyMs ? `${latencyMs} ms latency` : 'no latency';
				const name = `poll ${guests.toLocaleString('en-US')} guests for ${what}, ${latency}`;
				const behaviour = latencyMs ? { faults: [{ latencyMs }] } : {};
				// The guests who are added in between count too.
				return { name, guests: guests - 3, behaviour, kind: 'poll', events, runs: 3, good: 3 };
			}),
		),
	);
}

export const TASKS: Task[] = [
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
	...polls(),
];
