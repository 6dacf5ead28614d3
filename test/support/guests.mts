// Short ways to say what the tests say most: parameters of the guest operations.
import type { INodeParameters } from 'n8n-workflow';

/** A guest by email, as the locator stores it; an expression by default. */
export const byEmail = (value: unknown = '={{ $json.email }}') =>
	({ __rl: true, mode: 'email', value }) as unknown as INodeParameters;

/** Parameters of an operation on guests. */
export const guest = (operation: string, parameters: Record<string, unknown> = {}) =>
	({ resource: 'guest', operation, ...parameters }) as INodeParameters;

/** Nine legal addresses that other clients lose on their way (standards: the table of engine.md section 5). */
export const ODD_EMAILS = [
	'jo+tallyfy@x.example',
	'a#b@x.example',
	'a?b=c@x.example',
	'a/b@x.example',
	'50%off@x.example',
	'a&b=c@x.example',
	"o'brien@x.example",
	'{curly}|pipe`tick@x.example',
	'jörg@exämple.example',
];

/** A member by ID, as the locator stores it. */
export const byId = (value: unknown) =>
	({ __rl: true, mode: 'id', value }) as unknown as INodeParameters;

/** Parameters of an operation on members. */
export const member = (operation: string, parameters: Record<string, unknown> = {}) =>
	({ resource: 'member', operation, ...parameters }) as INodeParameters;
