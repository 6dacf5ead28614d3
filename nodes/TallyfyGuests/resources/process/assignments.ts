// Who gets which step of a process at launch. A map of steps in a launch selects: steps that it does not name become no tasks
// (facts 159), so as soon as one step is assigned, all are named.
import type { IDataObject, INodeProperties } from 'n8n-workflow';
import type { ItemClient } from '../../transport/client';
import { invalidParameter } from '../../transport/errors';
import { isObject } from '../../transport/request';
import { requestTimestamp } from '../../output/dates';
import { guestEmails, guests } from '../guest/guestEmails';
import { knownOwners, type Owners } from '../guestTask/owners';
import { memberIds } from '../member/memberIds';
import { dateIn } from '../values';
import { isBlank, listed, parsed, same } from './kickOffValues';

const LABEL = 'Assignments';
const JSON_LABEL = 'Assignments (JSON)';

export const assignments: INodeProperties = {
	displayName: LABEL,
	name: 'assignments',
	type: 'fixedCollection',
	typeOptions: { multipleValues: true },
	placeholder: 'Add assignment',
	default: {},
	description:
		'Who gets which steps, beside those whom the template names. Steps that are not listed stay as the template has them.',
	options: [
		{
			displayName: 'Assignment',
			name: 'assignment',
			values: [
				{
					displayName: 'Step Name or ID',
					name: 'step',
					type: 'options',
					default: '',
					description:
						'Choose from the list, or specify an ID using an <a href="https://docs.n8n.io/code/expressions/">expression</a>',
					typeOptions: {
						loadOptionsMethod: 'getSteps',
						loadOptionsDependsOn: ['template.value'],
					},
				},
				guests,
				{
					displayName: 'Member Names or IDs',
					name: 'members',
					type: 'multiOptions',
					default: [],
					description:
						'Choose from the list, or specify IDs using an <a href="https://docs.n8n.io/code/expressions/">expression</a>',
					typeOptions: { loadOptionsMethod: 'getMembers' },
				},
				{
					displayName: 'Deadline',
					name: 'deadline',
					type: 'dateTime',
					default: '',
					description: 'When the step is due. Tallyfy moves it into working time.',
				},
			],
		},
	],
};

export const assignmentsJson: INodeProperties = {
	displayName: JSON_LABEL,
	name: 'assignmentsJson',
	type: 'json',
	default: '',
	placeholder: 'e.g. [{ "step": "Sign the contract", "guests": ["jo@client.com"] }]',
	description:
		'The same as one list of objects with step (its ID or exact title), guests, members and deadline, beside Assignments',
};

/** What was given for one step, before the template is known. */
export interface Assignment {
	/** ID or title. */
	step: string;
	guests: string[];
	members: number[];
	/** In milliseconds since 1970. */
	deadline?: number;
}

const KEYS = ['step', 'guests', 'members', 'deadline'];
const EXAMPLE =
	'Give a list such as [{ "step": "Sign the contract", "guests": ["jo@client.com"] }].';

function assignmentOf(row: unknown, label: string): Assignment[] {
	if (!isObject(row)) throw invalidParameter(label, 'is no list of objects', EXAMPLE);
	const strange = Object.keys(row).find((key) => !KEYS.includes(key));
	if (strange !== undefined) {
		throw invalidParameter(
			label,
			`has an unknown key: ${strange}`,
			`Known are: ${KEYS.join(', ')}.`,
		);
	}
	const { step, deadline } = row;
	const members = isBlank(row.members) ? [] : memberIds(row.members, `${label} > Members`);
	const own = {
		guests: guestEmails(row.guests, `${label} > Guests`),
		members,
		deadline: dateIn(deadline, `${label} > Deadline`),
	};
	const isEmpty = own.guests.length + members.length === 0 && own.deadline === undefined;
	if (isBlank(step) && isEmpty) return [];
	if (!isBlank(step) && !isEmpty) return [{ step: String(step).trim(), ...own }];
	if (isBlank(step)) throw invalidParameter(`${label} > Step`, 'is empty', 'Choose the step.');
	throw invalidParameter(
		`${label} > Guests`,
		`is empty for the step ${String(step)}`,
		'Give guests, members or a deadline, or leave the step out. Look at the expression behind it.',
	);
}

/** Reads the parameters Assignments and Assignments (JSON). @throws TallyfyError that names the field */
export function givenAssignments({ parameter }: Pick<ItemClient, 'parameter'>): Assignment[] {
	const rows = parameter('assignments.assignment', []) ?? [];
	const text = parameter('assignmentsJson', '');
	const json = isBlank(text) ? [] : (parsed(text, JSON_LABEL, /^/) ?? []);
	if (!Array.isArray(json)) throw invalidParameter(JSON_LABEL, 'is not a list', EXAMPLE);
	return [
		...(rows as unknown[]).flatMap((row) => assignmentOf(row, LABEL)),
		...json.flatMap((row) => assignmentOf(row, JSON_LABEL)),
	];
}

