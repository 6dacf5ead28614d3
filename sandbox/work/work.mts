// All tasks, processes and templates of the organization, and who is told when they change. Plain state, no HTTP. Facts:
// contract/work.md. Rules about requests are in the files beside this one.
import { base, en, Faker } from '@faker-js/faker';
import type { Guest, Json, Organization, Task } from '../organization.mts';
import { comparable, formatDate } from '../dates.mts';
import { ChangeHistory } from './history.mts';
import { Mails } from './mails.mts';
import {
	hexOf,
	isComplete,
	isHidden,
	type Group,
	type Owners,
	type Process,
	type TaskExtras,
	type Template,
	type WorkTask,
} from './model.mts';
import { CONTRACT_REVIEW, makeTemplates } from './templates.mts';

/** What happened, for whoever posts to webhooks. */
export type WorkEvent =
	| { event: 'task.created'; task: WorkTask }
	| { event: 'task.completed'; task: WorkTask; by: Json }
	| { event: 'process.launched' | 'process.completed'; process: Process };

const NOTHING: Owners = { users: [], guests: [], groups: [] };

export class Work {
	readonly templates = new Map<string, Template>();
	readonly processes = new Map<string, Process>();
	readonly groups: Group[];
	readonly mails: Mails;
	/** Called with everything that webhooks hear of. */
	listener: (event: WorkEvent) => void = () => {};
	private readonly organization: Organization;
	private readonly faker: Faker;
	private readonly tasks = new Map<string, WorkTask>();
	private readonly byProcess = new Map<string, WorkTask[]>();
	private readonly extras = new Map<string, TaskExtras>();
	private readonly taskChanges = new ChangeHistory<WorkTask>();
	private readonly processChanges = new ChangeHistory<Process>();
	private nextIncrement = 4711;

	/** With its own source of made-up words, so that guests are the same with and without work. */
	constructor(organization: Organization, seed: number) {
		this.organization = organization;
		this.faker = new Faker({ locale: [en, base], seed });
		this.mails = new Mails(() => organization.now().getTime());
		const members = organization.members.slice(0, 2).map(({ id }) => id);
		const groupId = hexOf('group Legal');
		this.groups = [{ id: groupId, name: 'Legal', members, guests: [] }];
		for (const template of makeTemplates(this.faker, organization.me.id, groupId)) {
			this.templates.set(template.id, template);
		}
	}

	newId(): string {
		return this.faker.string.hexadecimal({ length: 32, casing: 'lower', prefix: '' });
	}

	newIncrement(): number {
		return this.nextIncrement++;
	}

	/** Now, in one of the spellings of dates. */
	stamp(at: Date = this.organization.now()): string {
		return formatDate(at, this.nextIncrement);
	}

	/** Takes in a task that was made up with its guest, and puts it into a process of that guest. */
	adopt(guest: Guest, made: Task, isNew: boolean): void {
		const task = made as WorkTask;
		if (isNew) this.recordNewTask(task.id);
		if (task.run_id !== null) {
			const process = this.processOf(guest);
			task.run_id = process.id;
			process.completed_at = null;
		}
		this.keep(task);
	}

	/** Adds a task, gives it to its owners, and tells them. */
	addTask(task: WorkTask, extras: TaskExtras): WorkTask {
		const { owners } = task;
		task.owners = NOTHING;
		this.recordNewTask(task.id);
		this.extras.set(task.id, extras);
		this.keep(task);
		this.setOwners(task, owners);
		return task;
	}

	addProcess(process: Process): Process {
		this.processChanges.record(this.organization.now().getTime(), process.id);
		this.processes.set(process.id, process);
		return process;
	}

	task(id: string): WorkTask | undefined {
		return this.tasks.get(id);
	}

	/** All tasks that there are. */
	allTasks(): WorkTask[] {
		this.organization.guests.forEach((guest) => this.organization.tasks(guest));
		return [...this.tasks.values()];
	}

	tasksOf(processId: string): WorkTask[] {
		return this.byProcess.get(processId) ?? [];
	}

	allProcesses(): Process[] {
		this.allTasks();
		return [...this.processes.values()];
	}

	extrasOf({ id }: Task): TaskExtras {
		let extras = this.extras.get(id);
		if (!extras) {
			const starterId = this.organization.me.id;
			extras = { summary: null, fields: [], answers: {}, comments: [], starterId };
			this.extras.set(id, extras);
		}
		return extras;
	}

	/** To be called before anything changes about a task that guests' lists do not show. */
	recordTask(task: WorkTask): void {
		this.taskChanges.record(this.organization.now().getTime(), task.id, task);
	}

