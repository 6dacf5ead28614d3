// Which credential a node uses, and what all requests with it share in this process: the rate limiter, and the token that n8n
// fetches.
import { sleep, type INode } from 'n8n-workflow';
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

/** The credential type behind the parameter Authentication. @throws TallyfyError for a value that does not exist */
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
 * The connection of a node; the same for all that use one credential (by its ID) with one address, for as long as this process
 * runs: an n8n has few credentials, and two limiters for one of them would each let as many requests through.
 */
export function connectionOf(node: INode, credentialType: string, baseURL: string): Connection {
	const key = `${baseURL} ${credentialType} ${node.credentials?.[credentialType]?.id ?? ''}`;
	let connection = connections.get(key);
	if (!connection) {
		const limiter = new RateLimiter(Date.now, sleep);
		const tokens = credentialType === TYPES.application ? new TokenManager() : undefined;
		connections.set(key, (connection = { credentialType, limiter, tokens }));
	}
	return connection;
}
