// The templates of the sandbox: three with forms and rules, and some more so that lists have a second page.
import type { Faker } from '@faker-js/faker';
import { aliasOf, hexOf, type Field, type Step, type StepRules, type Template } from './model.mts';

/** The template of all processes that were made up with the guests (webhooks.mts shows it too). */
export const CONTRACT_REVIEW = 'c0ffee00c0ffee00c0ffee00c0ffee00';
/** Made when tasks are created one for each assignee (125). */
export const MISC = hexOf('template MISC');

type FieldShape = Partial<Pick<Field, 'required' | 'guidance'>> & {
	options?: string[];
	columns?: string[];
};

/** @param where makes the id, so that the same field has the same id for every seed */
function field(where: string, type: string, label: string, shape: FieldShape = {}): Field {
	const { required = false, guidance = null, options, columns } = shape;
	const numbered = <T extends object>(words: string[] | undefined, entry: (word: string) => T) =>
		words?.map((word, index) => ({ id: index + 1, ...entry(word) })) ?? null;
	return {
		id: hexOf(`field ${where} ${label}`),
		alias: aliasOf(label),
		label,
		field_type: type,
		required,
		position: 1,
		guidance,
		options: numbered(options, (text) => ({ text })),
		columns: numbered(columns, (name) => ({ label: name })),
	};
}

const inOrder = <T extends { position: number }>(records: T[]): T[] =>
	records.map((record, index) => ({ ...record, position: index + 1 }));

/** One field of each type that there is (126). */
function everyField(where: string): Field[] {
	return inOrder([
		field(where, 'text', 'Client', { required: true, guidance: 'As in the trade register' }),
		field(where, 'textarea', 'Notes'),
		field(where, 'date', 'Start date'),
		field(where, 'dropdown', 'Plan', { options: ['Silver', 'Gold'] }),
		field(where, 'multiselect', 'Add-ons', {
			options: ['Single sign-on', 'Audit log', 'Support contract'],
		}),
		field(where, 'radio', 'Billing', { options: ['Monthly', 'Yearly'] }),
		field(where, 'file', 'Certificate'),
		field(where, 'table', 'Order', { columns: ['Item', 'Quantity'] }),
		field(where, 'assignees_form', 'Contacts'),
	]);
}

export type StepShape = Partial<Omit<Step, 'id' | 'title'>>;

function step(where: string, title: string, shape: StepShape = {}): Step {
	return {
		id: hexOf(`step ${where} ${title}`),
		title,
		alias: aliasOf(title),
		summary: null,
		step_type: 'task',
		position: 1,
		allow_guest_owners: true,
		assign_run_starter: true,
		assignees: [],
		guests: [],
		groups: [],
		roles: [],
		deadline: { value: 3, unit: 'days', option: 'from', step: 'start_run' },
		max_assignable: 0,
		everyone_must_complete: false,
		can_complete_only_assignees: false,
		prevent_guest_comment: false,
		webhook: null,
		captures: [],
		...shape,
	};
}

type TemplateShape = Partial<Omit<Template, 'id' | 'title' | 'steps'>> & { id?: string };

function template(
	title: string,
	ownerId: number,
	steps: Step[],
	shape: TemplateShape = {},
): Template {
	const id = shape.id ?? hexOf(`template ${title}`);
	return {
		title,
		alias: aliasOf(title),
		summary: null,
		type: 'procedure',
		status: 'active',
		starred: false,
		is_pinned: false,
		owner_id: ownerId,
		webhook: null,
		created_at: '2025-03-01T09:00:00Z',
		last_updated: '2025-03-01T09:00:00Z',
		archived_at: null,
		prerun: [],
		rules: {},
		...shape,
		id,
		steps: inOrder(steps).map((one) => ({ ...one, checklist_id: id })),
	};
}

/** @param groupId of the only group that there is */
export function makeTemplates(faker: Faker, ownerId: number, groupId: string): Template[] {
	const upload = step('onboarding', 'Upload the insurance certificate', {
		summary: '<p>Scan both pages.</p>',
		captures: everyField('of the step'),
	});
	const check = step('onboarding', 'Check the certificate', {
		step_type: 'approval',
		allow_guest_owners: false,
		assignees: [ownerId],
	});
	const welcome = step('onboarding', 'Read the welcome letter', { step_type: 'expiring' });
	const kickOff = everyField('of the kick-off form');
	const contacts = kickOff.find(({ field_type: type }) => type === 'assignees_form')?.id;
	const rules: Record<string, StepRules> = {
		[upload.id]: { assigneesFrom: contacts },
		[welcome.id]: { assigneesFrom: contacts, after: check.id },
	};
	const contractValue = field('contract', 'text', 'Contract Value', { required: true });
	const others = Array.from({ length: 9 }, (_, index) => {
		const title = `${faker.commerce.department()} ${faker.word.noun()} ${index + 1}`;
		const last_updated = new Date(Date.UTC(2025, index, 10, 8)).toISOString();
		return template(title, ownerId, [step(title, `Do the ${title}`)], { last_updated });
	});
	return [
		template('Client onboarding', ownerId, [upload, check, welcome], {
			is_pinned: true,
			prerun: kickOff,
			rules,
		}),
		template(
			'Vendor Contract Review',
			ownerId,
			[
				step('contract', 'Sign the contract', { captures: [contractValue] }),
				step('contract', 'File the contract', { groups: [groupId], assign_run_starter: false }),
			],
			{
				id: CONTRACT_REVIEW,
				summary: 'Steps for reviewing and signing a contract with a vendor',
				prerun: [{ ...contractValue, id: 'f1e1d000f1e1d000f1e1d000f1e1d000' }],
			},
		),
		template(
			'Supplier audit',
			ownerId,
			// Nobody at all: a launch without assignments leaves it to nobody (160).
			[step('audit', 'Answer the questions', { assign_run_starter: false })],
			{ starred: true, last_updated: '2026-08-01T09:00:00Z' },
		),
		...others,
		template('Old intake', ownerId, [step('intake', 'Fill in')], {
			archived_at: '2025-09-01T09:00:00Z',
			status: 'archived',
		}),
		template('MISC', ownerId, [], { id: MISC, isHidden: true }),
	];
}

/** A template without a form, of so many steps that all look like `shape`. */
export function templateOf(count: number, ownerId: number, shape: StepShape = {}): Template {
	const title = `${count} steps`;
	const steps = Array.from({ length: count }, (_, index) =>
		step(title, `Step ${index + 1}`, shape),
	);
	return template(title, ownerId, steps);
}
