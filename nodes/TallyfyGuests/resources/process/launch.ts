// Process > Launch
import type { IDataObject, INodeProperties } from 'n8n-workflow';
import { recordName } from '../../output/names';
import { kickOffFieldsOf } from '../../output/template';
import { sendForOne, type ItemClient } from '../../transport/client';
import { detailsOf, invalidParameter } from '../../transport/errors';
import { optionsField } from '../fields';
import {
	afterAdding,
	assertGuestsExist,
	createMissingGuests,
	findByDomain,
	guestEmails,
	mayCreateGuests,
} from '../guest/guestEmails';
import { guestRequest } from '../guest/locator';
import { ownMemberId } from '../member/me';
import type { Operation } from '../operation';
import { templateLocator, templateSegment } from '../template/locator';
import { readTemplate } from '../template/readTemplate';
import { yesOrNo } from '../values';
import {
	assignedSteps,
	assignments,
	assignmentsJson,
	givenAssignments,
	needsStarter,
	taskOrders,
	type AssignedStep,
} from './assignments';
import { answersOf, givenAnswers, kickOff, kickOffJson } from './kickOff';
import { launchReport, notStored } from './launched';
import { launchOnce } from './launchOnce';

const name: INodeProperties = {
	displayName: 'Process Name',
	name: 'name',
	type: 'string',
	default: '',
	placeholder: 'e.g. Onboarding Northwind',
	description:
		'Name of the new process. If left empty, the format that the template has for names is used, or its title with the time.',
};

const options = optionsField([
	createMissingGuests,
	{
		displayName: 'Include Links',
		name: 'includeLinks',
		type: 'boolean',
		default: false,
		description:
			"Whether to return each guest's permanent link. A secret: whoever has it can act as the guest.",
	},
	{
		displayName: 'Summary',
		name: 'summary',
		type: 'string',
		typeOptions: { rows: 3 },
		default: '',
		description: 'Text that describes the process in Tallyfy',
	},
]);

/** A text parameter; numbers and dates of expressions become text. @throws TallyfyError for lists and objects */
function textIn(value: unknown, label: string): string {
	if (typeof value === 'object' && value !== null) {
		throw invalidParameter(label, 'is no text', 'Give one text.');
	}
	return String(value ?? '').trim();
}

/** The parameters of an item, all read before anything is sent. */
function parametersIn(client: ItemClient) {
	const { parameter } = client;
	return {
		templateId: templateSegment.check(parameter('template', '')),
		given: textIn(parameter('name', ''), 'Process Name'),
		answers: givenAnswers(client),
		assignments: givenAssignments(client),
		mayCreate: mayCreateGuests(client),
		includeLinks: yesOrNo(parameter('options.includeLinks', false), 'Include Links'),
		summary: textIn(parameter('options.summary', ''), 'Summary'),
	};
}

/** The template, and how far the server's clock is ahead of ours; read once for all items. */
async function templateOnce(client: ItemClient, id: string) {
	return await client.oncePerExecution(`template ${id}`, async () => {
		let aheadMs = 0;
		const send: typeof client.send = async (request) => {
			const response = await client.send(request);
			if (response.date !== undefined) aheadMs = response.date - Date.now();
			return response;
		};
		const template = await readTemplate({ send }, id);
		return { template, aheadMs };
	});
}

/** An answer that names people. */
type People = { users: number[]; guests: string[]; groups: string[] };

/** Makes sure of all guests before the launch. @returns emails as Tallyfy has them, by those that were given */
async function guestsOnce(
	client: ItemClient,
	lists: Array<{ label: string; emails: string[] }>,
	mayCreate: boolean,
) {
	const names = new Map<string, string>();
	const created = new Set<string>();
	await findByDomain(client, [...new Set(lists.flatMap(({ emails }) => emails))]);
	for (const { label, emails } of lists) {
		const isNew = (email: string) => !names.has(email.toLowerCase());
		const left = guestEmails(emails.filter(isNew), label);
		const found = await assertGuestsExist(client, left, mayCreate, label);
		left.forEach((email, at) => names.set(email.toLowerCase(), found.emails[at]));
		found.created.forEach((email) => created.add(email));
	}
	const nameOf = (email: string) => names.get(email.toLowerCase()) ?? email;
	return { nameOf, all: [...new Set(names.values())], created: [...created] };
}

