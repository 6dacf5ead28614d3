// The cover page of the action node: who it is, how it signs in, where Tallyfy is, and what it can do.
import { NodeConnectionTypes, type INodeType, type INodeTypeDescription } from 'n8n-workflow';
import { searchGuests } from './pickers/guests';
import { getMembers, searchMembers } from './pickers/members';
import { hints, properties } from './resources';
import { credentials } from './resources/authentication';

export class TallyfyGuests implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Tallyfy Guests',
		name: 'tallyfyGuests',
		icon: { light: 'file:tallyfy.svg', dark: 'file:tallyfy.dark.svg' },
		group: ['transform'],
		version: 1,
		subtitle: '={{ $parameter["operation"] + ": " + $parameter["resource"] }}',
		description: 'Manage the guests of a Tallyfy organization',
		defaults: { name: 'Tallyfy Guests' },
		usableAsTool: true,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials,
		hints,
		requestDefaults: {
			// As typed; the door cleans and checks it. It comes from the credential only, so the token goes nowhere else.
			baseURL: '={{ $credentials.baseUrl }}/organizations/{{ $credentials.organizationId }}',
			headers: { Accept: 'application/json' },
			disableFollowRedirect: true,
			ignoreHttpStatusErrors: true,
		},
		properties,
	};

	methods = {
		listSearch: { searchGuests, searchMembers },
		loadOptions: { getMembers },
	};
}
