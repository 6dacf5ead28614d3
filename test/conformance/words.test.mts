import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

/** Words that the code once had for things that have a standard term, and that term. */
const TERMS: Array<[RegExp, string]> = [
	[/\b[dD]oors?\b|openDoor|throughDoor/, 'client, or operationHook'],
	[/wholeAnswer/, 'fullResponse'],
	[/\b[pP]ace\b/, 'RateLimiter; pacing is the parameter'],
	[/\b[tT]ickets?\b|\blanes?\b/, 'permit, bucket'],
	[/\bdismiss\w*/, 'cancelWaiting'],
	[/GENTLE_START|CAUTION\b/, 'INITIAL_CONCURRENCY, ADDITIVE_INCREASE_AFTER'],
	[/nobodyThere/, 'circuit breaker'],
	[/\bpersist(ent)?\b(?!-credentials)|\b[pP]atience\w*|\bPATIENCE\b/, 'retry options, deadline'],
	[/\bUnsent\b/, 'Cancelled'],
	[
		/\bParty\b|\bstandalone\b|senderFor|openPicker|\b[pP]ickers?\b|pickerContext/,
		'clientFor, list search',
	],
	[/\b(new|instanceof|a|the) Problem\b|\bProblem\(/, 'TallyfyError'],
	[
		/lostConnection|withoutSecrets|saysUnknown|oddAnswer|failureOf\b|failureFrom\b/,
		'noResponse, redact, isNotFound, ...',
	],
	[/\bkeptBy\b/, 'predicate, clientFilter'],
	[/\bWALKS\b|\bwalk(s|ed|ing)?\b/, 'readAllPages, pass'],
	[/\binTurn\b(?!\()|\bturns\.ts\b/, 'withLock'],
	[/guestAfter\b|afterWrite\b/, 'guestFromWriteResponse'],
	[/[wW]ayToGuest|ofKnown(Guest|Key)/, 'withGuestCode, assertGuestFound, assertFieldFound'],
	[/\bmomentOf\b/, 'parseTimestamp'],
	[/inOneOrder/, 'mergedFields'],
	[/settleDoubts|\bdoubtful\b/, 'confirmChanges, unconfirmed, unknown'],
	[/\bwantedBy\b|\bWanted\b/, 'triggerParameters'],
	[/\bhorizon\b|\b[aA]rrivals?\b/, 'watermark, newGuests'],
	[/\bLooks?\b(?= (type|of|gives))|\blookAt\b/, 'GuestDiff'],
	[/[fF]ingerprint/, 'GuestState'],
	[/\bconcerned\b|\btellers?\b|\btellerFor\b/, 'payloadGuests, guestResolver'],
	[/strangerIn|foreignIn/, 'rejectOtherOrganization'],
	[/marksOf/, 'eventKeys'],
];

const files = ['nodes', 'credentials', 'test']
	.flatMap((folder) =>
		readdirSync(folder, { recursive: true, withFileTypes: true })
			.filter((entry) => entry.isFile() && /\.m?ts$/.test(entry.name))
			.map((entry) => join(entry.parentPath, entry.name)),
	)
	.filter((file) => file !== 'test/conformance/words.test.mts');

describe('Words', () => {
	it.each(TERMS)('of our own are not used where there is a standard term: not %s but %s', (old) => {
		const found = [...files, 'ARCHITECTURE.md', 'CONTRIBUTING.md'].flatMap((file) =>
			readFileSync(file, 'utf8')
				.split('\n')
				.flatMap((line, at) => (old.test(line) ? [`${file}:${at + 1} ${line.trim()}`] : [])),
		);
		expect(found).toEqual([]);
	});
});
