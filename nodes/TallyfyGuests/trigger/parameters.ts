// What the parameters of the polling mode ask for. Called by polling.
import type { IDataObject } from 'n8n-workflow';
import { guestField } from '../output/guest';
import { guestOutput, outputNeedsStats } from '../resources/guest/output';
import type { ItemClient } from '../transport/client';
import { invalidParameter } from '../transport/errors';
import { EVENTS, type EventName } from './events';

/** Reads a parameter of the node; `fallback` where it is not set. */
export type Parameter = ItemClient['parameter'];

export interface TriggerParameters {
	events: EventName[];
	/** 0 without the event Guest Inactive. */
	inactiveDays: number;
	/** Whether somebody wants to hear of this guest. */
	isAbout: (guest: IDataObject) => boolean;
	/** What a guest becomes in the output. */
	shape: (guest: IDataObject) => IDataObject;
	/** Whether task numbers must be asked for. */
	withStats: boolean;
}

function eventsFrom(value: unknown): EventName[] {
	const names = Array.isArray(value) ? value : String(value ?? '').split(',');
	const chosen = names.map((name) => String(name).trim()).filter(Boolean);
	const strange = chosen.find((name) => !EVENTS.includes(name as EventName));
	const next = `Choose at least one of: ${EVENTS.join(', ')}.`;
	if (strange) throw invalidParameter('Events', `names an unknown event: ${strange}`, next);
	if (chosen.length === 0) throw invalidParameter('Events', 'names no event', next);
	return EVENTS.filter((event) => chosen.includes(event));
}

function daysFrom(value: unknown): number {
	const days = Number(value);
	if (Number.isFinite(days) && days >= 1) return days;
	throw invalidParameter(
		'Inactive Days',
		`is ${JSON.stringify(value)}`,
		'Give a number of days, 1 or more.',
	);
}

/** Whether a text contains another, in any case; every text contains none. */
const contains = (text: unknown, part: unknown) =>
	String(text ?? '')
		.toLowerCase()
		.includes(
			String(part ?? '')
				.trim()
				.toLowerCase(),
		);

/** Raises a Problem for parameters that make no sense. */
export function triggerParameters(parameter: Parameter): TriggerParameters {
	const events = eventsFrom(parameter('events', ['guestAdded']));
	const filters = (parameter('filters', {}) ?? {}) as IDataObject;
	return {
		events,
		inactiveDays: events.includes('guestInactive') ? daysFrom(parameter('inactiveDays', 90)) : 0,
		isAbout: (guest) =>
			contains(guest.email, filters.emailContains) &&
			contains(guestField(guest, 'companyName'), filters.company),
		shape: guestOutput({ parameter }),
		withStats: events.includes('guestCompletedTask') || outputNeedsStats({ parameter }),
	};
}
