// Which credential a node uses, and what all requests with it share in this process: the rate limiter and the token that n8n
// fetches. Called by the client of an item, the pickers and the trigger.
import type { IDataObject, INode } from 'n8n-workflow';
import { invalidParameter } from './errors';
import { RateLimiter } from './rateLimiter';
import { TokenManager } from './tokens';

/** Credential types by the value of the parameter Authentication, which saved workflows store. */
const TYPES: Record<string, string> = {
	accessToken: 'tallyfyGuestsApi',
	application: 'tallyfyGuestsApplicationApi',
};

/** A credential in use. */
export interface Connection {
	/** Name of the credential type. */
	credentialType: string;
	limiter: RateLimiter;
	/** Only where n8n fetches the token itself. */
	tokens?: TokenManager;
}

/** `{base}/organizations/{org}` as typed into a credential; `organizationUrl` cleans and checks it. */
export function addressOf({ baseUrl, organizationId }: IDataObject): string {
	return `${String(baseUrl ?? '')}/organizations/${String(organizationId ?? '')}`;
}

/** The credential type behind the parameter Authentication. Raises a Problem for a value that does not exist. */
export function credentialTypeOf(authentication: unknown): string {
	const type = TYPES[String(authentication || 'accessToken')];
	if (type) return type;
	throw invalidParameter(
		'Authentication',
		`is ${JSON.stringify(authentication)}`,
		`Choose one of: ${Object.keys(TYPES).join(', ')}.`,
	);
}

const connections = new Map<string, Connection>();

/**
 * The connection of a node; the same for all that use one credential with one address, for as long as this process runs: an
 * n8n has few credentials, and with two limiters for one of them neither would know what is in flight. It is known by the
 * credential's ID, so that no token is needed to find it.
 * @param address what the server is asked at
 * @param sleep waits so many milliseconds
 */
export function connectionOf(
	node: INode,
	credentialType: string,
	address: string,
	sleep: (ms: number) => Promise<void>,
): Connection {
	const key = `${address} ${credentialType} ${node.credentials?.[credentialType]?.id ?? ''}`;
	let connection = connections.get(key);
	if (!connection) {
		const limiter = new RateLimiter(Date.now, sleep);
		const tokens = credentialType === TYPES.application ? new TokenManager() : undefined;
		connections.set(key, (connection = { credentialType, limiter, tokens }));
	}
	return connection;
}
