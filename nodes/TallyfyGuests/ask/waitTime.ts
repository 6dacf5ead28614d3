// Limit Wait Time: the field as n8n's own nodes that wait have it, and the moment that it means.
import { WAIT_INDEFINITELY, type INodeProperties } from 'n8n-workflow';
import { requestTimestamp } from '../output/dates';
import { collection, dateIn, numberIn, oneOf } from '../resources/values';
import { invalidParameter } from '../transport/errors';
import type { ReadParameter } from '../transport/itemContext';

const UNIT_MS = { minutes: 60_000, hours: 3_600_000, days: 86_400_000 };
type Unit = keyof typeof UNIT_MS;

export const limitWaitTime: INodeProperties = {
	displayName: 'Limit Wait Time',
	name: 'limitWaitTime',
	type: 'fixedCollection',
	placeholder: 'Add limit',
	default: {},
	description:
		'When to go on without an answer; the items then say "answered": false. Without a limit the workflow waits for ever.',
	options: [
		{
			displayName: 'Limit',
			name: 'values',
			values: [
				{
					displayName: 'Limit Type',
					name: 'limitType',
					type: 'options',
					default: 'afterTimeInterval',
					description:
						'Sets the condition for the execution to resume. Can be a specified date or after some time.',
					options: [
						{
							name: 'After Time Interval',
							description: 'Waits for a certain amount of time',
							value: 'afterTimeInterval',
						},
						{
							name: 'At Specified Time',
							description: 'Waits until the set date and time to continue',
							value: 'atSpecifiedTime',
						},
					],
				},
				{
					displayName: 'Amount',
					name: 'resumeAmount',
					type: 'number',
					typeOptions: { minValue: 0, numberPrecision: 2 },
					default: 3,
					description: 'The time to wait',
					displayOptions: { show: { limitType: ['afterTimeInterval'] } },
				},
				{
					displayName: 'Unit',
					name: 'resumeUnit',
					type: 'options',
					default: 'days',
					description: 'Unit of the interval value',
					displayOptions: { show: { limitType: ['afterTimeInterval'] } },
					options: [
						{ name: 'Minutes', value: 'minutes' },
						{ name: 'Hours', value: 'hours' },
						{ name: 'Days', value: 'days' },
					],
				},
				{
					displayName: 'Max Date and Time',
					name: 'maxDateAndTime',
					type: 'dateTime',
					default: '',
					description:
						'Continue execution after the specified date and time. Without a time zone it is taken as UTC.',
					displayOptions: { show: { limitType: ['atSpecifiedTime'] } },
				},
			],
		},
	],
};

const LABEL = 'Limit Wait Time';

/**
 * When the waiting ends: n8n's own date for never, where no limit is set.
 * @param now milliseconds since 1970
 * @throws TallyfyError for a moment that is past, and for what is none
 */
export function waitUntil(parameter: ReadParameter, now: number): Date {
	const given = collection(parameter, 'limitWaitTime.values');
	if (Object.keys(given).length === 0) return WAIT_INDEFINITELY;
	const types = ['afterTimeInterval', 'atSpecifiedTime'] as const;
	const type = oneOf(given.limitType, `${LABEL} > Limit Type`, types, 'afterTimeInterval');
	if (type === 'atSpecifiedTime') {
		const at = dateIn(given.maxDateAndTime, `${LABEL} > Max Date and Time`);
		if (at !== undefined && at > now) return new Date(at);
		throw invalidParameter(
			`${LABEL} > Max Date and Time`,
			at === undefined ? 'is empty' : `is past: ${requestTimestamp(at)} UTC`,
			'Give a date to come, or remove the limit.',
		);
	}
	const amount = numberIn(given.resumeAmount, `${LABEL} > Amount`, 0) ?? 3;
	const units = Object.keys(UNIT_MS) as Unit[];
	const unit = oneOf(given.resumeUnit, `${LABEL} > Unit`, units, 'days') as Unit;
	const end = now + amount * UNIT_MS[unit];
	// What no Date can hold is not waited for by anybody.
	if (amount > 0 && end < WAIT_INDEFINITELY.getTime()) return new Date(end);
	throw invalidParameter(
		`${LABEL} > Amount`,
		amount > 0 ? 'is too much' : 'is 0, so nobody could answer',
		'Give a number of minutes, hours or days, or remove the limit.',
	);
}
