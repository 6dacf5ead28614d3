// What tasks, processes and templates are in the sandbox. Names are those of the API (contract/tallyfy-work.openapi.yaml).
import { createHash } from 'node:crypto';
import type { Json, Task } from '../organization.mts';

export interface Owners {
	users: number[];
	/** Emails. */
	guests: string[];
	groups: string[];
}

export interface Choice {
	id: number;
	text: string;
}

/** A field of a kick-off form, of a step or of a task. */
export interface Field extends Json {
	/** 32 hex digits: the key of answers (facts 141 and 163). */
	id: string;
	label: string;
	alias: string;
	field_type: string;
	required: boolean;
	position: number;
	guidance: string | null;
	options: Choice[] | null;
	columns: Array<{ id: number; label: string }> | null;
}

export interface Step extends Json {
	/** The same in all versions of the template, and `step_id` of its tasks (176). */
	id: string;
	title: string;
	alias: string;
	step_type: string;
	position: number;
	assign_run_starter: boolean;
	/** Ids of members. */
	assignees: number[];
	guests: string[];
	groups: string[];
	deadline: { value: number; unit: string; option: string; step: string };
	webhook: string | null;
	captures: Field[];
}

/** What decides about a step and is not shown by the API. */
export interface StepRules {
	/** The task is hidden until the task of this step is complete. */
	after?: string;
	/** The kick-off field of type assignees_form whose people are assigned besides the step's own. */
	assigneesFrom?: string;
}

export interface Template extends Json {
	id: string;
	title: string;
	alias: string;
	owner_id: number;
	webhook: string | null;
	is_pinned: boolean;
	archived_at: string | null;
	last_updated: string;
	prerun: Field[];
	steps: Step[];
	/** By id of the step. */
	rules: Record<string, StepRules>;
	/** Not in lists and not to be read: the template of tasks that were made one for each assignee (125). */
	isHidden?: boolean;
}

export interface Process extends Json {
	id: string;
	increment_id: number;
	checklist_id: string;
	checklist_title: string;
	name: string;
	summary: string | null;
	started_by: number;
	owner_id: number;
	/** Answers of the kick-off form by field id. */
	prerun: Json;
	users: number[];
	groups: string[];
	can_add_oot: boolean;
	/** An open issue of the process itself, which locks its tasks (143). */
	has_open_issue: boolean;
	created_at: string;
	completed_at: string | null;
	archived_at: string | null;
}

/** A task of whatever kind. Those that were made up with their guests have only the first keys. */
export interface WorkTask extends Task {
	title: string;
	task_type: string;
	is_oneoff_task: boolean;
	run_id: string | null;
	step_id?: string | null;
	owners: Owners;
	deadline: string;
	created_at: string;
	completed_at: string | null;
	increment_id?: number;
	position?: number;
	webhook?: string | null;
	started_at?: string | null;
	completer_id?: number | null;
	completer_guest_id?: number | null;
	is_approved?: boolean | null;
	max_assignable?: number;
	can_complete_only_assignees?: boolean;
	has_issues?: boolean;
}

/** What belongs to a task and comes only when asked for, or never. */
export interface TaskExtras {
	summary: string | null;
	fields: Field[];
	/** Answers by field id. */
	answers: Json;
	comments: Comment[];
	/** Hidden until the task of this step is complete. */
	after?: string;
	/** Who is told of its completion: whoever made it or launched its process. */
	starterId: number;
}

export interface Comment extends Json {
	id: string;
	task_id: string;
	content: string;
	state: string;
	label: string;
	author_id: number;
	author_type: string;
	created_at: string;
}

export interface Group {
	id: string;
	name: string;
	/** Ids of members. */
	members: number[];
	/** Emails. */
	guests: string[];
}

/** 32 hex digits, the same for the same words. */
export function hexOf(words: string): string {
	return createHash('md5').update(words).digest('hex');
}

export function aliasOf(title: string): string {
	return title
		.toLowerCase()
		.replace(/[^a-z0-9]+/g, '-')
		.replace(/^-|-$/g, '');
}

export const isComplete = ({ status }: Task) => status === 'completed';
/** Hidden by a rule (110). */
export const isHidden = ({ status }: Task) => status === 'auto-skipped';
