// The parameter Process: its field, and the check of its ID.
import type { INodeProperties } from 'n8n-workflow';
import type { PathSegment } from '../../transport/url';
import { idIn } from '../values';

export const processLocator: INodeProperties = {
	displayName: 'Process',
	name: 'process',
	type: 'resourceLocator',
	required: true,
	default: { mode: 'list', value: '' },
	description: 'The process to look at',
	modes: [
		{
			displayName: 'From List',
			name: 'list',
			type: 'list',
			placeholder: 'Select a process...',
			typeOptions: { searchListMethod: 'searchProcesses', searchable: true },
		},
		{
			displayName: 'By ID',
			name: 'id',
			type: 'string',
			placeholder: 'e.g. 8c2e6a40f1b94d37a5c8e09172d6b3f4',
			hint: 'The ID that Process > Get Many gives as id',
		},
	],
};

/** `{process}` in a path: the parameter Process. */
export const processSegment: PathSegment = {
	noun: 'process',
	parameter: 'Process',
	check: (value) =>
		idIn(
			value,
			'Process',
			'Pick the process from the list, or take the ID from Process > Get Many.',
		),
};
