// How both nodes sign in: the parameter Authentication, and the credential that each of its values needs.
import type { INodeCredentialDescription, INodeProperties } from 'n8n-workflow';

export const authentication: INodeProperties = {
	displayName: 'Authentication',
	name: 'authentication',
	type: 'options',
	noDataExpression: true,
	default: 'accessToken',
	description: 'How to sign in to Tallyfy',
	options: [
		{
			name: 'Access Token',
			value: 'accessToken',
			description: 'A personal token, which ends when its owner logs out of Tallyfy',
		},
		{
			name: 'Application',
			value: 'application',
			description: 'A client ID and secret from Tallyfy Support, which no logout ends',
		},
	],
};

export const credentials: INodeCredentialDescription[] = [
	{
		name: 'tallyfyGuestsApi',
		required: true,
		displayOptions: { show: { authentication: ['accessToken'] } },
	},
	{
		name: 'tallyfyGuestsApplicationApi',
		required: true,
		displayOptions: { show: { authentication: ['application'] } },
	},
];
