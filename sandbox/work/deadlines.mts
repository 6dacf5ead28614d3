// Dates of tasks as Tallyfy stores them: in UTC, and moved into working time (contract/work.md 128).

/** Working hours are Monday to Friday, nine to five in UTC; when they are, an organization decides. */
const STARTS = 9;
const ENDS = 17;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const WRITTEN = /^(\d{4}-\d{2}-\d{2})(?:[ T](\d{2}:\d{2}:\d{2}))?/;

/** The moment that a request names, without its offset: the server drops it. @returns undefined for no date */
export function dateIn(written: unknown): Date | undefined {
	const [, day, time = '00:00:00'] = WRITTEN.exec(typeof written === 'string' ? written : '') ?? [];
	const moment = new Date(`${day}T${time}Z`);
	return Number.isNaN(moment.getTime()) ? undefined : moment;
}

/** The same moment, or the next one at which people work: a Saturday becomes Monday at nine. */
export function inWorkingTime(moment: Date): Date {
	const midnight = Math.floor(moment.getTime() / DAY) * DAY;
	const opens = (day: number) => new Date(day + STARTS * HOUR);
	const isDayOff = (day: number) => [0, 6].includes(new Date(day).getUTCDay());
	const isOver = moment.getTime() > midnight + ENDS * HOUR;
	if (!isDayOff(midnight) && !isOver) {
		return moment < opens(midnight) ? opens(midnight) : moment;
	}
	let day = midnight + DAY;
	while (isDayOff(day)) day += DAY;
	return opens(day);
}
