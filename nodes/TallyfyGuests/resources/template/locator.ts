// The parameter Template: its field, the check of its ID, and the request for the template behind it.
import type { INodeProperties } from 'n8n-workflow';
import type { ApiRequest } from '../../transport/request';
import { pathSegment, type PathSegment } from '../../transport/url';
import { idIn } from '../values';

export const templateLocator: INodeProperties = {
	displayName: 'Template',
	name: 'template',
	type: 'resourceLocator',
	required: true,
	default: { mode: 'list', value: '' },
	description: 'The template to work with',
	modes: [
		{
			displayName: 'From List',
			name: 'list',
			type: 'list',
			placeholder: 'Select a template...',
			typeOptions: { searchListMethod: 'searchTemplates', searchable: true },
		},
		{
			displayName: 'By ID',
			name: 'id',
			type: 'string',
			placeholder: 'e.g. 0f9d2b7c6e5a48139c40d7e1b8a2f365',
			hint: 'The ID that Template > Get Many gives as id',
		},
	],
};

/** `{template}` in a path: the parameter Template. */
export const templateSegment: PathSegment = {
	noun: 'template',
	parameter: 'Template',
	check: (value) =>
		idIn(
			value,
			'Template',
			'Pick the template from the list, or take the ID from Template > Get Many.',
		),
};

/** The request that reads a template, with its kick-off fields and its steps (facts 175, 176). */
export function templateRequest(id: string): ApiRequest {
	const subject = { noun: 'template', value: id, parameter: 'Template' };
	const url = `/checklists/${pathSegment(id, 'Template')}`;
	return { method: 'GET', url, qs: { with: 'steps' }, subject };
}
