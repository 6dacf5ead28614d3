// What the form of Process > Launch shows of the template that was chosen: its kick-off fields and its steps.
import type {
	FieldType,
	ILoadOptionsFunctions,
	INodePropertyOptions,
	ResourceMapperField,
	ResourceMapperFields,
} from 'n8n-workflow';
import { kickOffFieldsOf, type KickOffField } from '../output/template';
import { templateSegment } from '../resources/template/locator';
import { readTemplate } from '../resources/template/readTemplate';
import { withListClient } from './searchPage';

/** The ID of the template in the form; undefined while none is chosen, or an expression has no value yet. */
function templateIn(context: ILoadOptionsFunctions): string | undefined {
	const { template } = context.getCurrentNodeParameters() ?? {};
	const value =
		typeof template === 'object' && template !== null
			? (template as { value?: unknown }).value
			: template;
	const isGiven = typeof value === 'string' && value.trim() !== '' && !value.startsWith('=');
	return isGiven ? templateSegment.check(value) : undefined;
}

/** n8n's types by those of Tallyfy; text for the others, which take JSON too. */
const TYPES: Record<string, FieldType> = {
	date: 'dateTime',
	dropdown: 'options',
	multiselect: 'array',
	radio: 'options',
	table: 'array',
};

const NOTES: Record<string, (field: KickOffField) => string> = {
	assignees_form: () => ' (emails and member IDs)',
	file: () => ' (JSON)',
	multiselect: ({ options }) => ` (list of: ${options.map(({ text }) => text).join(', ')})`,
	table: ({ columns }) => ` (list of: ${columns.join(', ')})`,
};

function mapperField(field: KickOffField): ResourceMapperField {
	const { id, label, type, required, options } = field;
	const choices = options.map(({ text }) => ({ name: text, value: text }));
	return {
		id,
		displayName: `${label}${NOTES[type]?.(field) ?? ''}`,
		required,
		defaultMatch: false,
		canBeUsedToMatch: false,
		display: true,
		type: TYPES[type] ?? 'string',
		...(TYPES[type] === 'options' ? { options: choices } : {}),
	};
}

/** The kick-off fields of the template, for n8n's resource mapper. */
export async function getKickOffFields(this: ILoadOptionsFunctions): Promise<ResourceMapperFields> {
	return await withListClient(this, async (client) => {
		const id = templateIn(this);
		if (id === undefined) return { fields: [], emptyFieldsNotice: 'Choose a template first.' };
		const fields = kickOffFieldsOf(await readTemplate(client, id)).map(mapperField);
		const emptyFieldsNotice = 'This template has no kick-off form.';
		return fields.length > 0 ? { fields } : { fields, emptyFieldsNotice };
	});
}

/** The steps of the template, in their order; the ID as the value. */
export async function getSteps(this: ILoadOptionsFunctions): Promise<INodePropertyOptions[]> {
	return await withListClient(this, async (client) => {
		const id = templateIn(this);
		if (id === undefined) return [];
		const { steps } = await readTemplate(client, id);
		return steps.map(({ id: stepId, title }) => ({ name: String(title), value: String(stepId) }));
	});
}
