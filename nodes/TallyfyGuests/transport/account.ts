// Which credential a node uses, and what all requests with it share in this process: their pace, and the token that n8n
// fetches. Called by the door, the pickers' door and the trigger's.
import type { INode } from 'n8n-workflow';
import { refusal } from './failure';
import { Pace } from './pace';
import { Session } from './session';

/** Credential types by the value of the parameter Authentication, which saved workflows store. */
const TYPES: Record<string, string> = {
	accessToken: 'tallyfyGuestsApi',
	application: 'tallyfyGuestsApplicationApi',
};

/** A credential in use. */
export interface Account {
	/** Name of the credential type. */
	credentialType: string;
	pace: Pace;
	/** Only where n8n fetches the token itself. */
	session?: Session;
}

/** The credential type behind the parameter Authentication. Raises a Problem for a value that does not exist. */
export function credentialTypeOf(authentication: unknown): string {
	const type = TYPES[String(authentication || 'accessToken')];
	if (type) return type;
	throw refusal(
		'Authentication',
		`is ${JSON.stringify(authentication)}`,
		`Choose one of: ${Object.keys(TYPES).join(', ')}.`,
	);
}

const LONGEST_MEMORY_MS = 60_000;
const MOST_ACCOUNTS = 1000;
const accounts = new Map<string, Account>();

/**
 * The account of a node; the same for all that use one credential with one address. Those that nobody uses are forgotten
 * after a minute. It is known by the credential's ID, so that no token is needed to find it.
 * @param address what the server is asked at
 */
export function accountOf(
	node: INode,
	credentialType: string,
	address: string,
	sleep: (ms: number) => Promise<void>,
): Account {
	const key = `${address} ${credentialType} ${node.credentials?.[credentialType]?.id ?? ''}`;
	for (const [other, { pace }] of accounts) {
		const crowded = accounts.size > MOST_ACCOUNTS;
		if (other !== key && pace.isStale(crowded ? 0 : LONGEST_MEMORY_MS)) accounts.delete(other);
	}
	const account = accounts.get(key) ?? {
		credentialType,
		pace: new Pace(Date.now, sleep),
		...(credentialType === TYPES.application ? { session: new Session() } : {}),
	};
	accounts.set(key, account);
	return account;
}
