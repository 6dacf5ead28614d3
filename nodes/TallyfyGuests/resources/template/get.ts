// Template > Get
import { simplifiedTemplate } from '../../output/template';
import { outputField, outputOf } from '../fields';
import type { Operation } from '../operation';
import { templateLocator, templateSegment } from './locator';
import { readTemplate } from './readTemplate';

export const templateOutput = outputField(
	'template',
	"Tallyfy's own object",
	'The fields most workflows need',
);

export const templateGet: Operation = {
	value: 'get',
	name: 'Get',
	action: 'Get single template',
	description:
		'Get one template with what a launch needs: its kick-off fields with their choices, and its steps with their IDs',
	request: { method: 'GET', url: '/checklists/{template}' },
	segments: { template: templateSegment },
	run: async (client, { subject }) => [await readTemplate(client, String(subject?.value))],
	output: (client) => outputOf(client, simplifiedTemplate),
	fields: [templateLocator, templateOutput],
};
