// The page behind a guest's link, as text: the list of tasks and the form of one. Plain HTML; the real page is nowhere
// described, so only what is in it counts, not how it looks.
import type { Json } from '../organization.mts';
import type { Comment, Field, TaskExtras, WorkTask } from './model.mts';
import { isComplete } from './model.mts';

const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const text = (value: unknown) =>
	(typeof value === 'object' ? JSON.stringify(value) : String(value)).replace(
		/[&<>"]/g,
		(character) => ESCAPES[character],
	);

export function htmlPage(title: string, body: string): string {
	return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>${text(title)}</title></head>
<body><main><h1>${text(title)}</h1>
${body}
</main></body>
</html>
`;
}

/** Where the forms of a guest are sent, and where the pages of single tasks are. */
export interface Addresses {
	list: string;
	formOf: (task: WorkTask) => string;
	completionOf: (task: WorkTask) => string;
}

export function taskList(tasks: WorkTask[], addresses: Addresses, done?: WorkTask): string {
	const rows = tasks.map((task) => {
		const state = isComplete(task) ? 'Completed' : `Due ${text(task.deadline)}`;
		const link = `<a href="${text(addresses.formOf(task))}">${text(task.title)}</a>`;
		return `<li data-task="${task.id}">${link} <span>${state}</span></li>`;
	});
	const said = done ? `<p role="status">Completed: ${text(done.title)}</p>\n` : '';
	return `${said}<ul>\n${rows.join('\n')}\n</ul>`;
}

interface Input {
	name: string;
	label: string;
	required: boolean;
	value?: unknown;
}

function input(type: string, { name, label, required, value = '' }: Input, more = ''): string {
	const mark = required ? ' required' : '';
	const attributes = `type="${type}" id="${text(name)}" name="${text(name)}" value="${text(value)}"`;
	return `<p><label for="${text(name)}">${text(label)}</label> <input ${attributes}${mark}${more}></p>`;
}

function choices(
	type: 'radio' | 'checkbox',
	{ id, label, options, required }: Field,
	isChosen: (text: string) => boolean,
) {
	const mark = required && type === 'radio' ? ' required' : '';
	const boxes = (options ?? []).map((option) => {
		const chosen = isChosen(option.text) ? ' checked' : '';
		const box = `<input type="${type}" name="${id}" value="${option.id}"${chosen}${mark}>`;
		return `<label>${box} ${text(option.text)}</label>`;
	});
	return `<fieldset><legend>${text(label)}</legend>${boxes.join(' ')}</fieldset>`;
}

const listIn = (value: unknown) => (Array.isArray(value) ? (value as unknown[]) : []);
const partOf = (value: unknown, key: string) => (value as Json | null | undefined)?.[key];

/** The inputs of a field; one that has been answered shows its answer. */
const INPUTS: Record<string, (field: Field, value: unknown) => string> = {
	text: ({ id: name, label, required }, value) =>
		input('text', { name, label, required, value: value ?? '' }, ' maxlength="200"'),
	textarea: ({ id, label, required }, value) =>
		`<p><label for="${id}">${text(label)}</label> <textarea id="${id}" name="${id}"${required ? ' required' : ''}>${text(value ?? '')}</textarea></p>`,
	date: ({ id: name, label, required }, value) =>
		input('date', { name, label, required, value: String(value ?? '').slice(0, 10) }),
	dropdown: ({ id, label, required, options }, value) => {
		const chosen = (one: number) => (partOf(value, 'id') === one ? ' selected' : '');
		const rows = (options ?? []).map(
			(one) => `<option value="${one.id}"${chosen(one.id)}>${text(one.text)}</option>`,
		);
		return `<p><label for="${id}">${text(label)}</label> <select id="${id}" name="${id}"${required ? ' required' : ''}><option value=""></option>${rows.join('')}</select></p>`;
	},
	// A choice that was stored without `selected` shows as nothing (142).
	multiselect: (field, value) =>
		choices('checkbox', field, (option) =>
			listIn(value).some(
				(one) => partOf(one, 'text') === option && partOf(one, 'selected') === true,
			),
		),
	radio: (field, value) => choices('radio', field, (option) => value === option),
	file: ({ id: name, label, required }, value) =>
		input('url', { name, label, required, value: partOf(listIn(value)[0], 'url') ?? '' }),
	table: ({ id, label, required, columns }, value) => {
		const cells = (columns ?? []).map((column, index) => {
			const name = `${id}:${index}`;
			return input('text', {
				name,
				label: column.label,
				required,
				value: listIn(value)[index] ?? '',
			});
		});
		return `<fieldset><legend>${text(label)}</legend>${cells.join('')}</fieldset>`;
	},
	assignees_form: ({ id: name, label, required }, value) =>
		input('text', { name, label, required, value: listIn(partOf(value, 'guests')).join(', ') }),
};

function commentsOf(comments: Comment[]): string {
	// What is hidden from guests is not here at all (153).
	const visible = comments.filter(({ state }) => state === 'open');
	if (visible.length === 0) return '';
	const rows = visible.map(({ content }) => `<li>${text(content)}</li>`);
	return `<h2>Comments</h2>\n<ul>${rows.join('')}</ul>\n`;
}

const button = (label: string, approved?: boolean) =>
	approved === undefined
		? `<button type="submit">${label}</button>`
		: `<button type="submit" name="is_approved" value="${String(approved)}">${label}</button>`;

const BUTTONS: Record<string, string> = {
	approval: `${button('Approve', true)} ${button('Reject', false)}`,
	expiring: button('Acknowledge'),
};

/** @param closed why it can only be looked at */
export function taskForm(
	task: WorkTask,
	{ summary, fields, answers, comments }: TaskExtras,
	addresses: Addresses,
	{ problems = [], closed }: { problems?: string[]; closed?: string } = {},
): string {
	const rows = fields.map((field) => INPUTS[field.field_type]?.(field, answers[field.id]) ?? '');
	const alert = problems.length ? `<p role="alert">${problems.map(text).join('<br>')}</p>\n` : '';
	const about = summary === null ? '' : `<p>${text(summary.replace(/<[^>]*>/g, ' ').trim())}</p>\n`;
	const end = closed
		? `<p role="status">${text(closed)}</p>`
		: (BUTTONS[task.task_type] ?? button('Complete'));
	const inputs = rows.join('\n');
	return `${alert}${about}${commentsOf(comments)}<form method="post" action="${text(addresses.completionOf(task))}">
${closed ? `<fieldset disabled>${inputs}</fieldset>` : inputs}
${end}
</form>
<p><a href="${text(addresses.list)}">All tasks</a></p>`;
}
