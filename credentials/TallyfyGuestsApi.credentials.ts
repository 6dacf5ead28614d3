// The credential people fill in: a token, the organization it belongs to, and where Tallyfy is.
// n8n applies `authenticate` to every request of the node and of the HTTP Request node.
import type {
	IAuthenticateGeneric,
	Icon,
	ICredentialTestRequest,
	ICredentialType,
	INodeProperties,
} from 'n8n-workflow';
import {
	baseUrl,
	clientHeader,
	organizationId,
	organizationTest,
	signedWith,
} from './connectionFields';

export class TallyfyGuestsApi implements ICredentialType {
	name = 'tallyfyGuestsApi';

	displayName = 'Tallyfy Guests API';

	icon: Icon = {
		light: 'file:../nodes/TallyfyGuests/tallyfy.svg',
		dark: 'file:../nodes/TallyfyGuests/tallyfy.dark.svg',
	};

	documentationUrl =
		'https://github.com/n8n-nodes-tallyfy-guests/n8n-nodes-tallyfy-guests#credential';

	properties: INodeProperties[] = [
		{
			displayName: 'Access Token',
			name: 'accessToken',
			type: 'string',
			typeOptions: { password: true },
			required: true,
			default: '',
			hint: 'Tallyfy: Settings > Integrations > REST API. Ends when its owner logs out.',
			description:
				'In Tallyfy: Settings > Integrations > REST API. The token stops working the moment its owner logs out of the Tallyfy web application, so use an account that stays logged in.',
		},
		organizationId,
		baseUrl,
		clientHeader,
	];

	authenticate: IAuthenticateGeneric = signedWith('accessToken');

	test: ICredentialTestRequest = organizationTest(
		'Tallyfy did not accept the access token. It stops working when its owner logs out of Tallyfy: make a new one.',
	);
}
