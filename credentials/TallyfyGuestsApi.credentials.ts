// The credential people fill in: a token, the organization it belongs to, and where Tallyfy is.
// n8n applies `authenticate` to every request of the node and of the HTTP Request node.
import type {
	IAuthenticateGeneric,
	Icon,
	ICredentialTestRequest,
	ICredentialType,
	INodeProperties,
} from 'n8n-workflow';

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
			description:
				'In Tallyfy: Settings > Integrations > REST API. The token stops working the moment its owner logs out of the Tallyfy web application, so use an account that stays logged in.',
		},
		{
			displayName: 'Organization ID',
			name: 'organizationId',
			type: 'string',
			required: true,
			default: '',
			placeholder: 'e.g. 1505bb7b9ba5f8972ffd3fe1ca18ec0c',
			description: '32 letters and digits. In Tallyfy: Settings > Integrations > REST API.',
		},
		{
			displayName: 'Base URL',
			name: 'baseUrl',
			type: 'string',
			required: true,
			default: 'https://go.tallyfy.com/api',
			placeholder: 'e.g. https://go.tallyfy.com/api',
			description: 'Where the Tallyfy API is. Change it only if Tallyfy told you to.',
		},
		{
			displayName: 'Client Header',
			name: 'clientHeader',
			type: 'string',
			default: 'APIClient',
			description:
				'Value of the header X-Tallyfy-Client, which Tallyfy demands on every request. Leave it unless Tallyfy told you otherwise.',
		},
	];

	// Exactly one space after "Bearer": the API refuses two. Tokens are often pasted with blanks or with the word itself.
	authenticate: IAuthenticateGeneric = {
		type: 'generic',
		properties: {
			headers: {
				Authorization:
					'={{ "Bearer " + String($credentials.accessToken).trim().replace(/^bearer\\s+/i, "") }}',
				'X-Tallyfy-Client': '={{ String($credentials.clientHeader || "").trim() || "APIClient" }}',
			},
		},
	};

	// Asks for the organization, not for /me: /me passes with a wrong organization ID (contract, GET /me).
	test: ICredentialTestRequest = {
		request: {
			baseURL: '={{ String($credentials.baseUrl).trim().replace(/\\/+$/, "") }}',
			url: '=/organizations/{{ encodeURIComponent(String($credentials.organizationId).trim()) }}',
			headers: { Accept: 'application/json' },
			disableFollowRedirect: true,
			// n8n runs this test with the request defaults of the node, which take every status for an answer.
			ignoreHttpStatusErrors: false,
		},
		// n8n takes rules of both kinds together; its type does not.
		rules: [
			{
				type: 'responseCode',
				properties: {
					value: 401,
					message:
						'Tallyfy did not accept the access token. It stops working when its owner logs out of Tallyfy: make a new one.',
				},
			},
			{
				type: 'responseCode',
				properties: {
					value: 403,
					message: 'The token works, but not for this organization. Check Organization ID.',
				},
			},
			{
				type: 'responseCode',
				properties: {
					value: 404,
					message: 'Tallyfy does not know this organization. Check Organization ID and Base URL.',
				},
			},
			{
				// A web page answers with success too; only the API answers with "data".
				type: 'responseSuccessBody',
				properties: {
					key: 'data',
					value: undefined,
					message: 'No Tallyfy API answered. Check Base URL: usually https://go.tallyfy.com/api.',
				},
			},
		] as unknown as ICredentialTestRequest['rules'],
	};
}
