// Process > Get Many
import { simplifiedProcess } from '../../output/process';
import { sendForList } from '../../transport/client';
import type { Predicate } from '../../transport/pagination';
import { filtersField, limit, limitOf, outputOf, returnAll } from '../fields';
import type { Operation } from '../operation';
import { templateLocator, templateSegment } from '../template/locator';
import { oneOf } from '../values';
import { processOutput } from './get';

/** Whether the status of a process is one of these words, or not told. */
const isIn =
	(...words: string[]): Predicate =>
	({ status }) =>
		typeof status !== 'string' || words.includes(status);
const isComplete = isIn('complete', 'completed');
const hasIssue: Predicate = ({ has_open_issue: has }) => has === true;

/**
 * The values of Status, and which processes each means as far as a record tells (G86). Tallyfy may answer a word that it does not
 * know with everything, as it does for tasks (facts 107), so what comes back is filtered again.
 */
const STATUSES: Record<string, Predicate> = {
	active: ({ status, archived_at: archived }) =>
		!archived && !['complete', 'completed', 'archived'].includes(String(status)),
	any: () => true,
	archived: ({ archived_at: at }) => at !== null,
	complete: isComplete,
	delayed: ({ late_tasks: late }) => late !== 0,
	improvement: () => true,
	issue: (process) => hasIssue(process) || isIn('issue')(process),
	problem: (process) => hasIssue(process) || isIn('problem', 'issue')(process),
	starred: ({ starred }) => starred !== false,
};

const filters = filtersField([
	{
		displayName: 'Search',
		name: 'search',
		type: 'string',
		default: '',
		placeholder: 'e.g. Northwind',
		description: 'Part of the name. Tallyfy itself searches, so this saves requests.',
		routing: { send: { type: 'query', property: 'q' } },
	},
	{
		displayName: 'Status',
		name: 'status',
		type: 'options',
		default: 'any',
		description:
			'Tallyfy is asked for these processes, and the node leaves out what does not belong there, page by page. Archived ones come with Archived only.',
		options: [
			{ name: 'Active', value: 'active' },
			{ name: 'Any', value: 'any' },
			{ name: 'Archived', value: 'archived' },
			{ name: 'Complete', value: 'complete' },
			{ name: 'Delayed', value: 'delayed' },
			{ name: 'Improvement', value: 'improvement', description: 'With a suggested improvement' },
			{ name: 'Issue', value: 'issue', description: 'With an open issue, which locks its tasks' },
			{ name: 'Problem', value: 'problem', description: 'With a problem or an open issue' },
			{ name: 'Starred', value: 'starred' },
		],
	},
	{
		...templateLocator,
		required: false,
		description: 'Only processes that were launched from this template, whatever its version',
	},
]);

export const processGetAll: Operation = {
	value: 'getAll',
	name: 'Get Many',
	action: 'Get many processes',
	description:
		'List the processes of the organization: all, those whose name matches a search, of one status, or of one template',
	request: { method: 'GET', url: '/runs' },
	run: async (client, request) => {
		const count = limitOf(client);
		const given = client.parameter('filters.status', '');
		const status = oneOf(given, 'Filters > Status', Object.keys(STATUSES), 'any') || 'any';
		const template = client.parameter('filters.template', '') || undefined;
		const qs = {
			...request.qs,
			// Archived ones are left out unless this is sent, whatever the status (contract, listProcesses).
			...(status === 'archived'
				? { archived: 'only' }
				: { status: status === 'any' ? '' : status }),
			checklist_id: template && templateSegment.check(template),
		};
		const predicate = status === 'any' ? undefined : STATUSES[status];
		return await sendForList(client, { ...request, qs }, count, predicate);
	},
	output: (client) => outputOf(client, simplifiedProcess),
	fields: [returnAll, limit, processOutput, filters],
};
