// The way into a sandbox that runs in another process: its controls, and its API as Tallyfy's own web application would use it.
import type { Delivery } from '../../../sandbox/deliveries.mts';
import type { Behaviour } from '../../../sandbox/faults.mts';
import {
	ORGANIZATION_ID,
	type Guest,
	type Json,
	type Member,
} from '../../../sandbox/organization.mts';
import { SANDBOX_TOKEN, type SandboxOptions } from '../../../sandbox/server.mts';
import type { Mail } from '../../../sandbox/work/mails.mts';
import type { OrganizationEventName, TaskPayloadOptions } from '../../../sandbox/webhooks.mts';

export interface Seen {
	method: string;
	path: string;
	status: number;
}

export interface Summary {
	guests: number;
	members: number;
	requests: number;
	refused: number;
	peakInFlight: number;
	violations: string[];
}

export class SandboxClient {
	constructor(private readonly origin: string) {}

	/** Numbers, and what broke the contract. */
	async summary(): Promise<Summary> {
		return (await this.control('GET', '')) as Summary;
	}

	/** Every request since the log was emptied, oldest first; the checks of this client are in it too. */
	async requests(): Promise<Seen[]> {
		return (await this.control('GET', '/requests')) as Seen[];
	}

	/** Tells the sandbox to misbehave, counting from now; `{}` ends it. */
	async behave(behaviour: Partial<Behaviour>): Promise<void> {
		await this.control('PUT', '/behaviour', behaviour);
	}

	/** A fresh organization, no trouble, an empty log. */
	async reset(options: SandboxOptions = {}): Promise<void> {
		await this.control('POST', '/reset', options);
	}

	/** Empties the log. */
	async forget(): Promise<void> {
		await this.control('DELETE', '/log');
	}

	/** A guest does something, or something is done to them, as the controls name it. */
	async guestDoes(
		email: string,
		what: 'visit' | 'complete-task' | 'reopen-task',
		when: { at?: string } = {},
	): Promise<void> {
		await this.control('POST', `/guests/${encodeURIComponent(email)}/${what}`, when);
	}

	/** Posts an organization's event about a guest, to `to` or to whoever watches; gives what came of it. */
	async deliver(event: {
		event: OrganizationEventName;
		guest: string;
		by?: TaskPayloadOptions['by'];
		to?: string;
	}): Promise<Delivery[]> {
		return (await this.control('POST', '/deliver', event)) as Delivery[];
	}

	/** The mails that Tallyfy would have sent, oldest first. */
	async mails(): Promise<Mail[]> {
		return (await this.control('GET', '/mails')) as Mail[];
	}

	/** A guest answers a task: the first guest of it, unless another email is given. Answers are by label. */
	async completeTask(
		id: unknown,
		order: { guest?: string; answers?: Json; approved?: boolean } = {},
	): Promise<void> {
		await this.control('POST', `/tasks/${String(id)}/complete`, order);
	}

	/** What was posted to webhooks, oldest first. */
	async deliveries(): Promise<Delivery[]> {
		return (await this.control('GET', '/deliveries')) as Delivery[];
	}

	/** One call of the API, under the organization. Leaves the status to the caller. */
	async api(method: string, path: string, body?: Json): Promise<{ status: number; body: Json }> {
		const response = await fetch(`${this.origin}/api/organizations/${ORGANIZATION_ID}${path}`, {
			method,
			headers: {
				authorization: `Bearer ${SANDBOX_TOKEN}`,
				'x-tallyfy-client': 'APIClient',
				...(body ? { 'content-type': 'application/json' } : {}),
			},
			body: body && JSON.stringify(body),
		});
		const text = await response.text();
		return { status: response.status, body: (text ? JSON.parse(text) : {}) as Json };
	}

	/** The guest as the sandbox has it now, or undefined. */
	async guest(email: string): Promise<Guest | undefined> {
		const { status, body } = await this.api('GET', `/guests/${encodeURIComponent(email)}`);
		return status === 404 ? undefined : (body.data as Guest);
	}

	/** Everybody, with their task numbers. */
	async guests(): Promise<Guest[]> {
		const { body } = await this.api('GET', '/guests?per_page=999&with=stats');
		const guests = body.data as Guest[];
		if (guests.length === 999) throw new Error('There may be more than 999 guests: ask for pages.');
		return guests;
	}

	async members(): Promise<Member[]> {
		const { body } = await this.api('GET', '/users?per_page=100');
		return body.data as Member[];
	}

	private async control(method: string, path: string, body?: unknown): Promise<unknown> {
		const response = await fetch(`${this.origin}/sandbox${path}`, {
			method,
			headers: body === undefined ? {} : { 'content-type': 'application/json' },
			body: body === undefined ? undefined : JSON.stringify(body),
		});
		if (!response.ok) throw new Error(`sandbox ${method} ${path}: ${response.status}`);
		return await response.json();
	}
}
