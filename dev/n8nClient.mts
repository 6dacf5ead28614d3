// A client of n8n's internal REST API, the one that its web application uses.
import { randomUUID } from 'node:crypto';
import { parse as unflatten } from 'flatted';
import { UserError } from './host.mts';

export interface Login {
	email: string;
	password: string;
}

export interface WorkflowDocument {
	id?: string;
	name: string;
	nodes: Array<{
		name: string;
		type: string;
		parameters: Record<string, unknown>;
		credentials?: Record<string, { id: string; name: string }>;
		[setting: string]: unknown;
	}>;
	connections: Record<string, unknown>;
	settings?: Record<string, unknown>;
}

/** A workflow that n8n has saved. */
export type SavedWorkflow = WorkflowDocument & { id: string; versionId?: string };

interface TaskData {
	error?: { message: string; description?: string };
	/** How long it took, in milliseconds. */
	executionTime?: number;
	data?: { main: Array<Array<{ json: Record<string, unknown> }> | null> };
}

export interface Execution {
	id: string;
	status: string;
	/** What each node returned, by its name. */
	runData: Record<string, TaskData[]>;
	error?: { message: string; description?: string };
	/** All that n8n keeps of it, as text. */
	stored: string;
}

type ExecutionSummary = Pick<Execution, 'id' | 'status'> & { mode: string };
type Results = Omit<Execution, 'id' | 'status' | 'stored'>;

/** What n8n stores of an execution, as far as it is read here. */
interface StoredData {
	resultData?: Results;
	executionData?: { nodeExecutionStack?: unknown[] };
}

/** The part of a node's description that tests read. */
export interface NodeTypeDescription {
	name: string;
	description: string;
	properties: Array<{
		name: string;
		type: string;
		displayOptions?: { show?: Record<string, unknown[]> };
		options?: Array<{ name: string; value: unknown }>;
	}>;
}

/** Of a user who has signed in. Clients can share one, because n8n allows few sign-ins a minute. */
export interface Session {
	cookie: string;
	browserId: string;
}

/** n8n before 2.41 has no publication status; n8n 1 has no endpoints to activate workflows. */
const isNotFound = (error: unknown) =>
	error instanceof UserError && error.message.includes('(404)');

export class N8nClient {
	/** @param session if left out, call `signIn` first */
	constructor(
		private readonly url: string,
		readonly session: Session = { cookie: '', browserId: randomUUID() },
	) {}

	/** Sends a request. Raises a UserError with n8n's answer when it is refused. */
	async call<T>(method: string, path: string, body?: unknown): Promise<T> {
		const response = await fetch(`${this.url}/rest${path}`, {
			method,
			headers: {
				'content-type': 'application/json',
				'browser-id': this.session.browserId,
				...(this.session.cookie ? { cookie: this.session.cookie } : {}),
			},
			body: body === undefined ? undefined : JSON.stringify(body),
		});
		const cookie = response.headers.getSetCookie().find((entry) => entry.startsWith('n8n-auth='));
		if (cookie) this.session.cookie = cookie.split(';')[0];
		const text = await response.text();
		if (!response.ok) {
			throw new UserError(
				`n8n refused ${method} ${path} (${response.status}): ${text.slice(0, 300)}`,
			);
		}
		return (text ? (JSON.parse(text) as { data: T }).data : undefined) as T;
	}

	/** The descriptions of a package's nodes, by type name, as the web application gets them; of each its newest version. */
	async nodeTypes(packageName: string): Promise<Map<string, NodeTypeDescription>> {
		const response = await fetch(`${this.url}/types/nodes.json`, {
			headers: { 'browser-id': this.session.browserId, cookie: this.session.cookie },
		});
		const all = (await response.json()) as NodeTypeDescription[];
		const own = all.filter(({ name }) => name.startsWith(`${packageName}.`));
		return new Map(own.map((type) => [type.name, type]));
	}

	/** Signs in as the owner; in a new n8n, creates the owner. */
	async signIn({ email, password }: Login): Promise<void> {
		const settings = await this.call<{ userManagement: { showSetupOnFirstLoad: boolean } }>(
			'GET',
			'/settings',
		);
		if (settings.userManagement.showSetupOnFirstLoad) {
			await this.call('POST', '/owner/setup', {
				email,
				password,
				firstName: 'Sandbox',
				lastName: 'Owner',
			});
		} else {
			await this.call('POST', '/login', { emailOrLdapLoginId: email, password });
		}
	}

	/** Creates the credential of this name, or changes its data. */
	async saveCredential(
		name: string,
		type: string,
		data: Record<string, unknown>,
	): Promise<{ id: string; name: string }> {
		const all = await this.call<Array<{ id: string; name: string }>>('GET', '/credentials');
		const existing = all.find((credential) => credential.name === name);
		const body = { name, type, data };
		const { id } = existing
			? await this.call<{ id: string }>('PATCH', `/credentials/${existing.id}`, body)
			: await this.call<{ id: string }>('POST', '/credentials', body);
		return { id, name };
	}

	async testCredential(id: string, name: string, type: string, data: Record<string, unknown>) {
		return await this.call<{ status: string; message: string }>('POST', '/credentials/test', {
			credentials: { id, name, type, data },
		});
	}