/** Each guest's permanent link, null where there is none; what could not be read is said. */
async function linksOf(client: ItemClient, emails: string[]): Promise<IDataObject[]> {
	const links = emails.map(async (email) => {
		try {
			const read = async () => await sendForOne(client, guestRequest(email, 'Guests'));
			const { link } = await client.oncePerExecution(`link ${email.toLowerCase()}`, read);
			return { email, link: link ?? null };
		} catch (error) {
			return { email, link: null, reason: detailsOf(error as Error).message };
		}
	});
	return await Promise.all(links);
}

interface LaunchPlan {
	template: IDataObject & { steps: IDataObject[] };
	aheadMs: number;
	answers: IDataObject;
	assigned: AssignedStep[];
	/** The name that was given, or ''. */
	given: string;
	summary: string;
}

async function launchedProcess(
	client: ItemClient,
	{ template, aheadMs, answers, assigned, given, summary }: LaunchPlan,
): Promise<IDataObject> {
	const starter = assigned.some(needsStarter) ? await ownMemberId(client) : undefined;
	// Without a name Tallyfy makes one, by which the process could not be told from another after a lost answer.
	const own = `${recordName(template)} - ${new Date().toISOString().slice(0, -1).replace('T', ' ')}`;
	const processName = given || (template.default_process_name_format ? undefined : own);
	const templateId = String(template.id);
	const body = {
		checklist_id: templateId,
		name: processName,
		summary,
		...(Object.keys(answers).length > 0 ? { prerun: answers } : {}),
		tasks: taskOrders(template.steps, assigned, starter),
	};
	return await launchOnce(client, { templateId, name: processName, body, aheadMs });
}

async function launch(client: ItemClient): Promise<IDataObject> {
	const { templateId, given, mayCreate, includeLinks, summary, ...parameters } =
		parametersIn(client);
	const { template, aheadMs } = await templateOnce(client, templateId);
	const { steps } = template;
	const fields = kickOffFieldsOf(template);
	const answers = answersOf(fields, parameters.answers);
	const peopleFields = fields.filter(({ id, type }) => type === 'assignees_form' && id in answers);
	const peopleIn = ({ id }: { id: string }) => answers[id] as unknown as People;
	const assigned = assignedSteps(steps, parameters.assignments, peopleFields.length > 0);
	// Before guests are added for a launch that would be refused (G91).
	if (template.archived_at) {
		const next = 'Nothing was sent. Restore it in Tallyfy, or choose another one.';
		throw invalidParameter('Template', `${templateId} is archived`, next);
	}

	const guests = await guestsOnce(
		client,
		[
			{ label: 'Assignments > Guests', emails: assigned.flatMap((one) => one.guests) },
			...peopleFields.map((field) => ({
				label: `Kick-Off Fields > ${field.label}`,
				emails: peopleIn(field).guests,
			})),
		],
		mayCreate,
	);
	for (const target of assigned) target.guests = target.guests.map(guests.nameOf);
	for (const field of peopleFields) {
		const people = peopleIn(field);
		answers[field.id] = { ...people, guests: people.guests.map(guests.nameOf) };
	}

	const plan = { template, aheadMs, answers, assigned, given, summary };
	const process = await afterAdding(
		guests.created,
		async () => await launchedProcess(client, plan),
	);
	const dropped = notStored(fields, answers, process);
	return {
		processId: process.id,
		name: recordName(process),
		templateId,
		...(await launchReport(client, process, steps, assigned)),
		createdGuests: guests.created,
		...(dropped.length > 0 ? { notStored: dropped } : {}),
		...(includeLinks ? { links: await linksOf(client, guests.all) } : {}),
	};
}

export const processLaunch: Operation = {
	value: 'launch',
	name: 'Launch',
	action: 'Launch process from template',
	description:
		'Launch a process from a template: answer its kick-off form, and give its steps to guests and members. Template > Get shows the fields, their choices and the steps. The item says what was assigned to whom, and what Tallyfy left out.',
	request: { method: 'POST', url: '/runs' },
	run: async (client) => [await launch(client)],
	fields: [templateLocator, name, kickOff, kickOffJson, assignments, assignmentsJson, options],
};
