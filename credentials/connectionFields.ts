// What both credentials share: the organization (its ID: G61), where Tallyfy is, what each request carries (the client header:
// G60), and how they are tested.
import type { IAuthenticateGeneric, ICredentialTestRequest, INodeProperties } from 'n8n-workflow';

export const organizationId: INodeProperties = {
	displayName: 'Organization ID',
	name: 'organizationId',
	type: 'string',
	required: true,
	default: '',
	placeholder: 'e.g. 1505bb7b9ba5f8972ffd3fe1ca18ec0c',
	description: '32 letters and digits. In Tallyfy: Settings > Organization.',
};

export const baseUrl: INodeProperties = {
	displayName: 'Base URL',
	name: 'baseUrl',
	type: 'string',
	required: true,
	default: 'https://go.tallyfy.com/api',
	placeholder: 'e.g. https://go.tallyfy.com/api',
	description:
		'Where the Tallyfy API is. Change it only if Tallyfy told you to. It has to start with https://, except for a server on the same machine.',
};

export const clientHeader: INodeProperties = {
	displayName: 'Client Header',
	name: 'clientHeader',
	type: 'string',
	default: 'APIClient',
	description:
		'Value of the header X-Tallyfy-Client, which Tallyfy demands on every request. Leave it unless Tallyfy told you otherwise.',
};

/** Base URL as an expression: cleaned, and empty for plain HTTP to another machine, where no token may go. */
const SAFE_BASE =
	'String($credentials.baseUrl).trim().replace(/\\/+$/, "").replace(/^http:\\/\\/(?!(localhost|127(\\.[0-9]{1,3}){3}|\\[::1\\])(:[0-9]+)?(\\/|$)).*$/i, "")';

/**
 * Puts a token and the client header on every request of the node and of the HTTP Request node.
 * Exactly one space after "Bearer": the API refuses two. Tokens are often pasted with blanks or with the word itself.
 * @param field of the credential that holds the token
 */
export function signedWith(field: string): IAuthenticateGeneric {
	return {
		type: 'generic',
		properties: {
			headers: {
				Authorization: `={{ ${SAFE_BASE} ? "Bearer " + String($credentials.${field}).trim().replace(/^bearer\\s+/i, "") : "" }}`,
				// A line break would begin another header.
				'X-Tallyfy-Client':
					'={{ String($credentials.clientHeader || "").replace(/[\\x00-\\x1f\\x7f]+/g, " ").trim() || "APIClient" }}',
			},
		},
	};
}

/** Asks for the organization, not for /me: /me passes with a wrong organization ID (contract, GET /me). */
export function organizationTest(unauthorized: string): ICredentialTestRequest {
	return {
		request: {
			baseURL: `={{ ${SAFE_BASE} }}`,
			url: '=/organizations/{{ encodeURIComponent(String($credentials.organizationId).trim()) }}',
			headers: { Accept: 'application/json' },
			disableFollowRedirect: true,
			// n8n runs this test with the request defaults of the node, which take every status for an answer.
			ignoreHttpStatusErrors: false,
		},
		// n8n takes rules of both kinds together; its type does not.
		rules: [
			{ type: 'responseCode', properties: { value: 401, message: unauthorized } },
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
