// Pacing: how fast this node may go (G51), and how long it may wait. The same for every operation.
import type { INodeProperties } from 'n8n-workflow';
import type { ReadParameter } from '../transport/itemContext';
import type { RetryOptions } from '../transport/withRetry';
import { collection, numberIn } from './values';

const CONCURRENCY = 10;
const MAX_RETRY_WAIT_S = 60;

export const pacing: INodeProperties = {
	displayName: 'Pacing',
	name: 'pacing',
	type: 'collection',
	placeholder: 'Add pacing option',
	default: {},
	description:
		'How fast to go. Without this the node starts gently, speeds up while Tallyfy allows it, and waits when Tallyfy says so.',
	options: [
		{
			displayName: 'Concurrency',
			name: 'concurrency',
			type: 'number',
			typeOptions: { minValue: 1, maxValue: 64 },
			default: CONCURRENCY,
			description: 'How many requests may be under way at the same time, from 1 to 64',
		},
		{
			displayName: 'Max Retry Wait (Seconds)',
			name: 'maxRetryWait',
			type: 'number',
			typeOptions: { minValue: 0 },
			default: MAX_RETRY_WAIT_S,
			description:
				'How long one retry may wait. When Tallyfy asks for more, as for its hourly limit of invites, the item fails at once and says when to come back.',
		},
		{
			displayName: 'Requests per Minute',
			name: 'requestsPerMinute',
			type: 'number',
			typeOptions: { minValue: 1 },
			default: 120,
			description:
				'Never send more than this, evenly spread. For people who share the limit of their organization with other automations.',
		},
	],
};

/** A day, in seconds: longer waits belong into the workflow, not into one execution. */
const LONGEST_WAIT_S = 24 * 3600;

/** What the parameter Pacing says. @throws TallyfyError for numbers that make no sense */
export function retryOptionsOf(parameter: ReadParameter): RetryOptions {
	const given = collection(parameter, 'pacing');
	const number = (name: string, label: string, least: number, most?: number) =>
		numberIn(given[name], `Pacing > ${label}`, least, most);
	const concurrency = number('concurrency', 'Concurrency', 1, 64) ?? CONCURRENCY;
	const maxWaitS = number('maxRetryWait', 'Max Retry Wait', 0, LONGEST_WAIT_S) ?? MAX_RETRY_WAIT_S;
	const requestsPerMinute = number('requestsPerMinute', 'Requests per Minute', 1);
	return {
		limits: { concurrency: Math.floor(concurrency), requestsPerMinute },
		maxWaitMs: maxWaitS * 1000,
	};
}
