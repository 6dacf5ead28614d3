// The parameters of the polling mode, checked.
import type { IDataObject } from 'n8n-workflow';
import { guestField } from '../output/guest';
import { guestOutput, outputNeedsStats } from '../resources/guest/output';
import { invalidParameter } from '../transport/errors';
import type { ReadParameter } from '../transport/itemContext';
import { EVENTS, type EventName } from './polling/events';

export interface TriggerParameters {
	/** In the order of EVENTS. */
	events: EventName[];
	/** 0 without the event Guest Inactive. */
	inactiveDays: number;
	matchesFilters: (guest: IDataObject) => boolean;
	/** What a guest becomes in the output. */
	mapGuest: (guest: IDataObject) => IDataObject;
	/** Whether task numbers must be asked for. */
	withStats: boolean;
}

function eventsFrom(value: unknown): EventName[] {
	const names = Array.isArray(value) ? value : String(value ?? '').split(',');
	const chosen = names.map((name) => String(name).trim()).filter(Boolean);
	const unknown = chosen.find((name) => !EVENTS.includes(name as EventName));
	const next = `Choose at least one of: ${EVENTS.join(', ')}.`;
	if (unknown) throw invalidParameter('Events', `names an unknown event: ${unknown}`, next);
	if (chosen.length === 0) throw invalidParameter('Events', 'names no event', next);
	return EVENTS.filter((event) => chosen.includes(event));
}

function daysFrom(value: unknown): number {
	const days = Number(value);
	if (Number.isFinite(days) && days >= 1) return days;
	const next = 'Give a number of days, 1 or more.';
	throw invalidParameter('Inactive Days', `is ${JSON.stringify(value)}`, next);
}

const lowerCase = (value: unknown) => String(value ?? '').toLowerCase();

/** Whether a text contains another; upper and lower case are the same, and every text contains a blank one. */
const contains = (text: unknown, part: unknown) => lowerCase(text).includes(lowerCase(part).trim());

/** @throws TallyfyError for events, days or fields that do not exist */
export function triggerParameters(parameter: ReadParameter): TriggerParameters {
	const events = eventsFrom(parameter('events', ['guestAdded']));
	const { company, emailContains } = (parameter('filters', {}) ?? {}) as IDataObject;
	return {
		events,
		inactiveDays: events.includes('guestInactive') ? daysFrom(parameter('inactiveDays', 90)) : 0,
		matchesFilters: (guest) =>
			contains(guest.email, emailContains) && contains(guestField(guest, 'companyName'), company),
		mapGuest: guestOutput({ parameter }),
		withStats: events.includes('guestCompletedTask') || outputNeedsStats({ parameter }),
	};
}
