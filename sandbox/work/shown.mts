// Tasks, processes and templates as the API shows them (contract/work.md 113 to 118, 166, 167, 173 to 176).
import type { Quirks } from '../faults.mts';
import type { Json, Organization } from '../organization.mts';
import { isProcessComplete } from './completion.mts';
import { comparable, formatDate } from '../dates.mts';
import {
	isComplete,
	isHidden,
	type Field,
	type Process,
	type Step,
	type Template,
	type WorkTask,
} from './model.mts';
import type { Work } from './work.mts';

/** The other form of a guest's link (181). */
export function shortLink(link: string): string {
	return link.replace(/guest-all-task\/[^/]+\//, 'guest/');
}

/** How much of a task is shown: a single read has members as numbers, lists and writes have them as objects (115). */
export type Occasion = 'single' | 'list' | 'write';

export class Shown {
	private readonly organization: Organization;
	private readonly work: Work;
	private readonly quirks: () => Quirks;

	constructor(organization: Organization, quirks: () => Quirks) {
		this.organization = organization;
		this.work = organization.work;
		this.quirks = quirks;
	}

	task(task: WorkTask, occasion: Occasion, extras: string[] = []): Json {
		const { summary, fields, answers, comments } = this.work.extrasOf(task);
		const process = task.run_id === null ? undefined : this.work.processes.get(task.run_id);
		const step = this.stepOf(task);
		const status = task.status === 'active' ? 'not-started' : task.status;
		const shown: Json = {
			...task,
			status,
			status_label: isComplete(task) ? 'Completed' : 'Active',
			owners: this.owners(task, occasion),
			deadline: formatDate(`${comparable(task.deadline)}Z`, task.increment_id ?? 0),
			checklist_id: process?.checklist_id ?? null,
			step_id: task.step_id ?? null,
			has_issues: task.has_issues ?? false,
			is_completable: !isHidden(task),
			webhook: task.webhook ?? null,
			completer_id: task.completer_id ?? null,
			completer_guest_id: task.completer_guest_id ?? null,
			is_approved: task.is_approved ?? null,
			archived_at: null,
		};
		const has = (name: string) => extras.includes(name);
		if (occasion !== 'list' || has('summary')) shown.summary = summary;
		if (has('form_fields')) shown.form_fields = { data: this.fields(fields, answers) };
		if (has('threads') || has('comments')) shown.threads = { data: comments };
		if (has('threads_count')) shown.threads_count = comments.length;
		if (process && (has('run') || has('run.checklist'))) {
			const run = this.process(process);
			const template = this.work.templates.get(process.checklist_id);
			if (has('run.checklist') && template) run.checklist = { data: this.template(template) };
			shown.run = { data: run };
		}
		if (step && has('step')) shown.step = { data: step };
		if (process && has('ko-form-fields')) shown['ko-form-fields'] = { data: this.kickOff(process) };
		for (const name of ['tags', 'issues', 'assets', 'folders', 'roles', 'activities']) {
			if (has(name)) shown[name] = { data: [] };
		}
		return shown;
	}

	process(process: Process, extras: string[] = []): Json {
		const { work } = this;
		const tasks = work.tasksOf(process.id);
		const visible = tasks.filter((task) => !isHidden(task));
		const complete = visible.filter(isComplete).length;
		const total = visible.length;
		const percent = total === 0 ? 0 : Math.round((100 * complete) / total);
		const hasProblem = tasks.some(({ has_issues: has }) => has === true);
		const status = process.has_open_issue
			? 'issue'
			: hasProblem
				? 'problem'
				: isProcessComplete(work, process)
					? 'complete'
					: 'active';
		const has = (name: string) => extras.includes(name);
		const template = work.templates.get(process.checklist_id);
		const shown: Json = {
			...process,
			status,
			progress: { complete, total, percent },
			// PHP writes an empty map as an empty list.
			prerun: Object.keys(process.prerun).length ? process.prerun : [],
			prerun_status: template?.prerun.length ? 'complete' : null,
			starred: process.starred ?? false,
			late_tasks: visible.filter(
				(task) => !isComplete(task) && isLate(task, this.organization.now()),
			).length,
			due_date: null,
			last_updated: process.created_at,
		};
		if (template && (has('checklist') || has('checklist.steps'))) {
			shown.checklist = { data: this.template(template, has('checklist.steps')) };
		}
		if (has('tasks') || has('tasks.form_fields') || has('tasks.threads')) {
			const inner = extras.map((name) => name.replace(/^tasks\./, ''));
			shown.tasks = { data: tasks.map((task) => this.task(task, 'list', inner)) };
		}
		if (has('ko_form_fields')) shown.ko_form_fields = { data: this.kickOff(process) };
		if (has('form_fields'))
			shown.form_fields = { data: tasks.flatMap((task) => this.fieldsOf(task)) };
		for (const name of ['tags', 'assets', 'stages', 'folders']) {
			if (has(name)) shown[name] = { data: [] };
		}
		return shown;
	}

	/** As a list shows it: without the kick-off form, which a read of one has. */
	listedTemplate(template: Template, extras: string[] = []): Json {
		const shown = this.template(template, extras.includes('steps'));
		delete shown.prerun;
		return shown;
	}

	template(template: Template, withSteps = false): Json {
		const { steps } = template;
		const shown: Json = { ...template, steps_count: steps.length };
		for (const key of ['rules', 'isHidden', 'steps']) delete shown[key];
		const wrapped = this.quirks().templateSteps === 'wrapped';
		if (withSteps) shown.steps = wrapped ? { data: this.steps(steps) } : this.steps(steps);
		return shown;
	}

	steps(steps: Step[]): Json[] {
		return steps.map((step) => ({ ...step, captures: { data: step.captures } }));
	}

	/** Fields with their answers. */
	fieldsOf(task: WorkTask): Json[] {
		const { fields, answers } = this.work.extrasOf(task);
		return this.fields(fields, answers);
	}

	private kickOff(process: Process): Json[] {
		const template = this.work.templates.get(process.checklist_id);
		return this.fields(template?.prerun ?? [], process.prerun);
	}

	/** The answer is in `field_value`, also where none was given (114). */
	private fields(fields: Field[], answers: Json): Json[] {
		return fields.map((field) => ({ ...field, field_value: answers[field.id] ?? null }));
	}

	private stepOf(task: WorkTask): Json | undefined {
		const process = task.run_id === null ? undefined : this.work.processes.get(task.run_id);
		const template = process && this.work.templates.get(process.checklist_id);
		const step = template?.steps.find(({ id }) => id === task.step_id);
		return step && this.steps([step])[0];
	}

	private owners(task: WorkTask, occasion: Occasion): Json {
		const named = (id: number) => ({
			id,
			full_name: this.organization.members.find((member) => member.id === id)?.full_name ?? '',
		});
		const { users, guests, groups } = task.owners;
		const shown: Json = { users: occasion === 'single' ? users : users.map(named), guests, groups };
		const links = this.work.guestsOf(task).flatMap(({ email, link }) => {
			return link === null ? [] : { email, link: `${shortLink(link)}?task=${task.id}` };
		});
		const { taskUrls } = this.quirks();
		if (taskUrls !== 'none') {
			shown.taskUrls = taskUrls === 'objects' ? links : links.map(({ link }) => link);
		}
		return shown;
	}
}

export const isLate = ({ deadline }: WorkTask, now: Date) =>
	Date.parse(`${comparable(deadline)}Z`) < now.getTime();
