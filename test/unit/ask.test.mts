// The pure parts of Ask a Tallyfy Guest: the end of the waiting time, the question of an item, the answer in a task.
import type { IDataObject } from 'n8n-workflow';
import { describe, expect, it } from 'vitest';
import { answerOf, isOver, unanswered, type Asked } from '../../nodes/TallyfyGuests/ask/answer';
import { isUnreachable } from '../../nodes/TallyfyGuests/ask/ask';
import { questionOf } from '../../nodes/TallyfyGuests/ask/question';
import { waitUntil } from '../../nodes/TallyfyGuests/ask/waitTime';

const NOW = Date.UTC(2026, 10, 22);
const HOUR = 3_600_000;
/** Reads values as n8n does: by a path, with a fallback for what is missing. */
const readerOf = (values: IDataObject) => (name: string, fallback?: unknown) =>
	name
		.split('.')
		.reduce<unknown>((inside, key) => (inside as IDataObject | undefined)?.[key], values) ??
	fallback;

describe('Limit Wait Time', () => {
	const until = (values?: unknown) =>
		waitUntil(readerOf({ limitWaitTime: values as IDataObject }), NOW);
	const at = (maxDateAndTime: unknown) =>
		until({ values: { limitType: 'atSpecifiedTime', maxDateAndTime } });

	it.each([undefined, null, '', {}, { values: null }, { values: {} }])(
		'is for ever where none is set: %j',
		(values) => {
			expect(until(values).getUTCFullYear()).toBe(3000);
		},
	);

	it.each([
		[{ resumeAmount: 30, resumeUnit: 'minutes' }, HOUR / 2],
		[{ resumeAmount: 1.5, resumeUnit: 'hours' }, 1.5 * HOUR],
		[{ resumeAmount: '2', resumeUnit: 'days' }, 48 * HOUR],
		[{ limitType: 'afterTimeInterval' }, 72 * HOUR],
		[{ limitType: 'afterTimeInterval', maxDateAndTime: '2020-01-01' }, 72 * HOUR],
	])('of %j is counted from now', (values, ms) => {
		expect(until({ values }).getTime() - NOW).toBe(ms);
	});

	it.each([
		['2026-12-01T10:00:00', '2026-12-01T10:00:00.000Z'],
		['2026-12-01T10:00:00+02:00', '2026-12-01T08:00:00.000Z'],
		['2026-12-01', '2026-12-01T00:00:00.000Z'],
	])('at %s is that moment, in UTC where no zone is named', (given, moment) => {
		expect(at(given).toISOString()).toBe(moment);
	});

	it.each([
		[() => at('2026-11-21T23:59:59'), 'Limit Wait Time > Max Date and Time is past: 2026-11-21'],
		[() => at(new Date(NOW).toISOString()), 'Limit Wait Time > Max Date and Time is past'],
		[() => at(''), 'Limit Wait Time > Max Date and Time is empty'],
		[() => at('soon'), 'Limit Wait Time > Max Date and Time is not a date: soon'],
		[() => until({ values: { resumeAmount: 0 } }), 'Limit Wait Time > Amount is 0'],
		[() => until({ values: { resumeAmount: -1 } }), 'Limit Wait Time > Amount is -1'],
		[() => until({ values: { resumeAmount: 'x' } }), 'Limit Wait Time > Amount is "x"'],
		[() => until({ values: { resumeAmount: 1e9 } }), 'Limit Wait Time > Amount is too much'],
		[() => until({ values: { resumeUnit: 'weeks' } }), 'Limit Wait Time > Unit is weeks'],
		[() => until({ values: { limitType: 'never' } }), 'Limit Wait Time > Limit Type is never'],
	])('refuses what nobody can wait for (%#)', (act, message) => {
		expect(act).toThrow(message);
	});
});

describe('A question', () => {
	const END = NOW + HOUR;
	const question = (values: IDataObject = {}, end = END) =>
		questionOf(
			readerOf({ message: 'May we?', guests: 'a@x.test', ...values }),
			'https://n8n.test/w',
			{ end, now: NOW },
		);

	it('is an approval with a deadline at the end of the waiting time, in a week at the latest', () => {
		expect(question()).toEqual({
			task: {
				title: 'May we?',
				taskType: 'approval',
				deadline: END,
				guests: ['a@x.test'],
				members: [],
				fields: [],
				isSeparate: false,
				more: { webhook: 'https://n8n.test/w' },
			},
			mayCreateGuests: false,
		});
		expect(question({}, NOW + 1_000 * HOUR).task.deadline).toBe(NOW + 168 * HOUR);
	});

	it('has no form fields where an approval is wanted, though some are stored', () => {
		const formFields = { field: [{ label: 'Name' }] };
		expect(question({ formFields }).task.fields).toEqual([]);
		expect(question({ formFields, responseType: 'form' }).task).toMatchObject({
			taskType: 'task',
			fields: [{ label: 'Name', field_type: 'text' }],
		});
	});

	it.each([
		['May we?', 'May we?', undefined],
		[' May we?\n', 'May we?', undefined],
		['May\nwe <b>now</b>?', 'May we <b>now</b>?', '<p>May<br>we &lt;b&gt;now&lt;/b&gt;?</p>'],
		['x'.repeat(600), 'x'.repeat(600), undefined],
		['x'.repeat(601), `${'x'.repeat(599)}…`, `<p>${'x'.repeat(601)}</p>`],
		[`${'x'.repeat(598)}😀😀`, `${'x'.repeat(598)}…`, `<p>${'x'.repeat(598)}😀😀</p>`],
	])(
		'of %j has a title of one line, and the whole text beside it if need be',
		(message, title, summary) => {
			const { task } = question({ message });
			expect(task.title).toBe(title);
			expect(task.more.summary).toBe(summary);
		},
	);

	it('goes to each guest once, to the members named, and says what else there is', () => {
		const { task, mayCreateGuests } = question({
			guests: 'A@x.test, b@x.test, a@X.test',
			description: ' <i>More</i> ',
			options: { members: [1001, '1002'], createMissingGuests: 'true' },
		});
		expect(task).toMatchObject({
			guests: ['a@X.test', 'b@x.test'],
			members: [1001, 1002],
			more: { summary: '<i>More</i>' },
		});
		expect(mayCreateGuests).toBe(true);
	});
});