	async workflowNames(): Promise<Map<string, string>> {
		const all = await this.call<Array<{ id: string; name: string }>>('GET', '/workflows');
		return new Map(all.map(({ id, name }) => [name, id]));
	}

	async createWorkflow(workflow: WorkflowDocument): Promise<SavedWorkflow> {
		return await this.call('POST', '/workflows', {
			settings: {},
			// n8n 1 refuses a workflow without it.
			active: false,
			...workflow,
		});
	}

	/** Activates a workflow: its webhooks listen, its schedules run. */
	async activate({ id, versionId }: SavedWorkflow): Promise<void> {
		try {
			await this.call('POST', `/workflows/${id}/activate`, { versionId });
		} catch (error) {
			// n8n 1 has a field instead.
			if (!isNotFound(error)) throw error;
			await this.call('PATCH', `/workflows/${id}`, { active: true, versionId });
		}
		await this.published(id, 'published');
	}

	async deactivate({ id }: SavedWorkflow): Promise<void> {
		try {
			await this.call('POST', `/workflows/${id}/deactivate`, {});
		} catch (error) {
			if (!isNotFound(error)) throw error;
			const { versionId } = await this.call<SavedWorkflow>('GET', `/workflows/${id}`);
			await this.call('PATCH', `/workflows/${id}`, { active: false, versionId });
		}
		await this.published(id, 'not_published');
	}

	/** Waits until its triggers have started or stopped: from n8n 2.41 on, that is after the answer. */
	private async published(id: string, target: 'published' | 'not_published'): Promise<void> {
		interface Publication {
			status: string;
			triggers: Array<{ errorMessage?: string }>;
		}
		const deadline = Date.now() + 240_000;
		for (;;) {
			const now = await this.call<Publication>('GET', `/workflows/${id}/publication-status`).catch(
				(error: unknown) => {
					if (!isNotFound(error)) throw error;
					return undefined;
				},
			);
			if (!now || now.status === target) return;
			if (['failed', 'partial'].includes(now.status) || Date.now() > deadline) {
				const reasons = now.triggers.map(({ errorMessage }) => errorMessage ?? '').join(' ');
				throw new UserError(`Workflow ${id} is ${now.status}, not ${target}. ${reasons}`);
			}
			await new Promise((wait) => setTimeout(wait, 100));
		}
	}

	/** Runs a workflow from one of its triggers, and waits until it has ended. */
	async run(workflow: SavedWorkflow, trigger: string): Promise<Execution> {
		return await this.finished(await this.start(workflow, trigger));
	}

	/** Runs a workflow from one of its triggers. @returns the ID of the execution */
	async start(workflow: SavedWorkflow, trigger: string): Promise<string> {
		const { executionId } = await this.call<{ executionId: string }>(
			'POST',
			`/workflows/${workflow.id}/run`,
			{ workflowData: workflow, triggerToStartFrom: { name: trigger } },
		);
		return executionId;
	}

	/** The newest executions of a workflow, newest first. */
	async executionsOf(workflowId: string, limit = 100): Promise<ExecutionSummary[]> {
		const filter = encodeURIComponent(JSON.stringify({ workflowId }));
		const path = `/executions?limit=${limit}&filter=${filter}`;
		return (await this.call<{ results: ExecutionSummary[] }>('GET', path)).results;
	}

	/** Waits until an execution has ended. */
	async finished(executionId: string, timeoutMs = 240_000): Promise<Execution> {
		const isOver = (status: string) => !['new', 'running', 'waiting'].includes(status);
		return await this.reached(executionId, isOver, timeoutMs);
	}

	/** Waits until an execution has been put to wait, or has ended before that. */
	async asleep(executionId: string): Promise<Execution> {
		const isAsleep = (status: string) => !['new', 'running'].includes(status);
		return await this.reached(executionId, isAsleep, 240_000);
	}

	private async reached(
		executionId: string,
		isThere: (status: string) => boolean,
		timeoutMs: number,
	): Promise<Execution> {
		const deadline = Date.now() + timeoutMs;
		for (;;) {
			const { id, status, data } = await this.call<{ id: string; status: string; data: string }>(
				'GET',
				`/executions/${executionId}`,
			);
			// n8n 1 shows the final status before it has stored the results: none yet, or of a while in which nodes were still to run.
			const stored = isThere(status) ? (unflatten(data) as StoredData | undefined) : undefined;
			const left = stored?.executionData?.nodeExecutionStack ?? [];
			const results = status === 'success' && left.length > 0 ? undefined : stored?.resultData;
			if (results) {
				return { id, status, runData: results.runData, error: results.error, stored: data };
			}
			if (Date.now() > deadline) {
				throw new UserError(`Execution ${executionId} is still ${status}.`);
			}
			await new Promise((wait) => setTimeout(wait, 200));
		}
	}
}

/** The items that a node returned, at its first output unless said otherwise. */
export function itemsOf(
	execution: Execution,
	node: string,
	output = 0,
): Array<Record<string, unknown>> {
	const items = execution.runData[node]?.[0]?.data?.main[output] ?? [];
	return items.map(({ json }) => json);
}
