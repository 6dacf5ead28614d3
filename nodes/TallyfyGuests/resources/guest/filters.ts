// The filters of Get Many. Tallyfy searches (G8); the node itself applies the others, page by page, so that a limit stops early.
import type { INodeProperties } from 'n8n-workflow';
import { parseTimestamp } from '../../output/dates';
import { guestField, isDisabled } from '../../output/guest';
import type { ItemClient } from '../../transport/client';
import { invalidParameter } from '../../transport/errors';
import type { Predicate } from '../../transport/pagination';
import { filtersField } from '../fields';
import { collection, dateIn, oneOf, yesOrNo } from '../values';

const HERE = 'Tallyfy cannot filter by this, so the node does, page by page';

const date = (name: string, displayName: string, what: string): INodeProperties => ({
	displayName,
	name,
	type: 'dateTime',
	default: '',
	description: `Only guests ${what}. Without a zone the date is taken as UTC. ${HERE}.`,
});

export const filters = filtersField([
	{
		displayName: 'Company',
		name: 'company',
		type: 'string',
		default: '',
		placeholder: 'e.g. Partner Co',
		description: `Part of the company name; upper and lower case are the same. ${HERE}.`,
	},
	date('createdAfter', 'Created After', 'created at this moment or later'),
	date('createdBefore', 'Created Before', 'created before this moment'),
	date('lastAccessedAfter', 'Last Accessed After', 'who used their link at this moment or later'),
	date(
		'lastAccessedBefore',
		'Last Accessed Before',
		'whose last visit was before this moment; those who never came are left out',
	),
	{
		displayName: 'Never Accessed',
		name: 'neverAccessed',
		type: 'boolean',
		default: true,
		description: `Whether to return only guests who never used their link. ${HERE}.`,
	},
	{
		displayName: 'Search',
		name: 'search',
		type: 'string',
		default: '',
		placeholder: 'e.g. @partnerco.com',
		description: 'Part of an email. Tallyfy itself searches, so this saves requests.',
		routing: { send: { type: 'query', property: 'q' } },
	},
	{
		displayName: 'Status',
		name: 'status',
		type: 'options',
		default: 'active',
		description: `Which guests to return. ${HERE}.`,
		options: [
			{ name: 'Active', value: 'active' },
			{ name: 'Any', value: 'any' },
			{ name: 'Disabled', value: 'disabled' },
		],
	},
]);

/** Whether a date, such as that of the last visit (G20), is between two filters, the first included; undefined without any. */
function isBetween(
	field: 'createdAt' | 'lastAccessedAt',
	label: string,
	[after, before]: unknown[],
): Predicate | undefined {
	const from = dateIn(after, `Filters > ${label} After`);
	const to = dateIn(before, `Filters > ${label} Before`);
	if (from === undefined && to === undefined) return undefined;
	if (from !== undefined && to !== undefined && from >= to) {
		throw invalidParameter(
			`Filters > ${label} After`,
			`is not earlier than ${label} Before`,
			'No guest can be both. Exchange the two dates, or take one away.',
		);
	}
	return (guest) => {
		const at = parseTimestamp(guestField(guest, field));
		return at !== undefined && at >= (from ?? -Infinity) && at < (to ?? Infinity);
	};
}

/**
 * Which guests the filters keep of a list that has disabled ones too (G9); undefined when Tallyfy does all the filtering.
 * @throws TallyfyError for filters that contradict each other, or cannot be read
 */
export function clientFilter({ parameter }: ItemClient): Predicate | undefined {
	const given = collection(parameter, 'filters');
	// Tallyfy would leave out a search that it cannot read.
	if (typeof given.search === 'object' && given.search !== null) {
		throw invalidParameter('Filters > Search', 'is not a text', 'Give one part of an email.');
	}
	const status = oneOf(given.status, 'Filters > Status', ['any', 'active', 'disabled']);
	const neverAccessed = yesOrNo(given.neverAccessed, 'Filters > Never Accessed');
	const company = String(given.company ?? '')
		.trim()
		.toLowerCase();
	const { createdAfter, createdBefore, lastAccessedAfter, lastAccessedBefore } = given;
	const created = isBetween('createdAt', 'Created', [createdAfter, createdBefore]);
	const bounds = [lastAccessedAfter, lastAccessedBefore];
	const accessed = isBetween('lastAccessedAt', 'Last Accessed', bounds);
	if (neverAccessed && accessed) {
		throw invalidParameter(
			'Filters > Never Accessed',
			'contradicts Last Accessed',
			'A guest who never came has no last visit. Take one of the two away.',
		);
	}
	const predicates: Array<Predicate | false | undefined> = [
		status === 'disabled' && isDisabled,
		status === 'active' && ((guest) => !isDisabled(guest)),
		company !== '' &&
			((guest) =>
				String(guestField(guest, 'companyName') ?? '')
					.toLowerCase()
					.includes(company)),
		created,
		accessed,
		neverAccessed && ((guest) => !guestField(guest, 'lastAccessedAt')),
	];
	const set = predicates.filter((predicate) => typeof predicate === 'function');
	return set.length > 0 ? (guest) => set.every((predicate) => predicate(guest)) : undefined;
}