describe('An answer', () => {
	const asked: Asked = { taskId: 't1', guests: ['a@x.test'], isApproval: true };
	const done = { id: 't1', status: 'completed', completed_at: '2026-11-22 10:00:00' };
	const owners = { users: [], guests: ['a@x.test'], groups: [] };

	it.each([
		[true, true],
		[false, false],
		[null, false],
		[undefined, false],
		['true', false],
	])('with is_approved %j is a yes only where Tallyfy says true', (is_approved, approved) => {
		expect(answerOf(asked, { ...done, is_approved, owners } as IDataObject)).toMatchObject({
			answered: true,
			approved,
			completedAt: '2026-11-22T10:00:00.000Z',
		});
	});

	it('in a form is neither yes nor no', () => {
		const form = { ...asked, isApproval: false };
		const form_fields = { data: [{ label: 'Name', field_type: 'text', field_value: 'Ada' }] };
		const task = { ...done, is_approved: true, form_fields } as IDataObject;
		expect(answerOf(form, task)).toMatchObject({ approved: null, answers: { Name: 'Ada' } });
	});

	it.each([
		[{ completer_guest_id: 7, owners }, undefined, 'a@x.test'],
		[{ completer_guest_id: 7, owners: { guests: ['other@x.test'] } }, undefined, 'other@x.test'],
		[{ completer_guest_id: 7 }, undefined, 'a@x.test'],
		[{ completer_guest_id: 7, owners: { guests: ['b@x.test', 'c@x.test'] } }, undefined, 'guest 7'],
		[{ completer_guest_id: 7, owners }, 'c@x.test', 'c@x.test'],
		[{ completer_id: 1001, owners }, undefined, 'member 1001'],
		[{ completer_guest_id: null, completer_id: null, owners }, undefined, null],
		[{ owners }, undefined, null],
	])('of %j (%s) was given by %s', (task, email, completedBy) => {
		const answer = answerOf(asked, { ...done, ...task } as IDataObject, email);
		expect(answer.completedBy).toBe(completedBy);
	});

	it('is missing in a task that is open or gone', () => {
		const open = { id: 't1', status: 'in-progress', is_approved: true, completed_at: null };
		expect(answerOf(asked, open)).toEqual(unanswered(asked));
		expect(answerOf(asked)).toEqual(unanswered(asked));
		expect(unanswered(asked)).toEqual({
			answered: false,
			approved: false,
			answers: {},
			completedBy: null,
			completedAt: null,
			taskId: 't1',
			guestEmail: 'a@x.test',
		});
	});

	it.each([
		[undefined, true],
		[{ status: 'not-started' }, false],
		[{ status: 'auto-skipped' }, false],
		[{ status: 'completed' }, true],
		[{ status: 'in-progress', completed_at: '2026-11-22 10:00:00' }, true],
		[{ status: 'not-started', archived_at: '2026-11-22 10:00:00' }, true],
		[{}, false],
	])('of %j will not come any more: %j', (task, over) => {
		expect(isOver(task)).toBe(over);
	});
});

describe('An address that Tallyfy can call', () => {
	it.each([
		['https://n8n.example.com/webhook-waiting/1/2', false],
		['https://1.2.3.4/', false],
		['https://172.32.0.1/', false],
		['http://n8n.example.com/', true],
		['https://localhost:5678/', true],
		['https://127.0.0.1/', true],
		['https://10.1.2.3/', true],
		['https://172.20.0.2/', true],
		['https://192.168.1.2/', true],
		['https://169.254.1.2/', true],
		['https://[::1]/', true],
		['https://n8n/', true],
		['https://n8n.local/', true],
		['https://10.example.com/', false],
	])('%s: not %j', (url, unreachable) => {
		expect(isUnreachable(url)).toBe(unreachable);
	});
});