	/** To be called before a task changes in a way that changes what its guests have to do. */
	recordChange(task: WorkTask): void {
		this.recordTask(task);
		for (const guest of this.guestsOf(task)) this.organization.recordChange(guest);
	}

	recordProcess(process: Process): void {
		this.processChanges.record(this.organization.now().getTime(), process.id, process);
	}

	/** Tasks as a list shows them that stays behind. */
	laggingTasks(tasks: WorkTask[], lag: { changes?: number; ms?: number }): WorkTask[] {
		return this.taskChanges.before(lag, this.organization.now().getTime(), tasks);
	}

	laggingProcesses(processes: Process[], lag: { changes?: number; ms?: number }): Process[] {
		return this.processChanges.before(lag, this.organization.now().getTime(), processes);
	}

	guestsOf(task: WorkTask): Guest[] {
		return task.owners.guests.flatMap((email) => this.organization.guests.get(email) ?? []);
	}

	/** The members of a task, those of its groups among them. */
	membersOf({ owners }: WorkTask): number[] {
		const groups = this.groups.filter(({ id }) => owners.groups.includes(id));
		return [...new Set([...owners.users, ...groups.flatMap(({ members }) => members)])];
	}

	/** Gives a task to others, who are told; those who lose it are not. All guests exist already. */
	setOwners(task: WorkTask, owners: Owners): void {
		this.recordTask(task);
		const before = { members: this.membersOf(task), guests: task.owners.guests };
		task.owners = owners;
		for (const email of before.guests.filter((one) => !owners.guests.includes(one))) {
			const guest = this.organization.guests.get(email);
			if (guest) this.organization.unassign(guest, task);
			this.mails.cancel(email, task);
		}
		for (const guest of this.guestsOf(task)) this.organization.assign(guest, task);
		if (isHidden(task) || isComplete(task)) return;
		this.tellAssigned(
			task,
			this.membersOf(task).filter((id) => !before.members.includes(id)),
			owners.guests.filter((email) => !before.guests.includes(email)),
		);
	}

	/** Takes a guest that is about to be removed off all tasks. */
	detach(guest: Guest, tasks: Task[]): void {
		for (const task of tasks as WorkTask[]) {
			this.recordTask(task);
			task.owners = {
				...task.owners,
				guests: task.owners.guests.filter((one) => one !== guest.email),
			};
		}
	}

	/** Shows the tasks that waited for a step, and tells those who are to do them. */
	reveal(processId: string, stepId: string): void {
		for (const task of this.tasksOf(processId)) {
			if (!isHidden(task) || this.extrasOf(task).after !== stepId) continue;
			this.recordChange(task);
			task.status = 'not-started';
			this.tellAssigned(task, this.membersOf(task), task.owners.guests);
		}
	}

	emailOf(memberId: number): string | undefined {
		return this.organization.members.find(({ id }) => id === memberId)?.email;
	}

	tell(members: number[], kind: Parameters<Mails['send']>[1], task: WorkTask): void {
		for (const to of members.flatMap((id) => this.emailOf(id) ?? [])) {
			this.mails.send(to, kind, task);
		}
	}

	/** Members are told at once, guests when the task begins (130, 165). */
	private tellAssigned(task: WorkTask, members: number[], guests: string[]): void {
		this.tell(members, 'assigned', task);
		const begins = task.started_at ? Date.parse(`${comparable(task.started_at)}Z`) : 0;
		for (const email of guests) this.mails.send(email, 'assigned', task, begins);
	}

	private recordNewTask(id: string): void {
		this.taskChanges.record(this.organization.now().getTime(), id);
	}

	private keep(task: WorkTask): void {
		this.tasks.set(task.id, task);
		if (task.run_id === null) return;
		const tasks = this.byProcess.get(task.run_id);
		if (tasks) tasks.push(task);
		else this.byProcess.set(task.run_id, [task]);
	}

	/** The process of all tasks that were made up with a guest. */
	private processOf(guest: Guest): Process {
		const id = hexOf(`process of guest ${guest.id}`);
		const template = this.templates.get(CONTRACT_REVIEW) as Template;
		const company = (guest.details.company_name as string | null) ?? guest.email;
		let process = this.processes.get(id);
		if (!process) {
			process = {
				id,
				increment_id: guest.id,
				checklist_id: template.id,
				checklist_title: template.title,
				name: `${template.title} - ${company}`,
				summary: null,
				started_by: this.organization.me.id,
				owner_id: this.organization.me.id,
				prerun: {},
				users: [this.organization.me.id],
				groups: [],
				can_add_oot: false,
				has_open_issue: false,
				created_at: '2026-10-01T09:00:00Z',
				completed_at: null,
				archived_at: null,
			};
			this.processes.set(id, process);
		}
		return process;
	}
}
