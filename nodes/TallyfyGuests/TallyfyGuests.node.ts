// Entry point of the action node: its identity, credentials, request defaults, operations and list searches.
import { NodeConnectionTypes, type INodeType, type INodeTypeDescription } from 'n8n-workflow';
import { searchGuests } from './listSearch/guests';
import { getKickOffFields, getSteps } from './listSearch/launchForm';
import { getMembers, searchMembers } from './listSearch/members';
import { searchProcesses } from './listSearch/processes';
import { searchTemplates } from './listSearch/templates';
import { hints, properties, requestOperations } from './resources';
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
			// n8n demands one, but each request gets the address in the credential, which is read once for all items: an
			// expression here would be evaluated for every item, twice on n8n 2.41.
			baseURL: 'https://go.tallyfy.com/api',
			headers: { Accept: 'application/json' },
			disableFollowRedirect: true,
			ignoreHttpStatusErrors: true,
		},
		requestOperations,
		properties,
	};

	methods = {
		listSearch: { searchGuests, searchMembers, searchProcesses, searchTemplates },
		loadOptions: { getMembers, getSteps },
		resourceMapping: { getKickOffFields },
	};
}
