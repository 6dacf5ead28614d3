// Template > Get Many
import { simplifiedTemplate } from '../../output/template';
import { sendForList } from '../../transport/client';
import { filtersField, limit, limitOf, outputOf, returnAll } from '../fields';
import type { Operation } from '../operation';
import { templateOutput } from './get';

const filters = filtersField([
	{
		displayName: 'Search',
		name: 'search',
		type: 'string',
		default: '',
		placeholder: 'e.g. onboarding',
		description: 'Part of the title. Tallyfy itself searches, so this saves requests.',
		routing: { send: { type: 'query', property: 'q' } },
	},
]);

export const templateGetAll: Operation = {
	value: 'getAll',
	name: 'Get Many',
	action: 'Get many templates',
	description:
		'List the templates that processes are launched from. Kick-off fields and steps come with Get.',
	request: { method: 'GET', url: '/checklists' },
	run: async (client, request) => await sendForList(client, request, limitOf(client)),
	output: (client) => outputOf(client, simplifiedTemplate),
	fields: [returnAll, limit, templateOutput, filters],
};
