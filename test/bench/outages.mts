// The tasks in which the server is away for a while, or for good: the trouble hits every request while it lasts.
import type { Fault } from '../../sandbox/faults.mts';
import { EVERY_EVENT, type Contender, type Task } from './tasks.mts';

const ALL: Contender[] = [
	'bare client',
	'HTTP Request node',
	'HTTP Request node, Retry On Fail',
	'this node',
];
/**
 * The trouble begins with the request after so many: by the clock it would find a contender that sends everything at once
 * done already, or not, by the speed of the machine.
 */
const AFTER_REQUESTS = 100;
const LATENCY: Fault = { latencyMs: 20 };
const KINDS: Record<string, Fault> = {
	'connections reset': { drop: 'before' },
	'503 without Retry-After': { status: 503 },
	"a proxy's page with 502": { html: 502 },
};

/** So many seconds of trouble; without a number, for ever. */
function behaviour(fault: Fault, seconds?: number) {
	const untilMs = seconds === undefined ? undefined : seconds * 1000;
	return { faults: [LATENCY, { ...fault, afterRequests: AFTER_REQUESTS, untilMs }] };
}

const kinds = Object.entries(KINDS);
const gets = { kind: 'get', guests: 600, items: 600, good: 600 } as const;

const reads = kinds.flatMap(([kind, fault]) =>
	[1, 3, 10, 30].map((seconds): Task => {
		return {
			...gets,
			name: `600 gets, outage of ${seconds} s, ${kind}`,
			table: 'reads',
			// What becomes of the others depends on whether the trouble outlasts their tries: one length on either side.
			contenders: [3, 30].includes(seconds) ? ALL : ['this node'],
			behaviour: behaviour(fault, seconds),
			runs: 1,
		};
	}),
);

const writes = Object.entries<Fault>({
	'connections reset before the write': { drop: 'before' },
	'connections reset after the write': { drop: 'after' },
	'503 without Retry-After': { status: 503 },
}).map(([kind, fault]): Task => {
	return {
		name: `300 creates, outage of 5 s, ${kind}`,
		table: 'writes',
		contenders: ALL,
		guests: 10,
		// Who is sent twice would be invited twice, so that it shows.
		behaviour: { ...behaviour(fault, 5), quirks: { existingGuest: 'invited' } },
		kind: 'create',
		items: 300,
		runs: 1,
		good: 300,
	};
});

const endless = kinds.map(([kind, fault]): Task => {
	return {
		...gets,
		name: `600 gets, outage without an end, ${kind}`,
		table: 'endless',
		contenders: ALL,
		behaviour: behaviour(fault),
		runs: 1,
	};
});

const shared = kinds.map(([kind, fault]): Task => {
	return {
		...gets,
		name: `twice 300 gets and a trigger, outage of 3 s, ${kind}`,
		table: 'shared',
		contenders: ['this node'],
		behaviour: behaviour(fault, 3),
		executions: 2,
		events: EVERY_EVENT,
		runs: 1,
	};
});

export const OUTAGES: Task[] = [...reads, ...writes, ...endless, ...shared];
