// The credential that survives a logout: an application, which gets tokens for one member. n8n calls `preAuthentication`
// when it has no token and when a token was refused, and stores the token encrypted. Applications sign in at Account URL (G58).
import type {
	IAuthenticateGeneric,
	Icon,
	ICredentialDataDecryptedObject,
	ICredentialTestRequest,
	ICredentialType,
	IHttpRequestHelper,
	IN8nHttpFullResponse,
	INodeProperties,
} from 'n8n-workflow';
import {
	baseUrl,
	clientHeader,
	organizationId,
	organizationTest,
	signedWith,
} from './connectionFields';
import { memberToken, type Application } from '../nodes/TallyfyGuests/transport/signIn';

export class TallyfyGuestsApplicationApi implements ICredentialType {
	name = 'tallyfyGuestsApplicationApi';

	displayName = 'Tallyfy Guests Application API';

	icon: Icon = {
		light: 'file:../nodes/TallyfyGuests/tallyfy.svg',
		dark: 'file:../nodes/TallyfyGuests/tallyfy.dark.svg',
	};

	documentationUrl =
		'https://github.com/n8n-nodes-tallyfy-guests/n8n-nodes-tallyfy-guests#credential';

	properties: INodeProperties[] = [
		{
			displayName: 'Client ID',
			name: 'clientId',
			type: 'string',
			required: true,
			default: '',
			placeholder: 'e.g. 12345',
			hint: 'From Tallyfy Support',
			description:
				'Tallyfy Support makes an application for paying organizations, with a client ID and a client secret',
		},
		{
			displayName: 'Client Secret',
			name: 'clientSecret',
			type: 'string',
			typeOptions: { password: true },
			required: true,
			default: '',
			description: 'Belongs to Client ID. It does not expire, and no logout ends it.',
		},
		organizationId,
		{
			displayName: 'Member Email',
			name: 'memberEmail',
			type: 'string',
			required: true,
			default: '',
			placeholder: 'e.g. nathan@example.com',
			description:
				'The member of the organization in whose name n8n acts. What they may not do, n8n may not do.',
		},
		baseUrl,
		{
			displayName: 'Account URL',
			name: 'accountUrl',
			type: 'string',
			required: true,
			default: 'https://account.tallyfy.com',
			placeholder: 'e.g. https://account.tallyfy.com',
			description:
				'Where applications sign in. Some pages of Tallyfy name https://go.tallyfy.com. Change it only if Tallyfy told you to.',
		},
		clientHeader,
		{
			displayName: 'User Token',
			name: 'userToken',
			type: 'hidden',
			typeOptions: { expirable: true, password: true },
			default: '',
		},
	];

	/**
	 * Fetches a token for the member: `{ userToken }`, good for three months (G59). Raises an error that says which of the two
	 * steps went wrong and what to check.
	 */
	async preAuthentication(this: IHttpRequestHelper, credentials: ICredentialDataDecryptedObject) {
		const post = async (options: Parameters<typeof this.helpers.httpRequest>[0]) =>
			(await this.helpers.httpRequest(options)) as IN8nHttpFullResponse;
		return { userToken: await memberToken(post, credentials as unknown as Application) };
	}

	authenticate: IAuthenticateGeneric = signedWith('userToken');

	test: ICredentialTestRequest = organizationTest(
		'Tallyfy did not accept the token that it gave to this application. Check Base URL and Account URL.',
	);
}