/** A step and who gets it. */
export interface AssignedStep extends Omit<Assignment, 'step'> {
	step: IDataObject;
	/** Whether they are added after the launch; see `isAddedLater`. */
	later: boolean;
}

function stepFor(name: string, steps: IDataObject[]): IDataObject {
	const titled = (is: (one: string, other: string) => boolean) =>
		steps.filter(({ title }) => is(String(title), name));
	const byId = steps.filter(({ id }) => id === name);
	const ways = [byId, titled((one, other) => one === other), titled(same)];
	const found = ways.find(({ length }) => length > 0) ?? [];
	if (found.length === 1) return found[0];
	const names = (those: IDataObject[]) =>
		listed(those.map(({ id, title }) => `${String(title)} (${String(id)})`));
	if (found.length > 1) {
		throw invalidParameter(
			`${LABEL} > Step`,
			`is ${name}, which several steps are called`,
			`Give the ID: ${names(found)}.`,
		);
	}
	throw invalidParameter(
		`${LABEL} > Step`,
		`is ${name}, which is no step of the template`,
		`Its steps are: ${names(steps)}.`,
	);
}

const NOBODY: Owners = { users: [], guests: [], groups: [] };

/** The owners that a step has by itself (facts 177); undefined where they cannot be told. */
const ownersOfStep = ({ assignees, guests: emails, groups }: IDataObject) =>
	knownOwners({ users: assignees, guests: emails, groups });

/**
 * Owners that are sent at launch replace all that the step would have had, also people of a role or of a kick-off field (facts 160,
 * 161), who cannot be known before. Where there may be such, or the template does not tell whom it names itself, the step is
 * launched as it is, and others are added to its task.
 */
const isAddedLater = (step: IDataObject, hasPeople: boolean) =>
	hasPeople || (Array.isArray(step.roles) && step.roles.length > 0) || !ownersOfStep(step);

/**
 * The steps that are assigned, each once.
 * @param hasPeople whether the kick-off form names people
 * @throws TallyfyError for an unknown step, and for guests where the step does not allow them
 */
export function assignedSteps(
	steps: IDataObject[],
	given: Assignment[],
	hasPeople: boolean,
): AssignedStep[] {
	const byStep = new Map<IDataObject, AssignedStep>();
	for (const { step: name, guests: emails, members, deadline } of given) {
		const step = stepFor(name, steps);
		// The server does not enforce it at launch (facts 177).
		if (step.allow_guest_owners === false && emails.length > 0) {
			throw invalidParameter(
				`${LABEL} > Guests`,
				`names guests for the step ${String(step.title)}, which does not allow guests`,
				'Nothing was sent. Give the step to members, or allow guests in the template.',
			);
		}
		const known = byStep.get(step);
		const both = [...(known?.guests ?? []), ...emails];
		byStep.set(step, {
			step,
			guests: [...new Map(both.map((email) => [email.toLowerCase(), email])).values()],
			members: [...new Set([...(known?.members ?? []), ...members])],
			deadline: deadline ?? known?.deadline,
			later: isAddedLater(step, hasPeople) && (both.length > 0 || members.length > 0),
		});
	}
	return [...byStep.values()];
}

/** Whether the member who launches has to be named: a guest alone would push them out (facts 135, 160). */
export function needsStarter({ step, guests: emails, members, later }: AssignedStep): boolean {
	if (later || emails.length === 0 || members.length > 0) return false;
	const { users, groups } = ownersOfStep(step) ?? NOBODY;
	return users.length === 0 && groups.length === 0;
}

/**
 * The map of steps for a launch: all of them, because it selects; undefined where nobody is assigned. Empty owners leave a step to
 * those whom it has by itself, by a role or a kick-off field too, or to the starter (facts 160, G88).
 */
export function taskOrders(
	steps: IDataObject[],
	assigned: AssignedStep[],
	starter: number | undefined,
): IDataObject | undefined {
	if (assigned.length === 0) return undefined;
	const orders = steps.map((step) => {
		const target = assigned.find((one) => one.step === step);
		if (!target) return [String(step.id), { owners: NOBODY }];
		const { guests: emails, members, deadline, later } = target;
		const own = ownersOfStep(step) ?? NOBODY;
		const has = (email: string) => own.guests.some((one) => same(one, email));
		const owners = {
			users: [...new Set([...own.users, ...members, ...(needsStarter(target) ? [starter] : [])])],
			guests: [...own.guests, ...emails.filter((email) => !has(email))],
			groups: own.groups,
		};
		const isNamed = !later && emails.length + members.length > 0;
		return [
			String(step.id),
			{
				owners: isNamed ? owners : NOBODY,
				...(deadline === undefined ? {} : { deadline: requestTimestamp(deadline) }),
			},
		];
	});
	return Object.fromEntries(orders) as IDataObject;
}
