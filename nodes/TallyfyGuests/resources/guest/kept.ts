// Whom the filters of Get Many keep that Tallyfy does not have: applied page by page, so that a limit stops early.
import type { IDataObject } from 'n8n-workflow';
import { guestField, isDisabled } from '../../output/guest';
import { isoText, parseTimestamp } from '../../output/dates';
import type { ItemClient } from '../../transport/client';
import { invalidParameter } from '../../transport/errors';
import type { Predicate } from '../../transport/pagination';

/** Milliseconds since 1970 of a date as people and expressions give it; undefined for a blank one. */
function momentFrom(value: unknown, label: string): number | undefined {
	if (value === undefined || value === null || value === '') return undefined;
	const moment = parseTimestamp(isoText(value));
	if (moment !== undefined) return moment;
	throw invalidParameter(
		`Filters > ${label}`,
		`is not a date: ${String(value)}`,
		'Give an ISO date, e.g. 2025-05-15 or 2025-05-15T14:30:00Z.',
	);
}

/** A test of the moment in a field against two bounds; undefined when there are none. */
function between(
	given: IDataObject,
	field: 'createdAt' | 'lastAccessedAt',
	[after, before]: [string, string],
	label: string,
): Predicate | undefined {
	const from = momentFrom(given[after], `${label} After`);
	const to = momentFrom(given[before], `${label} Before`);
	if (from === undefined && to === undefined) return undefined;
	if (from !== undefined && to !== undefined && from >= to) {
		throw invalidParameter(
			`Filters > ${label} After`,
			`is not earlier than ${label} Before`,
			'No guest can be both. Exchange the two dates, or take one away.',
		);
	}
	return (guest) => {
		const moment = parseTimestamp(guestField(guest, field));
		return moment !== undefined && moment >= (from ?? -Infinity) && moment < (to ?? Infinity);
	};
}

const STATUSES = ['any', 'active', 'disabled'];

/** One of the values of Status. Raises a Problem for others: with no filter instead, everybody would pass for wanted. */
function statusFrom(value: unknown): string {
	const status = String(value ?? '').trim() || 'any';
	if (STATUSES.includes(status)) return status;
	throw invalidParameter(
		'Filters > Status',
		`is ${status}`,
		`Choose one of: ${STATUSES.join(', ')}.`,
	);
}

/** Yes or no, also as a text, which is what expressions and agents give. Raises a Problem for anything else. */
function switchFrom(value: unknown, label: string): boolean {
	const text = String(value ?? '')
		.trim()
		.toLowerCase();
	if (['', 'false', 'null'].includes(text)) return false;
	if (text === 'true') return true;
	throw invalidParameter(`Filters > ${label}`, `is ${text}`, 'Give true or false.');
}

/** What the filters keep; undefined when Tallyfy does all the filtering. Raises a Problem for filters that contradict. */
export function clientFilter(client: ItemClient): Predicate | undefined {
	const given = (client.parameter('filters', {}) ?? {}) as IDataObject;
	// Tallyfy searches, but would leave out a search that it cannot read.
	if (typeof given.search === 'object' && given.search !== null) {
		throw invalidParameter('Filters > Search', 'is not a text', 'Give one part of an email.');
	}
	const status = statusFrom(given.status);
	const neverAccessed = switchFrom(given.neverAccessed, 'Never Accessed');
	const company = String(given.company ?? '')
		.trim()
		.toLowerCase();
	const created = between(given, 'createdAt', ['createdAfter', 'createdBefore'], 'Created');
	const accessed = between(
		given,
		'lastAccessedAt',
		['lastAccessedAfter', 'lastAccessedBefore'],
		'Last Accessed',
	);
	if (neverAccessed && accessed) {
		throw invalidParameter(
			'Filters > Never Accessed',
			'contradicts Last Accessed',
			'A guest who never came has no last visit. Take one of the two away.',
		);
	}
	const tests: Array<Predicate | undefined> = [
		status === 'disabled' ? isDisabled : undefined,
		status === 'active' ? (guest) => !isDisabled(guest) : undefined,
		company
			? (guest) =>
					String(guestField(guest, 'companyName') ?? '')
						.toLowerCase()
						.includes(company)
			: undefined,
		created,
		accessed,
		neverAccessed ? (guest) => !guestField(guest, 'lastAccessedAt') : undefined,
	];
	const set = tests.filter((test): test is Predicate => test !== undefined);
	return set.length > 0 ? (guest) => set.every((test) => test(guest)) : undefined;
}
